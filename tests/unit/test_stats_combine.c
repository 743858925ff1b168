/* SPDX-License-Identifier: MIT */
/* Shares, means of ratios, ratios of ratios and blocks still needed against values by hand; scipy checks the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>

#include "close_to.h"
#include "stats/stats.h"

/* 682 of 925 is the example of binom.test in R's manual; ends of 0 and of all have a closed form. */
static void test_binomial_interval(void **state)
{
	struct interval found;

	(void)state;
	assert_int_equal(stats_binomial_interval(682, 925, 0.05, &found), 0);
	assert_interval(&found, 682.0 / 925, 0.7076683, 0.7654066, 1e-7);
	assert_int_equal(stats_binomial_interval(0, 40, 0.05, &found), 0);
	assert_interval(&found, 0, 0, 1 - pow(0.025, 1.0 / 40), 1e-14);
	assert_int_equal(stats_binomial_interval(40, 40, 0.05, &found), 0);
	assert_interval(&found, 1, pow(0.025, 1.0 / 40), 1, 1e-14);
	assert_int_equal(stats_binomial_interval(1, 1, 0.1, &found), 0);
	assert_interval(&found, 1, 0.05, 1, 1e-15);
	assert_int_equal(stats_binomial_interval(0, 10000000, 0.05, &found), 0);
	assert_close(found.high * 1e7, -log(0.025), 1e-5);
	assert_int_equal(stats_binomial_interval(1, 2, 1e-300, &found), 0);
	assert_true(found.low > 0 && found.low < 1e-299 && found.high > 0.999);
}

static void test_binomial_refused(void **state)
{
	struct interval found = untouched;

	(void)state;
	assert_int_equal(stats_binomial_interval(0, 0, 0.05, &found), -EINVAL);
	assert_int_equal(stats_binomial_interval(2, 1, 0.05, &found), -EINVAL);
	assert_int_equal(stats_binomial_interval(1, 2, 0, &found), -EINVAL);
	assert_int_equal(stats_binomial_interval(1, 2, 1, &found), -EINVAL);
	assert_int_equal(stats_binomial_interval(1, 2, NAN, &found), -EINVAL);
	assert_memory_equal(&found, &untouched, sizeof(found));
}

static struct interval ratio_of(double logarithm, double below, double above)
{
	return (struct interval){exp(logarithm), exp(logarithm - below), exp(logarithm + above)};
}

static void test_geometric_mean(void **state)
{
	const struct interval ratios[] = {ratio_of(0.5, 0.03, 0.03), ratio_of(-0.1, 0.04, 0.08)};
	const struct interval same[] = {ratio_of(0, 0.1, 0.1), ratio_of(0, 0.1, 0.1), ratio_of(0, 0.1, 0.1),
					ratio_of(0, 0.1, 0.1)};
	struct interval found;

	(void)state;
	assert_int_equal(stats_geometric_mean(ratios, 2, 0, &found), 0);
	assert_interval(&found, exp(0.2), exp(0.2 - 0.025), exp(0.2 + sqrt(0.0009 + 0.0064) / 2), 1e-14);
	assert_int_equal(stats_geometric_mean(ratios, 2, 1, &found), 0);
	assert_interval(&found, exp(0.2), exp(0.2 - 0.035), exp(0.2 + 0.055), 1e-14);
	assert_int_equal(stats_geometric_mean(ratios, 1, 0, &found), 0);
	assert_interval(&found, ratios[0].estimate, ratios[0].low, ratios[0].high, 1e-14);
	assert_int_equal(stats_geometric_mean(same, 4, 0, &found), 0);
	assert_interval(&found, 1, exp(-0.05), exp(0.05), 1e-14);
	/* variance (4 + 12 / 2) 0.01 / 16 */
	assert_int_equal(stats_geometric_mean(same, 4, 0.5, &found), 0);
	assert_interval(&found, 1, exp(-sqrt(0.1) / 4), exp(sqrt(0.1) / 4), 1e-14);
}

static void test_ratio_of_ratios(void **state)
{
	const struct interval a = ratio_of(1, 0.03, 0.05), b = ratio_of(0.4, 0.12, 0.04);
	struct interval found;

	(void)state;
	assert_int_equal(stats_ratio_of_ratios(&a, &b, &found), 0);
	assert_interval(&found, exp(0.6), exp(0.6 - 0.05), exp(0.6 + 0.13), 1e-14);
	assert_int_equal(stats_ratio_of_ratios(&b, &a, &found), 0);
	assert_interval(&found, exp(-0.6), exp(-0.6 - 0.13), exp(-0.6 + 0.05), 1e-14);
}

