/* SPDX-License-Identifier: MIT */
/*
 * What an interval says about a difference that matters: a verdict against a margin, never "not significant"; and how
 * many blocks would make the interval narrow enough to say something.
 * Source of the idea: equivalence by inclusion of the interval, W. J. Westlake, Journal of Pharmaceutical Sciences 61
 * (1972); here with both tails of the interval, which is stricter than two one-sided tests.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>

#include "stats/stats.h"

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_FASTER:
		return "faster";
	case VERDICT_SLOWER:
		return "slower";
	case VERDICT_EQUIVALENT:
		return "equivalent";
	case VERDICT_INCONCLUSIVE:
		break;
	}
	return "inconclusive";
}

enum verdict stats_verdict(const struct interval *ratio, double margin, int lower_is_better)
{
	double above = 1 + margin;
	double below = 1 / above;

	if (!(margin >= 0) || isnan(ratio->low) || isnan(ratio->high))
		return VERDICT_INCONCLUSIVE;
	if (ratio->low > above)
		return lower_is_better ? VERDICT_SLOWER : VERDICT_FASTER;
	if (ratio->high < below)
		return lower_is_better ? VERDICT_FASTER : VERDICT_SLOWER;
	if (ratio->low >= below && ratio->high <= above)
		return VERDICT_EQUIVALENT;
	return VERDICT_INCONCLUSIVE;
}

double stats_half_width(const struct interval *ratio)
{
	if (!(ratio->low > 0 && isfinite(ratio->high)))
		return NAN;
	return (log(ratio->high) - log(ratio->low)) / 2;
}

int stats_blocks_needed(double half_width, size_t count, double wanted, size_t *blocks)
{
	double shrink = half_width / wanted;
	double needed;

	if (count == 0 || !(half_width >= 0 && isfinite(half_width)) || !(wanted > 0 && isfinite(wanted)))
		return -EINVAL;
	/* 0.07 is a little more than 7 times 0.01 in binary: 49 times the blocks will do all the same. */
	needed = ceil((double)count * shrink * shrink * (1 - 1e-12));
	if (shrink <= 1)
		*blocks = count;
	else
		*blocks = needed < 0x1p53 ? (size_t)needed : SIZE_MAX;
	return 0;
}
