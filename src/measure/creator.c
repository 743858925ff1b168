/* SPDX-License-Identifier: MIT */
/* The creator: its parent process, its arena, where its workers have to be. */
#include "measure/creator.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/call.h"
#include "core/clock.h"
#include "core/cpuset.h"
#include "core/executor.h"

/* After which a worker that nobody reaps is taken to have died with its work undone. */
#define UNREAPED_NS (5 * NS_PER_S)

static FIRST_STEPS void creator_entry(const struct seat *seat, uint64_t started_ns)
{
	const struct creator *creator =
		(const struct creator *)((const char *)seat->crew - offsetof(struct creator, crew));
	size_t bytes = creator->write == PARENT_WRITE_WORKER ? creator->parent.memory_bytes : 0;

	creation_work(&creator->arena, seat->rank, creator->parent.memory, bytes, started_ns);
}

/* A worker inherits its creator's binding, so that binding it costs nothing within the timed region. One that is to be
 * elsewhere has to move, as it would in a program. */
static int creator_place(struct creator *creator, unsigned rank, const char *list)
{
	struct creation_slot *slot = creation_slot(&creator->arena, rank);
	uint64_t offset;
	int error = arena_alloc(&creator->arena, creator->cpuset_bytes, 8, &offset);

	if (error)
		return error;
	creator->wanted[rank] = arena_at(&creator->arena, offset);
	error = cpuset_parse(list, creator->wanted[rank], creator->cpuset_bytes);
	if (error)
		return error;
	if (rank == 0)
		return cpuset_bind(creator->wanted[0], creator->cpuset_bytes);
	if (CPU_EQUAL_S(creator->cpuset_bytes, creator->wanted[0], creator->wanted[rank]))
		return 0;
	slot->cpuset_offset = offset;
	slot->cpuset_bytes = creator->cpuset_bytes;
	return 0;
}

static int creator_bind(struct creator *creator, const char *cpusets, char *reason)
{
	char *copy = strdup(cpusets), *rest = copy;
	int error = copy ? 0 : -ENOMEM;

	creator->wanted = calloc(creator->crew.workers, sizeof(*creator->wanted));
	if (!creator->wanted)
		error = -ENOMEM;
	for (unsigned rank = 0; !error && *cpusets && rank < creator->crew.workers; rank++) {
		const char *list = strsep(&rest, ";");

		error = list ? creator_place(creator, rank, list) : -EINVAL;
	}
	if (!error && *cpusets && rest)
		error = -EINVAL;
	free(copy);
	if (!error)
		return 0;
	free(creator->wanted);
	return reason_set(reason, error, "the creator cannot be bound to %s: %s", cpusets, strerror(-error));
}

static int creator_layout(struct creator *creator, char *reason)
{
	unsigned workers = creator->crew.workers;
	size_t slots_bytes = workers * sizeof(struct creation_slot);
	uint64_t offset = ARENA_NOTHING;
	int error;

	creator->cpuset_bytes = cpuset_size_bytes();
	error = arena_init(&creator->arena, slots_bytes + workers * creator->cpuset_bytes + 4096);
	if (error)
		return reason_set(reason, error, "no shared memory for %u workers: %s", workers, strerror(-error));
	error = arena_alloc(&creator->arena, slots_bytes, _Alignof(struct creation_slot), &offset);
	for (unsigned rank = 0; !error && rank < workers; rank++)
		creation_slot(&creator->arena, rank)->at_home = creator->crew.executor->sharing == SHARING_SAME;
	if (!error && offset == CREATION_OFFSET)
		return 0;
	arena_exit(&creator->arena);
	return reason_set(reason, -EPROTO, "the slots are not where they belong in the arena");
}

static int creator_begin(struct creator *creator, const struct shape_setup *setup, char *reason)
{
	int error = creator_layout(creator, reason);

	if (error)
		return error;
	error = creator_bind(creator, setup->cpusets, reason);
	if (error)
		goto exit_arena;
	error = parent_init(&creator->parent, setup->request->settings, creator->crew.workers, reason);
	if (error)
		goto free_wanted;
	error = crew_init(&creator->crew);
	if (!error)
		return 0;
	memcpy(reason, creator->crew.reason, REASON_BYTES);
	parent_exit(&creator->parent);
free_wanted:
	free(creator->wanted);
exit_arena:
	arena_exit(&creator->arena);
	return error;
}

int creator_init(struct creator *creator, const struct shape_setup *setup, char *reason)
{
	*creator = (struct creator){
		.write = setup->request->settings[PARENT_WRITE],
		.crew = {.executor = setup->executor,
			 .arena = &creator->arena,
			 .workers = setup->request->workers,
			 .entry = creator_entry,
			 .program = setup->request->worker_path,
			 .role = CREATION_ROLE},
	};
	return creator_begin(creator, setup, reason);
}

/* Nobody reaps them, and they use the arena until they are done. */
static void creator_await_unreaped(struct creator *creator)
{
	for (unsigned rank = 0; rank < creator->crew.workers; rank++)
		if (creator->crew.seats[rank].taken) {
			creation_await_done(creation_slot(&creator->arena, rank), UNREAPED_NS);
			creator->crew.seats[rank].taken = false;
		}
}

void creator_abandon(struct creator *creator)
{
	for (unsigned rank = 0; rank < creator->crew.workers; rank++)
		creation_release(creation_slot(&creator->arena, rank));
	if (crew_kill(&creator->crew))
		return;
	if (creator->crew.executor->reap)
		crew_reap(&creator->crew);
	else
		creator_await_unreaped(creator);
}

void creator_exit(struct creator *creator)
{
	creator_abandon(creator);
	crew_exit(&creator->crew);
	parent_exit(&creator->parent);
	free(creator->wanted);
	arena_exit(&creator->arena);
}

/* Workers have what they were to be bound to, or what their creator may use. */
int creator_whereabouts(const struct creator *creator, char **cpusets, char **cpus)
{
	size_t sets_size, cpus_size;
	FILE *sets = open_memstream(cpusets, &sets_size), *seen = open_memstream(cpus, &cpus_size);
	int error = sets && seen ? 0 : -ENOMEM;
	bool same = true;

	for (unsigned rank = 0; rank < creator->crew.workers; rank++)
		same = same && creation_slot(&creator->arena, rank)->cpuset_offset == ARENA_NOTHING;
	for (unsigned rank = 0; !error && rank < creator->crew.workers; rank++) {
		struct creation_slot *slot = creation_slot(&creator->arena, rank);
		cpu_set_t *own = CPU_ALLOC(creator->cpuset_bytes * 8);
		char list[4096];

		fprintf(seen, rank ? ";%d" : "%d", slot->cpu);
		if (!own || cpuset_get(own, creator->cpuset_bytes) != 0)
			error = -ENOMEM;
		if (!error && !(rank && same)) {
			error = cpuset_format(creator->wanted[rank] ? creator->wanted[rank] : own,
					      creator->cpuset_bytes, list, sizeof(list));
			fprintf(sets, rank ? ";%s" : "%s", list);
		}
		CPU_FREE(own);
	}
	if (sets && fclose(sets))
		error = -ENOMEM;
	if (seen && fclose(seen))
		error = -ENOMEM;
	return error;
}
