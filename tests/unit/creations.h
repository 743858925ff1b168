/* SPDX-License-Identifier: MIT */
/* Workers brought up and reaped as src/measure/creator.c does, by any executor or subject, without a measurer. */
#ifndef TVP_TESTS_CREATIONS_H
#define TVP_TESTS_CREATIONS_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/beside.h"
#include "core/clock.h"
#include "core/creation.h"
#include "core/crew.h"
#include "core/executor.h"

#define CREATIONS_HANG_NS (20 * NS_PER_S)

struct creations {
	struct crew crew;
	struct arena arena;
	char program[PATH_MAX];
	uint64_t begin_ns, called_ns, reaped_ns; /* of the last creation */
};

/* Executors, then subjects that bring up a worker at a time; NULL beyond the last. */
static inline const struct executor *creations_executor(size_t index)
{
	const struct executor *const *const tables[] = {executor_table, subject_table};

	for (size_t i = 0; i < 2; i++)
		for (const struct executor *const *entry = tables[i]; *entry; entry++)
			if (!(*entry)->batch && index-- == 0)
				return *entry;
	return NULL;
}

static inline bool creations_possible(const struct executor *executor)
{
	char reason[REASON_BYTES];

	return !executor->probe || executor->probe(reason) == 0;
}

static inline void creations_entry(const struct seat *seat, uint64_t started_ns)
{
	creation_work(seat->crew->arena, seat->rank, NULL, 0, started_ns);
}

/* 0 or a negative errno with crew.reason; after an error there is nothing to end. */
static inline int creations_init(struct creations *creations, const struct executor *executor, unsigned workers)
{
	uint64_t offset;
	int error;

	memset(creations, 0, sizeof(*creations));
	creations->crew = (struct crew){.executor = executor,
					.arena = &creations->arena,
					.workers = workers,
					.entry = creations_entry,
					.program = creations->program,
					.role = CREATION_ROLE};
	error = beside_find("tvp-worker", creations->program, creations->crew.reason);
	if (error)
		return error;
	error = arena_init(&creations->arena, (workers + 1) * sizeof(struct creation_slot));
	if (error)
		return reason_set(creations->crew.reason, error, "no arena");
	error = arena_alloc(&creations->arena, workers * sizeof(struct creation_slot), _Alignof(struct creation_slot),
			    &offset);
	if (!error)
		error = offset == CREATION_OFFSET ? crew_init(&creations->crew) : -EPROTO;
	if (error)
		arena_exit(&creations->arena);
	return error;
}

static inline void creations_exit(struct creations *creations)
{
	crew_exit(&creations->crew);
	arena_exit(&creations->arena);
}

/* Waits for the word of all workers that were started that they are done. */
static inline int creations_await(struct creations *creations)
{
	for (unsigned rank = 0; rank < creations->crew.workers; rank++)
		if (creations->crew.seats[rank].taken &&
		    creation_await_done(creation_slot(&creations->arena, rank), CREATIONS_HANG_NS) != 0)
			return reason_set(creations->crew.reason, -ETIMEDOUT, "worker %u is never done", rank);
	return 0;
}

static inline int creations_reap(struct creations *creations)
{
	int error;

	if (creations->crew.executor->reap)
		return crew_reap(&creations->crew);
	error = creations_await(creations);
	for (unsigned rank = 0; rank < creations->crew.workers; rank++)
		creations->crew.seats[rank].taken = false;
	return error;
}

/* All workers of the crew once; with `seen` their creator sleeps until they are done before it reaps them. 0 or a negative
 * errno with crew.reason; then those that were started have been reaped. */
static inline int creations_once(struct creations *creations, bool seen)
{
	char kept[REASON_BYTES];
	int error;

	for (unsigned rank = 0; rank < creations->crew.workers; rank++)
		creation_prepare(creation_slot(&creations->arena, rank), false,
				 seen || !creations->crew.executor->reap);
	creations->begin_ns = clock_now_ns();
	error = crew_start(&creations->crew);
	if (!error && creations->crew.executor->lends)
		creations_entry(&creations->crew.seats[0], clock_now_ns());
	creations->called_ns = clock_now_ns();
	if (!error && seen)
		error = creations_await(creations);
	if (error) {
		memcpy(kept, creations->crew.reason, sizeof(kept));
		if (!crew_kill(&creations->crew))
			creations_reap(creations);
		memcpy(creations->crew.reason, kept, sizeof(kept));
		return error;
	}
	error = creations_reap(creations);
	creations->reaped_ns = clock_now_ns();
	return error;
}

#endif
