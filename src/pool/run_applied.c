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

/* A worker claims what takes about so long, measured on what it ran before; and what takes less than the other is not
 * shared. */
#define CLAIM_NS 5000.0
#define TINY_NS  1000.0

/* Few claims are timed: the clock takes longer than a short task. */
enum { CLAIMS_PER_CLOCK = 8, FEW = 8, PAUSES_AFTER_FEW = 150 };

/* Notes the tasks among the entries from head on: they are there if head has not moved by the time of the claim. Returns
 * how many tasks, and in *entries how many entries. */
static uint32_t announce(struct pool_life *life, uint64_t head, uint32_t most, uint32_t *entries)
{
	struct pool_slot *slot = life->slot;
	uint32_t count = 0;

	*entries = 0;
	/* Relaxed within the announcement; the claim's compare-and-swap publishes it before the head moves. */
	atomic_store_explicit(&slot->claim_kind, CLAIM_NONE, memory_order_release);
	while (*entries < most) {
		uint32_t place = pool_place_of(life->shared, head + *entries);
		uint32_t entry = atomic_load_explicit(pool_entry(life->arena, life->shared, head + *entries),
						      memory_order_acquire);

		if (entry & ENTRY_IS_MAP)
			break;
		if (entry == ENTRY_TASK)
			slot->claimed[count++] = (struct pool_claimed){place, (uint32_t)(head + *entries)};
		++*entries;
	}
	slot->claim_count = count;
	atomic_store_explicit(&slot->at, 0, memory_order_relaxed);
	atomic_store_explicit(&slot->claim_kind, CLAIM_ANNOUNCED, memory_order_release);
	return count;
}

static void run_record(struct pool_life *life, uint32_t index)
{
	const struct pool_record *record = pool_record(life->arena, life->shared, index);
	const struct tvp_task *task = life->tasks[record->task];
	void *input = pool_at(life->arena, record->input), *output = pool_at(life->arena, record->output);
	uint64_t at;
	uint64_t begin_ns = life->shared->trace_room ? clock_now_ns() : 0;
	int32_t error = 0;
	pool_outcome_t *outcome;
	uint32_t use;

	if (task->run_range) {
		const struct tvp_range range = {
			.worker = &life->worker,
			.inputs = input,
			.outputs = output,
			.input_bytes = record->input_bytes,
			.output_bytes = record->output_bytes,
			.count = 1,
			._at = &at,
			._error = &error,
		};

		task->run_range(&range);
	} else {
		error = task->run(&life->worker, input, record->input_bytes, output, record->output_bytes);
	}
	life->last_task = record->task;
	/* Before the end is told: who waits for it may look at the trace next. */
	if (begin_ns)
		pool_trace(life, begin_ns, clock_now_ns(), UINT64_MAX);
	outcome = pool_outcome(life->arena, life->shared, index);
	use = (uint32_t)atomic_load_explicit(outcome, memory_order_relaxed) + 1;
	/* Release: the output before the end. */
	atomic_store_explicit(outcome, outcome_make(use, error), memory_order_release);
}

static void run_claimed(struct pool_life *life)
{
	struct pool_slot *slot = life->slot;

	for (uint32_t i = 0; i < slot->claim_count; i++) {
		run_record(life, slot->claimed[i].place);
		atomic_store_explicit(&slot->at, i + 1, memory_order_release);
	}
}

/* A fair part of what is queued; or all of it, where that is not worth another worker's coming. */
static uint32_t claim_size(const struct pool_life *life, uint64_t queued)
{
	uint32_t most = queued < POOL_CLAIM_MAX ? (uint32_t)queued : POOL_CLAIM_MAX;
	uint64_t fair = queued / (2 * life->shared->workers);
	uint32_t count = pool_worth(life, life->last_task, TINY_NS, most), long_enough;

	if (count < fair) {
		long_enough = pool_worth(life, life->last_task, CLAIM_NS, most);
		count = fair < long_enough ? (uint32_t)fair : long_enough;
	}
	return count < life->tasks_left ? count : (uint32_t)life->tasks_left;
}

bool pool_run_applied(struct pool_life *life, uint64_t head, uint64_t tail)
{
	struct pool_shared *shared = life->shared;
	struct pool_slot *slot = life->slot;
	uint32_t entries, count = announce(life, head, claim_size(life, tail - head), &entries);
	bool timed = life->claims++ % CLAIMS_PER_CLOCK == 0;
	uint64_t begin_ns;

	if (!entries || !atomic_compare_exchange_strong(&shared->head, &head, head + entries)) {
		atomic_store_explicit(&slot->claim_kind, CLAIM_NONE, memory_order_release);
		return false;
	}
	atomic_store_explicit(&slot->claim_kind, CLAIM_APPLIED, memory_order_release);
	begin_ns = timed ? clock_now_ns() : 0;
	run_claimed(life);
	if (timed && count)
		pool_learn(life, life->last_task, clock_now_ns() - begin_ns, count);
	/* Sequentially consistent: before the look whether the owner waits. */
	atomic_store(&slot->claim_kind, CLAIM_NONE);
	life->tasks_left -= life->tasks_left == UINT64_MAX ? 0 : count;
	pool_ring_if(life, atomic_load(&shared->head));
	/* Who comes for each tiny task by itself takes the queue's lines from the owner every time. */
	tail = atomic_load(&shared->tail) - head - entries;
	if (tail && tail < FEW && life->task_ns[life->last_task] * FEW < TINY_NS)
		pool_relax(PAUSES_AFTER_FEW);
	return true;
}
