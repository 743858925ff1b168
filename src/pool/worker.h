/* SPDX-License-Identifier: MIT */
/* A pool's worker, the same under every executor: enter, serve the queue, leave. */
#ifndef TVP_POOL_WORKER_H
#define TVP_POOL_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "pool/layout.h"
#include "tvp/task.h"

/* A worker and what surrounds it; in its private memory. */
struct pool_life {
	struct tvp_worker worker;
	const struct arena *arena;
	struct pool_shared *shared;
	struct pool_slot *slot;
	unsigned rank;
	const struct tvp_task **tasks; /* by number */
	double *task_ns;               /* what one took lately, by number; 0: not known */
	const struct tvp_initializer *initializer;
	uint32_t last_task;    /* that was applied */
	uint32_t claims;       /* of applied tasks */
	uint64_t tasks_left;   /* until it is recycled */
	unsigned char *buffer; /* for tasks whose data come through a pipe */
	size_t buffer_bytes;
};

/* All of a worker's life, until the pool stops or it is recycled. */
void pool_worker_main(const struct arena *arena, const struct tvp_registry *registry, unsigned rank);

/* The same in parts, for a pool whose executor lends its caller: 0 or a negative errno, which the slot has with a reason;
 * serve until the queue is empty; leave in either case. */
int pool_worker_enter(struct pool_life *life, const struct arena *arena, const struct tvp_registry *registry,
		      unsigned rank);
void pool_worker_serve(struct pool_life *life, bool until_empty);
void pool_worker_leave(struct pool_life *life);

#endif
