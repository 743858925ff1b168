/* SPDX-License-Identifier: MIT */
/* A process that shares memory, descriptors and signal handlers with its creator, who waits until it has ended. */
#include <sched.h>
#include <signal.h>

#include "core/executor.h"
#include "core/process.h"
#include "subject/common/subject_clone3.h"

static int clone3_vfork_start(struct seat *seat)
{
	return clone3_start(seat, CLONE_VM | CLONE_VFORK | CLONE_FS | CLONE_FILES | CLONE_SIGHAND, SIGCHLD);
}

const struct executor subject_clone3_vfork = {
	.name = "clone3-vfork",
	.summary = "clone3 with CLONE_VM, VFORK, FS, FILES and SIGHAND: a process that copies nothing, while its "
		   "creator waits",
	.sharing = SHARING_SAME,
	.probe = clone3_stack_probe,
	.open = clone3_open,
	.close = clone3_close,
	.start = clone3_vfork_start,
	.reap = process_reap,
	.kill = process_kill,
	.alive = process_alive,
};
