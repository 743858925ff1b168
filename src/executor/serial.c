/* SPDX-License-Identifier: MIT */
/* No second worker: the caller runs the work itself. What threads and processes have to beat. */
#include <errno.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/executor.h"
#include "core/team.h"
#include "core/worker.h"

static int serial_start(struct team *team)
{
	struct worker_life *life;
	uint64_t started_ns = clock_now_ns();

	team->started = 1;
	if (team->shared->mode == TEAM_ONCE) {
		worker_main(&team->arena, team->workload, 0, started_ns);
		return 0;
	}
	life = team->seats[0].own = malloc(sizeof(*life));
	if (!life)
		return reason_set(team->reason, -ENOMEM, "no memory for a worker");
	worker_enter(life, &team->arena, team->workload, 0, started_ns);
	gate_arrive(&team->shared->gate);
	return 0;
}

static void serial_lend(struct team *team)
{
	worker_batch(team->seats[0].own);
	gate_arrive(&team->shared->gate);
}

static void serial_cancel(struct team *team)
{
	struct worker_life *life = team->seats[0].own;

	if (life)
		worker_leave(life);
	free(life);
	team->seats[0].own = NULL;
	team->started = 0;
}

static int serial_reap(struct team *team)
{
	serial_cancel(team);
	return 0;
}

const struct executor executor_serial = {
	.name = "serial",
	.summary = "the calling thread does the work itself",
	.sharing = SHARING_SAME,
	.max_workers = 1,
	.start = serial_start,
	.reap = serial_reap,
	.cancel = serial_cancel,
	.lend = serial_lend,
};
