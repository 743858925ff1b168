/* SPDX-License-Identifier: MIT */
/* vfork and exec: the new process holds its creator up until it has become a tiny static program. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/crew.h"
#include "core/executor.h"
#include "core/process.h"
#include "subject/common/subject_tiny.h"

static int vfork_exec_probe(char *reason)
{
	return tiny_probe(TINY_STATIC_PROGRAM, reason);
}

static int vfork_exec_open(struct crew *crew)
{
	return tiny_open(crew, TINY_STATIC_PROGRAM);
}

static int vfork_exec_start(struct seat *seat)
{
	struct tiny *tiny = seat->crew->state;
	pid_t pid;

	tiny_aim(tiny, seat);
	pid = vfork();
	if (pid < 0)
		return reason_set(seat->crew->reason, -errno, "vfork of worker %u: %s", seat->rank, strerror(errno));
	if (pid == 0)
		tiny_exec(seat, tiny); /* NOLINT(clang-analyzer-unix.Vfork): it harms nothing of its creator's */
	seat->pid = pid;
	return 0;
}

const struct executor subject_vfork_exec = {
	.name = "vfork-exec",
	.summary = "vfork, then execve of a tiny static program (tvp-tiny-static)",
	.sharing = SHARING_FRESH,
	.probe = vfork_exec_probe,
	.open = vfork_exec_open,
	.close = tiny_close,
	.start = vfork_exec_start,
	.reap = tiny_reap,
	.kill = process_kill,
	.alive = process_alive,
};
