/* SPDX-License-Identifier: MIT */
/*
 * The Mann-Whitney test and the distribution that it rests on.
 * Source: H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than
 * the other", Annals of Mathematical Statistics 18 (1947); M. Hollander and D. A. Wolfe, "Nonparametric Statistical
 * Methods", section 4.1, for the normal approximation with its correction for ties. Serial correlation: R. J. Serfling,
 * "The Wilcoxon two-sample statistic on strongly mixing processes", Annals of Mathematical Statistics 39 (1968).
 */
#include "stats/mann_whitney.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "stats/distribution.h"
#include "stats/sorted.h"

typedef unsigned __int128 arrangements; /* of two samples in one row, counted exactly */

enum { EXACT_PAIRS_MAX = 1 << 17 };                     /* 1 MiB of counts */
#define EXACT_ARRANGEMENTS_MAX ((arrangements)1 << 100) /* times EXACT_PAIRS_MAX is still a number: 52 and 52 values */

struct sizes {
	size_t smaller;
	size_t larger;
};

static struct sizes sizes_of(size_t a_count, size_t b_count)
{
	return a_count < b_count ? (struct sizes){a_count, b_count} : (struct sizes){b_count, a_count};
}

/* All arrangements; 0 if there are too many for exact counts. */
static arrangements arrangements_of(struct sizes sizes)
{
	arrangements total = 1;

	if (sizes.larger > EXACT_PAIRS_MAX / sizes.smaller)
		return 0;
	for (size_t i = 1; i <= sizes.smaller; i++) {
		total = total * (sizes.larger + i) / i;
		if (total > EXACT_ARRANGEMENTS_MAX)
			return 0;
	}
	return total;
}

/*
 * How many arrangements have U = u, for u = 0 … half of all pairs; the upper half mirrors it. They are the coefficients
 * of the Gaussian binomial, the product of (1 - x^(larger + i)) / (1 - x^i) for i = 1 … smaller. Going down to
 * multiply and up to divide needs one array; on the way counts may wrap around, but sums and differences of such
 * numbers are right whenever the result fits.
 */
static int arrangements_count(struct sizes sizes, arrangements **counts)
{
	size_t half = sizes.smaller * sizes.larger / 2;
	arrangements *found = calloc(half + 1, sizeof(*found));

	if (!found)
		return -ENOMEM;
	found[0] = 1;
	for (size_t i = 1; i <= sizes.smaller; i++) {
		for (size_t u = half + 1; u-- > sizes.larger + i;)
			found[u] -= found[u - sizes.larger - i];
		for (size_t u = i; u <= half; u++)
			found[u] += found[u - i];
	}
	*counts = found;
	return 0;
}

static double statistic_deviation(double a_count, double b_count, double ties)
{
	double all = a_count + b_count;

	return sqrt(a_count * b_count / 12 * (all + 1 - ties / (all * (all - 1))));
}

