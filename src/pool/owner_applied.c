/* SPDX-License-Identifier: MIT */
/* Applied tasks as their owner sees them: records are taken, queued, found to have ended, and given back. */
#include <errno.h>
#include <string.h>

#include "pool/private.h"

enum { FINISHED_AT_A_TIME = 64, ALIGNMENT = 8 };

bool applied_ended(const struct tvp_pool *pool, uint32_t record)
{
	/* Acquire: with the end come output and error. */
	uint64_t outcome = atomic_load_explicit(pool_outcome(&pool->arena, pool->shared, record), memory_order_acquire);

	return (uint32_t)outcome == pool->applied[record].use;
}

/* The owner ends it, as no worker will. */
static void applied_end(struct tvp_pool *pool, uint32_t record, int error)
{
	if (!applied_ended(pool, record))
		atomic_store(pool_outcome(&pool->arena, pool->shared, record),
			     outcome_make(pool->applied[record].use, error));
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

	if (applied->handle) {
		const struct pool_record *ended = pool_record(&pool->arena, pool->shared, record);

		applied->handle->error = outcome_error(
			atomic_load_explicit(pool_outcome(&pool->arena, pool->shared, record), memory_order_relaxed));
		applied->handle->state = ASYNC_ENDED;
		if (applied->output && !applied->handle->error)
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
	while (most-- && pool->oldest != NO_RECORD && applied_ended(pool, pool->oldest)) {
		/* Workers have read it, and it will be written here. */
		__builtin_prefetch(pool_record(&pool->arena, pool->shared, pool->oldest), 1);
		applied_finish(pool, pool->oldest);
	}
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

static bool payload_overflows(const struct payload *payload)
{
	size_t bytes;

	return __builtin_add_overflow(payload->input_bytes, payload->output_bytes, &bytes) ||
	       __builtin_add_overflow(bytes, (size_t)2 * ALIGNMENT, &bytes);
}

/* Shared memory stays where it is; what is small goes with the record, the rest into a block of the heap. */
static int record_fill(struct tvp_pool *pool, uint32_t index, const struct payload *payload)
{
	struct pool_record *record = pool_record(&pool->arena, pool->shared, index);
	struct applied *applied = &pool->applied[index];
	bool input_shared = pool_is_shared(pool, payload->input, payload->input_bytes);
	bool output_shared = pool_is_shared(pool, payload->output, payload->output_bytes);
	bool input_within = payload->input_bytes <= sizeof(record->within);
	bool output_within = payload->output_bytes <= sizeof(struct pool_output);
	size_t inputs = input_shared || input_within ? 0 : (payload->input_bytes + ALIGNMENT - 1) & -(size_t)ALIGNMENT;
	size_t outputs = output_shared || output_within ? 0 : payload->output_bytes;

	if (payload_overflows(payload))
		return -EOVERFLOW;
	applied->block = ARENA_NOTHING;
	if (inputs + outputs) {
		int error = heap_alloc(&pool->heap, inputs + outputs, &applied->block);

		if (error)
			return error;
	}
	record->input = input_shared   ? pool_place(pool, payload->input)
			: input_within ? pool_place(pool, record->within)
				       : applied->block;
	record->output = output_shared   ? pool_place(pool, payload->output)
			 : output_within ? pool->shared->outputs + index * sizeof(struct pool_output)
					 : applied->block + inputs;
	record->input_bytes = payload->input_bytes;
	record->output_bytes = payload->output_bytes;
	if (!input_shared && payload->input_bytes)
		memcpy(pool_at(&pool->arena, record->input), payload->input, payload->input_bytes);
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
	pool_record(&pool->arena, pool->shared, index)->task = number;
	pool_record(&pool->arena, pool->shared, index)->use = ++pool->applied[index].use;
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

	if (atomic_load(&slot->claim_kind) != CLAIM_APPLIED || at >= slot->claim_count ||
	    applied_ended(pool, slot->claimed[at]))
		return;
	applied_end(pool, slot->claimed[at], -EOWNERDEAD);
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
		applied_end(pool, record, error);
	pool->orphans_below = 0;
}
