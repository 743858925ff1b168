/* SPDX-License-Identifier: MIT */
/*
 * The interval of a share: so many of so many.
 * Source: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
 * binomial", Biometrika 26 (1934); that the binomial sum is an incomplete beta function: NIST DLMF 8.17.5.
 */
#include <errno.h>
#include <math.h>

#include "stats/distribution.h"
#include "stats/search.h"
#include "stats/stats.h"

struct share {
	double successes;
	double trials;
	double tail;
};

/* Would a share of p give as many successes or more with at least the probability of the tail? */
static bool likely_enough(const void *context, double p)
{
	const struct share *share = context;

	return beta_below(share->successes, share->trials - share->successes + 1, p) >= share->tail;
}

static double lower_end(size_t successes, size_t trials, double tail)
{
	const struct share share = {(double)successes, (double)trials, tail};

	return successes ? search_double(likely_enough, &share, 0, 1) : 0;
}

int stats_binomial_interval(size_t successes, size_t trials, double alpha, struct interval *share)
{
	if (!(alpha > 0 && alpha < 1) || trials == 0 || successes > trials)
		return -EINVAL;
	share->estimate = (double)successes / (double)trials;
	share->low = lower_end(successes, trials, alpha / 2);
	share->high = 1 - lower_end(trials - successes, trials, alpha / 2);
	return 0;
}
