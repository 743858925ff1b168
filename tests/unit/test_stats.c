/* SPDX-License-Identifier: MIT */
/* The statistics against tabulated values, textbook examples and their own contracts; scipy checks the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "close_to.h"
#include "stats/stats.h"

static int compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

static void test_order_statistics(void **state)
{
	const double odd[] = {3, 1, 2};
	const double even[] = {4, 1, 3, 2};
	const double skewed[] = {1, 1, 2, 2, 4, 6, 9};
	double found;

	(void)state;
	assert_int_equal(stats_median(odd, 3, &found), 0);
	assert_close(found, 2, 0);
	assert_int_equal(stats_median(even, 4, &found), 0);
	assert_close(found, 2.5, 0);
	assert_int_equal(stats_minimum(even, 4, &found), 0);
	assert_close(found, 1, 0);
	assert_int_equal(stats_mad(skewed, 7, &found), 0);
	assert_close(found, 1, 0);
	assert_close(even[0], 4, 0); /* input is left as it was */
}

static void test_quantile(void **state)
{
	const double values[] = {15, 20, 35, 40, 50};
	double found;

	(void)state;
	assert_int_equal(stats_quantile(values, 5, 0, &found), 0);
	assert_close(found, 15, 0);
	assert_int_equal(stats_quantile(values, 5, 1, &found), 0);
	assert_close(found, 50, 0);
	assert_int_equal(stats_quantile(values, 5, 0.5, &found), 0);
	assert_close(found, 35, 0);
	assert_int_equal(stats_quantile(values, 5, 0.4, &found), 0);
	assert_close(found, 29, 1e-12);
	assert_int_equal(stats_quantile(values, 5, -0.1, &found), -EINVAL);
	assert_int_equal(stats_quantile(values, 5, 1.1, &found), -EINVAL);
	assert_int_equal(stats_quantile(values, 5, NAN, &found), -EINVAL);
	assert_close(found, 29, 1e-12);
}

static void test_tail_needs_ten_values_beyond(void **state)
{
	double values[1000];
	double found;

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++)
		values[i] = (double)i;
	assert_int_equal(stats_tail(values, 1000, 0.99, &found), 0);
	assert_close(found, 989.01, 1e-9);
	assert_int_equal(stats_tail(values, 999, 0.99, &found), 0);
	assert_true(isnan(found));
	assert_int_equal(stats_tail(values, 100, 0.9, &found), 0);
	assert_close(found, 89.1, 1e-9);
	assert_int_equal(stats_tail(values, 99, 0.9, &found), 0);
	assert_true(isnan(found));
	assert_int_equal(stats_tail(values, 99, 0.1, &found), 0);
	assert_true(isnan(found));
}

/* Rank l of the median's interval, seen through the values 1 … n. */
static void test_median_interval_table(void **state)
{
	static const struct {
		size_t count;
		double alpha;
		double rank; /* 0: no interval */
	} table[] = {
		{1, 0.05, 0},   {5, 0.05, 0},   {6, 0.05, 1},   {8, 0.05, 1},      {9, 0.05, 2},        {10, 0.05, 2},
		{15, 0.05, 4},  {20, 0.05, 6},  {25, 0.05, 8},  {30, 0.05, 10},    {50, 0.05, 18},      {100, 0.05, 40},
		{7, 0.01, 0},   {8, 0.01, 1},   {20, 0.01, 4},  {6, 0.03125, 1},   {6, 0.03124, 0},     {20, 0.1, 6},
		{5, 0.0625, 1}, {1, 0.9999, 0}, {3, 0.9999, 1}, {2000, 0.05, 956}, {2000, 1e-300, 223},
	};
	double values[2000];

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++)
		values[i] = (double)i + 1;
	for (size_t i = 0; i < COUNT(table); i++) {
		double n = (double)table[i].count;
		struct interval found;

		assert_int_equal(stats_median_interval(values, table[i].count, table[i].alpha, &found), 0);
		assert_close(found.estimate, (n + 1) / 2, 0);
		if (table[i].rank > 0) {
			assert_interval(&found, (n + 1) / 2, table[i].rank, n + 1 - table[i].rank, 0);
		} else {
			assert_true(isnan(found.low));
			assert_true(isnan(found.high));
		}
	}
}

