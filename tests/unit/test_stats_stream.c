/* SPDX-License-Identifier: MIT */
/* Serial correlation, drift and warm-up of streams against values by hand and their own contracts; scipy checks the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>

#include "close_to.h"
#include "stats/stream.h"

static void test_lag1(void **state)
{
	const double rising[] = {1, 2, 3, 4};
	const double alternating[] = {1.7e308, -1.7e308, 1.7e308, -1.7e308};
	const double equal[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
	const double two[] = {5, 7};
	double found;

	(void)state;
	assert_int_equal(stats_lag1(rising, 4, &found), 0);
	assert_close(found, 1.25 / 5, 1e-15); /* distances -1.5 -0.5 0.5 1.5 */
	assert_int_equal(stats_lag1(alternating, 4, &found), 0);
	assert_close(found, -0.75, 1e-15);
	assert_int_equal(stats_lag1(two, 2, &found), 0);
	assert_close(found, -0.5, 1e-15);
	assert_int_equal(stats_lag1(equal, 7, &found), 0);
	assert_true(isnan(found));
	assert_int_equal(stats_lag1(two, 1, &found), 0);
	assert_true(isnan(found));
}

static void test_effective_count(void **state)
{
	(void)state;
	/* corrected r = 11/16 */
	assert_close(stats_effective_count(20, 0.5), 20 * 5.0 / 27, 1e-12);
	assert_close(stats_effective_count(20, -0.05), 20, 0);
	assert_close(stats_effective_count(20, -0.9), 20, 0);
	assert_close(stats_effective_count(20, 1), 2, 0);
	assert_close(stats_effective_count(5, 1), 2, 0);
	assert_close(stats_effective_count(1000000, 0.5), 1000000 / 3.0, 3);
	assert_close(stats_effective_count(4, 1), 4, 0);
	assert_close(stats_effective_count(1, NAN), 1, 0);
	assert_close(stats_effective_count(30, NAN), 30, 0);
}

