/* SPDX-License-Identifier: MIT */
/* fork and exec: a copy of the creator is made only to become a tiny static program. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/crew.h"
#include "core/executor.h"
#include "core/process.h"
#include "subject/common/subject_tiny.h"

static int fork_exec_probe(char *reason)
{
	return tiny_probe(TINY_STATIC_PROGRAM, reason);
}

static int fork_exec_open(struct crew *crew)
{
	return tiny_open(crew, TINY_STATIC_PROGRAM);
}

static int fork_exec_start(struct seat *seat)
{
	struct tiny *tiny = seat->crew->state;
	pid_t pid;

	tiny_aim(tiny, seat);
	pid = fork();
	if (pid < 0)
		return reason_set(seat->crew->reason, -errno, "fork of worker %u: %s", seat->rank, strerror(errno));
	if (pid == 0)
		tiny_exec(seat, tiny);
	seat->pid = pid;
	return 0;
}

const struct executor subject_fork_exec = {
	.name = "fork-exec",
	.summary = "fork, then execve of a tiny static program (tvp-tiny-static)",
	.sharing = SHARING_FRESH,
	.probe = fork_exec_probe,
	.open = fork_exec_open,
	.close = tiny_close,
	.start = fork_exec_start,
	.reap = tiny_reap,
	.kill = process_kill,
	.alive = process_alive,
};
