/* SPDX-License-Identifier: MIT */
/*
 * The operations of a batch as a worker takes them. A closed loop takes the next one as soon as it has time. In an open loop
 * each has a time at which it is to start, whether somebody has time or not: what is waited is part of its latency.
 */
#ifndef TVP_CORE_OPERATIONS_H
#define TVP_CORE_OPERATIONS_H

#include <stdint.h>

struct team_shared;

enum operations_next {
	OPERATIONS_TAKEN, /* *index is the caller's to run */
	OPERATIONS_LATER, /* the next one is not to start before *due_ns; to be asked for again then */
	OPERATIONS_OVER   /* all have been taken */
};

/* In the worker's private memory. */
struct operations {
	struct team_shared *shared;
	const uint64_t *starts_ns; /* since origin_ns, of every operation; NULL: a closed loop */
	uint64_t *latencies_ns;    /* of every operation; NULL: not wanted */
	uint64_t origin_ns;
	uint64_t held; /* taken from the counter, but not due yet … */
	int holding;   /* … if 1 */
	uint64_t done;
};

/* For who keeps several operations under way: takes the next one, never waits. Times are of CLOCK_MONOTONIC. */
enum operations_next operations_take(struct operations *operations, uint64_t *index, uint64_t *due_ns);

/* An operation that was taken is done now. */
void operations_done(struct operations *operations, uint64_t index);

#endif