/* Powers of -3 have Walsh averages that are all different, so that the interval's ends tell K. */
static void check_walsh_rank(size_t count, size_t k)
{
	double values[30], averages[30 * 31 / 2];
	struct interval found;
	size_t total = 0;

	values[0] = 1;
	for (size_t i = 1; i < count; i++)
		values[i] = values[i - 1] * -3;
	for (size_t i = 0; i < count; i++)
		for (size_t j = i; j < count; j++)
			averages[total++] = (values[i] + values[j]) / 2;
	qsort(averages, total, sizeof(averages[0]), compare_doubles);
	for (size_t i = 1; i < total; i++)
		assert_true(averages[i - 1] < averages[i]);
	assert_int_equal(stats_paired_difference(values, count, 0.05, &found), 0);
	assert_interval(&found, (averages[(total - 1) / 2] + averages[total / 2]) / 2, averages[k],
			averages[total - 1 - k], 0);
}

static void test_walsh_interval_table(void **state)
{
	(void)state;
	check_walsh_rank(6, 0);
	check_walsh_rank(8, 3);
	check_walsh_rank(10, 8);
	check_walsh_rank(15, 25);
	check_walsh_rank(20, 52);
	check_walsh_rank(30, 137);
}

/* Hollander and Wolfe, table 3.1: Hamilton depression scores of nine patients at two visits. */
static void test_textbook_patients(void **state)
{
	const double first[] = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
	const double second[] = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
	double differences[9];
	struct interval found;
	double p;

	(void)state;
	for (size_t i = 0; i < 9; i++)
		differences[i] = first[i] - second[i];
	assert_int_equal(stats_paired_difference(differences, 9, 0.05, &found), 0);
	assert_interval(&found, 0.46, 0.010, 0.786, 1e-9);
	assert_int_equal(stats_signed_rank(differences, 9, &p), 0);
	assert_close(p, 0.0390625, 0);
}

static void test_few_differences(void **state)
{
	const double values[] = {4, 1, 2, 8, 16};
	struct interval found;

	(void)state;
	assert_int_equal(stats_paired_difference(values, 1, 0.05, &found), 0);
	assert_close(found.estimate, 4, 0);
	assert_true(isnan(found.low) && isnan(found.high));
	assert_int_equal(stats_paired_difference(values, 2, 0.05, &found), 0);
	assert_close(found.estimate, 2.5, 0);
	assert_int_equal(stats_paired_difference(values, 5, 0.05, &found), 0);
	assert_true(isnan(found.low) && isnan(found.high));
	assert_int_equal(stats_paired_difference(values, 5, 0.0625, &found), 0);
	assert_interval(&found, 5, 1, 16, 0);
	assert_int_equal(stats_paired_difference(values, 1, 0.9999999999999999, &found), 0);
	assert_true(isnan(found.low) || found.low <= found.high);
}

static void test_all_equal(void **state)
{
	const double values[] = {-7.25, -7.25, -7.25, -7.25, -7.25, -7.25, -7.25, -7.25};
	const double zeros[8] = {0, -0.0};
	struct interval found;
	double figure;

	(void)state;
	assert_int_equal(stats_median_interval(values, 8, 0.05, &found), 0);
	assert_interval(&found, -7.25, -7.25, -7.25, 0);
	assert_int_equal(stats_paired_difference(values, 8, 0.05, &found), 0);
	assert_interval(&found, -7.25, -7.25, -7.25, 0);
	assert_int_equal(stats_paired_difference(zeros, 8, 0.05, &found), 0);
	assert_interval(&found, 0, 0, 0, 0);
	assert_int_equal(stats_mad(values, 8, &figure), 0);
	assert_close(figure, 0, 0);
	assert_int_equal(stats_signed_rank(zeros, 8, &figure), 0);
	assert_close(figure, 1, 0);
	assert_int_equal(stats_paired_ratio(&(double){3}, &(double){2}, 1, 0.05, &found), 0);
	assert_close(found.estimate, 1.5, 1e-15);
}

