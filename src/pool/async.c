/* SPDX-License-Identifier: MIT */
/* Handles, and the calls that wait. */
#include <errno.h>
#include <string.h>

#include "core/executor.h"
#include "pool/private.h"

static bool handle_is_valid(const struct tvp_async *handle)
{
	return handle && handle->pool && handle->state != ASYNC_NONE;
}

static bool handle_ended(struct tvp_pool *pool, const void *context)
{
	const struct tvp_async *handle = context;

	if (handle->state == ASYNC_MAP)
		return work_check(pool, handle->work);
	return handle->state == ASYNC_ENDED || applied_ended(pool, handle->place);
}

static uint64_t handle_position(const struct tvp_async *handle)
{
	if (handle->state == ASYNC_APPLIED)
		return handle->pool->applied[handle->place].position + 1;
	return UINT64_MAX - 1; /* maps ring by themselves */
}

int tvp_async_ready(struct tvp_async *handle)
{
	if (!handle_is_valid(handle))
		return -EINVAL;
	if (!handle_ended(handle->pool, handle) && handle->state != ASYNC_ENDED)
		pool_tend(handle->pool);
	return handle_ended(handle->pool, handle);
}

/* An owner that need not sleep sees dead workers all the same. */
static int handle_wait(struct tvp_async *handle, uint64_t timeout_ns, bool through_signals)
{
	struct tvp_pool *pool = handle->pool;
	int error = 0;

	pool->looked = false;
	if (!handle_ended(pool, handle))
		error = pool_wait(pool, handle_ended, handle, handle_position(handle), timeout_ns, through_signals);
	if (!error && !pool->looked && pool->crew.executor->alive) {
		if (handle->state == ASYNC_MAP)
			pool_tend(pool);
		else
			pool_glance(pool);
	}
	return error;
}

int tvp_async_wait(struct tvp_async *handle, uint64_t timeout_ns)
{
	return handle_is_valid(handle) ? handle_wait(handle, timeout_ns, false) : -EINVAL;
}

int64_t tvp_async_get(struct tvp_async *handle, int *error)
{
	int64_t failed;
	int own = 0;

	if (!handle_is_valid(handle))
		return -EINVAL;
	handle_wait(handle, TVP_FOREVER, true);
	if (handle->state == ASYNC_MAP) {
		failed = work_finish(handle->pool, handle->work, &own);
	} else {
		if (handle->state == ASYNC_APPLIED)
			applied_finish(handle->pool, handle->place);
		own = handle->error;
		failed = own != 0;
	}
	if (error)
		*error = own;
	*handle = (struct tvp_async){0};
	return failed;
}

int tvp_pool_map_async(struct tvp_pool *pool, const struct tvp_map *map, struct tvp_async *handle)
{
	return work_submit(pool, map, 0, handle);
}

int64_t tvp_pool_map(struct tvp_pool *pool, const struct tvp_map *map)
{
	struct tvp_async handle;
	int error = work_submit(pool, map, 0, &handle);

	return error ? error : tvp_async_get(&handle, NULL);
}

int tvp_pool_apply(struct tvp_pool *pool, const char *task, const void *input, size_t input_bytes, void *output,
		   size_t output_bytes, int *error)
{
	struct tvp_async handle;
	int refused = tvp_pool_apply_async(pool, task, input, input_bytes, output, output_bytes, &handle);

	return refused ? refused : (int)tvp_async_get(&handle, error);
}

int tvp_pool_imap_unordered(struct tvp_pool *pool, const struct tvp_map *map, struct tvp_async *handle)
{
	return work_submit(pool, map, MAP_ORDERED, handle);
}

/* Has the chunk ended, is its output here, and was it not given out? */
static bool is_next(const struct tvp_pool *pool, const struct work *work, uint32_t chunk)
{
	unsigned char status = work_status(pool, work)[chunk];

	return !work->delivered[chunk] && (status == CHUNK_DONE || status == CHUNK_FAILED) &&
	       !lanes_hold(pool, work, chunk * work->job->chunk);
}

/* The next chunk to be given out: in the order in which they ended, or, once a worker has died in the map and may have
 * left a hole in that order, whichever is found. False: none has. */
static bool next_chunk(const struct tvp_pool *pool, struct work *work, uint32_t *chunk)
{
	_Atomic uint32_t *order = arena_at(&pool->arena, work->job->order);

	while (!work->recount && work->order_next < work->job->chunks) {
		uint32_t noted = atomic_load(&order[work->order_next]);

		if (!noted)
			return false;
		*chunk = noted - 1;
		if (is_next(pool, work, *chunk))
			return true;
		if (!work->delivered[*chunk])
			return false;
		work->order_next++;
	}
	for (*chunk = 0; *chunk < work->job->chunks && work->recount; ++*chunk)
		if (is_next(pool, work, *chunk))
			return true;
	return false;
}

static bool has_next(struct tvp_pool *pool, const void *context)
{
	struct work *work = (struct work *)context;
	uint32_t chunk;

	if (work->task_next < work->task_end)
		return true;
	/* Ended first: a chunk that ends after that look cannot be missed by it. */
	if (!next_chunk(pool, work, &chunk))
		return work_check(pool, work) && !next_chunk(pool, work, &chunk);
	work->delivered[chunk] = 1;
	work->task_next = (uint64_t)chunk * work->job->chunk;
	work->task_end = work->task_next + work->job->chunk;
	if (work->task_end > work->job->count)
		work->task_end = work->job->count;
	return true;
}

static int deliver(const struct tvp_pool *pool, struct work *work, size_t *index, int *error)
{
	const struct tvp_map *map = &work->map;
	uint64_t task = work->task_next++;
	const unsigned char *status = work_status(pool, work);
	int own = status[task / work->job->chunk] == CHUNK_FAILED ? *work_error(pool, work, task) : 0;

	if (work->payload == TVP_PAYLOAD_COPY && map->output_bytes)
		memcpy((char *)map->outputs + task * map->output_bytes,
		       (char *)arena_at(&pool->arena, work->job->outputs) + task * map->output_bytes,
		       map->output_bytes);
	if (index)
		*index = task;
	if (error)
		*error = own;
	return 1;
}

int tvp_async_next(struct tvp_async *handle, uint64_t timeout_ns, size_t *index, int *error)
{
	struct work *work;
	int waited;

	if (!handle_is_valid(handle) || handle->state != ASYNC_MAP)
		return -EINVAL;
	work = handle->work;
	if (!(work->job->flags & MAP_ORDERED))
		return -EINVAL;
	if (!has_next(handle->pool, work)) {
		waited = pool_wait(handle->pool, has_next, work, UINT64_MAX - 1, timeout_ns, false);
		if (waited)
			return waited;
	}
	return work->task_next < work->task_end ? deliver(handle->pool, work, index, error) : 0;
}

static bool is_drained(struct tvp_pool *pool, const void *context)
{
	for (struct work *work = pool->works; work; work = work->next)
		if (!work_check(pool, work))
			return false;
	return applied_finish_all(pool);
}

int tvp_pool_drain(struct tvp_pool *pool, uint64_t timeout_ns)
{
	if (!pool)
		return -EINVAL;
	return pool_wait(pool, is_drained, NULL, pool->tail, timeout_ns, false);
}
