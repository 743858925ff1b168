/* SPDX-License-Identifier: MIT */
/* The workers of a pool: all of them started, one of them gone and replaced, all of them sent home. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/executor.h"
#include "pool/parking.h"
#include "pool/private.h"

enum { STILLBORN_MAX = 8, RETRY_MS = 50 };

static void slot_clear(struct tvp_pool *pool, unsigned rank)
{
	struct pool_slot *slot = pool_slot(&pool->arena, pool->shared, rank);

	parking_forget(&pool->arena, pool->shared, rank);
	atomic_store(&slot->claim_kind, CLAIM_NONE);
	atomic_store(&slot->map_end, 0);
	atomic_store(&slot->joined, 0);
	atomic_store(&slot->phase, WORKER_STARTING);
	slot->error = 0;
}

static int hire(struct tvp_pool *pool, unsigned rank)
{
	int error;

	slot_clear(pool, rank);
	error = crew_seat_start(&pool->crew.seats[rank]);
	if (!error)
		pool_watch(pool, rank);
	return error;
}

/* Fills empty seats; what the kernel refuses is tried again later, as long as that can help. */
static void fill_seats(struct tvp_pool *pool)
{
	unsigned taken = 0;
	int error = 0;

	pool->vacant = false;
	for (unsigned rank = 0; rank < pool->crew.workers; rank++) {
		if (!pool->crew.seats[rank].taken && !error)
			error = hire(pool, rank);
		taken += pool->crew.seats[rank].taken;
	}
	if (!error)
		return;
	pool->vacant = true;
	pool->retry_ns = clock_now_ns() + RETRY_MS * NS_PER_MS;
	if (!taken && ++pool->stillborn > STILLBORN_MAX)
		pool_end(pool, POOL_BROKEN, true, -ECHILD);
}

/* A worker's process has ended, or its thread is about to. */
void staff_gone(struct tvp_pool *pool, unsigned rank)
{
	struct pool_slot *slot = pool_slot(&pool->arena, pool->shared, rank);
	uint32_t phase;

	pool_unwatch(pool, rank);
	crew_seat_reap(&pool->crew.seats[rank]);
	phase = atomic_load(&slot->phase);
	if (phase == WORKER_LEFT) {
		pool->counts.recycled++;
	} else if (phase == WORKER_READY) {
		pool->stillborn = 0;
		pool->counts.replaced++;
		works_lose(pool, rank);
		applied_lose(pool, slot);
		pool->orphans_below = atomic_load(&pool->shared->head);
	} else {
		pool->counts.replaced++;
		pool->stillborn++;
	}
	slot_clear(pool, rank);
	if (pool->lanes)
		lane_reset(pool, rank);
	if (pool->state >= POOL_BROKEN)
		return;
	if (pool->stillborn > STILLBORN_MAX) {
		pool_end(pool, POOL_BROKEN, true, -ECHILD);
		return;
	}
	pool->vacant = true;
	pool->retry_ns = 0;
}

/* Replaces those that have left in order, and fills seats that are still empty. */
void staff_tend(struct tvp_pool *pool)
{
	/* Before the look: who leaves after it sets it again. */
	if (atomic_exchange(&pool->shared->attention, 0) && !pool->lent)
		for (unsigned rank = 0; rank < pool->crew.workers; rank++) {
			const struct pool_slot *slot = pool_slot(&pool->arena, pool->shared, rank);
			uint32_t phase = atomic_load(&slot->phase);

			if (pool->crew.seats[rank].taken && (phase == WORKER_LEFT || phase == WORKER_FAILED))
				staff_gone(pool, rank);
			else if (phase == WORKER_READY)
				pool->stillborn = 0;
		}
	if (pool->vacant && pool->state < POOL_BROKEN && clock_now_ns() >= pool->retry_ns)
		fill_seats(pool);
}

/* 1: all are ready; 0: not yet; or why one is not. Whether those that are not still live is a system call each. */
static int all_ready(struct tvp_pool *pool, bool look_closely, char *reason)
{
	int ready = 1;

	for (unsigned rank = 0; rank < pool->crew.workers; rank++) {
		const struct pool_slot *slot = pool_slot(&pool->arena, pool->shared, rank);
		uint32_t phase = atomic_load(&slot->phase);

		if (phase == WORKER_FAILED)
			return reason_set(reason, slot->error, "worker %u: %s", rank, slot->reason);
		if (phase == WORKER_STARTING && look_closely && pool->crew.executor->alive &&
		    pool->crew.executor->alive(&pool->crew.seats[rank])) {
			memcpy(reason, pool->crew.reason, REASON_BYTES);
			return -ECHILD;
		}
		ready = ready && phase == WORKER_READY;
	}
	return ready;
}

int staff_start(struct tvp_pool *pool, char *reason)
{
	int error = 0;

	for (unsigned rank = 0; rank < pool->crew.workers && !error; rank++)
		error = hire(pool, rank);
	if (error) {
		memcpy(reason, pool->crew.reason, REASON_BYTES);
		return error;
	}
	if (pool->lent)
		pool_worker_enter(pool->lent, &pool->arena, pool->registry, 0);
	do
		error = all_ready(pool, !pool->lent && !pool_doze(pool), reason);
	while (error == 0);
	return error < 0 ? error : 0;
}

/* Ends all workers: at once by force where the executor can, else as soon as they have done what they have in hand. */
static void dismiss(struct tvp_pool *pool, bool by_force)
{
	by_force = by_force && pool->crew.executor->kill;
	atomic_store(&pool->shared->stop, 1);
	parking_wake(&pool->arena, pool->shared, pool->crew.workers);
	for (unsigned rank = 0; rank < pool->crew.workers; rank++)
		if (by_force && pool->crew.seats[rank].taken)
			pool->crew.executor->kill(&pool->crew.seats[rank]);
	for (unsigned rank = 0; rank < pool->crew.workers; rank++) {
		const struct pool_slot *slot = pool_slot(&pool->arena, pool->shared, rank);

		if (!pool->crew.seats[rank].taken)
			continue;
		/* One that waits for its pipe has to get what it waits for. */
		while (pool->lanes && !by_force && atomic_load(&slot->phase) == WORKER_READY) {
			lanes_move(pool);
			pool_doze(pool);
		}
		staff_gone(pool, rank);
	}
	if (pool->lent)
		pool_worker_leave(pool->lent);
	free(pool->lent);
	pool->lent = NULL;
}

void pool_end(struct tvp_pool *pool, enum pool_state state, bool by_force, int error)
{
	if (pool->state >= POOL_BROKEN)
		return;
	pool->state = state;
	dismiss(pool, by_force);
	works_cancel(pool, error);
	applied_cancel(pool, error);
}