/* Numbers at the ends of the range of a double neither overflow nor vanish. */
static void test_extreme_values(void **state)
{
	const double huge[] = {1.7e308, 1.7e308, 1.7e308, 1.7e308, 1.7e308, 1.7e308};
	const double wide[] = {-1.7e308, 1.7e308};
	const double tiny[] = {5e-324, 5e-324, 5e-324, 5e-324, 5e-324, 5e-324};
	struct interval found;
	double figure;

	(void)state;
	assert_int_equal(stats_paired_difference(huge, 6, 0.05, &found), 0);
	assert_interval(&found, 1.7e308, 1.7e308, 1.7e308, 0);
	assert_int_equal(stats_paired_difference(tiny, 6, 0.05, &found), 0);
	assert_interval(&found, 5e-324, 5e-324, 5e-324, 0);
	assert_int_equal(stats_median(huge, 6, &figure), 0);
	assert_close(figure, 1.7e308, 0);
	assert_int_equal(stats_quantile(wide, 2, 0.5, &figure), 0);
	assert_close(figure, 0, 0);
	assert_int_equal(stats_paired_ratio(huge, tiny, 6, 0.05, &found), 0);
	assert_true(isinf(found.estimate)); /* the true ratio is no double */
}

/* For 0 … n-1 about (s + 2)^2 / 4 pairs have a sum of at most s < n: the interval can be told without any sort. */
static void test_many_differences(void **state)
{
	const size_t count = 100000;
	double n = (double)count;
	double *values = calloc(count, sizeof(*values));
	struct interval found;
	double mean, deviation, rank;

	(void)state;
	assert_non_null(values);
	for (size_t i = 0; i < count; i++)
		values[i] = (double)(i * 7919 % count);
	assert_int_equal(stats_paired_difference(values, count, 0.05, &found), 0);
	free(values);
	assert_close(found.estimate, (n - 1) / 2, 0);
	assert_close(found.low + found.high, n - 1, 0);
	mean = n * (n + 1) / 4;
	deviation = sqrt(n * (n + 1) * (2 * n + 1) / 24);
	rank = floor(mean - 1.959963984540054 * deviation - 0.5) + 1;
	assert_true(floor(pow(2 * found.low + 2, 2) / 4) >= rank);
	assert_true(floor(pow(2 * found.low + 1, 2) / 4) < rank);
}

static void test_paired_ratio(void **state)
{
	const double a[] = {2, 4, 6, 8, 10, 12, 14, 16};
	const double b[] = {1, 2, 3, 4, 5, 6, 7, 8};
	const double zero[] = {1, 2, 3, 0, 5, 6, 7, 8};
	const double negative[] = {1, 2, 3, 4, 5, 6, 7, -8};
	const double broken[] = {0, 2, NAN, 4, 5, 6, 7, 8};
	struct interval found = untouched;

	(void)state;
	assert_int_equal(stats_paired_ratio(a, zero, 8, 0.05, &found), -EDOM);
	assert_int_equal(stats_paired_ratio(zero, b, 8, 0.05, &found), -EDOM);
	assert_int_equal(stats_paired_ratio(a, negative, 8, 0.05, &found), -EDOM);
	assert_int_equal(stats_paired_ratio(negative, negative, 8, 0.05, &found), -EDOM);
	assert_int_equal(stats_paired_ratio(a, broken, 8, 0.05, &found), -EINVAL);
	assert_int_equal(stats_paired_ratio(broken, b, 8, 0.05, &found), -EINVAL);
	assert_int_equal(stats_paired_ratio(a, b, 0, 0.05, &found), -EINVAL);
	assert_memory_equal(&found, &untouched, sizeof(found));
	assert_int_equal(stats_paired_ratio(a, b, 8, 0.05, &found), 0);
	assert_interval(&found, 2, 2, 2, 1e-15);
	assert_int_equal(stats_paired_ratio(b, a, 8, 0.05, &found), 0);
	assert_interval(&found, 0.5, 0.5, 0.5, 1e-15);
	assert_int_equal(stats_paired_ratio(a, b, 5, 0.05, &found), 0);
	assert_close(found.estimate, 2, 1e-15);
	assert_true(isnan(found.low) && isnan(found.high));
}