static void test_drift(void **state)
{
	const double rising[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	const double later_twice[] = {3, 3, 3, 6, 6, 6, 6, 6, 6, 6};
	struct drift found;

	(void)state;
	assert_int_equal(stats_drift(rising, 12, 0.05, &found), 0);
	assert_close(found.p_value, 2.0 / 220, 1e-15); /* 3 of 12 */
	assert_true(found.ratio.estimate > 3 && found.ratio.low > 1);
	assert_int_equal(stats_drift(later_twice, 10, 0.05, &found), 0); /* 3 and 7, not 2 and 8 */
	assert_interval(&found.ratio, 2, 2, 2, 1e-15);
	assert_int_equal(stats_drift(rising + 4, 6, 0.05, &found), 0); /* 2 and 4 */
	assert_close(found.p_value, 2.0 / 15, 1e-15);
	assert_int_equal(stats_drift(later_twice + 3, 7, 0.05, &found), 0);
	assert_interval(&found.ratio, 1, 1, 1, 0);
	assert_close(found.p_value, 1, 0);
}

static void test_drift_of_few(void **state)
{
	const double values[] = {4, 2, 3};
	struct drift found;

	(void)state;
	assert_int_equal(stats_drift(values, 1, 0.05, &found), 0);
	assert_true(isnan(found.ratio.estimate) && isnan(found.ratio.low) && isnan(found.ratio.high));
	assert_true(isnan(found.p_value));
	assert_int_equal(stats_drift(values, 2, 0.05, &found), 0);
	assert_close(found.ratio.estimate, 0.5, 1e-15);
	assert_close(found.p_value, 1, 0);
	assert_int_equal(stats_drift(values, 3, 0.05, &found), 0);
	assert_close(found.p_value, 2.0 / 3, 1e-15);
}

/* Quiet blocks 99 … 101, whose median is 100; the first few are replaced. */
static size_t warmup(const double *first, size_t first_count, size_t count)
{
	double values[40];
	size_t blocks = 99;

	for (size_t i = 0; i < count; i++)
		values[i] = i < first_count ? first[i] : 99 + (double)(i % 3);
	assert_int_equal(stats_warmup_blocks(values, count, &blocks), 0);
	return blocks;
}

static void test_warmup(void **state)
{
	(void)state;
	assert_int_equal(warmup(NULL, 0, 20), 0);
	assert_int_equal(warmup((const double[]){200, 150, 110}, 3, 20), 3);
	assert_int_equal(warmup((const double[]){200, 100, 110}, 3, 20), 1);
	assert_int_equal(warmup((const double[]){200, 150, 50}, 3, 20), 2); /* the other side */
	assert_int_equal(warmup((const double[]){100, 150, 110}, 3, 20), 0);
	assert_int_equal(warmup((const double[]){50, 80, 98}, 3, 20), 3); /* a throughput */
	assert_int_equal(warmup((const double[]){102, 102}, 2, 20), 0);   /* twice as far out is not yet more */
	assert_int_equal(warmup((const double[]){102.1, 101.5}, 2, 20), 2);
	assert_int_equal(warmup((const double[]){200, 200, 200, 200, 200}, 5, 20), 5);
	assert_int_equal(warmup((const double[]){200, 200, 200, 200, 200, 200}, 6, 20), 0); /* longer than a quarter */
	assert_int_equal(warmup((const double[]){200}, 1, 12), 1);
	assert_int_equal(warmup((const double[]){200}, 1, 11), 0);
	assert_int_equal(warmup((const double[]){200}, 1, 1), 0);
}

static void test_no_warmup(void **state)
{
	double values[40], wide[40];
	size_t blocks;

	(void)state;
	for (size_t i = 0; i < 40; i++)
		values[i] = 7;
	assert_int_equal(stats_warmup_blocks(values, 40, &blocks), 0);
	assert_int_equal(blocks, 0);
	values[0] = 7.001; /* all the others agree */
	assert_int_equal(stats_warmup_blocks(values, 40, &blocks), 0);
	assert_int_equal(blocks, 1);
	values[20] = 7.001; /* what happens later again is none */
	assert_int_equal(stats_warmup_blocks(values, 40, &blocks), 0);
	assert_int_equal(blocks, 0);
	for (size_t i = 0; i < 40; i++) {
		values[i] = 1 + (double)i;            /* a drift */
		wide[i] = i % 2 ? 1.7e308 : -1.7e308; /* distances that are no double */
	}
	assert_int_equal(stats_warmup_blocks(values, 40, &blocks), 0);
	assert_int_equal(blocks, 0);
	assert_int_equal(stats_warmup_blocks(wide, 40, &blocks), 0);
	assert_int_equal(blocks, 0);
}

static void test_refused(void **state)
{
	double values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
	const double bad[] = {NAN, INFINITY, -INFINITY};
	struct drift drift = {untouched, -1.5};
	size_t blocks = 99;
	double found = -1.5;

	(void)state;
	for (size_t i = 0; i <= COUNT(bad); i++) {
		size_t count = i < COUNT(bad) ? COUNT(values) : 0; /* the last turn: no values at all */

		values[5] = i < COUNT(bad) ? bad[i] : 6;
		assert_int_equal(stats_lag1(values, count, &found), -EINVAL);
		assert_int_equal(stats_drift(values, count, 0.05, &drift), -EINVAL);
		assert_int_equal(stats_warmup_blocks(values, count, &blocks), -EINVAL);
	}
	assert_int_equal(stats_drift(values, COUNT(values), 0, &drift), -EINVAL);
	assert_int_equal(stats_drift(values, 1, NAN, &drift), -EINVAL);
	values[12] = 0;
	assert_int_equal(stats_drift(values, COUNT(values), 0.05, &drift), -EDOM);
	assert_int_equal(stats_drift(values + 12, 1, 0.05, &drift), -EDOM);
	assert_close(found, -1.5, 0);
	assert_close(drift.p_value, -1.5, 0);
	assert_memory_equal(&drift.ratio, &untouched, sizeof(untouched));
	assert_int_equal(blocks, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lag1),    cmocka_unit_test(test_effective_count),
		cmocka_unit_test(test_drift),   cmocka_unit_test(test_drift_of_few),
		cmocka_unit_test(test_warmup),  cmocka_unit_test(test_no_warmup),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
