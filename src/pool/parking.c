/* SPDX-License-Identifier: MIT */
/*
 * Parking. A bit a worker says that it sleeps or is about to. Invariant: who clears a bit wakes its worker, or is it; so a
 * wake-up is never lost and never given to one that was woken already.
 *
 * Against the lost wake-up: a worker sets its bit and then looks for work; whoever publishes work does so first and then
 * looks for bits. All four are sequentially consistent, so at least one of the two sees the other. The owner publishes a
 * task every few ns, and a fence there would wait each time for the cache lines of the task before; so the worker, which
 * is about to sleep and has time, makes the owner's processor execute the fence (membarrier(2)), wherever it is.
 */
#include "pool/parking.h"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/futex.h"

void parking_init(struct pool_shared *shared)
{
	shared->own_fences = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) != 0;
}

static _Atomic uint64_t *parking_word(const struct arena *arena, const struct pool_shared *shared, unsigned rank)
{
	return (_Atomic uint64_t *)arena_at(arena, shared->parked) + rank / 64;
}

void parking_sleep(const struct arena *arena, struct pool_shared *shared, unsigned rank,
		   bool (*busy)(const void *context), const void *context)
{
	struct pool_slot *slot = pool_slot(arena, shared, rank);
	_Atomic uint64_t *word = parking_word(arena, shared, rank);
	uint64_t bit = UINT64_C(1) << rank % 64;

	/* Relaxed: nobody touches `wake` before the bit is set. */
	atomic_store_explicit(&slot->wake, 0, memory_order_relaxed);
	atomic_fetch_or(word, bit);
	if (!shared->own_fences)
		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0);
	if (busy(context)) {
		atomic_fetch_and(word, ~bit);
		return;
	}
	while (!atomic_load_explicit(&slot->wake, memory_order_acquire))
		futex_wait(&slot->wake, 0, shared->futex_flags, UINT64_MAX);
}

void parking_wake_some(const struct arena *arena, struct pool_shared *shared, unsigned count)
{
	for (unsigned i = 0; i < shared->parked_words && count; i++) {
		_Atomic uint64_t *word = parking_word(arena, shared, i * 64);

		/* Each at most once: one that was woken may be back asleep before the next one's turn. */
		for (uint64_t bits = atomic_load(word); bits && count; bits &= bits - 1) {
			struct pool_slot *slot = pool_slot(arena, shared, i * 64 + (unsigned)__builtin_ctzll(bits));

			if (!(atomic_fetch_and(word, ~(bits & -bits)) & (bits & -bits)))
				continue;
			/* Release: pairs with the sleeper's acquire. */
			atomic_store_explicit(&slot->wake, 1, memory_order_release);
			futex_wake(&slot->wake, 1, shared->futex_flags);
			count--;
		}
	}
}

void parking_forget(const struct arena *arena, struct pool_shared *shared, unsigned rank)
{
	atomic_fetch_and(parking_word(arena, shared, rank), ~(UINT64_C(1) << rank % 64));
}
