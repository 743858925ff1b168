/* SPDX-License-Identifier: MIT */
/* How a budget of time is spent: how long a batch lasts, and how many blocks that makes. Pure. */
#ifndef TVP_PLAN_SCHEDULE_H
#define TVP_PLAN_SCHEDULE_H

#include <stdint.h>

struct plan;

/* How many batches cells have that have a length of their own; their warm-ups are a part of that length. */
enum { SCHEDULE_OWN_BATCHES = 1, SCHEDULE_OWN_WARMUP_PART = 8 };

struct schedule_cells {
	unsigned count;        /* of those whose batches are as long as there is time for */
	unsigned own_count;    /* of those whose batches have a length of their own … */
	uint64_t own_batch_ns; /* … that is so much in all */
};

struct schedule {
	uint64_t batch_ns; /* what a batch is calibrated to last */
	unsigned warmups;  /* batches that are run first and not counted */
	unsigned batches;  /* batches that are samples */
	uint64_t block_ns; /* estimated wall time of a block, process start-up included */
	unsigned blocks;   /* estimated number of blocks */
};

/* Prefers thirty blocks, as intervals narrow with blocks; shortens the batches for that, but not below what start-up
 * would drown, and then gives up blocks down to the dozen that a verdict needs with some to spare. */
void schedule_make(struct schedule *schedule, const struct schedule_cells *cells, uint64_t budget_ns);

/* What a plan's cells want of a schedule. */
struct schedule_cells schedule_cells_of(const struct plan *plan);

#endif
