/* SPDX-License-Identifier: MIT */
/*
 * Working in a map. A worker joins it by writing its position into its slot and then looking whether it is still at the
 * head of the queue; the owner moves the head past a map before it looks who has joined. Both are sequentially consistent,
 * so the owner never frees a map that a worker is in.
 *
 * In its slot a worker says which tasks it has claimed and which one is in hand. map_end is 0 while the three numbers
 * change, so that whoever finds the worker dead never mixes two claims.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "pool/life.h"
#include "pool/map.h"
#include "pool/parking.h"
#include "tvp/pool.h"

/* What a claim of the automatic schedule takes, measured on what this worker ran before. */
#define CLAIM_NS 10000.0

enum { WAKE_WHEN_JOINING = 2 };

/* The claim in hand, for claim_fail. */
struct map_work {
	struct pool_life *life;
	struct pool_job *job;
	uint64_t first, end;
};

/* The first error of a claim clears the errors of all its tasks: until then nobody has touched them. */
static void claim_fail(void *context, size_t task, int error)
{
	const struct map_work *work = context;
	const struct pool_job *job = work->job;
	int32_t *errors = arena_at(work->life->arena, job->errors);
	_Atomic uint32_t *failed = &work->life->slot->map_failed;

	if (!atomic_load_explicit(failed, memory_order_relaxed)) {
		memset(errors + (work->first - job->first), 0, (work->end - work->first) * sizeof(*errors));
		atomic_store_explicit(failed, 1, memory_order_release);
	}
	errors[task - job->first] = error;
}

static void claim_write_down(struct pool_slot *slot, const struct map_work *work)
{
	/* Release, each: a later store is never seen without the earlier ones. */
	atomic_store_explicit(&slot->map_end, 0, memory_order_release);
	atomic_store_explicit(&slot->map_failed, 0, memory_order_release);
	atomic_store_explicit(&slot->map_first, work->first, memory_order_release);
	atomic_store_explicit(&slot->at, work->first, memory_order_release);
	atomic_store_explicit(&slot->map_end, work->end, memory_order_release);
}

static void run_each(const struct map_work *work, const struct tvp_task *task, const struct tvp_range *range)
{
	const struct pool_job *job = work->job;

	for (uint64_t i = range->first; i < range->first + range->count; i++)
		tvp_range_done(range, i,
			       task->run(&work->life->worker, (const char *)range->inputs + i * job->input_bytes,
					 job->input_bytes, (char *)range->outputs + i * job->output_bytes,
					 job->output_bytes));
}

/* One by one, so that each has an event of its own. */
static void run_traced(const struct map_work *work, const struct tvp_task *task, struct tvp_range range)
{
	uint64_t begin_ns = clock_now_ns(), end = range.first + range.count;

	for (range.count = 1; range.first < end; range.first++) {
		uint64_t end_ns;

		if (task->run_range)
			task->run_range(&range);
		else
			run_each(work, task, &range);
		end_ns = clock_now_ns();
		pool_trace(work->life, begin_ns, end_ns, range.first);
		begin_ns = end_ns;
	}
}

static void run_tasks(struct map_work *work, const void *inputs, void *outputs)
{
	const struct pool_job *job = work->job;
	struct pool_life *life = work->life;
	const struct tvp_task *task = life->tasks[job->task];
	const struct tvp_range range = {
		.worker = &life->worker,
		.inputs = inputs,
		.outputs = outputs,
		.input_bytes = job->input_bytes,
		.output_bytes = job->output_bytes,
		.first = work->first,
		.count = work->end - work->first,
		._at = (uint64_t *)&life->slot->at,
		._fail = claim_fail,
		._context = work,
	};

	if (life->shared->trace_room) {
		run_traced(work, task, range);
		return;
	}
	if (task->run_range) {
		task->run_range(&range);
		return;
	}
	run_each(work, task, &range);
}

static void fail_all(const struct map_work *work, int error)
{
	for (uint64_t i = work->first; i < work->end; i++)
		claim_fail((void *)work, i, error);
	atomic_store_explicit(&work->life->slot->at, work->end, memory_order_release);
}

static int buffer_reserve(struct pool_life *life, size_t bytes)
{
	unsigned char *grown;

	if (bytes <= life->buffer_bytes)
		return 0;
	grown = realloc(life->buffer, bytes);
	if (!grown)
		return -ENOMEM;
	life->buffer = grown;
	life->buffer_bytes = bytes;
	return 0;
}

