/* SPDX-License-Identifier: MIT */
/* The life of a pool: made, closed, joined, terminated, destroyed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/executor.h"
#include "core/program.h"
#include "pool/parking.h"
#include "pool/private.h"

#define SPIN_NS         (50 * UINT64_C(1000))
#define SPIN_CROWDED_NS (5 * UINT64_C(1000)) /* more workers than CPUs */
#define SPIN_OWNER_NS   (2 * UINT64_C(1000)) /* the owner, on a CPU that a worker wants */

static void pool_entry_point(const struct seat *seat, uint64_t started_ns)
{
	const struct tvp_pool *pool =
		(const struct tvp_pool *)((const char *)seat->crew - offsetof(struct tvp_pool, crew));

	pool_worker_main(&pool->arena, pool->registry, seat->rank);
}

static const struct tvp_registry *program_registry;

static bool pool_program_entry(struct arena *arena, unsigned rank, uint64_t started_ns)
{
	const struct pool_shared *shared = arena_at(arena, POOL_SHARED_OFFSET);

	if (rank >= shared->workers)
		return false;
	pool_worker_main(arena, program_registry, rank);
	return true;
}

void tvp_pool_worker(int argc, char **argv, const struct tvp_registry *registry)
{
	program_registry = registry;
	program_run(argc, argv, POOL_ROLE, pool_program_entry, clock_now_ns());
}

static void fill_in(struct tvp_pool *pool, const struct tvp_pool_options *options, unsigned cpus)
{
	struct pool_shared *shared = pool->shared;
	char(*names)[POOL_NAME_BYTES] = arena_at(&pool->arena, shared->names);

	for (uint32_t i = 0; i < shared->tasks; i++)
		snprintf(names[i], POOL_NAME_BYTES, "%s", options->registry->tasks[i]->name);
	if (options->initializer)
		snprintf(shared->initializer, sizeof(shared->initializer), "%s", options->initializer);
	if (options->argument_bytes)
		memcpy(arena_at(&pool->arena, shared->argument), options->argument, options->argument_bytes);
	parking_init(shared);
	pool->tasks = shared->tasks;
	shared->spin_ns = options->spin_ns == TVP_SPIN_NONE ? 0 : options->spin_ns;
	if (!options->spin_ns)
		shared->spin_ns = cpus == 1 ? 0 : cpus >= shared->workers ? SPIN_NS : SPIN_CROWDED_NS;
	shared->crowded = cpus <= shared->workers;
	pool->spin_ns = shared->spin_ns;
	if (shared->crowded && pool->spin_ns > SPIN_OWNER_NS)
		pool->spin_ns = SPIN_OWNER_NS;
	pool->counts.workers = shared->workers;
	pool->crew.arena = &pool->arena;
	pool->crew.workers = shared->workers;
	pool->crew.entry = pool_entry_point;
	pool->crew.role = POOL_ROLE;
	pool->crew.program = pool->program;
}

static int open_bell(struct tvp_pool *pool)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = EVENT_BELL};

	pool->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	pool->shared->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool->epoll_fd < 0 || pool->shared->bell_fd < 0 ||
	    epoll_ctl(pool->epoll_fd, EPOLL_CTL_ADD, pool->shared->bell_fd, &event) < 0)
		return -errno;
	return 0;
}

/* What executed workers inherit beside the arena. */
static int list_descriptors(struct tvp_pool *pool)
{
	const struct pool_pipe *pipes = arena_at(&pool->arena, pool->shared->pipes);
	int *list = calloc(1 + 2 * (size_t)pool->crew.workers, sizeof(*list));

	if (!list)
		return -ENOMEM;
	pool->crew.descriptors = list;
	list[pool->crew.descriptor_count++] = pool->shared->bell_fd;
	for (unsigned rank = 0; rank < pool->crew.workers && pool->lanes; rank++) {
		list[pool->crew.descriptor_count++] = pipes[rank].input_read;
		list[pool->crew.descriptor_count++] = pipes[rank].output_write;
	}
	return 0;
}

static size_t places_bytes(const struct tvp_pool *pool)
{
	return (pool->shared->ring_mask + 1) * (sizeof(*pool->applied) + sizeof(*pool->kept));
}

