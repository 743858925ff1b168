/* SPDX-License-Identifier: MIT */
/* Bisection over the doubles themselves, for this folder. */
#ifndef TVP_STATS_SEARCH_H
#define TVP_STATS_SEARCH_H

#include <stdbool.h>

/* The least double in low … high for which `reached` holds; it must hold from there on, and at `high`. At most 64
 * questions, and the answer is exact: there is no tolerance. */
double search_double(bool (*reached)(const void *context, double value), const void *context, double low, double high);

#endif
