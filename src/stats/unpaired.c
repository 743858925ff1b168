/* SPDX-License-Identifier: MIT */
/*
 * The ratio of two independent sets of values, from the differences of all pairs of their logarithms.
 * Source: J. L. Hodges and E. L. Lehmann, "Estimates of location based on rank tests", Annals of Mathematical
 * Statistics 34 (1963), for the estimate; M. Hollander and D. A. Wolfe, "Nonparametric Statistical Methods", sections
 * 4.2 and 4.3, for the interval (L. E. Moses's). As in paired.c no difference is ever stored: in sorted values those up
 * to some v are counted in one pass.
 *
 * Ties are those within each set: moving one set against the other, as the interval does, makes or breaks ties between
 * them, so they say nothing; and the interval of 2a / b must be that of a / b twice.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/distribution.h"
#include "stats/mann_whitney.h"
#include "stats/search.h"
#include "stats/sorted.h"

/* The sorted logarithms of both. */
struct pairs {
	double *a;
	size_t a_count;
	double *b;
	size_t b_count;
	uint64_t rank;
};

/* Are there `rank` pairs with a difference of at most `limit`? */
static bool rank_reached(const void *context, double limit)
{
	const struct pairs *pairs = context;
	uint64_t found = 0;
	size_t begin = 0; /* a_i with b_j is within the limit for j >= begin */

	for (size_t i = 0; i < pairs->a_count; i++) {
		while (begin < pairs->b_count && pairs->a[i] - pairs->b[begin] > limit)
			begin++;
		found += pairs->b_count - begin;
	}
	return found >= pairs->rank;
}

/* The rank-th least difference, counted from 1. */
static double pairs_select(struct pairs *pairs, uint64_t rank)
{
	double least = pairs->a[0] - pairs->b[pairs->b_count - 1];
	double most = pairs->a[pairs->a_count - 1] - pairs->b[0];

	pairs->rank = rank;
	return search_double(rank_reached, pairs, least, most);
}

static int pairs_interval(struct pairs *pairs, double alpha, struct interval *difference)
{
	uint64_t all = (uint64_t)pairs->a_count * pairs->b_count;
	double ties = tie_term(pairs->a, pairs->a_count) + tie_term(pairs->b, pairs->b_count);
	uint64_t rank = 0;
	int error = mann_whitney_lower_rank(pairs->a_count, pairs->b_count, ties, alpha / 2, &rank);

	if (error)
		return error;
	difference->estimate = midpoint(pairs_select(pairs, (all + 1) / 2), pairs_select(pairs, all / 2 + 1));
	difference->low = rank ? pairs_select(pairs, rank) : NAN;
	difference->high = rank ? pairs_select(pairs, all - rank + 1) : NAN;
	return 0;
}

static int sorted_logarithms(const struct stream *stream, double **logarithms)
{
	double *sorted;

	for (size_t i = 0; i < stream->count; i++)
		if (stream->values[i] <= 0)
			return -EDOM;
	sorted = reallocarray(NULL, stream->count, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < stream->count; i++)
		sorted[i] = log(stream->values[i]);
	values_sort(sorted, stream->count);
	*logarithms = sorted;
	return 0;
}

/* How many times as wide the interval must be: more spread, and less certainty of how much. */
static double widening(const struct stream *a, const struct stream *b, double alpha)
{
	struct serial serial = stream_serial(a, b);

	if (isinf(serial.freedom))
		return 1;
	return serial.widening * student_quantile(alpha, serial.freedom) / student_quantile(alpha, INFINITY);
}

int stats_unpaired_ratio(const struct stream *a, const struct stream *b, double alpha, struct interval *ratio)
{
	struct pairs pairs = {.a_count = a->count, .b_count = b->count};
	struct interval logarithm;
	double times;
	int error;

	if (!(alpha > 0 && alpha < 1) || stream_check(a) || stream_check(b))
		return -EINVAL;
	error = sorted_logarithms(a, &pairs.a);
	if (error)
		return error;
	error = sorted_logarithms(b, &pairs.b);
	if (error)
		goto free_a;
	error = pairs_interval(&pairs, alpha, &logarithm);
	free(pairs.b);
free_a:
	free(pairs.a);
	if (error)
		return error;
	times = widening(a, b, alpha);
	ratio->estimate = exp(logarithm.estimate);
	ratio->low = exp(logarithm.estimate - times * (logarithm.estimate - logarithm.low));
	ratio->high = exp(logarithm.estimate + times * (logarithm.high - logarithm.estimate));
	return 0;
}
