/* SPDX-License-Identifier: MIT */
/* Refusing, with the names that would have been right. */
#include "plan/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/farm.h"
#include "plan/levels.h"

/* Names for a message, each once: "a, b, c"; what has no room is left out with "…". */
struct list {
	char text[228];
	size_t used;
};

static bool list_has(const struct list *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strstr(list->text, name); at; at = strstr(at + 1, name))
		if ((at == list->text || at[-1] == ' ') && (at[length] == ',' || !at[length]))
			return true;
	return false;
}

static void list_add(struct list *list, const char *name)
{
	static const char more[] = ", …";

	if (list_has(list, name) || list_has(list, "…"))
		return;
	if (list->used + strlen(name) + 2 * sizeof(more) > sizeof(list->text))
		name = "…";
	list->used += (size_t)snprintf(list->text + list->used, sizeof(list->text) - list->used, "%s%s",
				       list->used ? ", " : "", name);
}

/* Notes all names of a list, "owner.name" or just the name; is `wanted` among them? */
static bool parameters_note(const struct parameter *parameters, const char *owner, const char *wanted,
			    struct list *known)
{
	bool found = false;

	for (const struct parameter *p = parameters; p && p->name; p++) {
		char name[80];

		snprintf(name, sizeof(name), "%s%s%s", owner, *owner ? "." : "", p->name);
		list_add(known, name);
		found = found || strcmp(p->name, wanted) == 0;
	}
	return found;
}

/* --set leaves controls alone, and is nothing to an experiment that is only there if it is asked for by its name. */
static bool takes_settings(const struct experiment *experiment, const struct plan_request *request)
{
	bool named_only = experiment->rows && !*experiment->rows;

	return !experiment->control && (request->experiments || !named_only);
}

static int check_setting(const struct experiment *const *experiments, const struct plan_request *request,
			 const char *name, char *reason)
{
	struct list known = {0};
	bool found = false;

	for (; *experiments; experiments++) {
		const struct workload **list = levels_workloads(*experiments, request);
		bool takes = takes_settings(*experiments, request);

		if (!list)
			return -ENOMEM;
		for (const struct workload **workload = list; *workload && takes; workload++)
			found |= parameters_note((*workload)->parameters, (*workload)->name, name, &known);
		if (takes && *list)
			found |= parameters_note((*experiments)->settings, "", name, &known);
		free(list);
	}
	if (found)
		return 0;
	return reason_set(reason, -EINVAL, "--set %.40s: no selected workload or experiment has it; there are: %s%s",
			  name, known.used ? known.text : "none", list_has(&known, "…") ? " (`tvp list` has all)" : "");
}

/* An experiment that was not named itself is left out where it cannot be; one that was has to be what was asked for. */
static int check_workloads(const struct experiment *const *experiments, const struct plan_request *request,
			   char *reason)
{
	bool any = false;

	for (; *experiments; experiments++) {
		const struct experiment *experiment = *experiments;
		struct list valid = {0};

		any = any || !experiment->workloads_fixed;
		for (const struct workload *const *w = workload_table; *w; w++)
			if (levels_workload_fits(experiment, *w))
				list_add(&valid, (*w)->name);
		for (const struct workload **w = request->workloads; *w && request->experiments; w++)
			if (!experiment->workloads_fixed && !levels_workload_fits(experiment, *w))
				return reason_set(
					reason, -EINVAL,
					"--workloads %s: %s needs tasks of a pool, and it is none; those that are: %s",
					(*w)->name, experiment->name, valid.used ? valid.text : "none");
	}
	if (any)
		return 0;
	return reason_set(reason, -EINVAL, "--workloads: the selected experiments have workloads of their own");
}

int check_request(const struct experiment *const *experiments, const struct plan_request *request, char *reason)
{
	int error = request->workloads ? check_workloads(experiments, request, reason) : 0;

	for (size_t i = 0; i < request->setting_count && !error; i++)
		error = check_setting(experiments, request, request->settings[i].name, reason);
	return error;
}

int check_experiment(const struct experiment *experiment, char *reason)
{
	const char *const *lists[] = {experiment->workloads, experiment->all_workloads};
	bool farm = experiment->shape == SHAPE_FARM;

	if ((farm || experiment->peers) && experiment->settings != farm_settings)
		return reason_set(reason, -ENOENT, "%s is over a pool and must have the settings of core/farm.h",
				  experiment->name);
	for (size_t i = 0; i < 2; i++)
		for (const char *const *name = lists[i]; name && *name; name++) {
			const struct workload *workload = workload_find(*name);

			if (!workload || !levels_workload_fits(experiment, workload))
				return reason_set(reason, -ENOENT,
						  "%s needs the %s %s, which this build lacks: build it again",
						  experiment->name, workload ? "task" : "workload", *name);
		}
	return 0;
}
