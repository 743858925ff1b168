/* SPDX-License-Identifier: MIT */
/* popen and pclose: the shell runs a tiny static program, whose output comes through a pipe. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "core/crew.h"
#include "core/executor.h"
#include "subject/common/subject_shell.h"

/* glibc says ENOMEM even if it is the limit of processes that is reached. */
static int popen_refused(const struct seat *seat)
{
	int error = errno ? errno : ENOMEM;

	return reason_set(seat->crew->reason, -error, "popen for worker %u: %s%s", seat->rank, strerror(error),
			  error == ENOMEM ? ", or no process can be made" : "");
}

static int popen_start(struct seat *seat)
{
	struct shell_worker *worker = shell_worker(seat);

	errno = 0;
	worker->stream = popen(shell_command(seat), "re");
	return worker->stream ? 0 : popen_refused(seat);
}

static int popen_reap(struct seat *seat)
{
	struct shell_worker *worker = shell_worker(seat);

	worker->wait_status = pclose(worker->stream);
	worker->stream = NULL;
	if (worker->wait_status == -1)
		return reason_set(seat->crew->reason, -errno, "pclose for worker %u: %s", seat->rank, strerror(errno));
	return shell_verdict(seat, "popen");
}

/* The C library keeps the process id to itself, but the pipe ends with the shell and the program. */
static int popen_alive(struct seat *seat)
{
	struct pollfd pipe = {.fd = fileno(shell_worker(seat)->stream)};

	if (poll(&pipe, 1, 0) == 0)
		return 0;
	return reason_set(seat->crew->reason, -ECHILD, "popen for worker %u: the shell ended before the work was done",
			  seat->rank);
}

const struct executor subject_popen = {
	.name = "popen",
	.summary = "popen and pclose: /bin/sh runs a tiny static program (tvp-tiny-static)",
	.sharing = SHARING_FRESH,
	.probe = shell_probe,
	.open = shell_open,
	.close = shell_close,
	.start = popen_start,
	.reap = popen_reap,
	.alive = popen_alive,
};
