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

/* Owner: publishes work, so that a look for sleepers may follow. */
static inline void parking_publish(const struct pool_shared *shared, _Atomic uint64_t *word, uint64_t value)
{
	if (shared->own_fences) {
		atomic_store(word, value);
		return;
	}
	/* Release: what the word stands for. The order of the look after it is the sleeper's affair. */
	atomic_store_explicit(word, value, memory_order_release);
	atomic_signal_fence(memory_order_seq_cst);
}

/* Wakes up to `count` sleepers. To be called after the work was published with sequential consistency, or by
 * parking_publish. */
void parking_wake_some(const struct arena *arena, struct pool_shared *shared, unsigned count);

static inline void parking_wake(const struct arena *arena, struct pool_shared *shared, unsigned count)
{
	/* Mostly nobody sleeps. */
	if (shared->parked_words > 1 || atomic_load((_Atomic uint64_t *)arena_at(arena, shared->parked)))
		parking_wake_some(arena, shared, count);
}

/* Owner: a worker that has died does not sleep any more. */
void parking_forget(const struct arena *arena, struct pool_shared *shared, unsigned rank);

#endif
