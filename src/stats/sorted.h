/* SPDX-License-Identifier: MIT */
/* What the files of this folder share: checked, sorted copies of the caller's values. */
#ifndef TVP_STATS_SORTED_H
#define TVP_STATS_SORTED_H

#include <stddef.h>

/* 0, or -EINVAL if there are no values or one is NaN or infinite. */
int values_check(const double *values, size_t count);

/* Ascending, in place. No value may be NaN. */
void values_sort(double *values, size_t count);

/* (a + b) / 2 without overflow; never decreases when a or b increases. */
double midpoint(double a, double b);

/* An ascending copy, the caller's to free. 0, -EINVAL as values_check, or -ENOMEM. */
int sorted_create(const double *values, size_t count, double **sorted);
double sorted_median(const double *sorted, size_t count);

#endif
