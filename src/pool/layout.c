/* SPDX-License-Identifier: MIT */
/* A pool's arena: how much is reserved, and what lies where. */
#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/cpuset.h"
#include "core/executor.h"
#include "pool/private.h"

enum { MEMORY_MIN = 1 << 20 };

static uint64_t power_of_two(uint64_t least)
{
	uint64_t power = 1;

	while (power < least)
		power *= 2;
	return power;
}

struct layout {
	uint32_t workers, tasks;
	uint64_t ring;
	size_t cpuset_bytes;
};

static size_t layout_bytes(const struct layout *layout, const struct tvp_pool_options *options)
{
	size_t per_worker = sizeof(struct pool_slot) + layout->cpuset_bytes + sizeof(struct pool_pipe) +
			    options->trace_events * sizeof(struct tvp_trace_event) + 2 * POOL_STEP;

	return sizeof(struct pool_shared) + layout->workers * per_worker + layout->ring * sizeof(uint32_t) +
	       (size_t)layout->ring *
		       (sizeof(struct pool_record) + sizeof(pool_outcome_t) + 2 * sizeof(struct pool_small)) +
	       (size_t)layout->tasks * POOL_NAME_BYTES + options->argument_bytes + 16 * POOL_STEP;
}

/* As much as was asked for; else half of the physical memory, or less where the kernel does not give that. */
static int memory_reserve(struct tvp_pool *pool, size_t wanted, size_t least, char *reason)
{
	size_t most = (size_t)sysconf(_SC_PHYS_PAGES) / 2 * (size_t)sysconf(_SC_PAGESIZE), limit = (size_t)1 << 36;
	struct rlimit file;
	int error;

	if (wanted && wanted < least)
		return reason_set(reason, -ENOSPC, "%zu bytes of memory: the pool itself needs %zu", wanted, least);
	if (wanted)
		limit = most = wanted;
	if (most > limit)
		most = limit;
	/* Beyond this limit the kernel would send a signal. */
	if (getrlimit(RLIMIT_FSIZE, &file) == 0 && most > file.rlim_cur)
		most = file.rlim_cur;
	while ((error = most < least + MEMORY_MIN && !wanted ? -ENOSPC : arena_init(&pool->arena, most)) != 0)
		if (wanted || most < least + MEMORY_MIN)
			return reason_set(reason, error, "no shared memory for the pool: %s", strerror(-error));
		else
			most /= 2;
	return 0;
}

static int lay_out_cpusets(struct tvp_pool *pool, const char *lists, char *reason)
{
	struct pool_shared *shared = pool->shared;
	const char *next = lists;
	int error;

	shared->cpuset_bytes = cpuset_size_bytes();
	if (!lists || !*lists)
		return 0;
	error = arena_alloc(&pool->arena, shared->workers * shared->cpuset_bytes, 8, &shared->cpusets);
	for (unsigned rank = 0; rank < shared->workers && !error; rank++) {
		size_t length = strcspn(next, ";");
		char *list = strndup(next, length);

		error = list ? cpuset_parse(list, arena_at(&pool->arena, shared->cpusets + rank * shared->cpuset_bytes),
					    shared->cpuset_bytes)
			     : -ENOMEM;
		free(list);
		next += length;
		if (!error && (*next == ';') != (rank + 1 < shared->workers))
			error = -EINVAL;
		next += *next == ';';
	}
	return error ? reason_set(reason, error, "not one CPU list for each of %u workers: %s", shared->workers, lists)
		     : 0;
}

static int lay_out(struct tvp_pool *pool, const struct layout *layout, const struct tvp_pool_options *options,
		   char *reason)
{
	struct arena *arena = &pool->arena;
	struct pool_shared *shared;
	uint64_t offset, room;
	int error = arena_alloc(arena, sizeof(*shared), 128, &offset);

	if (error || offset != POOL_SHARED_OFFSET)
		return error ? error : -EPROTO;
	shared = pool->shared = arena_at(arena, offset);
	shared->workers = layout->workers;
	shared->tasks = layout->tasks;
	shared->parked_words = (layout->workers + 63) / 64;
	shared->ring_mask = layout->ring - 1;
	shared->tasks_per_worker = options->tasks_per_worker;
	shared->trace_room = (uint32_t)options->trace_events;
	shared->argument_bytes = (uint32_t)options->argument_bytes;
	shared->futex_flags = pool->crew.executor->sharing == SHARING_SAME ? FUTEX_PRIVATE_FLAG : 0;
	error = arena_alloc(arena, layout->workers * sizeof(struct pool_slot), 128, &shared->slots);
	if (!error)
		error = arena_alloc(arena, layout->ring * sizeof(uint32_t), POOL_STEP, &shared->ring);
	if (!error)
		error = arena_alloc(arena, (size_t)layout->ring * sizeof(struct pool_record), 128, &shared->records);
	if (!error)
		error = arena_alloc(arena, (size_t)layout->ring * sizeof(pool_outcome_t), 128, &shared->outcomes);
	if (!error)
		error = arena_alloc(arena, (size_t)layout->ring * sizeof(struct pool_small), 128,
				    &shared->small_inputs);
	if (!error)
		error = arena_alloc(arena, (size_t)layout->ring * sizeof(struct pool_small), 128,
				    &shared->small_outputs);
	if (!error)
		error = arena_alloc(arena, shared->parked_words * sizeof(uint64_t), POOL_STEP, &shared->parked);
	if (!error)
		error = arena_alloc(arena, (size_t)layout->tasks * POOL_NAME_BYTES, 8, &shared->names);
	if (!error)
		error = arena_alloc(arena, options->argument_bytes, 16, &shared->argument);
	if (!error)
		error = arena_alloc(arena, layout->workers * sizeof(struct pool_pipe), 8, &shared->pipes);
	for (unsigned rank = 0; rank < layout->workers && !error; rank++)
		error = arena_alloc(arena, options->trace_events * sizeof(struct tvp_trace_event), 8,
				    &pool_slot(arena, shared, rank)->trace_offset);
	if (!error)
		error = lay_out_cpusets(pool, options->placement, reason);
	if (!error)
		error = arena_alloc(arena, 0, POOL_STEP, &room);
	return error ? error : heap_init(&pool->heap, arena->base, room, arena->size_bytes);
}

int layout_init(struct tvp_pool *pool, const struct tvp_pool_options *options, uint32_t tasks, char *reason)
{
	const struct layout layout = {
		.workers = options->workers,
		.tasks = tasks,
		.ring = power_of_two(options->queue_tasks),
		.cpuset_bytes = cpuset_size_bytes(),
	};
	int error = memory_reserve(pool, options->memory_bytes, layout_bytes(&layout, options), reason);

	if (error)
		return error;
	error = lay_out(pool, &layout, options, reason);
	if (!error)
		return 0;
	if (!*reason)
		reason_set(reason, error, "no room for the pool's own data: %s", strerror(-error));
	arena_exit(&pool->arena);
	return error;
}
