/* SPDX-License-Identifier: MIT */
/* Maps as their owner sees them: checked, laid out in the arena, queued, found to have ended, and read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/executor.h"
#include "pool/map.h"
#include "pool/parking.h"
#include "pool/private.h"

/* Workers that are woken for a map. */
enum { FEW_WORKERS = 8 };

/* Of a rest that is not queued yet: no worker can have joined it. */
#define NO_POSITION (UINT64_MAX - 1)

unsigned char *work_status(const struct tvp_pool *pool, const struct work *work)
{
	return arena_at(&pool->arena, work->job->status);
}

int32_t *work_error(const struct tvp_pool *pool, const struct work *work, uint64_t task)
{
	return (int32_t *)arena_at(&pool->arena, work->job->errors) + (task - work->job->first);
}

static int map_check(struct tvp_pool *pool, const struct tvp_map *map, uint32_t *task)
{
	size_t bytes;
	int error = pool_check(pool);

	if (!error && !map)
		error = -EINVAL;
	if (!error)
		error = pool_task_number(pool, map->task, task);
	if (error)
		return error;
	if ((unsigned)map->schedule >= TVP_SCHEDULE_COUNT || (unsigned)map->payload >= TVP_PAYLOAD_COUNT)
		return -EINVAL;
	if (__builtin_mul_overflow(map->count, map->input_bytes, &bytes) ||
	    __builtin_mul_overflow(map->count, map->output_bytes, &bytes) ||
	    __builtin_mul_overflow(map->count, sizeof(int32_t), &bytes))
		return -EOVERFLOW;
	if (map->count && ((map->input_bytes && !map->inputs) || (map->output_bytes && !map->outputs)))
		return -EINVAL;
	return pool_sizes(pool, *task, map->input_bytes, map->output_bytes);
}

static int payload_choose(const struct tvp_pool *pool, const struct tvp_map *map, enum tvp_payload *payload)
{
	bool shared = (!map->inputs || pool_is_shared(pool, map->inputs, map->count * map->input_bytes)) &&
		      (!map->outputs || pool_is_shared(pool, map->outputs, map->count * map->output_bytes));
	bool one_space = pool->crew.executor->sharing == SHARING_SAME;

	*payload = map->payload;
	switch (map->payload) {
	case TVP_PAYLOAD_AUTO:
		*payload = shared ? TVP_PAYLOAD_SHARED : one_space ? TVP_PAYLOAD_POINTER : TVP_PAYLOAD_COPY;
		return 0;
	case TVP_PAYLOAD_SHARED:
		return shared ? 0 : -EINVAL;
	case TVP_PAYLOAD_POINTER:
		return one_space ? 0 : -EOPNOTSUPP;
	case TVP_PAYLOAD_PIPE:
		return pool->lanes ? 0 : -EOPNOTSUPP;
	default:
		return 0;
	}
}

/* Where the workers find task 0's data. */
static int payload_place(struct tvp_pool *pool, struct work *work)
{
	const struct tvp_map *map = &work->map;
	size_t inputs = (map->count * map->input_bytes + POOL_STEP - 1) / POOL_STEP * POOL_STEP, bytes;
	int error;

	if (work->payload == TVP_PAYLOAD_PIPE)
		return 0;
	if (work->payload != TVP_PAYLOAD_COPY) {
		work->job->inputs = pool_place(pool, map->inputs);
		work->job->outputs = pool_place(pool, map->outputs);
		return 0;
	}
	if (inputs < map->count * map->input_bytes ||
	    __builtin_add_overflow(inputs, map->count * map->output_bytes, &bytes))
		return -EOVERFLOW;
	error = heap_alloc(&pool->heap, bytes, &work->block);
	if (error)
		return error;
	work->job->inputs = work->block;
	work->job->outputs = work->block + inputs;
	if (inputs)
		memcpy(arena_at(&pool->arena, work->block), map->inputs, map->count * map->input_bytes);
	return 0;
}

static uint64_t chunk_of(const struct tvp_pool *pool, const struct tvp_map *map)
{
	uint64_t chunk = map->chunk ? map->chunk : 1;

	if (map->schedule == TVP_SCHEDULE_STATIC)
		chunk = (map->count + pool->crew.workers - 1) / pool->crew.workers;
	return chunk < 1 ? 1 : chunk < map->count ? chunk : map->count ? map->count : 1;
}

