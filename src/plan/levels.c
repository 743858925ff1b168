/* SPDX-License-Identifier: MIT */
/* From an experiment's own levels and the user's to those of the plan. */
#include "plan/levels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS_LEVELS_MAX = 80, SETS_MAX = 10000 };

static size_t list_length(const void *const *list)
{
	size_t length = 0;

	while (list[length])
		length++;
	return length;
}

static void *list_copy(const void *const *list)
{
	size_t bytes = (list_length(list) + 1) * sizeof(*list);
	void *copy = malloc(bytes);

	return copy ? memcpy(copy, list, bytes) : NULL;
}

const struct workload **levels_workloads(const struct experiment *experiment, const struct plan_request *request)
{
	size_t count = list_length((const void *const *)experiment->workloads);
	const struct workload **list;

	if (request->workloads && !experiment->workloads_fixed)
		return list_copy((const void *const *)request->workloads);
	list = calloc(count + 1, sizeof(*list));
	for (size_t i = 0; list && i < count; i++)
		list[i] = workload_find(experiment->workloads[i]);
	return list;
}

static bool executor_among(const struct executor *executor, const char *const *names)
{
	while (names && *names)
		if (strcmp(*names++, executor->name) == 0)
			return true;
	return !names;
}

static bool executor_asked(const struct executor *executor, const struct executor *const *list)
{
	const struct executor *const *entry = list;

	while (entry && *entry)
		if (*entry++ == executor)
			return true;
	return !list;
}

const struct executor **levels_executors(const struct experiment *experiment, const struct plan_request *request)
{
	const struct executor **list = calloc(list_length((const void *const *)executor_table) + 1, sizeof(*list));
	size_t count = 0;

	if (!list)
		return NULL;
	for (int sharing = SHARING_SAME; sharing <= SHARING_FRESH; sharing++)
		for (const struct executor *const *entry = executor_table; *entry; entry++)
			if ((int)(*entry)->sharing == sharing && executor_among(*entry, experiment->executors) &&
			    (experiment->executors_fixed || executor_asked(*entry, request->executors)))
				list[count++] = *entry;
	return list;
}

const char **levels_placements(const struct experiment *experiment, const struct plan_request *request)
{
	static const char *const none[] = {"none", NULL};

	if (request->placements && !experiment->workers_fixed)
		return list_copy((const void *const *)request->placements);
	return list_copy((const void *const *)(experiment->placements ? experiment->placements : none));
}

static void workers_add(unsigned *list, size_t *count, unsigned workers)
{
	size_t at = *count;

	for (size_t i = 0; i < *count; i++)
		if (list[i] == workers)
			return;
	while (at > 0 && list[at - 1] > workers) {
		list[at] = list[at - 1];
		at--;
	}
	list[at] = workers;
	++*count;
}

/* 1, 2, 3, 4, 6, 8, 12, …: evenly spread on the logarithmic scale on which scaling is seen. */
static void workers_scaling(unsigned *list, size_t *count, unsigned cores)
{
	for (unsigned power = 1; power <= 2 * cores; power *= 2) {
		workers_add(list, count, power);
		if (power > 1 && power + power / 2 <= 2 * cores)
			workers_add(list, count, power + power / 2);
	}
	workers_add(list, count, cores);
	workers_add(list, count, 2 * cores);
}

unsigned *levels_workers(const struct experiment *experiment, const struct plan_request *request, unsigned cores)
{
	size_t count = 0;
	unsigned *list;

	if (request->workers && !experiment->workers_fixed) {
		while (request->workers[count])
			count++;
		list = calloc(count + 1, sizeof(*list));
		return list ? memcpy(list, request->workers, count * sizeof(*list)) : NULL;
	}
	list = calloc(WORKERS_LEVELS_MAX + 1, sizeof(*list));
	if (!list)
		return NULL;
	switch (experiment->workers) {
	case WORKERS_ONE:
		list[0] = 1;
		break;
	case WORKERS_CORES:
		list[0] = cores;
		break;
	case WORKERS_SCALING:
		workers_scaling(list, &count, cores);
		break;
	}
	return list;
}

