/* SPDX-License-Identifier: MIT */
/* The arithmetic of budgets. */
#include "plan/schedule.h"

#include "core/clock.h"
#include "plan/plan.h"

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

struct schedule_cells schedule_cells_of(const struct plan *plan)
{
	struct schedule_cells cells = {0};

	for (unsigned i = 0; i < plan->cell_count; i++) {
		const struct cell *cell = &plan->cells[i];

		if (cell->skip)
			continue;
		if (cell->experiment->batch_ns) {
			cells.own_count++;
			cells.own_batch_ns += cell->experiment->batch_ns(cell->settings);
		} else {
			cells.count++;
		}
	}
	return cells;
}

/* What each cell without a length of its own has, if there are to be so many blocks. Calibration takes about as much as
 * another one. */
static uint64_t slot_at(const struct schedule_cells *cells, uint64_t own_ns, uint64_t budget_ns, unsigned blocks)
{
	uint64_t block_ns = budget_ns / (blocks + 1);

	return block_ns > own_ns ? (block_ns - own_ns) / cells->count : 0;
}

void schedule_make(struct schedule *schedule, const struct schedule_cells *cells, uint64_t budget_ns)
{
	uint64_t own_ns = cells->own_batch_ns * SCHEDULE_OWN_BATCHES +
			  cells->own_batch_ns * WARMUPS / SCHEDULE_OWN_WARMUP_PART + cells->own_count * OVERHEAD_NS;
	uint64_t at_wanted = cells->count ? slot_at(cells, own_ns, budget_ns, BLOCKS_WANTED) : 0;
	uint64_t at_needed = cells->count ? slot_at(cells, own_ns, budget_ns, BLOCKS_NEEDED) : 0;
	uint64_t slot_ns = at_wanted >= BUSY_PREFERRED_NS + OVERHEAD_NS
				   ? at_wanted
				   : clamp(BUSY_PREFERRED_NS + OVERHEAD_NS, at_wanted, at_needed);
	uint64_t busy_ns = clamp(slot_ns > OVERHEAD_NS ? slot_ns - OVERHEAD_NS : 0, BUSY_SHORTEST_NS, BUSY_LONGEST_NS);
	uint64_t blocks;

	schedule->warmups = WARMUPS;
	schedule->batches = BATCHES;
	schedule->batch_ns = busy_ns / (WARMUPS + BATCHES);
	schedule->block_ns = (busy_ns + OVERHEAD_NS) * cells->count + own_ns;
	blocks = schedule->block_ns ? budget_ns / schedule->block_ns : 0;
	schedule->blocks = blocks > 1 ? (unsigned)(blocks - 1) : 1;
}
