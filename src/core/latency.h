/* SPDX-License-Identifier: MIT */
/*
 * Latencies by size and time. Sizes are counted in buckets whose width grows with them, sixteen to a factor of two, so that
 * each is known to within 6.25 % (as in G. Tene's HdrHistogram).
 */
#ifndef TVP_CORE_LATENCY_H
#define TVP_CORE_LATENCY_H

#include <stdint.h>

enum {
	LATENCY_SPLIT_BITS = 4,
	LATENCY_SPLIT = 1 << LATENCY_SPLIT_BITS,
	LATENCY_BUCKETS = (64 - LATENCY_SPLIT_BITS + 1) * LATENCY_SPLIT,
	LATENCY_SLICES = 10 /* a batch is cut into so many stretches of time, by when operations were to start */
};

/* So many operations of a batch that were to start in a stretch of it took as long as a bucket says. */
struct latency_bin {
	uint32_t batch;            /* 0 … */
	uint32_t bucket;           /* 0 … LATENCY_BUCKETS - 1 */
	uint64_t begin_ns, end_ns; /* the stretch, from the batch's beginning */
	uint64_t count;
};

static inline uint32_t latency_bucket(uint64_t ns)
{
	unsigned shift;

	if (ns < LATENCY_SPLIT)
		return (uint32_t)ns;
	shift = 63u - (unsigned)__builtin_clzll(ns) - LATENCY_SPLIT_BITS;
	return (shift + 1) * LATENCY_SPLIT + (uint32_t)(ns >> shift & (LATENCY_SPLIT - 1));
}

/* The least latency that a bucket counts; the next one's least is beyond it. */
static inline uint64_t latency_bucket_ns(uint32_t bucket)
{
	if (bucket < LATENCY_SPLIT)
		return bucket;
	return (uint64_t)(LATENCY_SPLIT + bucket % LATENCY_SPLIT) << (bucket / LATENCY_SPLIT - 1);
}

#endif
