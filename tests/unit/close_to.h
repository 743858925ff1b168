/* SPDX-License-Identifier: MIT */
/* Numbers and intervals that are to be near others; to be included after cmocka.h. */
#ifndef TVP_TESTS_CLOSE_TO_H
#define TVP_TESTS_CLOSE_TO_H

#include <math.h>

#include "stats/stats.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a function finds where it is to write nothing. */
static const struct interval untouched = {-1.5, -2.5, -3.5};

static inline void assert_close(double found, double wanted, double tolerance)
{
	if (!(fabs(found - wanted) <= tolerance))
		fail_msg("%.17g is not within %g of %.17g", found, tolerance, wanted);
}

static inline void assert_interval(const struct interval *found, double estimate, double low, double high,
				   double tolerance)
{
	assert_close(found->estimate, estimate, tolerance);
	assert_close(found->low, low, tolerance);
	assert_close(found->high, high, tolerance);
}

#endif