static const struct plan_setting *setting_find(const struct plan_request *request, const char *name)
{
	for (size_t i = 0; i < request->setting_count; i++)
		if (strcmp(request->settings[i].name, name) == 0)
			return &request->settings[i];
	return NULL;
}

static int setting_check(const struct workload *workload, const struct parameter *parameter,
			 const struct plan_setting *setting, char *reason)
{
	for (size_t i = 0; i < setting->count; i++)
		if (setting->values[i] < parameter->min || setting->values[i] > parameter->max)
			return reason_set(reason, -EINVAL, "%s=%llu: %s takes %llu to %llu%s%s", parameter->name,
					  (unsigned long long)setting->values[i], workload->name,
					  (unsigned long long)parameter->min, (unsigned long long)parameter->max,
					  *parameter->unit ? " " : "", parameter->unit);
	return 0;
}

/* Multiplies what is there by the values of one parameter. */
static int sets_multiply(struct parameter_sets *sets, size_t parameter, const struct plan_setting *setting,
			 char *reason)
{
	size_t count = sets->count * setting->count;
	uint64_t(*grown)[WORKLOAD_PARAMETERS_MAX];

	if (count > SETS_MAX)
		return reason_set(reason, -EINVAL, "--set makes more than %d combinations", SETS_MAX);
	grown = calloc(count, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		memcpy(grown[i], sets->sets[i / setting->count], sizeof(*grown));
		grown[i][parameter] = setting->values[i % setting->count];
	}
	free(sets->sets);
	sets->sets = grown;
	sets->count = count;
	return 0;
}

int levels_parameters(const struct experiment *experiment, const struct workload *workload,
		      const struct plan_request *request, struct parameter_sets *sets, char *reason)
{
	const struct parameter *list = workload->parameters;
	struct parameter_sets made = {calloc(1, sizeof(*made.sets)), 1};
	int error = made.sets ? 0 : -ENOMEM;

	for (size_t i = 0; !error && list && list[i].name; i++)
		made.sets[0][i] = list[i].initial;
	for (size_t i = 0; !error && list && list[i].name && !experiment->control; i++) {
		const struct plan_setting *setting = setting_find(request, list[i].name);

		if (!setting)
			continue;
		error = setting_check(workload, &list[i], setting, reason);
		if (!error)
			error = sets_multiply(&made, i, setting, reason);
	}
	if (error)
		free(made.sets);
	else
		*sets = made;
	return error;
}

static bool workload_has(const struct workload *workload, const char *name)
{
	for (const struct parameter *p = workload->parameters; p && p->name; p++)
		if (strcmp(p->name, name) == 0)
			return true;
	return false;
}

/* Do the experiments' workloads have this parameter? Collects the names that they do have, for the message. */
static int setting_known(const struct experiment *const *experiments, const struct plan_request *request,
			 const char *name, char *reason)
{
	char known[REASON_BYTES / 2] = "";
	size_t used = 0;
	bool found = false;

	for (; *experiments && !found; experiments++) {
		const struct workload **list = levels_workloads(*experiments, request);

		if (!list)
			return -ENOMEM;
		for (const struct workload **workload = list; *workload && !(*experiments)->control; workload++) {
			found = found || workload_has(*workload, name);
			for (const struct parameter *p = (*workload)->parameters; p && p->name; p++)
				if (used < sizeof(known))
					used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s.%s",
								 used ? ", " : "", (*workload)->name, p->name);
		}
		free(list);
	}
	if (found)
		return 0;
	return reason_set(reason, -EINVAL, "--set %s: no selected workload has this parameter; there are: %s", name,
			  used ? known : "none");
}

int levels_check(const struct experiment *const *experiments, const struct plan_request *request, char *reason)
{
	bool workloads = false;
	int error = 0;

	for (size_t i = 0; experiments[i]; i++)
		workloads = workloads || !experiments[i]->workloads_fixed;
	if (request->workloads && !workloads)
		return reason_set(reason, -EINVAL, "--workloads: the selected experiments have workloads of their own");
	for (size_t i = 0; i < request->setting_count && !error; i++)
		error = setting_known(experiments, request, request->settings[i].name, reason);
	return error;
}
