/* SPDX-License-Identifier: MIT */
/* Applied tasks as their owner sees them: records are taken, queued, found to have ended, and given back. */
#include <errno.h>
#include <string.h>

#include "pool/private.h"

enum { FINISHED_AT_A_TIME = 64, ALIGNMENT = 8 };

bool applied_ended(const struct tvp_pool *pool, uint32_t record)
{
	/* Acquire: with the end come output and error. */
	return atomic_load_explicit(&pool_record(&pool->arena, pool->shared, record)->status, memory_order_acquire) ==
	       RECORD_ENDED;
}

static void list_append(struct tvp_pool *pool, uint32_t record)
{
	struct applied *applied = &pool->applied[record];

	applied->next = NO_RECORD;
	applied->previous = pool->newest;
	if (pool->newest == NO_RECORD)
		pool->oldest = record;
	else
		pool->applied[pool->newest].next = record;
	pool->newest = record;
}

static void list_remove(struct tvp_pool *pool, uint32_t record)
{
	const struct applied *applied = &pool->applied[record];

	if (applied->previous == NO_RECORD)
		pool->oldest = applied->next;
	else
		pool->applied[applied->previous].next = applied->next;
	if (applied->next == NO_RECORD)
		pool->newest = applied->previous;
	else
		pool->applied[applied->next].previous = applied->previous;
}

void applied_finish(struct tvp_pool *pool, uint32_t record)
{
	struct applied *applied = &pool->applied[record];
	const struct pool_record *ended = pool_record(&pool->arena, pool->shared, record);

	if (applied->handle) {
		applied->handle->error = ended->error;
		applied->handle->state = ASYNC_ENDED;
		if (applied->output && !ended->error)
			memcpy(applied->output, pool_at(&pool->arena, ended->output), ended->output_bytes);
	}
	if (applied->block != ARENA_NOTHING)
		heap_free(&pool->heap, applied->block);
	list_remove(pool, record);
	applied->next = pool->records_free;
	pool->records_free = record;
}

/* Gives back records that have ended, from the oldest on, as long as they follow each other. */
static void finish_oldest(struct tvp_pool *pool, unsigned most)
{
	while (most-- && pool->oldest != NO_RECORD && applied_ended(pool, pool->oldest))
		applied_finish(pool, pool->oldest);
}

bool applied_finish_all(struct tvp_pool *pool)
{
	for (uint32_t record = pool->oldest, next; record != NO_RECORD; record = next) {
		next = pool->applied[record].next;
		if (applied_ended(pool, record))
			applied_finish(pool, record);
	}
	return pool->oldest == NO_RECORD;
}

static bool record_available(struct tvp_pool *pool, const void *context)
{
	if (pool->records_free == NO_RECORD)
		applied_finish_all(pool);
	return pool->records_free != NO_RECORD || pool->state >= POOL_BROKEN;
}

/* Waits for one while all are queued or running, until half of them have been claimed. */
static int record_take(struct tvp_pool *pool, uint32_t *record)
{
	if (pool->records_free == NO_RECORD)
		finish_oldest(pool, FINISHED_AT_A_TIME);
	if (pool->records_free == NO_RECORD && pool->records_fresh < pool->records) {
		*record = pool->records_fresh++;
		return 0;
	}
	if (pool->records_free == NO_RECORD)
		pool_wait(pool, record_available, NULL, pool->tail - pool->records / 2, TVP_FOREVER, true);
	if (pool->records_free == NO_RECORD)
		return -ECHILD;
	*record = pool->records_free;
	pool->records_free = pool->applied[*record].next;
	return 0;
}

struct payload {
	const void *input;
	size_t input_bytes;
	void *output;
	size_t output_bytes;
};

