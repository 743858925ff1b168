/* SPDX-License-Identifier: MIT */
/* From an experiment's own levels and the user's to those of the plan. */
#include "plan/levels.h"

#include <stdlib.h>
#include <string.h>

#include "core/farm.h"
#include "tvp/pool.h"

/* Powers of two and half as many between them, up to the top for 2^32 cores; and lists of experiments. */
enum { WORKERS_LEVELS_MAX = 160, LADDER_TOP = 4 };

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

bool levels_workload_fits(const struct experiment *experiment, const struct workload *workload)
{
	return experiment->shape != SHAPE_FARM || workload->task;
}

/* What an experiment has when it is asked for by its name, if that is something else. */
static const char *const *names_of(const char *const *plain, const char *const *all, const struct plan_request *request)
{
	return request->experiments && all ? all : plain;
}

const struct workload **levels_workloads(const struct experiment *experiment, const struct plan_request *request)
{
	const char *const *own = names_of(experiment->workloads, experiment->all_workloads, request);
	bool asked = request->workloads && !experiment->workloads_fixed;
	size_t count = list_length(asked ? (const void *const *)request->workloads : (const void *const *)own);
	const struct workload **list = calloc(count + 1, sizeof(*list));
	size_t kept = 0;

	for (size_t i = 0; list && i < count; i++) {
		const struct workload *workload = asked ? request->workloads[i] : workload_find(own[i]);

		if (!asked || levels_workload_fits(experiment, workload))
			list[kept++] = workload;
	}
	return list;
}

static bool name_among(const char *name, const char *const *names)
{
	while (names && *names)
		if (strcmp(*names++, name) == 0)
			return true;
	return !names;
}

static bool executor_asked(const struct executor *executor, const struct cell *cell, const struct plan_request *request)
{
	const struct executor **entry = cell->experiment->executors_fixed ? NULL : request->executors;
	bool all = !entry;

	while (entry && *entry)
		if (*entry++ == executor)
			return true;
	return all;
}

/*
 * Peers do what the experiment's own workloads do, unbound. They are told which call to use and how many tasks to hand
 * out at a time, and do that dynamically; all other settings have to be those of a pool that is left to itself.
 */
static bool peer_fits(const struct executor *peer, const struct cell *cell)
{
	const struct experiment *experiment = cell->experiment;

	if (!experiment->peers || !name_among(cell->workload->name, experiment->workloads) ||
	    strcmp(cell->placement, "none") != 0)
		return false;
	for (size_t i = 0; farm_settings[i].name; i++)
		if (cell->settings[i] != farm_settings[i].initial && i != FARM_ENTRY && i != FARM_CHUNK &&
		    !(i == FARM_SCHEDULE && cell->settings[i] == TVP_SCHEDULE_DYNAMIC))
			return false;
	return name_among(farm_settings[FARM_ENTRY].names[cell->settings[FARM_ENTRY]], peer->entries);
}

/* Executors, then subjects. */
static const struct executor *executor_at(size_t index)
{
	size_t executors = list_length((const void *const *)executor_table);

	return index < executors ? executor_table[index] : subject_table[index - executors];
}

const char *const *levels_executor_names(void)
{
	static const char *names[SELECTABLE_EXECUTORS + 1];

	for (size_t i = 0; i < SELECTABLE_EXECUTORS && executor_at(i); i++)
		names[i] = executor_at(i)->name;
	return names;
}

/* With an event loop, where the workload has one. */
static bool concurrency_fits(const struct executor *executor, const struct cell *cell)
{
	enum shape shape = cell->experiment->shape;

	return !executor->concurrent ||
	       ((shape == SHAPE_LOOP || shape == SHAPE_OPEN) && cell->workload->run_concurrent);
}

static bool executor_has(const struct executor *executor, const struct cell *cell, const struct plan_request *request)
{
	const struct experiment *experiment = cell->experiment;
	bool subject = subject_find(executor->name) == executor, all = request->executors && experiment->all_executors;
	const char *const *names =
		all ? experiment->all_executors : names_of(experiment->executors, experiment->all_executors, request);

	return (experiment->subjects || !subject) && name_among(executor->name, names) &&
	       concurrency_fits(executor, cell) && executor_asked(executor, cell, request);
}

