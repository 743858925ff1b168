/* SPDX-License-Identifier: MIT */
/* Comparisons without pairs against tabulated values, textbook examples and their own contracts; scipy checks the rest. */
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
#include "stats/stream.h"

#define STREAM(array) (&(const struct stream){.values = (array), .count = COUNT(array)})

/* Hollander and Wolfe, table 4.1: permeability of ten membranes at term and of five between week 12 and 26. */
static const double at_term[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
static const double before[] = {1.15, 0.88, 0.90, 0.74, 1.21};

static void test_textbook_membranes(void **state)
{
	double p;

	(void)state;
	assert_int_equal(stats_mann_whitney(STREAM(at_term), STREAM(before), &p), 0);
	assert_close(p, 2 * 0.1272061, 1e-6);
	assert_int_equal(stats_mann_whitney(STREAM(before), STREAM(at_term), &p), 0);
	assert_close(p, 2 * 0.1272061, 1e-6);
}

/* Logarithms 0, n, 2n, … against 0 … n-1 differ by each whole number once, so that the interval's ends tell K. */
static void check_rank(size_t m, size_t n, double k)
{
	const double unit = 0.01;
	double a[52], b[52];
	struct stream first = {.values = a, .count = m}, second = {.values = b, .count = n};
	double least = -((double)n - 1) * unit;
	double most = (double)(m - 1) * (double)n * unit;
	struct interval found;

	for (size_t i = 0; i < m; i++)
		a[(i + 3) % m] = exp((double)(i * n) * unit);
	for (size_t i = 0; i < n; i++)
		b[i] = exp((double)i * unit);
	assert_int_equal(stats_unpaired_ratio(&first, &second, 0.05, &found), 0);
	assert_close(log(found.estimate), (least + most) / 2, 1e-9);
	if (k < 0) {
		assert_true(isnan(found.low) && isnan(found.high));
		return;
	}
	assert_close(log(found.low), least + k * unit, 1e-9);
	assert_close(log(found.high), most - k * unit, 1e-9);
}

/* The critical values of U, two-sided at 5 %. */
static void test_interval_table(void **state)
{
	static const struct {
		size_t m, n;
		double k; /* -1: no interval */
	} table[] = {
		{1, 1, -1},   {3, 4, -1},    {4, 3, -1},   {4, 4, 0},   {3, 5, 0},  {5, 5, 2},
		{6, 6, 5},    {8, 8, 13},    {10, 5, 8},   {5, 10, 8},  {7, 9, 12}, {10, 10, 23},
		{15, 15, 64}, {20, 20, 127}, {20, 10, 55}, {1, 38, -1}, {1, 39, 0}, {2, 8, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		check_rank(table[i].m, table[i].n, table[i].k);
}

static void test_exact_p(void **state)
{
	const double a[] = {1, 2, 3, 4}, b[] = {5, 6, 7, 8}, c[] = {2.5, 6.5, 7.5, 8.5};
	double p;

	(void)state;
	assert_int_equal(stats_mann_whitney(STREAM(a), STREAM(b), &p), 0);
	assert_close(p, 2.0 / 70, 1e-15);
	/* U = 2: one arrangement of 70 has 0, one has 1, two have 2 */
	assert_int_equal(stats_mann_whitney(STREAM(a), STREAM(c), &p), 0);
	assert_close(p, 8.0 / 70, 1e-15);
	assert_int_equal(stats_mann_whitney(&(struct stream){a, 1, 0}, &(struct stream){b, 1, 0}, &p), 0);
	assert_close(p, 1, 0);
}

/* U = 1 of mean 4.5; variance 9/12 (7 - (24 + 6) / 30) */
static void test_tied_p(void **state)
{
	const double a[] = {1, 2, 2}, b[] = {2, 3, 3};
	double p;

	(void)state;
	assert_int_equal(stats_mann_whitney(STREAM(a), STREAM(b), &p), 0);
	assert_close(p, erfc(3 / sqrt(4.5) / sqrt(2)), 1e-12);
	assert_int_equal(stats_mann_whitney(STREAM(b), STREAM(b), &p), 0);
	assert_close(p, 1, 0);
}

static void test_all_equal(void **state)
{
	const double a[] = {6, 6, 6, 6, 6, 6, 6, 6}, b[] = {3, 3, 3, 3, 3, 3};
	struct interval found;
	double p;

	(void)state;
	assert_int_equal(stats_mann_whitney(STREAM(a), STREAM(a), &p), 0);
	assert_close(p, 1, 0);
	assert_int_equal(stats_unpaired_ratio(STREAM(a), STREAM(b), 0.05, &found), 0);
	assert_interval(&found, 2, 2, 2, 1e-15);
	assert_int_equal(stats_unpaired_ratio(STREAM(a), STREAM(a), 0.05, &found), 0);
	assert_interval(&found, 1, 1, 1, 0);
}

static void test_ratio_follows_its_units(void **state)
{
	struct interval one, other;
	double thrice[COUNT(at_term)];

	(void)state;
	for (size_t i = 0; i < COUNT(at_term); i++)
		thrice[i] = 3 * at_term[i];
	assert_int_equal(stats_unpaired_ratio(STREAM(at_term), STREAM(before), 0.05, &one), 0);
	assert_int_equal(stats_unpaired_ratio(STREAM(thrice), STREAM(before), 0.05, &other), 0);
	assert_interval(&other, 3 * one.estimate, 3 * one.low, 3 * one.high, 1e-12);
	assert_int_equal(stats_unpaired_ratio(STREAM(before), STREAM(at_term), 0.05, &other), 0);
	assert_interval(&other, 1 / one.estimate, 1 / one.high, 1 / one.low, 1e-12);
	assert_int_equal(stats_unpaired_ratio(STREAM(thrice), STREAM(at_term), 0.05, &other), 0);
	assert_close(other.estimate, 3, 1e-12);
}

/* Ten values that are worth five: sqrt(2) times as wide, and Student's t with 8 degrees of freedom, 2.306. */
static void test_effective_count_widens(void **state)
{
	const struct stream a = {at_term, 10, 5}, all = {at_term, 10, 10};
	struct interval narrow, wide, same;
	double times = sqrt(2) * 2.306004135204166 / 1.959963984540054;

	(void)state;
	assert_int_equal(stats_unpaired_ratio(STREAM(at_term), STREAM(at_term), 0.05, &narrow), 0);
	assert_int_equal(stats_unpaired_ratio(&all, &all, 0.05, &same), 0);
	assert_memory_equal(&narrow, &same, sizeof(same));
	assert_int_equal(stats_unpaired_ratio(&a, &a, 0.05, &wide), 0);
	assert_close(wide.estimate, narrow.estimate, 0);
	assert_close(log(wide.low), times * log(narrow.low), 1e-9);
	assert_close(log(wide.high), times * log(narrow.high), 1e-9);
}

/* With two degrees of freedom P(|T| >= t) = 1 - t / sqrt(t^2 + 2). */
static void test_effective_count_raises_p(void **state)
{
	const double a[] = {1, 2, 3, 4, 5, 6}, b[] = {7, 8, 9, 10, 11, 12};
	double t = (18 - 0.5) / sqrt(39) / sqrt(3);
	double p;

	(void)state;
	assert_int_equal(stats_mann_whitney(&(struct stream){a, 6, 2}, &(struct stream){b, 6, 2}, &p), 0);
	assert_close(p, 1 - t / sqrt(t * t + 2), 1e-12);
	assert_int_equal(stats_mann_whitney(&(struct stream){a, 6, 2}, &(struct stream){a, 6, 2}, &p), 0);
	assert_close(p, 1, 0);
	/* one degree of freedom at least: 1 - 2/pi atan(t) */
	assert_int_equal(stats_mann_whitney(&(struct stream){a, 6, 1}, &(struct stream){b, 6, 1}, &p), 0);
	assert_close(p, 1 - 2 / acos(-1) * atan(17.5 / sqrt(39) / sqrt(6)), 1e-12);
}

/* 0 … n-1 and n/2 … 3n/2-1, on a logarithmic scale. */
static void test_many_values(void **state)
{
	const size_t count = 20000;
	double n = (double)count;
	double *a = calloc(count, sizeof(*a)), *b = calloc(count, sizeof(*b));
	struct interval found;
	double p;

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	for (size_t i = 0; i < count; i++) {
		a[i] = exp(1e-3 * (double)(i * 7919 % count));
		b[i] = a[i] * exp(1e-3 * n / 2);
	}
	assert_int_equal(
		stats_unpaired_ratio(&(struct stream){a, count, 0}, &(struct stream){b, count, 0}, 0.05, &found), 0);
	assert_int_equal(stats_mann_whitney(&(struct stream){a, count, 0}, &(struct stream){a, count, 0}, &p), 0);
	free(a);
	free(b);
	assert_close(log(found.estimate), -1e-3 * n / 2, 1e-9);
	/* U has a deviation of n sqrt(n/6) pairs, and in the middle n pairs share each difference */
	assert_close((log(found.high) - log(found.low)) / 2, 1e-3 * 1.96 * sqrt(n / 6), 1e-3 * 3);
	assert_close(p, 1, 0);
}

static void test_extreme_values(void **state)
{
	const double huge[] = {1.7e308, 1.7e308, 1.6e308, 1.5e308, 1.7e308};
	const double tiny[] = {5e-324, 5e-324, 5e-324, 5e-324, 5e-324};
	struct interval found;
	double p;

	(void)state;
	assert_int_equal(stats_unpaired_ratio(STREAM(huge), STREAM(huge), 0.05, &found), 0);
	assert_true(found.low > 0.8 && found.low <= 1 && found.high >= 1 && found.high < 1.2);
	assert_int_equal(stats_unpaired_ratio(STREAM(huge), STREAM(tiny), 0.05, &found), 0);
	assert_true(isinf(found.estimate)); /* the true ratio is no double */
	assert_int_equal(stats_mann_whitney(STREAM(huge), STREAM(tiny), &p), 0);
	assert_true(p > 0 && p < 0.05);
}

static void check_refused(const struct stream *a, const struct stream *b, double alpha, int error)
{
	struct interval found = untouched;

	assert_int_equal(stats_unpaired_ratio(a, b, alpha, &found), error);
	assert_int_equal(stats_unpaired_ratio(b, a, alpha, &found), error);
	assert_memory_equal(&found, &untouched, sizeof(found));
}

static void test_refused(void **state)
{
	const double good[] = {1, 2, 3, 4}, zero[] = {1, 0, 2}, negative[] = {1, -2};
	const double bad[] = {NAN, INFINITY, -INFINITY};
	const double effective[] = {0.5, -1, 4.5, NAN, INFINITY};
	const double alphas[] = {0, 1, -0.05, 5, NAN, INFINITY};
	double p = -1.5;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const double values[] = {1, bad[i], 3};

		check_refused(STREAM(values), STREAM(good), 0.05, -EINVAL);
		assert_int_equal(stats_mann_whitney(STREAM(values), STREAM(good), &p), -EINVAL);
		assert_int_equal(stats_mann_whitney(STREAM(good), STREAM(values), &p), -EINVAL);
	}
	for (size_t i = 0; i < COUNT(effective); i++) {
		const struct stream stream = {good, 4, effective[i]};

		check_refused(&stream, STREAM(good), 0.05, -EINVAL);
		assert_int_equal(stats_mann_whitney(&stream, STREAM(good), &p), -EINVAL);
	}
	for (size_t i = 0; i < COUNT(alphas); i++)
		check_refused(STREAM(good), STREAM(good), alphas[i], -EINVAL);
	check_refused(&(struct stream){good, 0, 0}, STREAM(good), 0.05, -EINVAL);
	assert_int_equal(stats_mann_whitney(&(struct stream){good, 0, 0}, STREAM(good), &p), -EINVAL);
	check_refused(STREAM(zero), STREAM(good), 0.05, -EDOM);
	check_refused(STREAM(negative), STREAM(good), 0.05, -EDOM);
	assert_close(p, -1.5, 0);
	assert_int_equal(stats_mann_whitney(STREAM(negative), STREAM(good), &p), 0); /* it knows no ratios */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_textbook_membranes),
		cmocka_unit_test(test_interval_table),
		cmocka_unit_test(test_exact_p),
		cmocka_unit_test(test_tied_p),
		cmocka_unit_test(test_all_equal),
		cmocka_unit_test(test_ratio_follows_its_units),
		cmocka_unit_test(test_effective_count_widens),
		cmocka_unit_test(test_effective_count_raises_p),
		cmocka_unit_test(test_many_values),
		cmocka_unit_test(test_extreme_values),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
