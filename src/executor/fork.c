/* SPDX-License-Identifier: MIT */
/* Forked processes: copies of the measuring process that go on without exec. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/executor.h"
#include "core/process.h"
#include "core/team.h"
#include "core/worker.h"

/* _exit, not exit: what the parent has buffered in stdio is not printed a second time. */
static _Noreturn void fork_entry(struct team *team, unsigned rank)
{
	uint64_t started_ns = clock_now_ns();

	process_follow((pid_t)team->shared->owner_pid);
	worker_main(&team->arena, team->workload, rank, started_ns);
	_exit(0);
}

static int fork_start(struct team *team)
{
	while (team->started < team->workers) {
		pid_t pid = fork();

		if (pid < 0)
			return reason_set(team->reason, -errno, "fork of worker %u: %s", team->started,
					  strerror(errno));
		if (pid == 0)
			fork_entry(team, team->started);
		team->seats[team->started++].pid = pid;
	}
	return 0;
}

const struct executor executor_fork = {
	.name = "fork",
	.summary = "processes made by fork, which share nothing but the arena afterwards",
	.sharing = SHARING_COPIED,
	.start = fork_start,
	.reap = process_reap,
	.cancel = process_cancel,
	.alive = process_alive,
};
