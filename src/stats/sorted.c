/* SPDX-License-Identifier: MIT */
/* Checked, sorted copies of the caller's values: where every rank-based statistic begins. */
#include "stats/sorted.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int values_check(const double *values, size_t count)
{
	if (count == 0)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!isfinite(values[i]))
			return -EINVAL;
	return 0;
}

static int compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

void values_sort(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare_doubles);
}

double midpoint(double a, double b)
{
	double sum = a + b;

	/* Halving first would lose the last bit of the smallest numbers, so it is only for the largest. */
	return isinf(sum) ? a / 2 + b / 2 : sum / 2;
}

int sorted_create(const double *values, size_t count, double **sorted)
{
	int error = values_check(values, count);
	double *copy;

	if (error)
		return error;
	copy = reallocarray(NULL, count, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, values, count * sizeof(*copy));
	values_sort(copy, count);
	*sorted = copy;
	return 0;
}

double sorted_median(const double *sorted, size_t count)
{
	return midpoint(sorted[(count - 1) / 2], sorted[count / 2]);
}