/* Bisection on k; every k that counts is below the mean. */
static uint64_t normal_lower_rank(double mean, double deviation, double tail)
{
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

int mann_whitney_lower_rank(size_t a_count, size_t b_count, double ties, double tail, uint64_t *rank)
{
	struct sizes sizes = sizes_of(a_count, b_count);
	arrangements total = ties > 0 ? 0 : arrangements_of(sizes);
	size_t half = sizes.smaller * sizes.larger / 2;
	arrangements below = 0;
	arrangements *counts;
	size_t k;
	int error;

	if (total == 0) {
		double m = (double)a_count, n = (double)b_count;

		*rank = normal_lower_rank(m * n / 2, statistic_deviation(m, n, ties), tail);
		return 0;
	}
	error = arrangements_count(sizes, &counts);
	if (error)
		return error;
	for (k = 0; k <= half; k++) {
		below += counts[k];
		if ((double)below / (double)total > tail)
			break;
	}
	free(counts);
	*rank = k;
	return 0;
}

/* U is `smaller` or the same distance beyond the middle, without ties. */
static int exact_p(struct sizes sizes, arrangements total, double smaller, double *p_value)
{
	arrangements below = 0;
	arrangements *counts;
	int error = arrangements_count(sizes, &counts);

	if (error)
		return error;
	for (size_t u = 0; u <= (size_t)smaller; u++)
		below += counts[u];
	free(counts);
	*p_value = fmin(1, 2 * (double)below / (double)total);
	return 0;
}

double tie_term(const double *sorted, size_t count)
{
	double sum = 0;
	size_t end;

	for (size_t begin = 0; begin < count; begin = end) {
		double ties;

		for (end = begin + 1; end < count && sorted[end] == sorted[begin];)
			end++;
		ties = (double)(end - begin);
		sum += ties * ties * ties - ties;
	}
	return sum;
}

/* U: how many pairs have a above b, with halves for equal ones. Both are sorted. */
static double pairs_above(const double *a, size_t a_count, const double *b, size_t b_count)
{
	size_t less = 0, not_more = 0; /* values of b that are less, and not more, than one of a */
	double pairs = 0;

	for (size_t i = 0; i < a_count; i++) {
		while (less < b_count && b[less] < a[i])
			less++;
		while (not_more < b_count && b[not_more] <= a[i])
			not_more++;
		pairs += (double)less + (double)(not_more - less) / 2;
	}
	return pairs;
}

int stream_check(const struct stream *stream)
{
	double effective = stream->effective;

	if (effective != 0 && !(effective >= 1 && effective <= (double)stream->count))
		return -EINVAL;
	return values_check(stream->values, stream->count);
}

struct serial stream_serial(const struct stream *a, const struct stream *b)
{
	double m = (double)a->count, n = (double)b->count;
	double a_effective = a->effective > 0 ? a->effective : m;
	double b_effective = b->effective > 0 ? b->effective : n;

	if (a_effective >= m && b_effective >= n)
		return (struct serial){.widening = 1, .freedom = INFINITY};
	return (struct serial){.widening = sqrt((1 / a_effective + 1 / b_effective) / (1 / m + 1 / n)),
			       .freedom = fmax(a_effective + b_effective - 2, 1)};
}

/* `a` and `b` are sorted; `all`, room for both, gets them together. */
static int sorted_p(const double *a, size_t a_count, const double *b, size_t b_count, double *all, struct serial serial,
		    double *p_value)
{
	struct sizes sizes = sizes_of(a_count, b_count);
	double m = (double)a_count, n = (double)b_count;
	double above = pairs_above(a, a_count, b, b_count);
	double ties, deviation;
	arrangements total;

	memcpy(all, a, a_count * sizeof(*all));
	memcpy(all + a_count, b, b_count * sizeof(*all));
	values_sort(all, a_count + b_count);
	ties = tie_term(all, a_count + b_count);
	total = ties > 0 || serial.widening > 1 ? 0 : arrangements_of(sizes);
	if (total > 0)
		return exact_p(sizes, total, fmin(above, m * n - above), p_value);
	deviation = statistic_deviation(m, n, ties) * serial.widening;
	if (all[0] == all[a_count + b_count - 1])
		*p_value = 1;
	else
		*p_value = student_two_sided(fmax(0, (fabs(above - m * n / 2) - 0.5) / deviation), serial.freedom);
	return 0;
}

int stats_mann_whitney(const struct stream *a, const struct stream *b, double *p_value)
{
	double *a_sorted = NULL, *b_sorted = NULL, *all = NULL;
	int error = stream_check(a) || stream_check(b) ? -EINVAL : 0;

	if (!error)
		error = sorted_create(a->values, a->count, &a_sorted);
	if (!error)
		error = sorted_create(b->values, b->count, &b_sorted);
	if (!error) {
		all = reallocarray(NULL, a->count + b->count, sizeof(*all));
		error = all ? sorted_p(a_sorted, a->count, b_sorted, b->count, all, stream_serial(a, b), p_value)
			    : -ENOMEM;
	}
	free(all);
	free(b_sorted);
	free(a_sorted);
	return error;
}
