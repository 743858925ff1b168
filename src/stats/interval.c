/* SPDX-License-Identifier: MIT */
/*
 * The distribution-free interval of a median, from order statistics.
 * Source: W. R. Thompson, Annals of Mathematical Statistics 7 (1936); M. Hollander and D. A. Wolfe, "Nonparametric
 * Statistical Methods", the chapter on one-sample location (the interval that belongs to the sign test).
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/sorted.h"
#include "stats/stats.h"

/*
 * The largest l with P(Bin(n, 1/2) <= l - 1) <= tail < 1/2; 0 if there is none.
 * Terms and sum are kept as multiples of 2^exponent, which starts at -n: neither underflows however large n is, all
 * terms are positive, and for n up to 50 or so every step is exact.
 */
static size_t binomial_lower_rank(size_t n, double tail)
{
	const double big = 0x1p500;
	double term = 1; /* C(n, l) */
	double sum = 1;  /* C(n, 0) + … + C(n, l) */
	double exponent = -(double)n;
	size_t l = 0;

	/* With an exponent below -2000 any sum under `big` is less than the least double, and ldexp is spared a number
	 * that may not be an int. */
	while (l < (n + 1) / 2 && (exponent < -2000 || ldexp(sum, (int)exponent) <= tail)) {
		l++;
		term = term * (double)(n - l + 1) / (double)l;
		sum += term;
		if (sum > big) {
			term /= big;
			sum /= big;
			exponent += 500;
		}
	}
	return l;
}

/* Of values that are in order. */
static void sorted_median_interval(const double *sorted, size_t count, double alpha, struct interval *interval)
{
	size_t l = binomial_lower_rank(count, alpha / 2);

	interval->estimate = sorted_median(sorted, count);
	interval->low = l ? sorted[l - 1] : NAN;
	interval->high = l ? sorted[count - l] : NAN;
}

int stats_median_interval(const double *values, size_t count, double alpha, struct interval *interval)
{
	double *sorted;
	int error;

	if (!(alpha > 0 && alpha < 1))
		return -EINVAL;
	error = sorted_create(values, count, &sorted);
	if (error)
		return error;
	sorted_median_interval(sorted, count, alpha, interval);
	free(sorted);
	return 0;
}

int stats_median_interval_censored(const double *values, size_t count, double alpha, struct interval *interval)
{
	double *sorted;

	if (!(alpha > 0 && alpha < 1) || count == 0)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (isnan(values[i]))
			return -EINVAL;
	sorted = reallocarray(NULL, count, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, values, count * sizeof(*sorted));
	values_sort(sorted, count);
	sorted_median_interval(sorted, count, alpha, interval);
	free(sorted);
	return 0;
}
