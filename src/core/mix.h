/* SPDX-License-Identifier: MIT */
/* Numbers that look random and are the same everywhere: workloads' data. */
#ifndef TVP_CORE_MIX_H
#define TVP_CORE_MIX_H

#include <stdint.h>

/* The n-th output of SplitMix64: Steele, Lea, Flood, Fast splittable pseudorandom number generators, OOPSLA 2014. */
static inline uint64_t mix64(uint64_t n)
{
	uint64_t z = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

#endif
