/* SPDX-License-Identifier: MIT */
/*
 * Applied tasks as their owner sees them. A task has the place of the ring that its position in the queue falls on, until
 * its end has been noted: when its handle is got, or when the ring comes round to the place. One that has not ended by
 * then is late: it keeps the place, and the queue goes past it.
 */
#include <errno.h>
#include <string.h>

#include "pool/private.h"

enum { ALIGNMENT = 8, PLACES_AHEAD = 4 };

bool applied_ended(const struct tvp_pool *pool, uint32_t place)
{
	/* Acquire: with the end come output and error. */
	uint64_t outcome = atomic_load_explicit(pool_outcome(&pool->arena, pool->shared, place), memory_order_acquire);

	return (uint32_t)outcome == pool->applied[place].use;
}

/* The owner ends it, as no worker will. */
static void applied_end(struct tvp_pool *pool, uint32_t place, int error)
{
	if (!applied_ended(pool, place))
		atomic_store(pool_outcome(&pool->arena, pool->shared, place),
			     outcome_make(pool->applied[place].use, error));
}

static void kept_finish(struct tvp_pool *pool, uint32_t place)
{
	const struct kept *kept = &pool->kept[place];

	if (kept->handle) {
		const struct pool_record *record = pool_record(&pool->arena, pool->shared, place);

		kept->handle->error = outcome_error(
			atomic_load_explicit(pool_outcome(&pool->arena, pool->shared, place), memory_order_relaxed));
		kept->handle->state = ASYNC_ENDED;
		if (kept->output && !kept->handle->error)
			memcpy(kept->output, pool_at(&pool->arena, record->output), record->output_bytes);
	}
	if (kept->block != ARENA_NOTHING)
		heap_free(&pool->heap, kept->block);
}

void applied_finish(struct tvp_pool *pool, uint32_t place)
{
	struct applied *applied = &pool->applied[place];

	if (applied->kept)
		kept_finish(pool, place);
	pool->late -= applied->late;
	pool->open--;
	applied->late = false;
	applied->open = false;
}

bool applied_clear(struct tvp_pool *pool, uint32_t place)
{
	struct applied *applied = &pool->applied[place];

	if (!applied->open)
		return true;
	if (applied_ended(pool, place)) {
		applied_finish(pool, place);
		return true;
	}
	pool->late += !applied->late;
	applied->late = true;
	return false;
}

static bool is_open(const struct tvp_pool *pool, uint64_t position)
{
	uint32_t place = place_of(pool, position);

	return pool->applied[place].open && pool->applied[place].position == position && !applied_ended(pool, place);
}

bool applied_finish_all(struct tvp_pool *pool)
{
	while (pool->oldest < pool->tail && !is_open(pool, pool->oldest)) {
		uint32_t place = place_of(pool, pool->oldest);

		if (pool->applied[place].open && pool->applied[place].position == pool->oldest)
			applied_finish(pool, place);
		pool->oldest++;
	}
	for (uint64_t place = 0; pool->late && place <= pool->shared->ring_mask; place++)
		if (pool->applied[place].late && applied_ended(pool, (uint32_t)place))
			applied_finish(pool, (uint32_t)place);
	return pool->oldest == pool->tail && !pool->late;
}

static uint64_t small_input(const struct tvp_pool *pool, uint32_t place)
{
	return pool->shared->small_inputs + place * sizeof(struct pool_small);
}

static uint64_t small_output(const struct tvp_pool *pool, uint32_t place)
{
	return pool->shared->small_outputs + place * sizeof(struct pool_small);
}

struct payload {
	const void *input;
	size_t input_bytes;
	void *output;
	size_t output_bytes;
};

/* What lies in shared memory stays where it is. */
static bool fill_shared(struct tvp_pool *pool, struct pool_record *record, const struct payload *payload)
{
	if (!pool_is_shared(pool, payload->input, payload->input_bytes) ||
	    !pool_is_shared(pool, payload->output, payload->output_bytes))
		return false;
	record->input = (uint64_t)((uintptr_t)payload->input - (uintptr_t)pool->arena.base);
	record->output = (uint64_t)((uintptr_t)payload->output - (uintptr_t)pool->arena.base);
	return true;
}

