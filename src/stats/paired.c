/* SPDX-License-Identifier: MIT */
/*
 * The centre of paired differences and ratios, from Walsh averages (x_i + x_j) / 2, i <= j.
 * Source: J. L. Hodges and E. L. Lehmann, "Estimates of location based on rank tests", Annals of Mathematical
 * Statistics 34 (1963), for the estimate; J. W. Tukey (1949) and M. Hollander and D. A. Wolfe, "Nonparametric
 * Statistical Methods", section 3.3, for the interval.
 *
 * There are n (n + 1) / 2 Walsh averages, and none is ever stored. In sorted values the averages up to some v are
 * counted in one pass: as i grows, the last j that still belongs to it only falls. The k-th average is the least
 * double v with a count of at least k, which bisection over the doubles themselves finds in at most 64 passes, exactly,
 * because rounding keeps the order of averages. So time grows with n (after the sort), memory too.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "stats/search.h"
#include "stats/signed_rank.h"
#include "stats/sorted.h"
#include "stats/stats.h"

/* How many Walsh averages are not above `limit`. */
static uint64_t walsh_count(const double *sorted, size_t count, double limit)
{
	uint64_t found = 0;
	size_t end = count; /* x_i with x_j is within the limit for i <= j < end */

	for (size_t i = 0; i < end; i++) {
		while (end > i && midpoint(sorted[i], sorted[end - 1]) > limit)
			end--;
		found += end - i;
	}
	return found;
}

struct walsh {
	const double *sorted;
	size_t count;
	uint64_t rank;
};

static bool rank_reached(const void *context, double limit)
{
	const struct walsh *walsh = context;

	return walsh_count(walsh->sorted, walsh->count, limit) >= walsh->rank;
}

/* The rank-th least Walsh average, counted from 1. */
static double walsh_select(const double *sorted, size_t count, uint64_t rank)
{
	const struct walsh walsh = {sorted, count, rank};

	return search_double(rank_reached, &walsh, sorted[0], sorted[count - 1]);
}

int stats_paired_difference(const double *differences, size_t count, double alpha, struct interval *interval)
{
	uint64_t averages = (uint64_t)count * ((uint64_t)count + 1) / 2;
	uint64_t rank = 0;
	double *sorted;
	int error;

	if (!(alpha > 0 && alpha < 1))
		return -EINVAL;
	error = sorted_create(differences, count, &sorted);
	if (error)
		return error;
	error = signed_rank_lower_rank(count, alpha / 2, &rank);
	if (error)
		goto free_sorted;
	interval->estimate = midpoint(walsh_select(sorted, count, (averages + 1) / 2),
				      walsh_select(sorted, count, averages / 2 + 1));
	interval->low = rank ? walsh_select(sorted, count, rank) : NAN;
	interval->high = rank ? walsh_select(sorted, count, averages - rank + 1) : NAN;
free_sorted:
	free(sorted);
	return error;
}

/* ln(a / b); where the quotient leaves the range of a double its logarithm does not. */
static double log_ratio(double a, double b)
{
	double ratio = a / b;

	return isnormal(ratio) ? log(ratio) : log(a) - log(b);
}

int stats_paired_ratio(const double *a, const double *b, size_t count, double alpha, struct interval *ratio)
{
	struct interval logarithm;
	double *logarithms;
	int error;

	if (values_check(a, count) || values_check(b, count))
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (a[i] <= 0 || b[i] <= 0)
			return -EDOM;
	logarithms = reallocarray(NULL, count, sizeof(*logarithms));
	if (!logarithms)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		logarithms[i] = log_ratio(a[i], b[i]);
	error = stats_paired_difference(logarithms, count, alpha, &logarithm);
	free(logarithms);
	if (error)
		return error;
	ratio->estimate = exp(logarithm.estimate);
	ratio->low = exp(logarithm.low);
	ratio->high = exp(logarithm.high);
	return 0;
}
