/* SPDX-License-Identifier: MIT */
/* Starting a peer, asking it for batches, checking its answers, ending it. */
#include "measure/peer.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/variables.h"
#include "core/workload.h"

#define END_NS (2 * NS_PER_S)

/* Variables that would change how a library's workers wait, or where and how many they are. */
static const char *const foreign[] = {"OMP_", "GOMP_", "KMP_", "UV_", NULL};

/* With `fd` as its standard input and output, and signals as a new program expects them. */
static int spawn(struct peer *peer, const char *path, unsigned workers, int fd)
{
	char name[PEER_LINE_BYTES], count[16];
	char *argv[] = {name, count, NULL};
	char **env = variables_copy(foreign, NULL);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int error;

	if (!env)
		return -ENOMEM;
	snprintf(name, sizeof(name), "%s", peer->program);
	snprintf(count, sizeof(count), "%u", workers);
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	error = -posix_spawn(&peer->pid, path, &actions, &attributes, argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	free(env);
	return error;
}

/* Waits for its end, so long and then by force, and leaves nothing of it. Returns its wait status. */
static int end(struct peer *peer, uint64_t patience_ns, bool *forced)
{
	const struct timespec nap = {0, NS_PER_MS};
	uint64_t deadline_ns = clock_now_ns() + patience_ns;
	int wait_status = 0;
	pid_t reaped;

	*forced = false;
	while ((reaped = waitpid(peer->pid, &wait_status, WNOHANG)) == 0 || (reaped < 0 && errno == EINTR)) {
		if (!*forced && clock_now_ns() >= deadline_ns) {
			*forced = true;
			kill(peer->pid, SIGKILL);
		}
		nanosleep(&nap, NULL);
	}
	close(peer->fd);
	peer->fd = -1;
	peer->pid = 0;
	return wait_status;
}

/* It has closed its end, as a rule by dying. */
static int died(struct peer *peer, char *reason)
{
	bool forced;
	int wait_status = end(peer, END_NS, &forced);

	if (forced)
		return reason_set(reason, -ECHILD, "%s closed its output without an answer", peer->program);
	if (WIFSIGNALED(wait_status))
		return reason_set(reason, -ECHILD, "%s was killed by signal %d (%s)", peer->program,
				  WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
	return reason_set(reason, -ECHILD, "%s exited with status %d and no answer", peer->program,
			  WEXITSTATUS(wait_status));
}

/* What it said is in peer->line. */
static int nonsense(struct peer *peer, const char *expected, char *reason)
{
	bool forced;

	end(peer, 0, &forced);
	return reason_set(reason, -EPROTO, "%s said \"%.80s\" instead of %s", peer->program, peer->line, expected);
}

static int say(struct peer *peer, const char *text, char *reason)
{
	for (size_t left = strlen(text); left;) {
		ssize_t sent = send(peer->fd, text, left, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			return died(peer, reason);
		if (sent > 0) {
			text += sent;
			left -= (size_t)sent;
		}
	}
	return 0;
}

/* Reads one line into peer->line, without its end. After it there must be nothing: it answers when it is asked. */
static int hear(struct peer *peer, const char *expected, char *reason)
{
	size_t filled = 0;
	char *newline = NULL;

	while (!newline) {
		ssize_t got = read(peer->fd, peer->line + filled, sizeof(peer->line) - 1 - filled);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 && filled < sizeof(peer->line) - 1)
			return died(peer, reason);
		if (got <= 0)
			return nonsense(peer, expected, reason);
		newline = memchr(peer->line + filled, '\n', (size_t)got);
		filled += (size_t)got;
		peer->line[filled] = '\0';
	}
	*newline = '\0';
	if (newline != peer->line + filled - 1)
		return nonsense(peer, expected, reason);
	if (strncmp(peer->line, "error ", strlen("error ")) == 0)
		return reason_set(reason, -EREMOTEIO, "%s: %.200s", peer->program, peer->line + strlen("error "));
	return 0;
}

/* Digits and then `after`. */
static bool parse_number(const char **text, char after, uint64_t *number)
{
	char *rest;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*number = strtoull(*text, &rest, 10);
	*text = rest + 1;
	return errno == 0 && *rest == after;
}

/* 0 + 1 + 4 + … + (tasks - 1)^2 modulo 2^64: (n - 1) n (2n - 1) / 6, divided before it overflows. */
static uint64_t sum_of_squares(uint64_t tasks)
{
	uint64_t factors[] = {tasks - 1, tasks, 2 * tasks - 1};

	factors[tasks % 2 == 0] /= 2;
	for (size_t i = 0; i < 3; i++)
		if (factors[i] % 3 == 0) {
			factors[i] /= 3;
			break;
		}
	return factors[0] * factors[1] * factors[2];
}

int peer_open(struct peer *peer, const char *path, unsigned workers, char *reason)
{
	const char *slash = strrchr(path, '/');
	int fds[2], error;
	bool forced;

	*peer = (struct peer){.program = slash ? slash + 1 : path, .fd = -1};
	/* not two pipes: a write to a dead peer must not raise SIGPIPE */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return reason_set(reason, -errno, "no descriptors for %s: %s", peer->program, strerror(errno));
	peer->fd = fds[0];
	error = spawn(peer, path, workers, fds[1]);
	close(fds[1]);
	if (error) {
		close(peer->fd);
		return reason_set(reason, error, "cannot run %s: %s", path, strerror(-error));
	}
	error = hear(peer, "\"ready\"", reason);
	if (error == 0 && strcmp(peer->line, "ready") != 0)
		error = nonsense(peer, "\"ready\"", reason);
	if (error == -EREMOTEIO)
		end(peer, END_NS, &forced);
	return error;
}

int peer_batch(struct peer *peer, const char *entry, uint64_t tasks, uint64_t chunk, uint64_t *wall_ns, char *reason)
{
	static const char expected[] = "a time and a checksum";
	uint64_t wall = 0, checksum = 0;
	char request[128];
	const char *text = peer->line;
	int error;

	if (peer->pid == 0)
		return reason_set(reason, -ECHILD, "%s has ended before", peer->program);
	if (snprintf(request, sizeof(request), "%s %" PRIu64 " %" PRIu64 "\n", entry, tasks, chunk) >=
	    (int)sizeof(request))
		return reason_set(reason, -EINVAL, "%.32s… is no call that %s could know", entry, peer->program);
	error = say(peer, request, reason);
	error = error ? error : hear(peer, expected, reason);
	if (error)
		return error;
	if (!parse_number(&text, ' ', &wall) || !parse_number(&text, '\0', &checksum) || wall == 0)
		return nonsense(peer, expected, reason);
	if (checksum != sum_of_squares(tasks))
		return reason_set(reason, -EBADMSG,
				  "%s computed %" PRIu64 " instead of %" PRIu64 " as the sum of %" PRIu64 " squares",
				  peer->program, checksum, sum_of_squares(tasks), tasks);
	*wall_ns = wall;
	return 0;
}

void peer_close(struct peer *peer)
{
	bool forced;

	if (peer->pid == 0)
		return;
	shutdown(peer->fd, SHUT_WR);
	end(peer, END_NS, &forced);
}
