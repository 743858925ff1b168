/* SPDX-License-Identifier: MIT */
/*
 * Single figures of one set of values: minimum, median, median absolute deviation, quantiles.
 * MAD: F. R. Hampel, "The influence curve and its role in robust estimation", JASA 69 (1974).
 * Quantiles: definition 7 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American
 * Statistician 50 (1996); it is what R and numpy compute by default.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/sorted.h"
#include "stats/stats.h"

/* A quantile that rests on fewer values than this says more about chance than about the tail. */
#define TAIL_VALUES_MIN 10

int stats_minimum(const double *values, size_t count, double *minimum)
{
	int error = values_check(values, count);
	double least;

	if (error)
		return error;
	least = values[0];
	for (size_t i = 1; i < count; i++)
		if (values[i] < least)
			least = values[i];
	*minimum = least;
	return 0;
}

int stats_median(const double *values, size_t count, double *median)
{
	double *sorted;
	int error = sorted_create(values, count, &sorted);

	if (error)
		return error;
	*median = sorted_median(sorted, count);
	free(sorted);
	return 0;
}

int stats_mad(const double *values, size_t count, double *mad)
{
	double *sorted;
	double median;
	int error = sorted_create(values, count, &sorted);

	if (error)
		return error;
	median = sorted_median(sorted, count);
	for (size_t i = 0; i < count; i++)
		sorted[i] = fabs(sorted[i] - median);
	values_sort(sorted, count);
	*mad = sorted_median(sorted, count);
	free(sorted);
	return 0;
}

/* The value a fraction of the way from a to b >= a, never beyond b. */
static double interpolate(double a, double b, double fraction)
{
	double step = b - a;

	if (isinf(step))
		return (1 - fraction) * a + fraction * b;
	return fmin(a + fraction * step, b);
}

int stats_quantile(const double *values, size_t count, double p, double *quantile)
{
	double position, below;
	double *sorted;
	size_t i;
	int error;

	if (!(p >= 0 && p <= 1))
		return -EINVAL;
	error = sorted_create(values, count, &sorted);
	if (error)
		return error;
	position = (double)(count - 1) * p;
	below = floor(position);
	i = (size_t)below;
	*quantile = i + 1 < count ? interpolate(sorted[i], sorted[i + 1], position - below) : sorted[count - 1];
	free(sorted);
	return 0;
}

int stats_tail(const double *values, size_t count, double p, double *quantile)
{
	/* 1 - 0.9 is a little less than 0.1 in binary: 100 values must do for p90 all the same. */
	const double enough = TAIL_VALUES_MIN * (1 - 1e-9);
	double found;
	int error = stats_quantile(values, count, p, &found);

	if (error)
		return error;
	*quantile = (double)count * fmin(p, 1 - p) >= enough ? found : NAN;
	return 0;
}