/* Two-sided p = 2 P(T+ <= t) from the tables: 1/32 for n = 6, t = 0; 25/512 for n = 10, t = 8. */
static void test_signed_rank(void **state)
{
	const double six[] = {1, 2, 3, 4, 5, 6};
	const double ten[] = {-1, 2, 3, 4, 5, 6, -7, 8, 9, 10};
	const double tied[] = {1, 1, 1, 1, 1, 1, -2};
	const double with_zero[] = {0, 1, 2, 3, 4, 5, 6};
	double p;

	(void)state;
	assert_int_equal(stats_signed_rank(six, 6, &p), 0);
	assert_close(p, 1.0 / 32, 0);
	assert_int_equal(stats_signed_rank(ten, 10, &p), 0);
	assert_close(p, 25.0 / 512, 0);
	assert_int_equal(stats_signed_rank(six, 1, &p), 0);
	assert_close(p, 1, 0);
	/* T = 7 of mean 14; variance 35 - (6^3 - 6) / 48 */
	assert_int_equal(stats_signed_rank(tied, 7, &p), 0);
	assert_close(p, erfc(6.5 / sqrt(30.625) / sqrt(2)), 1e-12);
	/* the same six values, but the zero brings in the approximation */
	assert_int_equal(stats_signed_rank(with_zero, 7, &p), 0);
	assert_close(p, erfc(10 / sqrt(22.75) / sqrt(2)), 1e-12);
}

static void test_refused_values(void **state)
{
	double values[] = {1, 2, 3, 4, 5, 6, 7, 8};
	const double bad[] = {NAN, INFINITY, -INFINITY};
	struct interval interval = untouched;
	double figure = -1.5;

	(void)state;
	for (size_t i = 0; i <= COUNT(bad); i++) {
		size_t count = i < COUNT(bad) ? COUNT(values) : 0; /* the last turn: no values at all */

		values[5] = i < COUNT(bad) ? bad[i] : 6;
		assert_int_equal(stats_minimum(values, count, &figure), -EINVAL);
		assert_int_equal(stats_median(values, count, &figure), -EINVAL);
		assert_int_equal(stats_mad(values, count, &figure), -EINVAL);
		assert_int_equal(stats_quantile(values, count, 0.5, &figure), -EINVAL);
		assert_int_equal(stats_tail(values, count, 0.5, &figure), -EINVAL);
		assert_int_equal(stats_signed_rank(values, count, &figure), -EINVAL);
		assert_int_equal(stats_median_interval(values, count, 0.05, &interval), -EINVAL);
		assert_int_equal(stats_paired_difference(values, count, 0.05, &interval), -EINVAL);
	}
	assert_close(figure, -1.5, 0);
	assert_memory_equal(&interval, &untouched, sizeof(interval));
}

static void test_refused_alpha(void **state)
{
	const double values[] = {1, 2, 3, 4, 5, 6, 7, 8};
	const double bad[] = {0, 1, -0.05, 5, NAN, INFINITY};
	struct interval found = untouched;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(stats_median_interval(values, 8, bad[i], &found), -EINVAL);
		assert_int_equal(stats_paired_difference(values, 8, bad[i], &found), -EINVAL);
		assert_int_equal(stats_paired_ratio(values, values, 8, bad[i], &found), -EINVAL);
	}
	assert_memory_equal(&found, &untouched, sizeof(found));
}

/* Adjusted by hand: 0.01 × 4; 0.02 × 3; 0.03 × 2; 0.04, raised to what came before. */
static void test_holm(void **state)
{
	double p[] = {0.04, 0.01, 0.03, 0.02};
	double many[] = {0.5, 0.9, 0.4, 0.4};
	double one[] = {0.2};
	double bad[] = {0.2, NAN, 0.1};
	double beyond[] = {0.2, 1.1};

	(void)state;
	assert_int_equal(stats_holm(p, 4), 0);
	assert_close(p[0], 0.06, 1e-15);
	assert_close(p[1], 0.04, 1e-15);
	assert_close(p[2], 0.06, 1e-15);
	assert_close(p[3], 0.06, 1e-15);
	assert_int_equal(stats_holm(many, 4), 0);
	for (size_t i = 0; i < 4; i++)
		assert_close(many[i], 1, 0);
	assert_int_equal(stats_holm(one, 1), 0);
	assert_close(one[0], 0.2, 0);
	assert_int_equal(stats_holm(one, 0), -EINVAL);
	assert_int_equal(stats_holm(bad, 3), -EINVAL);
	assert_int_equal(stats_holm(beyond, 2), -EINVAL);
	assert_close(bad[0], 0.2, 0);
	assert_close(bad[2], 0.1, 0);
}

