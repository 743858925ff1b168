/* SPDX-License-Identifier: MIT */
/* A made-up run of an experiment with a parameter along which to fit lines; to be included after cmocka.h. */
#ifndef TVP_TESTS_FITS_RUN_H
#define TVP_TESTS_FITS_RUN_H

#include "made_up_summary.h"

#define OTHERS "thp=off;threads=0"

enum { THREAD, FORK, SPAWN, EXECUTORS, LEVELS = 5, CELLS = EXECUTORS * LEVELS, TEXT_BYTES = 160 };

static const uint64_t levels[LEVELS] = {0, 16, 64, 256, 1024};
static const struct executor executors[EXECUTORS] = {{.name = "thread"}, {.name = "fork"}, {.name = "spawn"}};
static const struct parameter settings[] = {
	{"memory_mib", "MiB", "of the parent", 16, 0, 1 << 20, NULL},
	{"threads", "", "in the parent", 0, 0, 100, NULL},
	{0},
};

/* A plan that a test may change before it makes its run: level by level, thread, fork and spawn each time. */
struct farm {
	struct experiment experiment;
	struct cell cells[CELLS];
	char names[CELLS][TEXT_BYTES], groups[CELLS][TEXT_BYTES], params[CELLS][TEXT_BYTES];
	struct plan plan;
};

static inline struct cell *cell_of(struct farm *farm, unsigned executor, unsigned level)
{
	return &farm->cells[level * EXECUTORS + executor];
}

static inline void make_plan(struct farm *farm)
{
	*farm = (struct farm){
		.experiment = {.name = "create",
			       .question = "What does a worker cost?",
			       .summary = "one operation is one worker",
			       .fairness = "the same worker",
			       .figures = made_up_times,
			       .settings = settings,
			       .slope = "memory_mib"},
		.plan = {.cells = farm->cells, .cell_count = CELLS, .group_count = LEVELS},
	};
	for (unsigned i = 0; i < CELLS; i++) {
		unsigned executor = i % EXECUTORS;
		unsigned long long level = levels[i / EXECUTORS];

		snprintf(farm->names[i], TEXT_BYTES, "create/spin/%s/1/none/memory_mib=%llu", executors[executor].name,
			 level);
		snprintf(farm->groups[i], TEXT_BYTES, "create/spin/none/memory_mib=%llu", level);
		snprintf(farm->params[i], TEXT_BYTES, "memory_mib=%llu;" OTHERS, level);
		farm->cells[i] = (struct cell){
			.experiment = &farm->experiment,
			.workload = &made_up_workload,
			.executor = &executors[executor],
			.workers = 1,
			.placement = "none",
			.group = i / EXECUTORS,
			.name = farm->names[i],
			.group_name = farm->groups[i],
			.params = farm->params[i],
			.cpusets = (char[]){""},
			.baseline = executor > THREAD ? (int)(i - executor) : -1,
			.reference = -1,
		};
	}
}

/* thread costs the same everywhere; fork and spawn cost a line, which is another one in each block. */
static inline uint64_t usual(unsigned cell, unsigned block)
{
	uint64_t level = levels[cell / EXECUTORS];

	switch (cell % EXECUTORS) {
	case THREAD:
		return 10000 + 100 * (uint64_t)block;
	case FORK:
		return 86000 + 200 * (uint64_t)block + (41000 + 10 * (uint64_t)(11 - block)) * level;
	default:
		return 500000 + 3 * level;
	}
}

static inline double bend(unsigned level, unsigned block)
{
	return (level < 2 ? 100 : 400) * (1 + 0.01 * (block % 3)) * 1000;
}

/* The levels 0, 1 and 2 cost 1, 1 and 4: weights 1, 1 and 1/16 make the line 6/7 + 3/7 x, which is 16/7 at 2. */
static inline uint64_t bent(unsigned cell, unsigned block)
{
	return cell % EXECUTORS == FORK ? (uint64_t)bend(cell / EXECUTORS, block) : usual(cell, block);
}

/* fork lacks a level in two of 14 blocks, spawn the largest level in all of them, thread two of the three. */
static inline uint64_t failing(unsigned cell, unsigned block)
{
	unsigned level = cell / EXECUTORS;

	switch (cell % EXECUTORS) {
	case THREAD:
		return level < 2 ? usual(cell, block) : 0;
	case FORK:
		return level == 3 && block < 2 ? 0 : usual(cell, block < 2 ? block : block - 2);
	default:
		return level == LEVELS - 1 || level == 0 ? 0 : usual(cell, block);
	}
}

#endif