/* What is small has room at its place in the ring, the rest goes into a block of the heap. */
static int fill_private(struct tvp_pool *pool, uint32_t place, const struct payload *payload)
{
	struct pool_record *record = pool_record(&pool->arena, pool->shared, place);
	bool input_shared = pool_is_shared(pool, payload->input, payload->input_bytes);
	bool output_shared = pool_is_shared(pool, payload->output, payload->output_bytes);
	bool input_small = payload->input_bytes <= sizeof(struct pool_small);
	bool output_small = payload->output_bytes <= sizeof(struct pool_small);
	size_t inputs = input_shared || input_small ? 0 : (payload->input_bytes + ALIGNMENT - 1) & -(size_t)ALIGNMENT;
	size_t outputs = output_shared || output_small ? 0 : payload->output_bytes;
	uint64_t block = ARENA_NOTHING;

	if (inputs + outputs) {
		int error = heap_alloc(&pool->heap, inputs + outputs, &block);

		if (error)
			return error;
	}
	record->input = input_shared  ? pool_place(pool, payload->input)
			: input_small ? small_input(pool, place)
				      : block;
	record->output = output_shared  ? pool_place(pool, payload->output)
			 : output_small ? small_output(pool, place)
					: block + inputs;
	if (!input_shared && payload->input_bytes)
		memcpy(pool_at(&pool->arena, record->input), payload->input, payload->input_bytes);
	pool->kept[place] = (struct kept){.output = output_shared ? NULL : payload->output, .block = block};
	return 0;
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
	if (payload->input_bytes > UINT32_MAX || payload->output_bytes > UINT32_MAX)
		return -EOVERFLOW;
	if ((payload->input_bytes && !payload->input) || (payload->output_bytes && !payload->output && asked))
		return -EINVAL;
	if (!asked && payload->output && !pool_is_shared(pool, payload->output, payload->output_bytes))
		return -EINVAL;
	return 0;
}

/* Of a place that comes soon: the outcome, which a worker has written, and the record, which one has read. */
static void prefetch_ahead(const struct tvp_pool *pool)
{
	uint32_t place = place_of(pool, pool->tail + PLACES_AHEAD);

	__builtin_prefetch(pool_outcome(&pool->arena, pool->shared, place));
	pool_prefetch_for_write(pool_record(&pool->arena, pool->shared, place));
}

/* In a stream the next place is mostly that of a task which ended long ago. */
static inline bool has_place(struct tvp_pool *pool)
{
	uint32_t place = place_of(pool, pool->tail);

	if (!pool->open || pool->tail - pool->head_seen > pool->shared->ring_mask)
		return false;
	if (!pool->applied[place].open)
		return true;
	if (!applied_ended(pool, place))
		return false;
	applied_finish(pool, place);
	return true;
}

int tvp_pool_apply_async(struct tvp_pool *pool, const char *task, const void *input, size_t input_bytes, void *output,
			 size_t output_bytes, struct tvp_async *handle)
{
	const struct payload payload = {input, input_bytes, output, output_bytes};
	struct applied *applied;
	struct pool_record *record;
	uint32_t number, place;
	int error = apply_check(pool, task, &payload, handle != NULL, &number);

	if (!error && atomic_load_explicit(&pool->shared->attention, memory_order_relaxed))
		pool_tend(pool);
	if (!error && !has_place(pool))
		error = pool_make_room(pool);
	if (error)
		return error;
	place = place_of(pool, pool->tail);
	prefetch_ahead(pool);
	applied = &pool->applied[place];
	record = pool_record(&pool->arena, pool->shared, place);
	applied->kept = handle != NULL;
	if (!fill_shared(pool, record, &payload)) {
		error = fill_private(pool, place, &payload);
		if (error)
			return error;
		applied->kept = true;
	} else if (handle) {
		pool->kept[place] = (struct kept){0};
	}
	record->task = number;
	record->input_bytes = (uint32_t)input_bytes;
	record->output_bytes = (uint32_t)output_bytes;
	applied->use++;
	applied->position = pool->tail;
	applied->open = true;
	pool->open++;
	if (handle) {
		pool->kept[place].handle = handle;
		*handle = (struct tvp_async){.pool = pool, .place = place, .state = ASYNC_APPLIED};
	}
	pool_publish(pool, ENTRY_TASK, 1);
	return 0;
}

