/* SPDX-License-Identifier: MIT */
/* A made-up run of an experiment over a pool, with settings, a peer, and a parameter along which to look for crossings. */
#ifndef TVP_TESTS_MADE_UP_FARM_H
#define TVP_TESTS_MADE_UP_FARM_H

#include "made_up_run.h"

enum {
	FARM_SERIAL,
	FARM_THREAD,
	FARM_FORK,
	FARM_OPENMP,
	FARM_SPAWN,
	FARM_EXECUTORS,
	FARM_LEVELS = 5,
	FARM_CELLS = FARM_EXECUTORS * FARM_LEVELS,
	FARM_TEXT_BYTES = 160
};

static const uint64_t made_up_lengths[FARM_LEVELS] = {100, 1000, 10000, 100000, 1000000};

static const struct figure made_up_task_times[] = {
	{"task", "ns", BETTER_LOWER, "wall time per task", sample_ns_per_operation},
	{0},
};
static const struct parameter made_up_lengths_parameter[] = {
	{"length_ns", "ns", "of a task", 1000, 1, 1000000000, NULL},
	{0},
};
static const struct workload made_up_busy = {.name = "busy", .parameters = made_up_lengths_parameter};
static const struct executor made_up_pools[FARM_EXECUTORS] = {
	{.name = "serial"}, {.name = "thread"}, {.name = "fork"}, {.name = "openmp", .sharing = SHARING_OUTSIDE},
	{.name = "spawn"},
};

/* A plan that a test may change before it makes its run. */
struct made_up_farm {
	struct experiment experiment;
	struct cell cells[FARM_CELLS];
	char names[FARM_CELLS][FARM_TEXT_BYTES], groups[FARM_CELLS][FARM_TEXT_BYTES],
		params[FARM_CELLS][FARM_TEXT_BYTES];
	struct plan plan;
};

static inline struct cell *made_up_farm_cell(struct made_up_farm *farm, unsigned executor, unsigned level)
{
	return &farm->cells[level * FARM_EXECUTORS + executor];
}

static inline void made_up_farm_name(struct made_up_farm *farm, unsigned i)
{
	unsigned executor = i % FARM_EXECUTORS, level = i / FARM_EXECUTORS;
	unsigned long long length = made_up_lengths[level];
	char changed[40] = "";

	if (length != made_up_lengths_parameter[0].initial)
		snprintf(changed, sizeof(changed), "/length_ns=%llu", length);
	snprintf(farm->names[i], FARM_TEXT_BYTES, "granularity/busy/%s/%u/none%s", made_up_pools[executor].name,
		 executor == FARM_SERIAL ? 1 : 2, changed);
	snprintf(farm->groups[i], FARM_TEXT_BYTES, "granularity/busy/none%s", changed);
	snprintf(farm->params[i], FARM_TEXT_BYTES, "length_ns=%llu;spread=even;entry=map;schedule=auto;chunk=0",
		 length);
	farm->cells[i] = (struct cell){
		.experiment = &farm->experiment,
		.workload = &made_up_busy,
		.executor = &made_up_pools[executor],
		.workers = executor == FARM_SERIAL ? 1 : 2,
		.placement = "none",
		.group = level,
		.name = farm->names[i],
		.group_name = farm->groups[i],
		.params = farm->params[i],
		.cpusets = (char[]){""},
		.baseline = executor > FARM_THREAD ? (int)(level * FARM_EXECUTORS + FARM_THREAD) : -1,
		.reference = (int)(level * FARM_EXECUTORS + FARM_SERIAL),
	};
}

static inline void made_up_farm_make(struct made_up_farm *farm)
{
	*farm = (struct made_up_farm){
		.experiment = {.name = "granularity",
			       .question = "From which task length on does a pool pay?",
			       .summary = "one operation is one task",
			       .fairness = "the same tasks",
			       .shape = SHAPE_FARM,
			       .figures = made_up_task_times,
			       .crossing = "length_ns"},
	};
	for (unsigned i = 0; i < FARM_CELLS; i++)
		made_up_farm_name(farm, i);
	farm->plan = (struct plan){.cells = farm->cells, .cell_count = FARM_CELLS, .group_count = FARM_LEVELS};
}

/* Begins a run of the farm; the rest is made_up_block. */
static inline int made_up_farm_begin(struct made_up_run *run, const struct made_up_farm *farm)
{
	int error = made_up_begin(run);

	run->record.plan = &farm->plan;
	return error;
}

/* The file of the run's folder says just that. */
static inline void made_up_assert_file(const struct made_up_run *run, const char *name, const char *wanted)
{
	size_t bytes = 0;
	char *text = made_up_read(run, name, &bytes);

	assert_non_null(text);
	assert_string_equal(text, wanted);
	free(text);
}

#endif
