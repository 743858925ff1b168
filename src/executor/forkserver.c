/* SPDX-License-Identifier: MIT */
/*
 * A fork server: a template, executed once and clean of whatever the owner has in memory, forks the workers on request.
 * The workers are the template's children, so it is asked how they ended; it follows its owner, and they follow it.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/crew.h"
#include "core/executor.h"
#include "core/process.h"
#include "core/program.h"

enum { NO_STATUS = -1 };

static int forkserver_ask(struct crew *crew, enum template_request_kind kind, int32_t value, int *wait_status)
{
	const struct template_request request = {kind, value};
	struct template_answer answer = {0};
	ssize_t size = send(crew->template_socket, &request, sizeof(request), MSG_NOSIGNAL);

	if (size == (ssize_t)sizeof(request))
		do
			size = recv(crew->template_socket, &answer, sizeof(answer), 0);
		while (size < 0 && errno == EINTR);
	if (size != (ssize_t)sizeof(answer))
		return reason_set(crew->reason, -ECHILD, "the fork server's template has ended");
	*wait_status = answer.wait_status;
	return answer.value;
}

static int forkserver_open(struct crew *crew)
{
	struct program_arguments arguments;
	int sockets[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return reason_set(crew->reason, -errno, "socketpair for the fork server: %s", strerror(errno));
	program_arguments(&arguments, crew, 0, sockets[1]);
	error = program_spawn(crew, &arguments, sockets[1], &crew->template_pid);
	close(sockets[1]);
	if (!error) {
		crew->template_socket = sockets[0];
		return 0;
	}
	close(sockets[0]);
	crew->template_socket = crew->template_pid = -1;
	return reason_set(crew->reason, error, "posix_spawn of %s as fork server: %s", crew->program, strerror(-error));
}

static void forkserver_close(struct crew *crew)
{
	if (crew->template_pid < 0)
		return;
	close(crew->template_socket);
	while (waitpid(crew->template_pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* A template that was killed is made anew, once: one that ends at once is no template. */
static int forkserver_start(struct seat *seat)
{
	struct crew *crew = seat->crew;
	int wait_status, pid = forkserver_ask(crew, TEMPLATE_FORK, (int32_t)seat->rank, &wait_status);

	if (pid == -ECHILD) {
		forkserver_close(crew);
		pid = forkserver_open(crew);
		if (pid == 0)
			pid = forkserver_ask(crew, TEMPLATE_FORK, (int32_t)seat->rank, &wait_status);
	}
	if (pid == -ECHILD)
		return pid;
	if (pid < 0)
		return reason_set(crew->reason, pid, "fork of worker %u by the fork server: %s", seat->rank,
				  strerror(-pid));
	seat->pid = pid;
	return 0;
}

/* Of a template that has ended the workers end as well. */
static int forkserver_reap(struct seat *seat)
{
	int wait_status, error = forkserver_ask(seat->crew, TEMPLATE_REAP, seat->pid, &wait_status);

	return error ? error : process_verdict(seat, wait_status);
}

/* The status stays as it is if the template has ended, and nobody knows. */
static int forkserver_alive(struct seat *seat)
{
	int wait_status = NO_STATUS, error = forkserver_ask(seat->crew, TEMPLATE_ALIVE, seat->pid, &wait_status);

	if (error == -ECHILD && wait_status != NO_STATUS && process_verdict(seat, wait_status) == 0)
		reason_set(seat->crew->reason, error, "worker %u exited before its work was done", seat->rank);
	return error;
}

const struct executor executor_forkserver = {
	.name = "forkserver",
	.summary = "processes forked on request by a clean template program (tvp-worker)",
	.sharing = SHARING_FRESH,
	.open = forkserver_open,
	.close = forkserver_close,
	.start = forkserver_start,
	.reap = forkserver_reap,
	.kill = process_kill,
	.alive = forkserver_alive,
};