/* An unknown end stays unknown, an infinite one infinite. */
static void test_open_intervals(void **state)
{
	const struct interval known = {2, 1.5, 3}, unknown = {2, NAN, NAN}, open = {2, 0, INFINITY};
	struct interval found;

	(void)state;
	for (int i = 0; i < 2; i++) {
		const struct interval ratios[] = {i ? known : open, unknown};

		assert_int_equal(stats_geometric_mean(ratios, 2, i, &found), 0);
		assert_close(found.estimate, 2, 1e-15);
		assert_true(isnan(found.low) && isnan(found.high));
		assert_int_equal(stats_ratio_of_ratios(&ratios[0], &unknown, &found), 0);
		assert_close(found.estimate, 1, 1e-15);
		assert_true(isnan(found.low) && isnan(found.high));
	}
	assert_int_equal(stats_ratio_of_ratios(&known, &open, &found), 0);
	assert_true(found.low == 0 && isinf(found.high));
}

static void test_ratios_refused(void **state)
{
	const struct interval good = {1, 0.5, 2};
	static const struct {
		struct interval ratio;
		int error;
	} table[] = {
		{{0, 0, 1}, -EDOM},        {{-1, -2, 1}, -EDOM},         {{1, -0.1, 2}, -EDOM},
		{{NAN, 0.5, 2}, -EINVAL},  {{INFINITY, 1, 2}, -EINVAL},  {{1, 1.5, 2}, -EINVAL},
		{{1, 0.5, 0.75}, -EINVAL}, {{-INFINITY, 1, 2}, -EINVAL},
	};
	struct interval found = untouched;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct interval ratios[] = {good, table[i].ratio};

		assert_int_equal(stats_geometric_mean(ratios, 2, 0, &found), table[i].error);
		assert_int_equal(stats_ratio_of_ratios(&good, &table[i].ratio, &found), table[i].error);
		assert_int_equal(stats_ratio_of_ratios(&table[i].ratio, &good, &found), table[i].error);
	}
	assert_int_equal(stats_geometric_mean(&good, 0, 0, &found), -EINVAL);
	assert_int_equal(stats_geometric_mean(&good, 1, -0.1, &found), -EINVAL);
	assert_int_equal(stats_geometric_mean(&good, 1, 1.1, &found), -EINVAL);
	assert_int_equal(stats_geometric_mean(&good, 1, NAN, &found), -EINVAL);
	assert_memory_equal(&found, &untouched, sizeof(found));
}

static void test_blocks_needed(void **state)
{
	static const struct {
		double half_width;
		size_t count;
		double wanted;
		size_t blocks;
	} table[] = {
		{0.04, 10, 0.02, 40}, {0.07, 10, 0.01, 490}, {0.03, 10, 0.02, 23}, {0.021, 20, 0.02, 23},
		{0.02, 10, 0.02, 10}, {0.01, 10, 0.02, 10},  {0, 10, 0.02, 10},    {1e300, 10, 1e-300, SIZE_MAX},
	};
	size_t found;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		assert_int_equal(stats_blocks_needed(table[i].half_width, table[i].count, table[i].wanted, &found), 0);
		assert_int_equal(found, table[i].blocks);
	}
}

static void test_blocks_needed_refused(void **state)
{
	const double bad[] = {NAN, INFINITY, -0.1};
	size_t found = 99;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(stats_blocks_needed(bad[i], 10, 0.02, &found), -EINVAL);
		assert_int_equal(stats_blocks_needed(0.02, 10, bad[i], &found), -EINVAL);
	}
	assert_int_equal(stats_blocks_needed(0.02, 0, 0.01, &found), -EINVAL);
	assert_int_equal(stats_blocks_needed(0.02, 10, 0, &found), -EINVAL);
	assert_int_equal(found, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_binomial_interval), cmocka_unit_test(test_binomial_refused),
		cmocka_unit_test(test_geometric_mean),    cmocka_unit_test(test_ratio_of_ratios),
		cmocka_unit_test(test_open_intervals),    cmocka_unit_test(test_ratios_refused),
		cmocka_unit_test(test_blocks_needed),     cmocka_unit_test(test_blocks_needed_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
