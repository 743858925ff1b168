/* SPDX-License-Identifier: MIT */
/* Idle workers sleep on a futex of their own; who hands in work wakes as many as can take part. */
#ifndef TVP_POOL_PARKING_H
#define TVP_POOL_PARKING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "pool/layout.h"

/* Worker: sleeps until it is woken, unless `busy` says, once the others can see it sleep, that there is work. */
void parking_sleep(const struct arena *arena, struct pool_shared *shared, unsigned rank,
		   bool (*busy)(const void *context), const void *context);

/* Owner, once: makes the barrier below cheap where the kernel can (membarrier(2)). */
void parking_init(struct pool_shared *shared);

/* Owner: between publishing work and looking for sleepers. */
static inline void parking_barrier(const struct pool_shared *shared)
{
	if (shared->own_fences)
		atomic_thread_fence(memory_order_seq_cst);
	else
		atomic_signal_fence(memory_order_seq_cst);
}

/* Wakes up to `count` sleepers. To be called after the work was published with sequential consistency, or after
 * parking_barrier. */
void parking_wake(const struct arena *arena, struct pool_shared *shared, unsigned count);

/* Owner: a worker that has died does not sleep any more. */
void parking_forget(const struct arena *arena, struct pool_shared *shared, unsigned rank);

#endif
