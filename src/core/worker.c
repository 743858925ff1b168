/* SPDX-License-Identifier: MIT */
/* What every worker does between its first and its last instruction. */
#include "core/worker.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "core/clock.h"
#include "core/cpuset.h"
#include "core/operations.h"
#include "core/team.h"

/* NULL: unbound. */
static const cpu_set_t *worker_wanted(const struct worker_life *life)
{
	const struct team_shared *shared = life->shared;

	if (shared->wanted_offset == ARENA_NOTHING)
		return NULL;
	return arena_at(life->worker.arena, shared->wanted_offset + life->worker.rank * shared->cpuset_bytes);
}

/* Binds to what the plan wants, and reports what the kernel has made of it: a worker elsewhere than planned fails. */
static int worker_bind(struct worker_life *life)
{
	struct team_shared *shared = life->shared;
	struct worker *worker = &life->worker;
	size_t bytes = shared->cpuset_bytes;
	cpu_set_t *actual = arena_at(worker->arena, shared->actual_offset + worker->rank * bytes);
	const cpu_set_t *wanted = worker_wanted(life);
	int error = cpuset_get(actual, bytes);

	if (error)
		return worker_fail(worker, error, "sched_getaffinity: %s", strerror(-error));
	if (!wanted || CPU_EQUAL_S(bytes, wanted, actual))
		return 0;
	if (sched_setaffinity(0, bytes, wanted) < 0)
		return worker_fail(worker, -errno, "cannot be bound to its CPU: %s", strerror(errno));
	cpuset_get(actual, bytes);
	if (!CPU_EQUAL_S(bytes, wanted, actual))
		return worker_fail(worker, -EXDEV, "was bound to other CPUs than planned");
	return 0;
}

void worker_enter(struct worker_life *life, struct arena *arena, const struct workload *workload, unsigned rank)
{
	struct team_shared *shared = arena_at(arena, TEAM_SHARED_OFFSET);
	struct worker_slot *slots = arena_at(arena, shared->slots_offset);

	life->workload = workload;
	life->shared = shared;
	life->slot = &slots[rank];
	life->worker = (struct worker){
		.arena = arena,
		.job = &shared->job,
		.rank = rank,
		.in_flight = shared->in_flight ? shared->in_flight : 1,
		.reason = life->slot->reason,
	};
	life->slot->error = worker_bind(life);
	if (!life->slot->error && workload->worker_init)
		life->slot->error = workload->worker_init(&life->worker);
}

/* Where the worker is now; a bound one that is elsewhere has failed. */
static void worker_report_cpu(struct worker_life *life)
{
	const cpu_set_t *wanted = worker_wanted(life);
	int cpu = life->slot->cpu = sched_getcpu();

	if (!wanted || life->slot->error)
		return;
	if (cpu < 0 || !CPU_ISSET_S((size_t)cpu, life->shared->cpuset_bytes, wanted))
		life->slot->error = worker_fail(&life->worker, -EXDEV, "ran on CPU %d, to which it was not bound", cpu);
}

/* Claims operations until none is left. */
static int worker_claim(struct worker_life *life, uint64_t *ops)
{
	struct team_shared *shared = life->shared;
	uint64_t first;

	/* Relaxed: the claim hands over numbers, no data; the gate orders everything else. */
	while ((first = atomic_fetch_add_explicit(&shared->next, shared->chunk, memory_order_relaxed)) < shared->ops) {
		uint64_t left = shared->ops - first;
		uint64_t count = left < shared->chunk ? left : shared->chunk;
		int error = life->workload->run(&life->worker, first, count);

		if (error)
			return error;
		*ops += count;
	}
	return 0;
}

/* Each at its time, one after the other. */
static int worker_follow(struct worker_life *life, struct operations *operations)
{
	uint64_t index, due_ns;
	int error = 0;

	while (!error)
		switch (operations_take(operations, &index, &due_ns)) {
		case OPERATIONS_OVER:
			return 0;
		case OPERATIONS_LATER:
			clock_sleep_until_ns(due_ns);
			break;
		case OPERATIONS_TAKEN:
			error = life->workload->run(&life->worker, index, 1);
			operations_done(operations, index);
		}
	return error;
}

/* All that this worker does of a batch. */
static int worker_work(struct worker_life *life, uint64_t *ops)
{
	struct team_shared *shared = life->shared;
	struct operations operations = {.shared = shared, .origin_ns = shared->origin_ns};
	bool open_loop = shared->starts_offset != ARENA_NOTHING, concurrent = shared->in_flight != 0;
	int error;

	concurrent = concurrent && life->workload->run_concurrent;
	if (!open_loop && !concurrent)
		return worker_claim(life, ops);
	if (open_loop) {
		operations.starts_ns = arena_at(life->worker.arena, shared->starts_offset);
		operations.latencies_ns = arena_at(life->worker.arena, shared->latencies_offset);
		/* Else the kernel may wake who waits for a start up to 50 us late, to save power. */
		prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	}
	error = concurrent ? life->workload->run_concurrent(&life->worker, &operations)
			   : worker_follow(life, &operations);
	*ops = operations.done;
	return error;
}

void worker_batch(struct worker_life *life)
{
	struct worker_slot *slot = life->slot;
	struct usage begin, end;
	uint64_t ops = 0;

	if (slot->error)
		return;
	life->worker.result = 0;
	usage_read(USAGE_THREAD, &begin);
	slot->error = worker_work(life, &ops);
	slot->finished_ns = clock_now_ns();
	usage_read(USAGE_THREAD, &end);
	slot->usage = (struct usage){0};
	usage_add_difference(&slot->usage, &begin, &end);
	slot->ops = ops;
	slot->result = life->worker.result;
	worker_report_cpu(life);
}

void worker_leave(struct worker_life *life)
{
	if (life->workload->worker_exit)
		life->workload->worker_exit(&life->worker);
}

static void worker_serve(struct worker_life *life)
{
	struct team_shared *shared = life->shared;
	uint32_t seen = gate_generation(&shared->gate);

	/* `stop` is looked at after the generation was read: who gives up on a team sets it and then opens the gate,
	 * so that a worker which comes late either sees the stop or is let through by that opening. */
	while (!atomic_load_explicit(&shared->stop, memory_order_relaxed)) {
		gate_arrive(&shared->gate);
		seen = gate_wait_open(&shared->gate, seen);
		if (atomic_load_explicit(&shared->stop, memory_order_relaxed))
			break;
		worker_batch(life);
	}
}

void worker_main(struct arena *arena, const struct workload *workload, unsigned rank)
{
	struct worker_life life;

	worker_enter(&life, arena, workload, rank);
	worker_serve(&life);
	worker_leave(&life);
}