/* Mapped, not allocated: of a long ring mostly the beginning is used, and the rest shall take no memory. */
static int places_init(struct tvp_pool *pool)
{
	void *memory = mmap(NULL, places_bytes(pool), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	pool->applied = memory;
	pool->kept = (struct kept *)(pool->applied + pool->shared->ring_mask + 1);
	return 0;
}

static void places_exit(struct tvp_pool *pool)
{
	if (pool->applied)
		munmap(pool->applied, places_bytes(pool));
}

/* What the owner has beside the arena. After an error pool_exit gives back what there is. */
static int pool_prepare(struct tvp_pool *pool, const struct tvp_pool_options *options)
{
	int error;

	error = places_init(pool);
	if (error)
		return error;
	pool->pidfds = malloc(options->workers * sizeof(*pool->pidfds));
	if (!pool->pidfds)
		return -ENOMEM;
	for (unsigned rank = 0; rank < options->workers; rank++)
		pool->pidfds[rank] = -1;
	error = open_bell(pool);
	if (!error && options->pipes)
		error = lanes_init(pool);
	if (!error)
		error = list_descriptors(pool);
	if (!error && pool->crew.executor->lends) {
		pool->lent = calloc(1, sizeof(*pool->lent));
		error = pool->lent ? 0 : -ENOMEM;
	}
	return error;
}

static void works_free(struct tvp_pool *pool, struct work *work)
{
	while (work) {
		struct work *next = work->next;

		work_free(pool, work);
		work = next;
	}
}

static void pool_exit(struct tvp_pool *pool)
{
	for (unsigned rank = 0; rank < pool->crew.workers && pool->pidfds; rank++)
		pool_unwatch(pool, rank);
	works_free(pool, pool->works);
	works_free(pool, pool->limbo);
	lanes_exit(pool);
	if (pool->shared->bell_fd >= 0)
		close(pool->shared->bell_fd);
	if (pool->epoll_fd >= 0)
		close(pool->epoll_fd);
	places_exit(pool);
	heap_exit(&pool->heap);
	arena_exit(&pool->arena);
	free((void *)pool->crew.descriptors);
	free(pool->pidfds);
	free(pool->lent);
	free(pool);
}

static int pool_open(struct tvp_pool *pool, const struct tvp_pool_options *options, char *reason)
{
	int error = pool_prepare(pool, options);

	if (error)
		return reason_set(reason, error, "no memory or descriptors for the pool: %s", strerror(-error));
	error = crew_init(&pool->crew);
	if (error) {
		memcpy(reason, pool->crew.reason, REASON_BYTES);
		return error;
	}
	error = staff_start(pool, reason);
	if (!error)
		return 0;
	pool_end(pool, POOL_ENDED, true, -ECANCELED);
	crew_exit(&pool->crew);
	return error;
}

int tvp_pool_create(struct tvp_pool **created, const struct tvp_pool_options *options, char *reason)
{
	struct tvp_pool_options complete;
	struct tvp_pool *pool;
	char unwanted[REASON_BYTES];
	uint32_t tasks;
	int error;

	reason = reason ? reason : unwanted;
	*reason = '\0';
	if (!created || !options)
		return reason_set(reason, -EINVAL, "neither pool nor options may be NULL");
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return reason_set(reason, -ENOMEM, "no memory for a pool");
	complete = *options;
	error = options_complete(&complete, &pool->crew.executor, &tasks, reason);
	if (!error)
		error = layout_init(pool, &complete, tasks, reason);
	if (error) {
		free(pool);
		return error;
	}
	pool->registry = complete.registry;
	snprintf(pool->program, sizeof(pool->program), "%s", complete.program ? complete.program : "/proc/self/exe");
	fill_in(pool, &complete, usable_cpus());
	error = pool_open(pool, &complete, reason);
	if (error) {
		pool_exit(pool);
		return error;
	}
	*created = pool;
	return 0;
}

void tvp_pool_destroy(struct tvp_pool *pool)
{
	if (!pool)
		return;
	pool_end(pool, POOL_ENDED, true, -ECANCELED);
	crew_exit(&pool->crew);
	pool_exit(pool);
}

int tvp_pool_close(struct tvp_pool *pool)
{
	if (!pool)
		return -EINVAL;
	if (pool->state == POOL_OPEN)
		pool->state = POOL_CLOSED;
	return 0;
}

int tvp_pool_join(struct tvp_pool *pool)
{
	int error;

	if (!pool)
		return -EINVAL;
	if (pool->state == POOL_OPEN)
		return -EBUSY;
	error = tvp_pool_drain(pool, TVP_FOREVER);
	if (!error)
		pool_end(pool, POOL_ENDED, false, -ECANCELED);
	return error;
}

int tvp_pool_terminate(struct tvp_pool *pool)
{
	if (!pool)
		return -EINVAL;
	pool_end(pool, POOL_ENDED, true, -ECANCELED);
	return 0;
}

int tvp_pool_alloc(struct tvp_pool *pool, size_t bytes, void **memory)
{
	uint64_t offset;
	int error = pool && memory ? heap_alloc(&pool->heap, bytes, &offset) : -EINVAL;

	if (!error)
		*memory = arena_at(&pool->arena, offset);
	return error;
}

void tvp_pool_free(struct tvp_pool *pool, void *memory)
{
	if (memory)
		heap_free(&pool->heap, pool_place(pool, memory));
}

uint64_t tvp_pool_offset(const struct tvp_pool *pool, const void *memory)
{
	return pool_place(pool, memory);
}

void tvp_pool_counts(const struct tvp_pool *pool, struct tvp_pool_counts *counts)
{
	*counts = pool->counts;
}

pid_t tvp_pool_worker_pid(const struct tvp_pool *pool, unsigned rank)
{
	if (rank >= pool->crew.workers)
		return 0;
	return pool->crew.executor->alive ? pool->crew.seats[rank].pid : getpid();
}

size_t tvp_pool_trace(const struct tvp_pool *pool, unsigned rank, const struct tvp_trace_event **events)
{
	const struct pool_slot *slot;

	if (rank >= pool->crew.workers)
		return 0;
	slot = pool_slot(&pool->arena, pool->shared, rank);
	*events = arena_at(&pool->arena, slot->trace_offset);
	return atomic_load_explicit(&slot->trace_count, memory_order_acquire);
}

void tvp_pool_trace_clear(struct tvp_pool *pool)
{
	for (unsigned rank = 0; rank < pool->crew.workers; rank++)
		atomic_store(&pool_slot(&pool->arena, pool->shared, rank)->trace_count, 0);
}
