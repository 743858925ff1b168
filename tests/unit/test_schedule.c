/* SPDX-License-Identifier: MIT */
/* The arithmetic of budgets: what must hold for any budget and any number of cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "plan/schedule.h"

enum { CELLS_MAX = 2000, VERDICT_BLOCKS = 10 };
#define BUDGET_MIN_NS NS_PER_S
#define BUDGET_MAX_NS (10 * 3600 * NS_PER_S)
/* A batch below that is all start-up and clock; one above it is a batch that could have been many. */
#define BATCH_MIN_NS (1 * NS_PER_MS)
#define BATCH_MAX_NS (1 * NS_PER_S)

static void make(struct schedule *schedule, unsigned cells, uint64_t budget_ns)
{
	schedule_make(schedule, &(struct schedule_cells){.count = cells}, budget_ns);
}

static void check(const struct schedule *schedule, unsigned cells, uint64_t budget_ns)
{
	assert_true(schedule->batches > 0);
	assert_true(schedule->warmups > 0);
	assert_true(schedule->blocks > 0);
	assert_in_range(schedule->batch_ns, BATCH_MIN_NS, BATCH_MAX_NS);
	/* A block has room for its cells' warm-ups and batches, and something for starting them. */
	assert_true(schedule->block_ns > schedule->batch_ns * (schedule->warmups + schedule->batches) * cells);
	assert_true(schedule->blocks == 1 || schedule->block_ns * schedule->blocks <= budget_ns);
}

static void check_cells(unsigned cells)
{
	struct schedule before = {0}, schedule;

	/* Steps of about 3 %, at no round numbers. */
	for (uint64_t budget_ns = BUDGET_MIN_NS; budget_ns <= BUDGET_MAX_NS; budget_ns += budget_ns / 31 + cells) {
		make(&schedule, cells, budget_ns);
		check(&schedule, cells, budget_ns);
		assert_true(schedule.batch_ns >= before.batch_ns);
		assert_true(schedule.block_ns >= before.block_ns);
		assert_true(schedule.blocks >= before.blocks);
		before = schedule;
	}
}

static void test_any_budget_and_any_plan(void **state)
{
	for (unsigned cells = 1; cells <= CELLS_MAX; cells += cells / 16 + 1)
		check_cells(cells);
	check_cells(CELLS_MAX);
}

static void test_more_cells_never_make_longer_batches(void **state)
{
	for (uint64_t budget_ns = BUDGET_MIN_NS; budget_ns <= BUDGET_MAX_NS; budget_ns *= 2) {
		struct schedule before, schedule;

		make(&before, 1, budget_ns);
		for (unsigned cells = 2; cells <= CELLS_MAX; cells++) {
			make(&schedule, cells, budget_ns);
			assert_true(schedule.batch_ns <= before.batch_ns);
			assert_true(schedule.blocks <= before.blocks);
			before = schedule;
		}
	}
}

/* A budget is spent, not left over; and a verdict is possible wherever there is time for it. */
static void test_a_budget_is_used(void **state)
{
	for (unsigned cells = 1; cells <= CELLS_MAX; cells += cells / 8 + 1)
		for (uint64_t budget_ns = BUDGET_MIN_NS; budget_ns <= BUDGET_MAX_NS; budget_ns = budget_ns * 5 / 4) {
			struct schedule schedule;

			make(&schedule, cells, budget_ns);
			/* What remains is what calibration takes and less than one block. */
			assert_true(schedule.block_ns * (schedule.blocks + 2) > budget_ns);
			if (budget_ns / cells > 400 * NS_PER_MS)
				assert_true(schedule.blocks >= VERDICT_BLOCKS);
		}
}

static void test_it_depends_on_nothing_else(void **state)
{
	struct schedule first = {0}, again = {.batch_ns = 1, .warmups = 2, .batches = 3, .block_ns = 4, .blocks = 5};

	make(&first, 59, 300 * NS_PER_S);
	make(&again, 59, 300 * NS_PER_S);
	assert_int_equal(first.batch_ns, again.batch_ns);
	assert_int_equal(first.warmups, again.warmups);
	assert_int_equal(first.batches, again.batches);
	assert_int_equal(first.block_ns, again.block_ns);
	assert_int_equal(first.blocks, again.blocks);
}

/* Batches that have a length of their own take their time from the others, and from nothing else. */
static void test_lengths_of_ones_own(void **state)
{
	for (unsigned own = 1; own <= 64; own *= 2) {
		const struct schedule_cells cells = {
			.count = 100, .own_count = own, .own_batch_ns = own * 250 * NS_PER_MS};
		struct schedule schedule, without;

		schedule_make(&schedule, &cells, 300 * NS_PER_S);
		make(&without, 100, 300 * NS_PER_S);
		assert_true(schedule.batch_ns <= without.batch_ns);
		assert_true(schedule.block_ns >=
			    cells.own_batch_ns * SCHEDULE_OWN_BATCHES +
				    100 * schedule.batch_ns * (schedule.warmups + schedule.batches));
		assert_true(schedule.blocks == 1 || schedule.block_ns * schedule.blocks <= 300 * NS_PER_S);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_budget_and_any_plan),
		cmocka_unit_test(test_more_cells_never_make_longer_batches),
		cmocka_unit_test(test_a_budget_is_used),
		cmocka_unit_test(test_it_depends_on_nothing_else),
		cmocka_unit_test(test_lengths_of_ones_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
