/* SPDX-License-Identifier: MIT */
/* One numbering for what belongs to the workload and what belongs to the experiment. */
#include "plan/space.h"

#include <errno.h>
#include <string.h>

int space_init(struct space *space, const struct experiment *experiment, const struct workload *workload, char *reason)
{
	const struct parameter *parameters = workload->parameters, *settings = experiment->settings;

	*space = (struct space){.experiment = experiment, .workload = workload};
	for (size_t i = 0; parameters && parameters[i].name && i < WORKLOAD_PARAMETERS_MAX; i++)
		space->at[i] = &parameters[i];
	for (size_t i = 0; settings && settings[i].name && i < SETTINGS_MAX; i++) {
		if (space_find(space, settings[i].name) < SPACE_PLACES)
			return reason_set(reason, -ENOENT, "%s and its workload %s both have %s: one has to be renamed",
					  experiment->name, workload->name, settings[i].name);
		space->at[WORKLOAD_PARAMETERS_MAX + i] = &settings[i];
	}
	return 0;
}

size_t space_find(const struct space *space, const char *name)
{
	size_t place = 0;

	while (place < SPACE_PLACES && !(space->at[place] && strcmp(space->at[place]->name, name) == 0))
		place++;
	return place;
}

const char *space_owner(const struct space *space, size_t place)
{
	return place < WORKLOAD_PARAMETERS_MAX ? space->workload->name : space->experiment->name;
}

uint64_t *space_value(struct parameter_set *set, size_t place)
{
	return place < WORKLOAD_PARAMETERS_MAX ? &set->parameters[place]
					       : &set->settings[place - WORKLOAD_PARAMETERS_MAX];
}

bool space_equal(const struct parameter_set *a, const struct parameter_set *b)
{
	return memcmp(a->parameters, b->parameters, sizeof(a->parameters)) == 0 &&
	       memcmp(a->settings, b->settings, sizeof(a->settings)) == 0;
}
