/* SPDX-License-Identifier: MIT */
/* What a pool's worker does between its first and its last task. */
#include "pool/worker.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/cpuset.h"
#include "pool/life.h"
#include "pool/map.h"
#include "pool/parking.h"
#include "tvp/pool.h"

/* Each look takes the line with the tail from the owner, who wants to write it. */
enum { LOOKS_PER_CLOCK = 8, PAUSES_PER_LOOK = 2 };

static int life_fail(struct pool_life *life, int error, const char *what)
{
	snprintf(life->slot->reason, sizeof(life->slot->reason), "%s: %s", what, strerror(-error));
	return life->slot->error = error;
}

static int life_bind(struct pool_life *life)
{
	const struct pool_shared *shared = life->shared;
	const char *sets;
	int error;

	if (shared->cpusets == ARENA_NOTHING)
		return 0;
	sets = arena_at(life->arena, shared->cpusets);
	error = cpuset_bind((const cpu_set_t *)(sets + life->rank * shared->cpuset_bytes), shared->cpuset_bytes);
	return error ? life_fail(life, error, "cannot be bound to its CPUs") : 0;
}

static const struct tvp_task *find_task(const struct tvp_registry *registry, const char *name)
{
	for (const struct tvp_task *const *task = registry->tasks; task && *task; task++)
		if (strcmp((*task)->name, name) == 0)
			return *task;
	return NULL;
}

/* The owner counts tasks as it has registered them; a program of its own may have them in another order. */
static int life_find_tasks(struct pool_life *life, const struct tvp_registry *registry)
{
	const char(*names)[POOL_NAME_BYTES] = arena_at(life->arena, life->shared->names);

	life->tasks = calloc(life->shared->tasks + 1, sizeof(struct tvp_task *));
	life->task_ns = calloc(life->shared->tasks + 1, sizeof(*life->task_ns));
	if (!life->tasks || !life->task_ns)
		return life_fail(life, -ENOMEM, "no memory for the list of tasks");
	for (uint32_t i = 0; i < life->shared->tasks; i++) {
		life->tasks[i] = find_task(registry, names[i]);
		if (!life->tasks[i])
			return life_fail(life, -ENOENT, names[i]);
	}
	return 0;
}

static int life_initialize(struct pool_life *life, const struct tvp_registry *registry)
{
	const struct pool_shared *shared = life->shared;
	int error;

	if (!*shared->initializer)
		return 0;
	for (const struct tvp_initializer *const *entry = registry->initializers; entry && *entry; entry++)
		if (strcmp((*entry)->name, shared->initializer) == 0)
			life->initializer = *entry;
	if (!life->initializer)
		return life_fail(life, -ENOENT, shared->initializer);
	error = life->initializer->begin(&life->worker, arena_at(life->arena, shared->argument),
					 shared->argument_bytes);
	if (!error)
		return 0;
	life_fail(life, error, shared->initializer);
	life->initializer = NULL;
	return error;
}

static void life_announce(struct pool_life *life, enum worker_phase phase)
{
	atomic_store(&life->slot->phase, phase);
	atomic_store(&life->shared->attention, 1);
	pool_ring(life->shared);
}

int pool_worker_enter(struct pool_life *life, const struct arena *arena, const struct tvp_registry *registry,
		      unsigned rank)
{
	struct pool_shared *shared = arena_at(arena, POOL_SHARED_OFFSET);
	int error;

	*life = (struct pool_life){
		.arena = arena,
		.shared = shared,
		.slot = pool_slot(arena, shared, rank),
		.rank = rank,
		.worker = {.rank = rank, ._memory = arena->base},
		.tasks_left = shared->tasks_per_worker ? shared->tasks_per_worker : UINT64_MAX,
	};
	error = life_bind(life);
	if (!error)
		error = life_find_tasks(life, registry);
	if (!error)
		error = life_initialize(life, registry);
	life_announce(life, error ? WORKER_FAILED : WORKER_READY);
	return error;
}

void pool_worker_leave(struct pool_life *life)
{
	if (life->initializer && life->initializer->end)
		life->initializer->end(&life->worker);
	free(life->tasks);
	free(life->task_ns);
	free(life->buffer);
}

