/* SPDX-License-Identifier: MIT */
/* Forked processes: copies of the owner that go on without exec. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/call.h"
#include "core/clock.h"
#include "core/crew.h"
#include "core/executor.h"
#include "core/process.h"

/* _exit, not exit: what the parent has buffered in stdio is not printed a second time. */
static FIRST_STEPS _Noreturn void fork_entry(const struct seat *seat, pid_t owner)
{
	uint64_t started_ns = clock_call_ns();

	process_follow(owner);
	seat->crew->entry(seat, started_ns);
	_exit(0);
}

static FIRST_STEPS int fork_start(struct seat *seat)
{
	pid_t owner = getpid(), pid = fork();

	if (pid < 0)
		return reason_set(seat->crew->reason, -errno, "fork of worker %u: %s", seat->rank, strerror(errno));
	if (pid == 0)
		fork_entry(seat, owner);
	seat->pid = pid;
	return 0;
}

const struct executor executor_fork = {
	.name = "fork",
	.summary = "processes made by fork, which share nothing but the arena afterwards",
	.sharing = SHARING_COPIED,
	.start = fork_start,
	.reap = process_reap,
	.kill = process_kill,
	.alive = process_alive,
};