/* Is the task that a worker had claimed still the one at its place? */
static bool is_same(const struct tvp_pool *pool, const struct pool_claimed *claimed)
{
	const struct applied *applied = &pool->applied[claimed->place & pool->shared->ring_mask];

	return applied->open && (uint32_t)applied->position == claimed->position;
}

/* The task that a dead worker ran ends with -EOWNERDEAD. Those that it had claimed and not begun are found by
 * applied_adopt. */
void applied_lose(struct tvp_pool *pool, const struct pool_slot *slot)
{
	uint64_t at = atomic_load(&slot->at);
	const struct pool_claimed *claimed = &slot->claimed[at % POOL_CLAIM_MAX];

	if (atomic_load(&slot->claim_kind) != CLAIM_APPLIED || at >= slot->claim_count || !is_same(pool, claimed) ||
	    applied_ended(pool, claimed->place))
		return;
	applied_end(pool, claimed->place, -EOWNERDEAD);
	pool->counts.lost++;
}

/* Does a worker that lives have this place in its claim, or is it about to? */
static bool is_claimed(const struct tvp_pool *pool, uint32_t place)
{
	for (unsigned rank = 0; rank < pool->crew.workers; rank++) {
		const struct pool_slot *slot = pool_slot(&pool->arena, pool->shared, rank);

		if (!pool->crew.seats[rank].taken || atomic_load(&slot->claim_kind) == CLAIM_NONE)
			continue;
		for (uint64_t i = atomic_load(&slot->at); i < slot->claim_count && i < POOL_CLAIM_MAX; i++)
			if (slot->claimed[i].place == place && is_same(pool, &slot->claimed[i]))
				return true;
	}
	return false;
}

/* A task that was taken off the queue and is nobody's goes to its end, and to the place that falls on. False: there is no
 * room now. */
static bool queue_again(struct tvp_pool *pool, uint32_t from)
{
	uint32_t to = place_of(pool, pool->tail), use = pool->applied[to].use + 1;
	const struct pool_record *old = pool_record(&pool->arena, pool->shared, from);
	struct pool_record *new = pool_record(&pool->arena, pool->shared, to);
	struct applied *applied = &pool->applied[to];

	if (!pool_has_room(pool))
		return false;
	if (!applied_clear(pool, to)) {
		pool_publish(pool, ENTRY_NONE, 0);
		return false;
	}
	*new = *old;
	if (old->input == small_input(pool, from)) {
		new->input = small_input(pool, to);
		memcpy(pool_at(&pool->arena, new->input), pool_at(&pool->arena, old->input), old->input_bytes);
	}
	if (old->output == small_output(pool, from))
		new->output = small_output(pool, to);
	pool->late -= pool->applied[from].late;
	*applied = (struct applied){.position = pool->tail, .use = use, .open = true, .kept = pool->applied[from].kept};
	/* Its place has not been used after all: workers count as well. */
	pool->applied[from].use--;
	pool->applied[from].open = pool->applied[from].late = false;
	pool->kept[to] = pool->kept[from];
	if (applied->kept && pool->kept[to].handle)
		pool->kept[to].handle->place = to;
	pool_publish(pool, ENTRY_TASK, 1);
	return true;
}

/*
 * Queues again what a dead worker had taken off the queue and not begun. What a live worker has in its claim may be its
 * own, or it may just be about to find out that it is not: then this looks again later.
 */
void applied_adopt(struct tvp_pool *pool)
{
	uint64_t head = atomic_load(&pool->shared->head);
	bool again = false;

	for (uint64_t i = 0; i <= pool->shared->ring_mask; i++) {
		const struct applied *applied = &pool->applied[i];
		uint32_t place = (uint32_t)i;

		if (!applied->open || applied->position >= pool->orphans_below || applied->position >= head ||
		    applied_ended(pool, place))
			continue;
		if (is_claimed(pool, place))
			again = true;
		else if (applied_ended(pool, place))
			continue;
		else if (!queue_again(pool, place))
			again = true;
	}
	if (!again)
		pool->orphans_below = 0;
}

/* No worker is left: what has not ended does so now. */
void applied_cancel(struct tvp_pool *pool, int error)
{
	for (uint64_t place = 0; place <= pool->shared->ring_mask; place++)
		if (pool->applied[place].open)
			applied_end(pool, (uint32_t)place, error);
	pool->orphans_below = 0;
}
