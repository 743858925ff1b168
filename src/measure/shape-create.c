/* SPDX-License-Identifier: MIT */
/* A team for every operation: created, run once, reaped. */
#include <string.h>

#include "core/clock.h"
#include "core/cpuset.h"
#include "measure/shape-team.h"

/* A lone worker inherits its creator's binding, so that binding it costs nothing within the timed region. In a larger
 * team that is bound to several CPUs the others have to move, as they would in a program. */
static int create_bind(struct team *team)
{
	const struct team_shared *shared = team->shared;
	int error;

	if (shared->wanted_offset == ARENA_NOTHING)
		return 0;
	error = cpuset_bind(arena_at(&team->arena, shared->wanted_offset), shared->cpuset_bytes);
	return error ? reason_set(team->reason, error, "the creator cannot be bound: %s", strerror(-error)) : 0;
}

static int create_open(struct shape_run *run, const struct shape_setup *setup, char *reason)
{
	run->turn = 1;
	return shape_team_open(run, setup, TEAM_ONCE, create_bind, reason);
}

static void create_clear(struct team *team)
{
	for (unsigned rank = 0; rank < team->workers; rank++) {
		team_slot(team, rank)->ops = 0;
		team_slot(team, rank)->error = 0;
	}
}

static uint64_t create_since(uint64_t begin_ns, uint64_t end_ns)
{
	return end_ns > begin_ns ? end_ns - begin_ns : 0;
}

static int create_once(struct team *team, uint64_t phase_ns[PHASE_COUNT])
{
	uint64_t begin_ns, called_ns, reaped_ns, started_ns = 0, done_ns = 0;
	int error;

	begin_ns = clock_now_ns();
	error = team_start(team);
	called_ns = clock_now_ns();
	if (!error)
		error = team_stop(team);
	reaped_ns = clock_now_ns();
	if (error)
		return error;
	for (unsigned rank = 0; rank < team->workers; rank++) {
		const struct worker_slot *slot = team_slot(team, rank);

		started_ns = slot->started_ns > started_ns ? slot->started_ns : started_ns;
		done_ns = slot->finished_ns > done_ns ? slot->finished_ns : done_ns;
	}
	phase_ns[PHASE_CALLED] += called_ns - begin_ns;
	phase_ns[PHASE_STARTED] += create_since(begin_ns, started_ns);
	phase_ns[PHASE_DONE] += create_since(begin_ns, done_ns);
	phase_ns[PHASE_REAPED] += reaped_ns - begin_ns;
	return team_check(team);
}

static int create_batch(struct shape_run *run, uint64_t ops, struct sample *sample, char *reason)
{
	struct sample measured = {.ops = ops, .start_ns = clock_now_ns()};
	struct usage begin, end;

	usage_read(USAGE_PROCESS_AND_REAPED, &begin);
	for (uint64_t i = 0; i < ops; i++) {
		int error;

		create_clear(run->state);
		error = create_once(run->state, measured.phase_ns);
		if (error)
			return shape_team_error(run, error, reason);
	}
	usage_read(USAGE_PROCESS_AND_REAPED, &end);
	usage_add_difference(&measured.usage, &begin, &end);
	measured.wall_ns = measured.phase_ns[PHASE_REAPED];
	*sample = measured;
	return 0;
}

static int create_close(struct shape_run *run, char *reason)
{
	return 0;
}

const struct shape_ops shape_create = {
	.open = create_open,
	.batch = create_batch,
	.close = create_close,
	.exit = shape_team_exit,
	.whereabouts = shape_team_whereabouts,
};
