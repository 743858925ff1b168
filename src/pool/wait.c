/* SPDX-License-Identifier: MIT */
/*
 * How the owner waits: it looks for a while where CPUs are left over, then says that it waits and sleeps in epoll, where
 * a worker's bell (an eventfd) and the death of any worker process (its pidfd) wake it.
 */
#include <errno.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/executor.h"
#include "pool/life.h"
#include "pool/private.h"

enum {
	EVENTS_AT_A_TIME = 64,
	LOOKS_PER_CLOCK = 8,
	GLANCE_NS = 100000,
	SOON_MS = 1,    /* when something is undecided */
	POLLING_MS = 20 /* when workers have to be looked after by polling */
};

void pool_watch(struct tvp_pool *pool, unsigned rank)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = rank};

	if (!pool->crew.executor->alive)
		return;
	pool->pidfds[rank] = (int)syscall(SYS_pidfd_open, pool->crew.seats[rank].pid, 0);
	if (pool->pidfds[rank] >= 0 && epoll_ctl(pool->epoll_fd, EPOLL_CTL_ADD, pool->pidfds[rank], &event) == 0)
		return;
	pool_unwatch(pool, rank);
	pool->unwatched = true;
}

void pool_unwatch(struct tvp_pool *pool, unsigned rank)
{
	if (pool->pidfds[rank] < 0)
		return;
	/* Forked workers have copies of the descriptor, which would keep it in the set. */
	epoll_ctl(pool->epoll_fd, EPOLL_CTL_DEL, pool->pidfds[rank], NULL);
	close(pool->pidfds[rank]);
	pool->pidfds[rank] = -1;
}

static void look_after_unwatched(struct tvp_pool *pool)
{
	for (unsigned rank = 0; rank < pool->crew.workers; rank++)
		if (pool->crew.seats[rank].taken && pool->pidfds[rank] < 0 &&
		    pool->crew.executor->alive(&pool->crew.seats[rank]))
			staff_gone(pool, rank);
}

static int handle_events(struct tvp_pool *pool, int timeout_ms)
{
	struct epoll_event events[EVENTS_AT_A_TIME];
	int count = epoll_wait(pool->epoll_fd, events, EVENTS_AT_A_TIME, timeout_ms);

	if (count < 0)
		return -errno;
	pool->looked = true;
	for (int i = 0; i < count; i++)
		if (events[i].data.u64 < pool->crew.workers && pool->pidfds[events[i].data.u64] >= 0)
			staff_gone(pool, (unsigned)events[i].data.u64);
	if (pool->unwatched)
		look_after_unwatched(pool);
	return 0;
}

bool pool_doze(struct tvp_pool *pool)
{
	struct epoll_event event;

	/* Every worker that becomes ready rings; a dead one's descriptor would wake this again and again. */
	return epoll_wait(pool->epoll_fd, &event, 1, POLLING_MS) > 0 && event.data.u64 == EVENT_BELL;
}

static void tend_due(struct tvp_pool *pool)
{
	if (atomic_load_explicit(&pool->shared->attention, memory_order_relaxed) || pool->vacant)
		staff_tend(pool);
	if (pool->orphans_below)
		applied_adopt(pool);
	if (atomic_load_explicit(&pool->shared->recounting, memory_order_relaxed) || pool->limbo)
		works_tend(pool);
	if (pool->lanes)
		lanes_move(pool);
}

void pool_tend(struct tvp_pool *pool)
{
	handle_events(pool, 0);
	tend_due(pool);
}

/* For how many ms to sleep at most, given what else is to be looked after. */
static int sleep_ms(const struct tvp_pool *pool, uint64_t now_ns, uint64_t deadline_ns)
{
	uint64_t left_ms = deadline_ns > now_ns ? (deadline_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS : 0;
	int most = -1;

	if (pool->orphans_below || pool->vacant ||
	    atomic_load_explicit(&pool->shared->recounting, memory_order_relaxed))
		most = SOON_MS;
	else if (pool->unwatched)
		most = POLLING_MS;
	if (deadline_ns == UINT64_MAX || (most >= 0 && left_ms > (uint64_t)most))
		return most;
	return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

static bool look(struct tvp_pool *pool, pool_condition condition, const void *context)
{
	uint64_t begin_ns = clock_now_ns();

	do {
		for (int i = 0; i < LOOKS_PER_CLOCK; i++, pool_relax(1))
			if (condition(pool, context))
				return true;
		/* A worker that is to end it may be waiting for this CPU. */
		if (pool->shared->crowded)
			sched_yield();
	} while (clock_now_ns() - begin_ns < pool->spin_ns);
	return false;
}

void pool_glance(struct tvp_pool *pool)
{
	uint64_t now_ns = clock_now_ns();

	if (now_ns - pool->glanced_ns < GLANCE_NS)
		return;
	pool->glanced_ns = now_ns;
	pool_tend(pool);
}

static void lend(struct tvp_pool *pool)
{
	pool_worker_serve(pool->lent, true);
	if (pool->lent->tasks_left)
		return;
	pool_worker_leave(pool->lent);
	pool->counts.recycled++;
	pool_worker_enter(pool->lent, &pool->arena, pool->registry, 0);
}

int pool_wait(struct tvp_pool *pool, pool_condition condition, const void *context, uint64_t position,
	      uint64_t timeout_ns, bool through_signals)
{
	uint64_t begin_ns = 0, deadline_ns = UINT64_MAX;

	if (timeout_ns != TVP_FOREVER) {
		begin_ns = clock_now_ns();
		deadline_ns = timeout_ns < UINT64_MAX - begin_ns ? begin_ns + timeout_ns : UINT64_MAX;
	}
	for (;;) {
		int error;

		tend_due(pool);
		if (pool->lent)
			lend(pool);
		if (condition(pool, context) || (pool->spin_ns && look(pool, condition, context)))
			return 0;
		/* Sequentially consistent: who ends something publishes that and then looks here. */
		atomic_store(&pool->shared->owner_waits, position + 1);
		if (pool->lanes)
			lanes_move(pool);
		if (condition(pool, context)) {
			atomic_store(&pool->shared->owner_waits, 0);
			return 0;
		}
		if (deadline_ns != UINT64_MAX)
			begin_ns = clock_now_ns();
		error = handle_events(pool, sleep_ms(pool, begin_ns, deadline_ns));
		atomic_store(&pool->shared->owner_waits, 0);
		if (error == -EINTR && !through_signals)
			return -EINTR;
		if (deadline_ns != UINT64_MAX && clock_now_ns() >= deadline_ns) {
			tend_due(pool);
			return condition(pool, context) ? 0 : -ETIMEDOUT;
		}
	}
}
