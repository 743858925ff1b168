/* SPDX-License-Identifier: MIT */
/*
 * What becomes of maps when workers die. Of a dead worker's claim the task in hand is lost, those before it are done,
 * and those after it are run anew as a rest. Chunks that were claimed and never written down (the worker died between
 * the two, or in the midst of a theft) are found when nobody is in the map any more: by then every other chunk has a
 * status. So every task is run at most once, and exactly one is lost per death at most; but a task whose outputs had to
 * come back through a pipe is lost with the claim that it was in, as its output is.
 */
#include <errno.h>
#include <string.h>

#include "pool/map.h"
#include "pool/private.h"

static struct work *work_joined(const struct tvp_pool *pool, uint64_t joined)
{
	for (struct work *work = pool->works; work; work = work->next)
		if (joined && work->position + 1 == joined && work->job->chunks && !work->ended)
			return work;
	return NULL;
}

/* Tasks first … end - 1, all of what is not done in these chunks, are run anew, or fail if that cannot be. */
static void run_anew(struct tvp_pool *pool, struct work *work, uint64_t first, uint64_t end, uint32_t chunk,
		     uint32_t chunks)
{
	unsigned char status = CHUNK_FAILED;

	if (first < end) {
		int error =
			pool->state == POOL_ENDED ? -ECANCELED : work_queue_rest(pool, work, first, end, chunk, chunks);

		for (uint64_t task = first; task < end; task++)
			*work_error(pool, work, task) = error;
		if (!error)
			status = CHUNK_HELD;
	}
	memset(work_status(pool, work) + chunk, status, chunks);
}

/* A claim that was broken off: those before `at` are done, from there on to `lost` they are lost. */
static void break_off(struct tvp_pool *pool, struct work *work, const struct pool_slot *slot, uint64_t at,
		      uint64_t lost)
{
	uint64_t first = atomic_load(&slot->map_first), end = atomic_load(&slot->map_end);
	uint64_t chunk = (first - work->job->first) / work->job->chunk;
	uint64_t next = (end - work->job->first + work->job->chunk - 1) / work->job->chunk;

	if (!atomic_load(&slot->map_failed))
		memset(work_error(pool, work, first), 0, (end - first) * sizeof(int32_t));
	for (uint64_t task = at; task < lost; task++)
		*work_error(pool, work, task) = -EOWNERDEAD;
	pool->counts.lost += lost - at;
	run_anew(pool, work, lost, end, (uint32_t)chunk, (uint32_t)(next - chunk));
}

void works_lose(struct tvp_pool *pool, unsigned rank)
{
	struct pool_slot *slot = pool_slot(&pool->arena, pool->shared, rank);
	struct work *work = work_joined(pool, atomic_load(&slot->joined));
	uint64_t at = atomic_load(&slot->at), first = atomic_load(&slot->map_first), end = atomic_load(&slot->map_end);
	bool piped;

	/* What a worker had written before it died is as good as read. */
	if (pool->lanes)
		lane_finish(pool, rank);
	piped = pool->lanes && pool->lanes[rank].work == work && pool->lanes[rank].state != LANE_IDLE;

	if (!work)
		return;
	if (!work->recount) {
		work->recount = true;
		atomic_fetch_add(&pool->shared->recounting, 1);
	}
	if (!end)
		return;
	if (at < end || piped)
		break_off(pool, work, slot, piped ? first : at, at < end ? at + 1 : end);
	else
		/* All of the claim is done; perhaps the worker had begun to say so. */
		memset(work_status(pool, work) + (first - work->job->first) / work->job->chunk,
		       atomic_load(&slot->map_failed) ? CHUNK_FAILED : CHUNK_DONE,
		       (end - first + work->job->chunk - 1) / work->job->chunk);
}

/* Has it ended, by the status of its chunks? Those that are nobody's are queued again. */
bool work_recount(struct tvp_pool *pool, struct work *work)
{
	unsigned char *status = work_status(pool, work);
	uint64_t head = atomic_load(&pool->shared->head);
	uint32_t chunks = work->job->chunks;
	bool all = work->rests == 0;

	if (head == work->position && map_exhausted(work->job, pool->crew.workers)) {
		atomic_compare_exchange_strong(&pool->shared->head, &head, head + 1);
		head = atomic_load(&pool->shared->head);
	}
	if (head <= work->position || work_is_joined(pool, work))
		return false;
	for (uint32_t chunk = 0, next; chunk < chunks; chunk = next) {
		uint64_t end;

		next = chunk + 1;
		if (status[chunk] != CHUNK_OPEN)
			continue;
		while (next < chunks && status[next] == CHUNK_OPEN)
			next++;
		end = (uint64_t)next * work->job->chunk;
		if (end > work->job->count)
			end = work->job->count;
		all = false;
		run_anew(pool, work, work->job->first + chunk * work->job->chunk, work->job->first + end, chunk,
			 next - chunk);
	}
	return all;
}

/* No worker is left: what has not ended does so now. The newest come first, so rests before what they are rests of. */
void works_cancel(struct tvp_pool *pool, int error)
{
	for (struct work *work = pool->works; work; work = work->next) {
		unsigned char *status = work_status(pool, work);

		if (work->waiting)
			work->position = 0;
		work->waiting = false;
		if (!work->recount && !work->ended) {
			work->recount = true;
			atomic_fetch_add(&pool->shared->recounting, 1);
		}
		for (uint64_t i = 0; i < work->job->count && !work->ended; i++)
			if (status[i / work->job->chunk] == CHUNK_OPEN)
				*work_error(pool, work, work->job->first + i) = error;
		for (uint32_t chunk = 0; chunk < work->job->chunks && !work->ended; chunk++)
			if (status[chunk] == CHUNK_OPEN)
				status[chunk] = CHUNK_FAILED;
	}
	/* Nobody will take anything from the queue. */
	atomic_store(&pool->shared->head, pool->tail);
	works_tend(pool);
}
