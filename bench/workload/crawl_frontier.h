/* SPDX-License-Identifier: MIT */
/*
 * The frontier of a crawl: which page is fetched next, in shared memory, without a lock.
 *
 * The crawl goes round after round. A round takes each page once, so the takes of a batch are numbered: number n is of
 * round n / pages. The first `seeds` takes of a round are the seeds; for all others somebody must have found the page: what
 * is found n-th in a round is written to place n of the queue, with its round. Nobody takes from a round before all pages of
 * the one before were taken, thus found; so a place is free again when it is written again, and a batch needs no more than
 * one queue.
 *
 * Who takes reads the place and then moves `taken`: if nobody else has moved it since, what was read was not written over,
 * as that needs takes of the next round. What is known of a round must be known to who takes from the next one: `taken` is
 * moved with acquire and release, a place is written with release and read with acquire. The other counters hand out
 * numbers, and are relaxed.
 *
 * Who finds nothing sleeps until `changes` changes. Who changes something does so before it looks whether anybody sleeps,
 * and who goes to sleep says so before the kernel looks at `changes` for it; both sequentially consistent, so that one of
 * the two sees the other. Nobody sleeps for ever: the pages that were found are all taken then, and whoever fetches the
 * last of them finds others, as the seeds lead to all pages, or gives up and says so.
 */
#ifndef TVP_WORKLOAD_CRAWL_FRONTIER_H
#define TVP_WORKLOAD_CRAWL_FRONTIER_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include "core/futex.h"
#include "crawl_graph.h"

enum { CRAWL_PAGE_BITS = 20 };

_Static_assert(CRAWL_PAGES_MAX < 1 << CRAWL_PAGE_BITS, "a place of the queue holds a page and a round");

struct crawl_task {
	uint64_t page;
	uint64_t round;
};

static inline _Atomic uint64_t *crawl_seen(const struct crawl_data *data, const struct arena *arena)
{
	return arena_at(arena, data->seen_offset);
}

static inline _Atomic uint64_t *crawl_queue(const struct crawl_data *data, const struct arena *arena)
{
	return arena_at(arena, data->queue_offset);
}

/* Nobody crawls now; the gate's opening publishes it. */
static inline void crawl_frontier_reset(struct crawl_data *data, const struct arena *arena)
{
	atomic_store_explicit(&data->taken, 0, memory_order_relaxed);
	atomic_store_explicit(&data->found, 0, memory_order_relaxed);
	memset(crawl_seen(data, arena), 0, data->pages * sizeof(uint64_t));
	memset(crawl_queue(data, arena), 0, data->pages * sizeof(uint64_t));
}

/* Up to `count` sleepers have something to look for. */
static inline void crawl_wake(struct crawl_data *data, int32_t count)
{
	atomic_fetch_add(&data->changes, 1);
	if (atomic_load(&data->sleepers))
		futex_wake(&data->changes, count, 0);
}

/* Is there a page for take number `taken`? */
static inline bool crawl_is_there(struct crawl_data *data, const struct arena *arena, uint64_t taken,
				  struct crawl_task *task)
{
	uint64_t place = taken % data->pages, found;

	*task = (struct crawl_task){.page = place, .round = taken / data->pages};
	if (place < data->seeds)
		return true;
	found = atomic_load_explicit(&crawl_queue(data, arena)[place - data->seeds], memory_order_acquire);
	task->page = found & ((1u << CRAWL_PAGE_BITS) - 1);
	/* Of a later round: `taken` has moved on, which the compare-and-swap will tell. */
	return found >> CRAWL_PAGE_BITS >= task->round + 1;
}

/* The next page, if there is one already. */
static inline bool crawl_take(struct crawl_data *data, const struct arena *arena, struct crawl_task *task)
{
	uint64_t taken = atomic_load_explicit(&data->taken, memory_order_acquire);

	do
		if (!crawl_is_there(data, arena, taken, task))
			return false;
	while (!atomic_compare_exchange_weak_explicit(&data->taken, &taken, taken + 1, memory_order_acq_rel,
						      memory_order_acquire));
	/* The seeds of the next round are free for all. */
	if ((taken + 1) % data->pages == 0)
		crawl_wake(data, FUTEX_ALL);
	return true;
}

/* A page has a link to `page`: 1 if nobody has seen that in this round, else 0. To be followed by one crawl_wake. */
static inline int32_t crawl_find(struct crawl_data *data, const struct arena *arena, uint64_t round, uint64_t page)
{
	_Atomic uint64_t *seen = &crawl_seen(data, arena)[page];
	uint64_t queued = data->pages - data->seeds, rounds = round, found;

	/* It counts the rounds that have seen the page, so a page that is late in the last round finds nothing any more. */
	if (page < data->seeds || atomic_load_explicit(seen, memory_order_relaxed) > round)
		return 0;
	if (!atomic_compare_exchange_strong_explicit(seen, &rounds, round + 1, memory_order_relaxed,
						     memory_order_relaxed))
		return 0;
	found = atomic_fetch_add_explicit(&data->found, 1, memory_order_relaxed);
	atomic_store_explicit(&crawl_queue(data, arena)[found % queued], (round + 1) << CRAWL_PAGE_BITS | page,
			      memory_order_release);
	return 1;
}

/* Nobody is to wait for what the caller would have found; `why` is for who waited. Returns `error`. */
static inline int crawl_give_up(struct crawl_data *data, const char *why, int error)
{
	uint32_t nobody = 0;

	if (atomic_compare_exchange_strong(&data->failed, &nobody, 1)) {
		memcpy(data->reason, why, REASON_BYTES);
		atomic_store(&data->failed, 2);
	}
	crawl_wake(data, FUTEX_ALL);
	return error;
}

/*
 * Pages are found in an order, and may be written in another: who was woken for a later page goes back to sleep while an
 * earlier one is not there, and that one's finder wakes sleepers for what it found itself and no more. So whoever takes a
 * page wakes one sleeper if there is another page. What was written before `changes` moved is seen by who was woken by
 * that, or by a later one.
 */
static inline void crawl_wake_next(struct crawl_data *data, const struct arena *arena)
{
	struct crawl_task next;

	if (atomic_load(&data->sleepers) &&
	    crawl_is_there(data, arena, atomic_load_explicit(&data->taken, memory_order_acquire), &next))
		crawl_wake(data, 1);
}

/* The next page, as soon as there is one. 0, or -ECANCELED when somebody has given up. */
static inline int crawl_await(struct worker *worker, struct crawl_data *data, struct crawl_task *task)
{
	for (;;) {
		uint32_t changes = atomic_load(&data->changes), failed = atomic_load(&data->failed);

		if (failed)
			return worker_fail(worker, -ECANCELED, "another worker could not go on%s%.*s",
					   failed > 1 ? ": " : "", REASON_BYTES - 40, failed > 1 ? data->reason : "");
		if (crawl_take(data, worker->arena, task)) {
			crawl_wake_next(data, worker->arena);
			return 0;
		}
		atomic_fetch_add(&data->sleepers, 1);
		futex_wait(&data->changes, changes, 0, UINT64_MAX);
		atomic_fetch_sub(&data->sleepers, 1);
	}
}

#endif
