/* SPDX-License-Identifier: MIT */
/* The owner's end of the queue, and what all calls that hand in tasks check. */
#include <errno.h>
#include <string.h>

#include "pool/parking.h"
#include "pool/private.h"

enum { BEGIN_AGAIN = 64 };

int pool_find_task(struct tvp_pool *pool, const char *name, uint32_t *number)
{
	const struct tvp_task *const *tasks = pool->registry->tasks;

	if (!name)
		return -EINVAL;
	for (uint32_t i = 0; i < pool->tasks; i++)
		if (strcmp(tasks[i]->name, name) == 0) {
			*number = pool->known_task = i;
			return 0;
		}
	return -ENOENT;
}

bool pool_has_room(struct tvp_pool *pool)
{
	/* The head is the workers' and moves all the time: what was seen of it last is mostly enough. */
	if (pool->tail - pool->head_seen > pool->shared->ring_mask)
		pool->head_seen = atomic_load(&pool->shared->head);
	return pool->tail - pool->head_seen <= pool->shared->ring_mask;
}

static bool may_go_on(struct tvp_pool *pool, const void *context)
{
	return pool->state >= POOL_BROKEN || pool_has_room(pool);
}

/* All places are taken by tasks that run: one of them has to end. */
static bool any_clear(struct tvp_pool *pool, const void *context)
{
	for (uint64_t place = 0; place <= pool->shared->ring_mask; place++)
		if (applied_clear(pool, (uint32_t)place))
			return true;
	return pool->state >= POOL_BROKEN;
}

/* With nothing queued and nothing in hand, what comes next begins at place 0 again: little work takes little memory. */
static void begin_again(struct tvp_pool *pool)
{
	if (pool->open || pool->tail - pool->base < BEGIN_AGAIN || atomic_load(&pool->shared->head) != pool->tail)
		return;
	pool->base = pool->tail;
	atomic_store_explicit(&pool->shared->base, pool->tail, memory_order_relaxed);
	pool->oldest = pool->tail;
}

int pool_make_room(struct tvp_pool *pool)
{
	uint64_t mask = pool->shared->ring_mask;

	begin_again(pool);
	for (uint64_t passed = 0;; passed++) {
		if (!pool_has_room(pool))
			pool_wait(pool, may_go_on, NULL, pool->tail - mask / 2, TVP_FOREVER, true);
		if (pool->state >= POOL_BROKEN)
			return -ECHILD;
		if (applied_clear(pool, place_of(pool, pool->tail)))
			return 0;
		if (passed > mask)
			pool_wait(pool, any_clear, NULL, 0, TVP_FOREVER, true);
		pool_publish(pool, ENTRY_NONE, 0);
	}
}