/* Inputs come and outputs go through this worker's pipes, at the owner's end of which the caller's arrays are. */
static void run_piped(struct map_work *work)
{
	struct pool_life *life = work->life;
	const struct pool_job *job = work->job;
	const struct pool_pipe *own = (const struct pool_pipe *)arena_at(life->arena, life->shared->pipes) + life->rank;
	uint64_t count = work->end - work->first;
	size_t inputs = count * job->input_bytes, outputs = count * job->output_bytes;
	int error = buffer_reserve(life, inputs + outputs);
	char begin;

	if (!error) {
		atomic_fetch_add(&life->slot->pipe_wanted, 1);
		pool_ring_if(life, UINT64_MAX);
		error = pool_pipe_read(own->input_read, &begin, 1);
	}
	if (!error)
		error = pool_pipe_read(own->input_read, life->buffer, inputs);
	if (error) {
		fail_all(work, error);
		return;
	}
	run_tasks(work, life->buffer - work->first * job->input_bytes,
		  life->buffer + inputs - work->first * job->output_bytes);
	error = pool_pipe_write(own->output_write, life->buffer + inputs, outputs);
	if (error)
		fail_all(work, error);
}

static void mark_chunks(struct pool_life *life, struct pool_job *job, const struct map_claim *claim)
{
	bool failed = atomic_load_explicit(&life->slot->map_failed, memory_order_relaxed);
	_Atomic uint32_t *order;
	uint64_t place;

	memset((char *)arena_at(life->arena, job->status) + claim->first, failed ? CHUNK_FAILED : CHUNK_DONE,
	       claim->count);
	if (!(job->flags & MAP_ORDERED))
		return;
	order = arena_at(life->arena, job->order);
	place = atomic_fetch_add(&job->ordered, claim->count);
	for (uint32_t i = 0; i < claim->count; i++)
		atomic_store(&order[place + i], claim->first + i + 1);
	pool_ring_if(life, UINT64_MAX);
}

static uint64_t run_claim(struct pool_life *life, struct pool_job *job, const struct map_claim *claim)
{
	struct map_work work = {
		.life = life,
		.job = job,
		.first = job->first + claim->first * job->chunk,
		.end = job->first + (claim->first + (uint64_t)claim->count) * job->chunk,
	};

	if (work.end > job->first + job->count)
		work.end = job->first + job->count;
	claim_write_down(life->slot, &work);
	if (job->flags & MAP_PIPED)
		run_piped(&work);
	else
		run_tasks(&work, pool_at(life->arena, job->inputs), pool_at(life->arena, job->outputs));
	mark_chunks(life, job, claim);
	return work.end - work.first;
}

/* Claims and runs until nothing is left for this worker. Returns the chunks. */
static uint64_t work_in(struct pool_life *life, struct pool_job *job)
{
	struct pool_shared *shared = life->shared;
	bool timed = job->schedule == TVP_SCHEDULE_AUTO;
	uint64_t chunks = 0, begin_ns = timed ? clock_now_ns() : 0;
	struct map_claim claim;

	while (life->tasks_left && !atomic_load_explicit(&shared->stop, memory_order_relaxed)) {
		uint32_t most = 1;
		uint64_t tasks, end_ns;

		if (job->schedule == TVP_SCHEDULE_AUTO && !shared->tasks_per_worker)
			most = pool_worth(life, job->task, CLAIM_NS / (double)job->chunk, UINT32_MAX);
		if (!map_claim(job, shared->workers, life->rank, most, &claim))
			break;
		if (!chunks && job->chunks > 2)
			parking_wake(life->arena, shared, WAKE_WHEN_JOINING);
		tasks = run_claim(life, job, &claim);
		chunks += claim.count;
		if (shared->tasks_per_worker)
			life->tasks_left -= tasks < life->tasks_left ? tasks : life->tasks_left;
		if (!timed)
			continue;
		end_ns = clock_now_ns();
		pool_learn(life, job->task, end_ns - begin_ns, tasks);
		begin_ns = end_ns;
	}
	return chunks;
}

/* Nobody can claim anything in it any more: the queue goes on. */
static void pass(struct pool_life *life, const struct pool_job *job, uint64_t head)
{
	struct pool_shared *shared = life->shared;

	if (!map_exhausted(job, shared->workers) || !atomic_compare_exchange_strong(&shared->head, &head, head + 1))
		return;
	if (atomic_load(&shared->tail) != head + 1)
		parking_wake(life->arena, shared, shared->workers);
}

bool pool_run_map(struct pool_life *life, uint64_t head, uint32_t entry)
{
	struct pool_shared *shared = life->shared;
	struct pool_job *job = arena_at(life->arena, (uint64_t)(entry & ~ENTRY_IS_MAP) * POOL_STEP);
	uint64_t chunks, done = 0;
	bool last = false;

	atomic_store(&life->slot->joined, head + 1);
	if (atomic_load(&shared->head) != head) {
		atomic_store_explicit(&life->slot->joined, 0, memory_order_release);
		return true;
	}
	chunks = work_in(life, job);
	pass(life, job, head);
	if (chunks) {
		done = atomic_fetch_add(&job->done, chunks) + chunks;
		last = done == job->chunks;
	}
	/* From here on the job may be gone. map_end before joined: a claim without its map would mean nothing. */
	atomic_store_explicit(&life->slot->map_end, 0, memory_order_release);
	atomic_store(&life->slot->joined, 0);
	if (last || atomic_load(&shared->recounting))
		pool_ring_if(life, UINT64_MAX);
	return chunks > 0;
}