void pool_ring(struct pool_shared *shared)
{
	uint64_t one = 1;

	while (write(shared->bell_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void pool_ring_if(struct pool_life *life, uint64_t head)
{
	/* Sequentially consistent, after what has ended was published so: the owner says that it waits and then looks
	 * again, so one of the two sees the other. */
	uint64_t wanted = atomic_load(&life->shared->owner_waits);

	if (wanted && head >= wanted - 1 && atomic_exchange(&life->shared->owner_waits, 0))
		pool_ring(life->shared);
}

void pool_trace(struct pool_life *life, uint64_t begin_ns, uint64_t end_ns, uint64_t task)
{
	struct pool_slot *slot = life->slot;
	uint64_t used = atomic_load_explicit(&slot->trace_count, memory_order_relaxed);
	struct tvp_trace_event *events = arena_at(life->arena, slot->trace_offset);

	if (used >= life->shared->trace_room)
		return;
	events[used] = (struct tvp_trace_event){begin_ns, end_ns, task};
	atomic_store_explicit(&slot->trace_count, used + 1, memory_order_release);
}

void pool_learn(struct pool_life *life, uint32_t task, uint64_t ns, uint64_t count)
{
	double each = (double)ns / (double)count, known = life->task_ns[task];

	life->task_ns[task] = known > 0 ? known + (each - known) / 4 : each;
}

uint32_t pool_worth(const struct pool_life *life, uint32_t task, double wanted_ns, uint32_t most)
{
	double each = life->task_ns[task], count = each > 0 ? wanted_ns / each : 1;

	if (count >= most)
		return most;
	return count > 1 ? (uint32_t)count : 1;
}

/* Is there something at the head of the queue that this worker has not found nothing in already? */
struct idle {
	struct pool_shared *shared;
	uint64_t head, tail;
};

static bool idle_over(const void *context)
{
	const struct idle *idle = context;

	return atomic_load(&idle->shared->tail) != idle->tail || atomic_load(&idle->shared->head) != idle->head ||
	       atomic_load(&idle->shared->stop);
}

/* Looks out for work for a while, then sleeps. */
static void life_idle(struct pool_life *life, uint64_t head, uint64_t tail)
{
	const struct idle idle = {life->shared, head, tail};
	uint64_t begin_ns = life->shared->spin_ns ? clock_now_ns() : 0;

	while (life->shared->spin_ns) {
		for (int i = 0; i < LOOKS_PER_CLOCK; i++) {
			if (idle_over(&idle))
				return;
			pool_relax(PAUSES_PER_LOOK);
		}
		/* Where the owner may want this CPU it gets it. */
		if (life->shared->crowded)
			sched_yield();
		if (clock_now_ns() - begin_ns >= life->shared->spin_ns)
			break;
	}
	parking_sleep(life->arena, life->shared, life->rank, idle_over, &idle);
}

void pool_worker_serve(struct pool_life *life, bool until_empty)
{
	struct pool_shared *shared = life->shared;

	while (!atomic_load_explicit(&shared->stop, memory_order_relaxed) && life->tasks_left) {
		/* Acquire: with the tail come the entries and what they refer to. Head first: it is never ahead. */
		uint64_t head = atomic_load(&shared->head);
		uint64_t tail = atomic_load(&shared->tail);
		uint32_t entry;

		if (head == tail) {
			if (until_empty)
				return;
			life_idle(life, head, tail);
			continue;
		}
		entry = atomic_load_explicit(pool_entry(life->arena, shared, head), memory_order_acquire);
		if (entry & ENTRY_IS_MAP) {
			/* What is left of a fixed schedule is not for this worker. */
			if (!pool_run_map(life, head, entry) && atomic_load(&shared->head) == head)
				life_idle(life, head, tail);
		} else {
			pool_run_applied(life, head, tail);
		}
	}
}

void pool_worker_main(const struct arena *arena, const struct tvp_registry *registry, unsigned rank)
{
	struct pool_life life;

	if (!pool_worker_enter(&life, arena, registry, rank))
		pool_worker_serve(&life, false);
	pool_worker_leave(&life);
	if (atomic_load(&life.slot->phase) == WORKER_READY)
		life_announce(&life, WORKER_LEFT);
}