/* Within the record where there is room, else in a block of the heap; shared memory stays where it is. */
static int record_fill(struct tvp_pool *pool, uint32_t index, const struct payload *payload)
{
	struct pool_record *record = pool_record(&pool->arena, pool->shared, index);
	struct applied *applied = &pool->applied[index];
	bool input_shared = pool_is_shared(pool, payload->input, payload->input_bytes);
	bool output_shared = pool_is_shared(pool, payload->output, payload->output_bytes);
	size_t inputs = input_shared ? 0 : (payload->input_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	size_t outputs = output_shared ? 0 : payload->output_bytes, bytes;
	uint64_t place = pool_place(pool, record->within);

	if (inputs < payload->input_bytes && !input_shared)
		return -EOVERFLOW;
	if (__builtin_add_overflow(inputs, outputs, &bytes))
		return -EOVERFLOW;
	applied->block = ARENA_NOTHING;
	if (bytes > sizeof(record->within)) {
		int error = heap_alloc(&pool->heap, bytes, &applied->block);

		if (error)
			return error;
		place = applied->block;
	}
	record->input = input_shared ? pool_place(pool, payload->input) : place;
	record->output = output_shared ? pool_place(pool, payload->output) : place + inputs;
	record->input_bytes = payload->input_bytes;
	record->output_bytes = payload->output_bytes;
	if (!input_shared && payload->input_bytes)
		memcpy(pool_at(&pool->arena, place), payload->input, payload->input_bytes);
	applied->output = output_shared ? NULL : payload->output;
	return 0;
}

static int record_queue(struct tvp_pool *pool, uint32_t index)
{
	struct applied *applied = &pool->applied[index];

	return pool_queue(pool, index, 1, &applied->position);
}

static int apply_check(struct tvp_pool *pool, const char *name, const struct payload *payload, bool asked,
		       uint32_t *task)
{
	int error = pool_check(pool);

	if (!error)
		error = pool_task_number(pool, name, task);
	if (!error)
		error = pool_sizes(pool, *task, payload->input_bytes, payload->output_bytes);
	if (error)
		return error;
	if ((payload->input_bytes && !payload->input) || (payload->output_bytes && !payload->output && asked))
		return -EINVAL;
	if (!asked && payload->output && !pool_is_shared(pool, payload->output, payload->output_bytes))
		return -EINVAL;
	return 0;
}

int tvp_pool_apply_async(struct tvp_pool *pool, const char *task, const void *input, size_t input_bytes, void *output,
			 size_t output_bytes, struct tvp_async *handle)
{
	const struct payload payload = {input, input_bytes, output, output_bytes};
	struct pool_record *record;
	uint32_t number, index;
	int error = apply_check(pool, task, &payload, handle != NULL, &number);

	if (!error && atomic_load_explicit(&pool->shared->attention, memory_order_relaxed))
		pool_tend(pool);
	if (!error)
		error = record_take(pool, &index);
	if (error)
		return error;
	error = record_fill(pool, index, &payload);
	if (error)
		goto give_back;
	record = pool_record(&pool->arena, pool->shared, index);
	atomic_store_explicit(&record->task, number, memory_order_relaxed);
	record->error = 0;
	/* Relaxed: published with the tail. */
	atomic_store_explicit(&record->status, RECORD_QUEUED, memory_order_relaxed);
	pool->applied[index].handle = handle;
	list_append(pool, index);
	if (handle)
		*handle = (struct tvp_async){pool, (void *)(uintptr_t)index, ASYNC_APPLIED, 0};
	error = record_queue(pool, index);
	if (!error)
		return 0;
	list_remove(pool, index);
	if (pool->applied[index].block != ARENA_NOTHING)
		heap_free(&pool->heap, pool->applied[index].block);
	if (handle)
		*handle = (struct tvp_async){0};
give_back:
	pool->applied[index].next = pool->records_free;
	pool->records_free = index;
	return error;
}

/* The task that a dead worker ran ends with -EOWNERDEAD. Those that it had claimed and not begun are found by
 * applied_adopt. */
void applied_lose(struct tvp_pool *pool, const struct pool_slot *slot)
{
	uint64_t at = atomic_load(&slot->at);
	struct pool_record *record;

	if (atomic_load(&slot->claim_kind) != CLAIM_APPLIED || at >= slot->claim_count)
		return;
	record = pool_record(&pool->arena, pool->shared, slot->claimed[at]);
	if (atomic_load(&record->status) == RECORD_ENDED)
		return;
	record->error = -EOWNERDEAD;
	atomic_store(&record->status, RECORD_ENDED);
	pool->counts.lost++;
}

/* Does a worker that lives have this record in its claim, or is it about to? */
static bool is_claimed(const struct tvp_pool *pool, uint32_t record)
{
	for (unsigned rank = 0; rank < pool->crew.workers; rank++) {
		const struct pool_slot *slot = pool_slot(&pool->arena, pool->shared, rank);

		if (!pool->crew.seats[rank].taken || atomic_load(&slot->claim_kind) == CLAIM_NONE)
			continue;
		for (uint64_t i = atomic_load(&slot->at); i < slot->claim_count && i < POOL_CLAIM_MAX; i++)
			if (slot->claimed[i] == record)
				return true;
	}
	return false;
}

/*
 * Queues again what a dead worker had taken off the queue and not begun. What a live worker has in its claim may be its
 * own, or it may just be about to find out that it is not: then this looks again later.
 */
void applied_adopt(struct tvp_pool *pool)
{
	uint64_t head = atomic_load(&pool->shared->head);
	bool again = false;

	for (uint32_t record = pool->oldest, next; record != NO_RECORD; record = next) {
		struct applied *applied = &pool->applied[record];

		next = applied->next;
		if (applied->position >= pool->orphans_below || applied->position >= head ||
		    applied_ended(pool, record))
			continue;
		if (is_claimed(pool, record) || !pool_has_room(pool))
			again = true;
		else if (!applied_ended(pool, record) && record_queue(pool, record))
			return;
	}
	if (!again && head >= pool->orphans_below)
		pool->orphans_below = 0;
}

/* No worker is left: what has not ended does so now. */
void applied_cancel(struct tvp_pool *pool, int error)
{
	for (uint32_t record = pool->oldest; record != NO_RECORD; record = pool->applied[record].next)
		if (!applied_ended(pool, record)) {
			struct pool_record *cancelled = pool_record(&pool->arena, pool->shared, record);

			cancelled->error = error;
			atomic_store(&cancelled->status, RECORD_ENDED);
		}
	pool->orphans_below = 0;
}
