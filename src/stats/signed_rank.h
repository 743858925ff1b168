/* SPDX-License-Identifier: MIT */
/* The distribution of Wilcoxon's signed-rank statistic T+ when there is no difference, for this folder. */
#ifndef TVP_STATS_SIGNED_RANK_H
#define TVP_STATS_SIGNED_RANK_H

#include <stddef.h>
#include <stdint.h>

/* P(T+ = t) of `count` ranks for t = 0 … M/2 (M = count (count + 1) / 2); the upper half mirrors it. Exact up to
 * 53 ranks, good to 12 digits up to 300, not meant for more. The caller frees it. 0 or -ENOMEM. */
int signed_rank_distribution(size_t count, double **probabilities);

/* How many k have P(T+ <= k) <= tail < 1/2: the rank, from 1, of the Walsh average where an interval begins; 0 if it
 * does not reach that level of confidence. Normal above 300 ranks. 0 or -ENOMEM. */
int signed_rank_lower_rank(size_t count, double tail, uint64_t *rank);

#endif
