/* SPDX-License-Identifier: MIT */
/* system(3): the shell runs a tiny static program, and the call returns when all is over. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/crew.h"
#include "core/executor.h"
#include "subject/common/subject_shell.h"

/* A shell that cannot be made looks like one that has found no program; only errno tells. */
static int system_start(struct seat *seat)
{
	const char *command = shell_command(seat);
	int wait_status;

	errno = 0;
	wait_status = system(command);
	if (errno && (wait_status == -1 || WEXITSTATUS(wait_status) == 127))
		return reason_set(seat->crew->reason, -errno, "system for worker %u: %s", seat->rank, strerror(errno));
	shell_worker(seat)->wait_status = wait_status;
	return 0;
}

static int system_verdict(struct seat *seat)
{
	return shell_verdict(seat, "system");
}

const struct executor subject_system = {
	.name = "system",
	.summary = "system(3): /bin/sh runs a tiny static program (tvp-tiny-static)",
	.sharing = SHARING_FRESH,
	.probe = shell_probe,
	.open = shell_open,
	.close = shell_close,
	.start = system_start,
	.reap = system_verdict,
	/* The worker has ended before it is asked after: what counts is how. */
	.alive = system_verdict,
};
