/* SPDX-License-Identifier: MIT */
/*
 * Values in the order in which they were measured, one a block: whether they depend on one another, drift or begin with
 * a warm-up, and what two independent streams, such as one cell in two runs, say about each other.
 * Errors and alpha are as in stats.h.
 */
#ifndef TVP_STATS_STREAM_H
#define TVP_STATS_STREAM_H

#include <stddef.h>

#include "stats/stats.h"

/* The values are the caller's. */
struct stream {
	const double *values;
	size_t count;
	double effective; /* how many independent values they are worth, 1 … count; 0: all of them */
};

/* Correlation of each value with the next, -1 … 1: the lagged products over the sum of squares (G. E. P. Box and
 * G. M. Jenkins, "Time Series Analysis", section 2.1). NaN for a single value or if all are equal. Of independent values
 * it is -1/n on average, and within 2/sqrt(n) of 0 in 19 streams of 20. */
int stats_lag1(const double *values, size_t count, double *correlation);

/* n (1 - r) / (1 + r) within 2 … n (G. V. Bayley and J. M. Hammersley, Journal of the Royal Statistical Society,
 * Supplement 8, 1946): so many independent values would give a mean as precise. r is the correlation that stats_lag1
 * found, corrected for its bias (n r + 1) / (n - 4) (F. H. C. Marriott and J. A. Pope, Biometrika 41, 1954), at least
 * 0. Up to 4 values, or a correlation of NaN, tell nothing: n. */
double stats_effective_count(size_t count, double correlation);

/* Ratio of a to b, without pairs: the two-sample Hodges-Lehmann estimate on logarithms, with the interval
 * D(K+1) … D(mn-K) of the ordered pairwise differences, K + 1 = how many k have P(U <= k) <= alpha/2 under the
 * Mann-Whitney distribution; exact up to some 50 values each (or 8 against 16,000) without ties
 * within a or b, else normal with continuity and tie correction. Ends are NaN when there are too few values: 3 and 4
 * are, at alpha = 0.05, 4 and 4 are not.
 *
 * Where effective counts are given the interval is widened about its estimate by sqrt((1/m' + 1/n') / (1/m + 1/n)),
 * times the quantile of Student's t with m' + n' - 2 degrees of freedom over the normal one. Why: a run's blocks share
 * the machine's state of that hour. A paired comparison cancels it; two runs differ by it, and values that follow one
 * another closely are taken for more evidence than they are. It holds for a disturbance that fades within the run;
 * one as long as the run looks like a difference, and only more runs can tell.
 * Values must be > 0, else -EDOM. */
int stats_unpaired_ratio(const struct stream *a, const struct stream *b, double alpha, struct interval *ratio);

/* Two-sided p of the Mann-Whitney test; exact for as many values as above without any ties, else normal with tie and
 * continuity correction. With effective counts normal turns to Student's t, as above. All equal: p = 1. */
int stats_mann_whitney(const struct stream *a, const struct stream *b, double *p_value);

struct drift {
	struct interval ratio; /* later three quarters over the first; NaN if there is no first, n < 2 */
	double p_value;        /* of the Mann-Whitney test */
};

/* Have the values moved since the first quarter? Values must be > 0, else -EDOM. */
int stats_drift(const double *values, size_t count, double alpha, struct drift *drift);

/* How many leading blocks are warm-up. The last three quarters are the reference. There is a warm-up if the first value
 * is more than twice as far from their median as any of themselves; it lasts as long as values lie farther out than all
 * of them, on the same side, a quarter at most. So nothing is a warm-up that also happens later, and a drift, or a
 * transient longer than a quarter, is none. 0 for n < 12. Independent values of one distribution are taken for a
 * warm-up at most once in 20 times even if their tails fall as slowly as x^-2, once in 100 if they are normal. */
int stats_warmup_blocks(const double *values, size_t count, size_t *blocks);

#endif
