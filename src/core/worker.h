/* SPDX-License-Identifier: MIT */
/* The life of a worker, the same under every executor: enter, run batches, leave. */
#ifndef TVP_CORE_WORKER_H
#define TVP_CORE_WORKER_H

#include "core/arena.h"
#include "core/workload.h"

struct team_shared;
struct worker_slot;

/* A worker and what surrounds it; in the worker's private memory. */
struct worker_life {
	struct worker worker;
	const struct workload *workload;
	struct team_shared *shared;
	struct worker_slot *slot;
};

/* All of a worker's life. What goes wrong is in its slot; a worker process then exits with status 0 all the same. */
void worker_main(struct arena *arena, const struct workload *workload, unsigned rank);

/* The same in parts, for an executor that lends its caller to be the worker. */
void worker_enter(struct worker_life *life, struct arena *arena, const struct workload *workload, unsigned rank);
void worker_batch(struct worker_life *life);
void worker_leave(struct worker_life *life);

#endif