/* The job with its arrays, in one block of the heap. */
static int job_make(struct tvp_pool *pool, struct work *work, uint32_t task, uint64_t first, unsigned flags)
{
	const struct tvp_map *map = &work->map;
	uint64_t chunk = chunk_of(pool, map), chunks = (map->count + chunk - 1) / chunk;
	size_t header = sizeof(struct pool_job) + pool->crew.workers * sizeof(struct pool_share);
	size_t order = flags & MAP_ORDERED ? chunks * sizeof(uint32_t) : 0, bytes = header;
	int error;

	if (chunks > UINT32_MAX)
		return -EOVERFLOW;
	if (__builtin_add_overflow(bytes, map->count * sizeof(int32_t), &bytes) ||
	    __builtin_add_overflow(bytes, order + chunks, &bytes))
		return -EOVERFLOW;
	error = heap_alloc(&pool->heap, bytes, &work->offset);
	if (error)
		return error;
	if (work->offset / POOL_STEP >= ENTRY_IS_MAP)
		return -ENOSPC;
	work->job = arena_at(&pool->arena, work->offset);
	memset(work->job, 0, header);
	work->job->task = task;
	work->job->flags = flags | (work->payload == TVP_PAYLOAD_PIPE ? MAP_PIPED : 0);
	work->job->schedule = map->schedule;
	work->job->chunks = (uint32_t)chunks;
	work->job->chunk = chunk;
	work->job->first = first;
	work->job->count = map->count;
	work->job->input_bytes = map->input_bytes;
	work->job->output_bytes = map->output_bytes;
	work->job->order = work->offset + header;
	/* Errors are only touched where there are any. */
	work->job->errors = work->job->order + order;
	work->job->status = work->job->errors + map->count * sizeof(int32_t);
	memset(arena_at(&pool->arena, work->job->order), 0, order);
	memset(work_status(pool, work), 0, chunks);
	map_share_out(work->job, pool->crew.workers);
	return 0;
}

void work_free(struct tvp_pool *pool, struct work *work)
{
	if (work->offset != ARENA_NOTHING)
		heap_free(&pool->heap, work->offset);
	if (work->block != ARENA_NOTHING)
		heap_free(&pool->heap, work->block);
	free(work->delivered);
	free(work);
}

/* A few workers are woken here, and wake the others as they join; where nobody helps, each has to come for itself. */
static void work_publish(struct tvp_pool *pool, struct work *work)
{
	bool fixed = work->job->schedule == TVP_SCHEDULE_STATIC || work->job->schedule == TVP_SCHEDULE_CHUNKED;
	uint32_t chunks = work->job->chunks, some = fixed ? pool->crew.workers : FEW_WORKERS;

	work->waiting = false;
	work->position = pool->tail;
	pool_publish(pool, (uint32_t)(work->offset / POOL_STEP) | ENTRY_IS_MAP, chunks < some ? chunks : some);
}

static void work_list(struct tvp_pool *pool, struct work *work)
{
	work->next = pool->works;
	pool->works = work;
}

static int work_queue(struct tvp_pool *pool, struct work *work)
{
	int error = 0;

	if (!work->job->chunks)
		work->ended = true;
	else
		error = pool_make_room(pool);
	if (error)
		return error;
	if (!work->ended)
		work_publish(pool, work);
	work_list(pool, work);
	return 0;
}

int work_submit(struct tvp_pool *pool, const struct tvp_map *map, unsigned flags, struct tvp_async *handle)
{
	struct work *work;
	uint32_t task;
	int error = handle ? map_check(pool, map, &task) : -EINVAL;

	if (error)
		return error;
	work = calloc(1, sizeof(*work));
	if (!work)
		return -ENOMEM;
	work->map = *map;
	error = payload_choose(pool, map, &work->payload);
	if (!error)
		error = job_make(pool, work, task, 0, flags);
	if (!error)
		error = payload_place(pool, work);
	if (!error && flags & MAP_ORDERED) {
		work->delivered = calloc(work->job->chunks + 1, 1);
		error = work->delivered ? 0 : -ENOMEM;
	}
	if (!error)
		error = work_queue(pool, work);
	if (error) {
		work_free(pool, work);
		return error;
	}
	*handle = (struct tvp_async){.pool = pool, .work = work, .state = ASYNC_MAP};
	return 0;
}

/* Queues a rest if there is a place now. Never waits: the pool may be waiting already. */
static void rest_publish(struct tvp_pool *pool, struct work *rest)
{
	if (!pool_has_room(pool))
		return;
	if (applied_clear(pool, place_of(pool, pool->tail)))
		work_publish(pool, rest);
	else
		pool_publish(pool, ENTRY_NONE, 0);
}