static void test_holm_keeps_order(void **state)
{
	double before[500], after[500];

	(void)state;
	srand48(20240607);
	for (size_t i = 0; i < COUNT(before); i++)
		before[i] = i % 5 == 4 ? before[i / 2] : pow(drand48(), 6);
	memcpy(after, before, sizeof(after));
	assert_int_equal(stats_holm(after, COUNT(after)), 0);
	for (size_t i = 0; i < COUNT(before); i++) {
		assert_true(after[i] >= before[i] && after[i] <= 1);
		for (size_t j = 0; j < COUNT(before); j++)
			if (before[i] <= before[j])
				assert_true(after[i] <= after[j]);
	}
}

static void test_verdict(void **state)
{
	static const struct {
		double low, high, margin;
		enum verdict time, throughput; /* lower is better, higher is better */
	} table[] = {
		{1.10, 1.20, 0.02, VERDICT_SLOWER, VERDICT_FASTER},
		{0.80, 0.90, 0.02, VERDICT_FASTER, VERDICT_SLOWER},
		{0.99, 1.01, 0.02, VERDICT_EQUIVALENT, VERDICT_EQUIVALENT},
		{0.99, 1.03, 0.02, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
		{0.90, 0.99, 0.02, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
		{0.50, 2.00, 0.02, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
		/* significant, but too small to matter, or not surely large enough */
		{1.005, 1.015, 0.02, VERDICT_EQUIVALENT, VERDICT_EQUIVALENT},
		{1.01, 1.20, 0.02, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
		/* the margin is a ratio: 1 / 1.25 = 0.8, not 0.75 */
		{0.77, 0.79, 0.25, VERDICT_FASTER, VERDICT_SLOWER},
		{0.80, 1.25, 0.25, VERDICT_EQUIVALENT, VERDICT_EQUIVALENT},
		{1.25, 1.50, 0.25, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
		{0.60, 0.80, 0.25, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
		{1.20, 1.25, 0.50, VERDICT_EQUIVALENT, VERDICT_EQUIVALENT},
		{1.00, 1.00, 0.00, VERDICT_EQUIVALENT, VERDICT_EQUIVALENT},
		{1.001, 1.002, 0.00, VERDICT_SLOWER, VERDICT_FASTER},
		{0.998, 0.999, 0.00, VERDICT_FASTER, VERDICT_SLOWER},
		{NAN, NAN, 0.02, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
		{1.10, NAN, 0.02, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
		{NAN, 0.90, 0.02, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
		{1.10, 1.20, NAN, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
		{1.10, 1.20, -0.5, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct interval ratio = {1, table[i].low, table[i].high};

		assert_string_equal(verdict_name(stats_verdict(&ratio, table[i].margin, 1)),
				    verdict_name(table[i].time));
		assert_string_equal(verdict_name(stats_verdict(&ratio, table[i].margin, 0)),
				    verdict_name(table[i].throughput));
	}
}

static void test_verdict_names(void **state)
{
	(void)state;
	assert_string_equal(verdict_name(VERDICT_FASTER), "faster");
	assert_string_equal(verdict_name(VERDICT_SLOWER), "slower");
	assert_string_equal(verdict_name(VERDICT_EQUIVALENT), "equivalent");
	assert_string_equal(verdict_name(VERDICT_INCONCLUSIVE), "inconclusive");
}

static void test_half_width(void **state)
{
	const struct interval even = {1, 0.5, 2};
	const struct interval point = {3, 3, 3};
	const struct interval none = {1, NAN, NAN};

	(void)state;
	assert_close(stats_half_width(&even), log(2), 1e-15);
	assert_close(stats_half_width(&point), 0, 0);
	assert_true(isnan(stats_half_width(&none)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_statistics),
		cmocka_unit_test(test_quantile),
		cmocka_unit_test(test_tail_needs_ten_values_beyond),
		cmocka_unit_test(test_median_interval_table),
		cmocka_unit_test(test_walsh_interval_table),
		cmocka_unit_test(test_textbook_patients),
		cmocka_unit_test(test_few_differences),
		cmocka_unit_test(test_all_equal),
		cmocka_unit_test(test_extreme_values),
		cmocka_unit_test(test_many_differences),
		cmocka_unit_test(test_paired_ratio),
		cmocka_unit_test(test_signed_rank),
		cmocka_unit_test(test_refused_values),
		cmocka_unit_test(test_refused_alpha),
		cmocka_unit_test(test_holm),
		cmocka_unit_test(test_holm_keeps_order),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_verdict_names),
		cmocka_unit_test(test_half_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