/* A placement that the user has asked for is for whoever is there with any other. */
static uint64_t executors_selected(const struct cell *cell, const struct parameter_set *set, bool asked)
{
	const char *const *placements = asked ? NULL : cell->experiment->placements;
	uint64_t any = 0;

	for (size_t i = 0; i < SELECTABLE_PLACEMENTS; i++)
		any |= set->executors[i];
	for (size_t i = 0; placements && placements[i] && i < SELECTABLE_PLACEMENTS; i++)
		if (strcmp(placements[i], cell->placement) == 0)
			return set->executors[i];
	return any;
}

const struct executor **levels_executors(const struct cell *cell, const struct parameter_set *set,
					 const struct plan_request *request)
{
	static const struct executor *const none[] = {NULL};
	const struct executor *const *peers = request->peers ? request->peers : none;
	const struct executor **list =
		calloc(SELECTABLE_EXECUTORS + list_length((const void *const *)peers) + 1, sizeof(*list));
	uint64_t selected = executors_selected(cell, set, request->placements != NULL);
	size_t count = 0;

	if (!list)
		return NULL;
	for (int sharing = SHARING_SAME; sharing <= SHARING_OUTSIDE; sharing++)
		for (size_t i = 0; i < SELECTABLE_EXECUTORS && executor_at(i); i++)
			if ((int)executor_at(i)->sharing == sharing && (selected >> i & 1) &&
			    executor_has(executor_at(i), cell, request))
				list[count++] = executor_at(i);
	for (; *peers; peers++)
		if (executor_asked(*peers, cell, request) && peer_fits(*peers, cell))
			list[count++] = *peers;
	return list;
}

const char **levels_placements(const struct experiment *experiment, const struct plan_request *request)
{
	static const char *const none[] = {"none", NULL};
	const char *const *own;

	if (request->placements && !experiment->workers_fixed)
		return list_copy((const void *const *)request->placements);
	own = names_of(experiment->placements, experiment->all_placements, request);
	return list_copy((const void *const *)(own ? own : none));
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
static void workers_ladder(unsigned *list, size_t *count, unsigned cores)
{
	unsigned last = LADDER_TOP * cores;

	for (unsigned power = 1; power <= last; power *= 2) {
		workers_add(list, count, power);
		if (power > 1 && power + power / 2 <= last)
			workers_add(list, count, power + power / 2);
	}
	workers_add(list, count, cores);
	workers_add(list, count, last);
}

static unsigned workers_times(unsigned times, unsigned cores)
{
	bool crowd = times > LADDER_TOP && cores > WORKERS_CROWD / times;

	if (!crowd)
		return times * cores;
	return WORKERS_CROWD > LADDER_TOP * cores ? WORKERS_CROWD : LADDER_TOP * cores;
}

/* The experiment's own. */
static void workers_read(const int *wanted, unsigned *list, size_t *count, unsigned cores)
{
	for (; *wanted != WORKERS_END && *count < WORKERS_LEVELS_MAX / 2; wanted++)
		switch (*wanted) {
		case WORKERS_ONE:
			workers_add(list, count, 1);
			break;
		case WORKERS_LADDER:
			workers_ladder(list, count, cores);
			break;
		default:
			workers_add(list, count, workers_times((unsigned)*wanted, cores));
		}
}

unsigned *levels_workers(const struct experiment *experiment, const struct plan_request *request, unsigned cores)
{
	bool all = request->experiments && experiment->all_workers;
	size_t count = 0;
	unsigned *list;

	if (request->workers && !experiment->workers_fixed) {
		while (request->workers[count])
			count++;
		list = calloc(count + 1, sizeof(*list));
		return list ? memcpy(list, request->workers, count * sizeof(*list)) : NULL;
	}
	list = calloc(WORKERS_LEVELS_MAX + 1, sizeof(*list));
	if (list)
		workers_read(all ? experiment->all_workers : experiment->workers, list, &count, cores);
	return list;
}
