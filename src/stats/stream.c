/* SPDX-License-Identifier: MIT */
/* What the order of the values says: serial correlation, drift, warm-up. The sources are in the header. */
#include "stats/stream.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/sorted.h"

enum {
	CORRECTABLE_MIN = 5, /* the correction for bias divides by n - 4 */
	WARMUP_COUNT_MIN = 12
};

/* How much farther out than all that follows the first value has to be; chosen by simulation, see stats_warmup_blocks. */
#define WARMUP_DISTANCES 2

/* Halves of the distances from the first value, over the largest of them: nothing overflows, equal values give 0. */
static double shift_and_scale(const double *values, size_t count, double *shifted)
{
	double largest = 0;

	for (size_t i = 0; i < count; i++) {
		shifted[i] = values[i] / 2 - values[0] / 2;
		largest = fmax(largest, fabs(shifted[i]));
	}
	for (size_t i = 0; i < count && largest > 0; i++)
		shifted[i] /= largest;
	return largest;
}

static double lag1(const double *values, size_t count)
{
	double mean = 0, squares = 0, products = 0;

	for (size_t i = 0; i < count; i++)
		mean += values[i];
	mean /= (double)count;
	for (size_t i = 0; i < count; i++) {
		double here = values[i] - mean;

		squares += here * here;
		if (i + 1 < count)
			products += here * (values[i + 1] - mean);
	}
	return products / squares;
}

int stats_lag1(const double *values, size_t count, double *correlation)
{
	int error = values_check(values, count);
	double *shifted;

	if (error)
		return error;
	shifted = reallocarray(NULL, count, sizeof(*shifted));
	if (!shifted)
		return -ENOMEM;
	*correlation = shift_and_scale(values, count, shifted) > 0 ? lag1(shifted, count) : NAN;
	free(shifted);
	return 0;
}

double stats_effective_count(size_t count, double correlation)
{
	double n = (double)count;
	double r;

	if (count < CORRECTABLE_MIN || isnan(correlation))
		return n;
	r = fmin(fmax((n * correlation + 1) / (n - 4), 0), 1);
	return fmax(n * (1 - r) / (1 + r), 2);
}

int stats_drift(const double *values, size_t count, double alpha, struct drift *drift)
{
	size_t quarter = count / 4 + (count % 4 >= 2); /* rounded: 3 of 10 */
	const struct stream first = {.values = values, .count = quarter};
	const struct stream later = {.values = values + quarter, .count = count - quarter};
	struct drift found = {{NAN, NAN, NAN}, NAN};
	int error = values_check(values, count);

	if (!(alpha > 0 && alpha < 1))
		return -EINVAL;
	for (size_t i = 0; !error && i < count; i++)
		error = values[i] > 0 ? 0 : -EDOM;
	if (!error && quarter > 0)
		error = stats_unpaired_ratio(&later, &first, alpha, &found.ratio);
	if (!error && quarter > 0)
		error = stats_mann_whitney(&later, &first, &found.p_value);
	if (error)
		return error;
	*drift = found;
	return 0;
}

/* The values from the quarter on say what is usual. */
static size_t warmup_count(const double *values, size_t quarter, double usual, double farthest)
{
	double sign = values[0] < usual ? -1 : 1;
	size_t blocks = 0;

	if (fabs(values[0] / 2 - usual / 2) <= WARMUP_DISTANCES * farthest)
		return 0;
	while (blocks < quarter && sign * (values[blocks] / 2 - usual / 2) > farthest)
		blocks++;
	return blocks;
}

int stats_warmup_blocks(const double *values, size_t count, size_t *blocks)
{
	size_t quarter = count / 4;
	double farthest = 0, usual;
	int error = values_check(values, count);

	if (error)
		return error;
	if (count < WARMUP_COUNT_MIN) {
		*blocks = 0;
		return 0;
	}
	error = stats_median(values + quarter, count - quarter, &usual);
	if (error)
		return error;
	for (size_t i = quarter; i < count; i++)
		farthest = fmax(farthest, fabs(values[i] / 2 - usual / 2));
	*blocks = warmup_count(values, quarter, usual, farthest);
	return 0;
}
