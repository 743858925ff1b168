/* SPDX-License-Identifier: MIT */
/*
 * Wilcoxon's signed-rank test and the distribution that it rests on.
 * Source: F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1 (1945), also for dropping
 * zeros; M. Hollander and D. A. Wolfe, "Nonparametric Statistical Methods", section 3.1, for the recursion and the
 * normal approximation with its correction for ties.
 */
#include "stats/signed_rank.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "stats/distribution.h"
#include "stats/sorted.h"
#include "stats/stats.h"

enum {
	EXACT_RANKS_MAX = 300,    /* a millisecond; beyond it the approximation is off by a rank in 20,000 at most */
	EXACT_TEST_RANKS_MAX = 50 /* the usual limit; beyond it the approximation is as good */
};

/* Rank i is in the sum T+ or not, with probability 1/2 each, so that
 * P_i(t) = (P_{i-1}(t) + P_{i-1}(t - i)) / 2: sums of positive terms, and halving loses nothing. */
int signed_rank_distribution(size_t count, double **probabilities)
{
	size_t half = count * (count + 1) / 4;
	size_t top = 0; /* beyond it all are 0 */
	double *p = calloc(half + 1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p[0] = 1;
	for (size_t i = 1; i <= count; i++) {
		top = top + i < half ? top + i : half;
		for (size_t t = top + 1; t-- > i;)
			p[t] = (p[t] + p[t - i]) / 2;
		for (size_t t = 0; t < i && t <= top; t++)
			p[t] /= 2;
	}
	*probabilities = p;
	return 0;
}

static double statistic_mean(double count)
{
	return count * (count + 1) / 4;
}

static double statistic_variance(double count)
{
	return count * (count + 1) * (2 * count + 1) / 24;
}

/* Bisection on k; every k that counts is below the mean. */
static uint64_t normal_lower_rank(size_t count, double tail)
{
	double mean = statistic_mean((double)count);
	double deviation = sqrt(statistic_variance((double)count));
	uint64_t enough = 0; /* all k < enough count */
	uint64_t end = (uint64_t)mean + 1;

	while (enough < end) {
		uint64_t k = enough + (end - enough) / 2;

		if (normal_below(((double)k + 0.5 - mean) / deviation) <= tail)
			enough = k + 1;
		else
			end = k;
	}
	return enough;
}

int signed_rank_lower_rank(size_t count, double tail, uint64_t *rank)
{
	double *probabilities;
	double below = 0;
	uint64_t middle = (uint64_t)count * ((uint64_t)count + 1) / 4;
	uint64_t k;
	int error;

	if (count > EXACT_RANKS_MAX) {
		*rank = normal_lower_rank(count, tail);
		return 0;
	}
	error = signed_rank_distribution(count, &probabilities);
	if (error)
		return error;
	for (k = 0; k <= middle; k++) {
		below += probabilities[k];
		if (below > tail)
			break;
	}
	free(probabilities);
	*rank = k;
	return 0;
}

struct rank_sum {
	double count;    /* of differences that are not zero */
	double smaller;  /* T+ or T-, whichever is less */
	double tie_term; /* sum of t^3 - t over groups of t equal magnitudes */
};

static int compare_magnitudes(const void *left, const void *right)
{
	double a = fabs(*(const double *)left);
	double b = fabs(*(const double *)right);

	return (a > b) - (a < b);
}

/* `values` are without zeros and in order of magnitude; equal ones share the mean of their ranks. */
static void rank_sum_fill(struct rank_sum *sum, const double *values, size_t count)
{
	double positive = 0;
	double all = (double)count * ((double)count + 1) / 2;
	size_t end;

	sum->tie_term = 0;
	for (size_t begin = 0; begin < count; begin = end) {
		double rank, ties;

		for (end = begin + 1; end < count && fabs(values[end]) == fabs(values[begin]);)
			end++;
		rank = ((double)begin + 1 + (double)end) / 2;
		ties = (double)(end - begin);
		sum->tie_term += ties * ties * ties - ties;
		for (size_t i = begin; i < end; i++)
			positive += values[i] > 0 ? rank : 0;
	}
	sum->count = (double)count;
	sum->smaller = fmin(positive, all - positive);
}

static int exact_p(const struct rank_sum *sum, double *p_value)
{
	size_t smaller = (size_t)sum->smaller;
	double *probabilities;
	double below = 0;
	int error = signed_rank_distribution((size_t)sum->count, &probabilities);

	if (error)
		return error;
	for (size_t t = 0; t <= smaller; t++)
		below += probabilities[t];
	free(probabilities);
	*p_value = fmin(1, 2 * below);
	return 0;
}

static double approximate_p(const struct rank_sum *sum)
{
	double distance = statistic_mean(sum->count) - sum->smaller;
	double variance = statistic_variance(sum->count) - sum->tie_term / 48;

	return fmin(1, 2 * normal_below((0.5 - distance) / sqrt(variance)));
}

int stats_signed_rank(const double *differences, size_t count, double *p_value)
{
	struct rank_sum sum;
	double *values;
	size_t kept = 0;
	int error = values_check(differences, count);

	if (error)
		return error;
	values = reallocarray(NULL, count, sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (differences[i] != 0)
			values[kept++] = differences[i];
	qsort(values, kept, sizeof(*values), compare_magnitudes);
	rank_sum_fill(&sum, values, kept);
	free(values);
	if (kept == count && count <= EXACT_TEST_RANKS_MAX && sum.tie_term == 0)
		return exact_p(&sum, p_value);
	*p_value = kept ? approximate_p(&sum) : 1;
	return 0;
}
