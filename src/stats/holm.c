/* SPDX-License-Identifier: MIT */
/*
 * Many tests at once: the chance of even one false alarm stays at alpha.
 * Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
 * (1979), in the form of adjusted p-values (S. P. Wright, Biometrics 48, 1992).
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/stats.h"

static int compare_pointed(const void *left, const void *right)
{
	double a = **(double *const *)left;
	double b = **(double *const *)right;

	return (a > b) - (a < b);
}

int stats_holm(double *p_values, size_t count)
{
	double least = 0; /* no p is adjusted to less than a smaller one was */
	double **ordered;

	if (count == 0)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!(p_values[i] >= 0 && p_values[i] <= 1))
			return -EINVAL;
	ordered = reallocarray(NULL, count, sizeof(*ordered));
	if (!ordered)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		ordered[i] = &p_values[i];
	qsort(ordered, count, sizeof(*ordered), compare_pointed);
	for (size_t i = 0; i < count; i++) {
		least = fmax(least, fmin(1, (double)(count - i) * *ordered[i]));
		*ordered[i] = least;
	}
	free(ordered);
	return 0;
}
