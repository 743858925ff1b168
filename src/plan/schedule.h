/* SPDX-License-Identifier: MIT */
/* How a budget of time is spent: how long a batch lasts, and how many blocks that makes. Pure. */
#ifndef TVP_PLAN_SCHEDULE_H
#define TVP_PLAN_SCHEDULE_H

#include <stdint.h>

struct schedule {
	uint64_t batch_ns; /* what a batch is calibrated to last */
	unsigned warmups;  /* batches that are run first and not counted */
	unsigned batches;  /* batches that are samples */
	uint64_t block_ns; /* estimated wall time of a block, process start-up included */
	unsigned blocks;   /* estimated number of blocks */
};

/* Prefers thirty blocks, as intervals narrow with blocks; shortens the batches for that, but not below what start-up
 * would drown, and then gives up blocks down to the dozen that a verdict needs with some to spare. */
void schedule_make(struct schedule *schedule, unsigned cells, uint64_t budget_ns);

#endif
