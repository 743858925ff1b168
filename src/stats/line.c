/* SPDX-License-Identifier: MIT */
/* The line through values whose noise is known, by least squares. */
#include <errno.h>
#include <math.h>

#include "stats/sorted.h"
#include "stats/stats.h"

/* What the weights leave of a list: its weighted mean, from its first value on so that close values keep their digits. */
static double weighted_mean(const double *values, const double *noise, double least_noise, size_t count)
{
	double sum = 0, weights = 0;

	for (size_t i = 0; i < count; i++) {
		double share = least_noise / noise[i];

		sum += share * share * (values[i] - values[0]);
		weights += share * share;
	}
	return values[0] + sum / weights;
}

/* 0, -EINVAL or -EDOM; the least noise, and how far apart the x are. */
static int check(const double *x, const double *y, const double *noise, size_t count, double *least_noise,
		 double *range)
{
	double least, most;

	if (values_check(x, count) || values_check(y, count) || values_check(noise, count))
		return -EINVAL;
	least = most = x[0];
	*least_noise = noise[0];
	for (size_t i = 0; i < count; i++) {
		if (!(noise[i] > 0))
			return -EDOM;
		*least_noise = fmin(*least_noise, noise[i]);
		least = fmin(least, x[i]);
		most = fmax(most, x[i]);
	}
	*range = most - least;
	return *range > 0 ? 0 : -EINVAL;
}

int stats_line(const double *x, const double *y, const double *noise, size_t count, struct line *line)
{
	double least_noise, range, mean_x, mean_y, products = 0, squares = 0;
	struct line found;
	int error = check(x, y, noise, count, &least_noise, &range);

	if (error)
		return error;
	mean_x = weighted_mean(x, noise, least_noise, count);
	mean_y = weighted_mean(y, noise, least_noise, count);
	for (size_t i = 0; i < count; i++) {
		/* as shares of the least noise and of the range: their squares are neither too large nor too small */
		double share = least_noise / noise[i], step = share * ((x[i] - mean_x) / range);

		products += step * share * (y[i] - mean_y);
		squares += step * step;
	}
	found.slope = products / squares / range;
	found.fixed = mean_y - found.slope * mean_x;
	if (!isfinite(found.slope) || !isfinite(found.fixed))
		return -EDOM;
	*line = found;
	return 0;
}
