/* SPDX-License-Identifier: MIT */
/* A process that shares its creator's memory and nothing else, and runs beside it. */
#include <sched.h>
#include <signal.h>

#include "core/executor.h"
#include "core/process.h"
#include "subject/common/subject_clone3.h"

static int clone3_vm_start(struct seat *seat)
{
	return clone3_start(seat, CLONE_VM, SIGCHLD);
}

const struct executor subject_clone3_vm = {
	.name = "clone3-vm",
	.summary = "clone3 with CLONE_VM: a process in its creator's address space, beside it",
	.sharing = SHARING_SAME,
	.probe = clone3_stack_probe,
	.open = clone3_open,
	.close = clone3_close,
	.start = clone3_vm_start,
	.reap = process_reap,
	.kill = process_kill,
	.alive = process_alive,
};
