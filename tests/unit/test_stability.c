/* SPDX-License-Identifier: MIT */
/* Does a run notice that its machine did not hold still? On made-up runs with a known disturbance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "made_up_run.h"
#include "output/summary.h"

enum { BLOCKS = 24 };

/* A fixed hash of the block: noise of 1 %, without pattern. */
static uint64_t noise(unsigned block)
{
	return (block * UINT64_C(2654435761) >> 7) % 21;
}

static uint64_t steady(unsigned cell, unsigned block)
{
	return 100000 + 100 * noise(block + 1000 * cell);
}

static uint64_t warming_up(unsigned cell, unsigned block)
{
	return steady(cell, block) * (block < 2 ? 3 : 2) / 2;
}

static uint64_t slowing_down(unsigned cell, unsigned block)
{
	return steady(cell, block) * (100 + block) / 100;
}

/* One cell alone, not the machine. */
static uint64_t one_cell_slowing_down(unsigned cell, unsigned block)
{
	return cell == MADE_UP_FORK ? slowing_down(cell, block) : steady(cell, block);
}

static uint64_t in_waves(unsigned cell, unsigned block)
{
	return steady(cell, block) * (block / 6 % 2 ? 110 : 100) / 100;
}

static struct stability found_in(made_up_value *value)
{
	struct stability stability;
	struct made_up_run run;
	struct summary summary;

	assert_int_equal(made_up_complete(&run, BLOCKS, value), 0);
	assert_int_equal(summary_load(&summary, run.path, run.reason), 0);
	stability = summary.stability;
	summary_exit(&summary);
	made_up_end(&run);
	assert_int_equal(stability.blocks, BLOCKS);
	return stability;
}

static void test_steady(void **state)
{
	struct stability found = found_in(steady);

	assert_int_equal(found.warmup_blocks, 0);
	assert_false(found.drifted);
	assert_false(found.correlated);
}

static void test_warm_up(void **state)
{
	assert_int_equal(found_in(warming_up).warmup_blocks, 2);
}

static void test_drift(void **state)
{
	struct stability found = found_in(slowing_down);

	assert_true(found.drifted);
	assert_true(found.correlated);
	assert_true(found.drift.ratio.estimate > 1.08 && found.drift.ratio.estimate < 1.18);
	assert_true(found.drift.p_value < 0.01);
}

static void test_one_cell_is_not_the_machine(void **state)
{
	assert_false(found_in(one_cell_slowing_down).drifted);
}

static void test_waves(void **state)
{
	struct stability found = found_in(in_waves);

	assert_true(found.correlated);
	assert_true(found.lag1 > 0.4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steady), cmocka_unit_test(test_warm_up),
		cmocka_unit_test(test_drift),  cmocka_unit_test(test_one_cell_is_not_the_machine),
		cmocka_unit_test(test_waves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
