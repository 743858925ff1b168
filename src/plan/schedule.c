/* SPDX-License-Identifier: MIT */
/* The arithmetic of budgets. */
#include "plan/schedule.h"

#include "core/clock.h"

enum {
	BLOCKS_WANTED = 30,
	BLOCKS_NEEDED = 12, /* ten for a verdict and two to spare */
	WARMUPS = 1,
	BATCHES = 3
};

/* Warm-up and timed batches of one cell in one block. */
#define BUSY_LONGEST_NS   (400 * NS_PER_MS)
#define BUSY_PREFERRED_NS (60 * NS_PER_MS)
#define BUSY_SHORTEST_NS  (16 * NS_PER_MS)
/* To start a measurer, its team and its workload's data, and to end them: 5 to 15 ms where that was looked at. */
#define OVERHEAD_NS (12 * NS_PER_MS)

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
	return value < low ? low : value > high ? high : value;
}

void schedule_make(struct schedule *schedule, unsigned cells, uint64_t budget_ns)
{
	/* Calibration costs about as much as a block. */
	uint64_t at_wanted = budget_ns / (cells * (BLOCKS_WANTED + 1));
	uint64_t at_needed = budget_ns / (cells * (BLOCKS_NEEDED + 1));
	uint64_t slot_ns = at_wanted >= BUSY_PREFERRED_NS + OVERHEAD_NS
				   ? at_wanted
				   : clamp(BUSY_PREFERRED_NS + OVERHEAD_NS, at_wanted, at_needed);
	uint64_t busy_ns = clamp(slot_ns > OVERHEAD_NS ? slot_ns - OVERHEAD_NS : 0, BUSY_SHORTEST_NS, BUSY_LONGEST_NS);
	uint64_t blocks;

	schedule->warmups = WARMUPS;
	schedule->batches = BATCHES;
	schedule->batch_ns = busy_ns / (WARMUPS + BATCHES);
	schedule->block_ns = (busy_ns + OVERHEAD_NS) * cells;
	blocks = budget_ns / schedule->block_ns;
	schedule->blocks = blocks > 1 ? (unsigned)(blocks - 1) : 1;
}