/* Tasks first … end - 1 of a map that has lost workers, as a map of its own over the same arrays. */
int work_queue_rest(struct tvp_pool *pool, struct work *parent, uint64_t first, uint64_t end, uint32_t held_first,
		    uint32_t held_count)
{
	struct work *rest = calloc(1, sizeof(*rest));
	int error;

	if (!rest)
		return -ENOMEM;
	rest->map = parent->map;
	rest->map.count = end - first;
	rest->map.schedule = TVP_SCHEDULE_DYNAMIC;
	rest->map.chunk = 1;
	rest->payload = parent->payload;
	rest->parent = parent;
	rest->held_first = held_first;
	rest->held_count = held_count;
	rest->waiting = true;
	rest->position = NO_POSITION;
	error = job_make(pool, rest, parent->job->task, first, 0);
	if (error) {
		work_free(pool, rest);
		return error;
	}
	rest->job->inputs = parent->job->inputs;
	rest->job->outputs = parent->job->outputs;
	parent->rests++;
	work_list(pool, rest);
	rest_publish(pool, rest);
	return 0;
}

/* The head goes past a map in which there is nothing left to claim, if no worker has seen to that. */
static void pass_by(struct tvp_pool *pool, const struct work *work)
{
	uint64_t position = work->position;

	if (work->job->chunks && atomic_compare_exchange_strong(&pool->shared->head, &position, position + 1) &&
	    pool->tail != work->position + 1)
		parking_wake(&pool->arena, pool->shared, pool->crew.workers);
}

/* A rest has ended: its errors are its parent's, whose chunks it had held. */
static void rest_hand_over(struct tvp_pool *pool, struct work *rest)
{
	struct work *parent = rest->parent;
	const unsigned char *status = work_status(pool, rest);

	for (uint64_t i = 0; i < rest->job->chunks; i++)
		*work_error(pool, parent, rest->job->first + i) =
			status[i] == CHUNK_FAILED ? *work_error(pool, rest, rest->job->first + i) : 0;
	memset(work_status(pool, parent) + rest->held_first, CHUNK_FAILED, rest->held_count);
	parent->rests--;
}

bool work_check(struct tvp_pool *pool, struct work *work)
{
	if (work->ended)
		return true;
	/* Acquire (sequentially consistent): with the count come the outputs. */
	if (work->recount ? !work_recount(pool, work) : atomic_load(&work->job->done) != work->job->chunks)
		return false;
	if (!lanes_idle(pool, work))
		return false;
	pass_by(pool, work);
	work->ended = true;
	if (work->recount)
		atomic_fetch_sub(&pool->shared->recounting, 1);
	if (work->parent)
		rest_hand_over(pool, work);
	return true;
}

bool work_is_joined(const struct tvp_pool *pool, const struct work *work)
{
	for (unsigned rank = 0; rank < pool->crew.workers; rank++)
		if (atomic_load(&pool_slot(&pool->arena, pool->shared, rank)->joined) == work->position + 1)
			return true;
	return false;
}

/* Ended rests, and what nobody looks at any more. */
void works_tend(struct tvp_pool *pool)
{
	struct work **link = &pool->works, *work;

	while ((work = *link) != NULL) {
		/* A rest ends by itself; its parent lies behind it and sees that in the same round. */
		bool ended;

		if (work->waiting)
			rest_publish(pool, work);
		ended = (work->parent || work->recount) && work_check(pool, work);

		/* The look may have put new rests in front. */
		while (*link != work)
			link = &(*link)->next;
		if (ended && work->parent) {
			*link = work->next;
			work->next = pool->limbo;
			pool->limbo = work;
		} else {
			link = &work->next;
		}
	}
	link = &pool->limbo;
	while ((work = *link) != NULL) {
		if (work_is_joined(pool, work)) {
			link = &work->next;
			continue;
		}
		*link = work->next;
		work_free(pool, work);
	}
}

/* Ends a work that has ended: outputs and errors go to the caller. Returns how many tasks failed. */
int64_t work_finish(struct tvp_pool *pool, struct work *work, int *error)
{
	const struct tvp_map *map = &work->map;
	const unsigned char *status = work_status(pool, work);
	struct work **link = &pool->works;
	int64_t failed = 0;

	if (map->errors)
		memset(map->errors, 0, map->count * sizeof(*map->errors));
	if (work->payload == TVP_PAYLOAD_COPY && map->count && map->output_bytes)
		memcpy(map->outputs, arena_at(&pool->arena, work->job->outputs), map->count * map->output_bytes);
	for (const unsigned char *at = status, *end = status + work->job->chunks;
	     (at = memchr(at, CHUNK_FAILED, (size_t)(end - at))) != NULL; at++) {
		uint64_t first = (uint64_t)(at - status) * work->job->chunk;

		for (uint64_t i = first; i < first + work->job->chunk && i < map->count; i++) {
			int own = *work_error(pool, work, i);

			failed += own != 0;
			if (own && error && failed == 1)
				*error = own;
			if (map->errors)
				map->errors[i] = own;
		}
	}
	while (*link != work)
		link = &(*link)->next;
	*link = work->next;
	work->next = pool->limbo;
	pool->limbo = work;
	return failed;
}
