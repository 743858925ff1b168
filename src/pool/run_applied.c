/* SPDX-License-Identifier: MIT */
/*
 * Applied tasks. A worker takes several off the queue with one compare-and-swap of its head, few enough that long tasks
 * are not hoarded. Before that it writes down which ones (announced), after it that they are its own (applied); so of a
 * worker that died at any point, the owner knows what it had, or that it is among those announcing the same.
 */
#include <errno.h>

#include "core/clock.h"
#include "pool/life.h"
#include "pool/parking.h"

/* A worker claims what takes about so long, measured on what it ran before. */
#define CLAIM_NS 5000.0

/* Copies the entries from head on: they are valid if head has not moved by the time of the claim. */
static uint32_t announce(struct pool_life *life, uint64_t head, uint32_t most)
{
	struct pool_slot *slot = life->slot;
	uint32_t count = 0;

	/* Relaxed within the announcement; the claim's compare-and-swap publishes it before the head moves. */
	atomic_store_explicit(&slot->claim_kind, CLAIM_NONE, memory_order_release);
	while (count < most) {
		uint32_t entry =
			atomic_load_explicit(pool_entry(life->arena, life->shared, head + count), memory_order_acquire);

		if (entry & ENTRY_IS_MAP)
			break;
		slot->claimed[count++] = entry;
	}
	slot->claim_count = count;
	atomic_store_explicit(&slot->at, 0, memory_order_relaxed);
	atomic_store_explicit(&slot->claim_kind, CLAIM_ANNOUNCED, memory_order_release);
	return count;
}

static void run_record(struct pool_life *life, struct pool_record *record)
{
	const struct tvp_task *task = life->tasks[atomic_load_explicit(&record->task, memory_order_relaxed)];
	void *input = pool_at(life->arena, record->input), *output = pool_at(life->arena, record->output);
	uint64_t at;

	if (task->run_range) {
		const struct tvp_range range = {
			.worker = &life->worker,
			.inputs = input,
			.outputs = output,
			.input_bytes = record->input_bytes,
			.output_bytes = record->output_bytes,
			.count = 1,
			._at = &at,
			._error = &record->error,
		};

		task->run_range(&range);
	} else {
		record->error = task->run(&life->worker, input, record->input_bytes, output, record->output_bytes);
	}
	/* Release: the output and the error before the end. */
	atomic_store_explicit(&record->status, RECORD_ENDED, memory_order_release);
}

static uint32_t run_claimed(struct pool_life *life)
{
	struct pool_slot *slot = life->slot;
	uint32_t task = 0;

	for (uint32_t i = 0; i < slot->claim_count; i++) {
		struct pool_record *record = pool_record(life->arena, life->shared, slot->claimed[i]);

		task = atomic_load_explicit(&record->task, memory_order_relaxed);
		if (life->shared->trace_room) {
			uint64_t begin_ns = clock_now_ns();

			run_record(life, record);
			pool_trace(life, begin_ns, clock_now_ns(), UINT64_MAX, 1);
		} else {
			run_record(life, record);
		}
		atomic_store_explicit(&slot->at, i + 1, memory_order_release);
	}
	return task;
}

bool pool_run_applied(struct pool_life *life, uint64_t head, uint64_t tail)
{
	struct pool_shared *shared = life->shared;
	struct pool_slot *slot = life->slot;
	uint64_t share = (tail - head) / (2 * shared->workers), begin_ns;
	uint32_t most = share < 1 ? 1 : share > POOL_CLAIM_MAX ? POOL_CLAIM_MAX : (uint32_t)share;
	uint32_t count, task;

	/* The next ones are probably like the last. */
	most = pool_worth(life, life->last_task, CLAIM_NS, most);
	if (most > life->tasks_left)
		most = (uint32_t)life->tasks_left;
	count = announce(life, head, most);
	if (!count || !atomic_compare_exchange_strong(&shared->head, &head, head + count)) {
		atomic_store_explicit(&slot->claim_kind, CLAIM_NONE, memory_order_release);
		return false;
	}
	atomic_store_explicit(&slot->claim_kind, CLAIM_APPLIED, memory_order_release);
	begin_ns = clock_now_ns();
	task = run_claimed(life);
	pool_learn(life, task, clock_now_ns() - begin_ns, count);
	life->last_task = task;
	/* Sequentially consistent: before the look whether the owner waits. */
	atomic_store(&slot->claim_kind, CLAIM_NONE);
	life->tasks_left -= life->tasks_left == UINT64_MAX ? 0 : count;
	pool_ring_if(life, atomic_load(&shared->head));
	return true;
}
