/* SPDX-License-Identifier: MIT */
/*
 * The yard: a file that the torture's workers, its killer and its owner map. Workers tell it their pid and each task
 * that they begin; the killer, a process of its own, goes by it. It kills after a random number of further tasks, so it
 * needs no clock, and a slow machine or a sanitizer only makes it slower.
 */
#ifndef TVP_TESTS_YARD_H
#define TVP_TESTS_YARD_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "tvp/pool.h"

enum { YARD_TASKS_MAX = 2000, YARD_WORKERS_MAX = 64, YARD_PATH_BYTES = 256 };

struct yard {
	_Atomic uint64_t begun; /* tasks, ever */
	_Atomic uint64_t kills; /* sent, ever; counted before */
	_Atomic uint32_t stop;
	_Atomic int pids[YARD_WORKERS_MAX];    /* of each rank's worker since its initializer; 0: none yet */
	_Atomic uint32_t runs[YARD_TASKS_MAX]; /* of the work in hand: how often each task was begun */
};

/* The task `chore`: its output is yard_expected. The initializer `yard` wants the yard's path as its argument. */
struct chore {
	uint64_t value;
	uint32_t index, turns;
};
extern const struct tvp_registry yard_registry;
uint64_t yard_expected(const struct chore *chore);

/* Makes the file at a new path, and maps it. NULL with errno. It is removed at exit. */
struct yard *yard_make(char path[YARD_PATH_BYTES]);

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
uint64_t yard_mix(uint64_t z);
uint64_t yard_random(uint64_t *state, uint64_t limit);

/* Forks the killer, which goes on until yard->stop. Its pid, or -1 with errno. */
pid_t yard_killer(struct yard *yard, unsigned workers, uint64_t seed);

#endif
