/* SPDX-License-Identifier: MIT */
/* The Mann-Whitney statistic of two independent samples when they do not differ, for this folder. */
#ifndef TVP_STATS_MANN_WHITNEY_H
#define TVP_STATS_MANN_WHITNEY_H

#include <stddef.h>
#include <stdint.h>

#include "stats/stream.h"

/* Sum of t^3 - t over groups of t equal values. */
double tie_term(const double *sorted, size_t count);

/* How many k have P(U <= k) <= tail < 1/2: the rank, from 1, of the pairwise difference where an interval begins; 0 if
 * it does not reach that level of confidence. `ties` is the sum of both samples' tie_term: exact if it is 0 and the
 * samples are small, else normal. 0 or -ENOMEM. */
int mann_whitney_lower_rank(size_t a_count, size_t b_count, double ties, double tail, uint64_t *rank);

/* What serial correlation does to a comparison of two streams. */
struct serial {
	double widening; /* of the spread of the difference; 1: there is none, the two others are left as they are */
	double freedom;  /* degrees of freedom of the t distribution that takes the place of the normal one */
};

struct serial stream_serial(const struct stream *a, const struct stream *b);

/* 0, or -EINVAL as values_check or if the effective count is none. */
int stream_check(const struct stream *stream);

#endif
