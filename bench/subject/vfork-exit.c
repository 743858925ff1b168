/* SPDX-License-Identifier: MIT */
/* A process made by vfork, which borrows its creator's memory and holds it up until it ends. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/crew.h"
#include "core/executor.h"
#include "core/process.h"

static _Noreturn void vfork_exit_entry(const struct seat *seat)
{
	seat->crew->entry(seat, clock_now_ns());
	_exit(0);
}

static int vfork_exit_start(struct seat *seat)
{
	pid_t pid = vfork();

	if (pid < 0)
		return reason_set(seat->crew->reason, -errno, "vfork of worker %u: %s", seat->rank, strerror(errno));
	if (pid == 0)
		vfork_exit_entry(seat); /* NOLINT(clang-analyzer-unix.Vfork): it harms nothing of its creator's */
	seat->pid = pid;
	return 0;
}

const struct executor subject_vfork_exit = {
	.name = "vfork-exit",
	.summary = "a process made by vfork, which ends without exec",
	.sharing = SHARING_SAME,
	.start = vfork_exit_start,
	.reap = process_reap,
	.kill = process_kill,
	.alive = process_alive,
};
