/* SPDX-License-Identifier: MIT */
/* A process in its creator's memory, who waits until it has ended: what posix_spawn calls, without the exec. */
#include <sched.h>
#include <signal.h>

#include "core/executor.h"
#include "core/process.h"
#include "subject/common/subject_clone3.h"

static int clone3_vfork_start(struct seat *seat)
{
	return clone3_start(seat, CLONE_VM | CLONE_VFORK, SIGCHLD);
}

const struct executor subject_clone3_vfork = {
	.name = "clone3-vfork",
	.summary = "clone3 with CLONE_VM and CLONE_VFORK: a process in its creator's address space, who waits for it",
	.sharing = SHARING_SAME,
	.probe = clone3_stack_probe,
	.open = clone3_open,
	.close = clone3_close,
	.start = clone3_vfork_start,
	.reap = process_reap,
	.kill = process_kill,
	.alive = process_alive,
};
