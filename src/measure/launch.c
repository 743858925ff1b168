/* SPDX-License-Identifier: MIT */
/* Spawning, watching, ending and understanding one measurer. */
#include "measure/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/latency.h"
#include "core/variables.h"

/* Above the descriptors that the measurer expects, so that dup2 in the child overwrites none of them. */
enum { FIRST_PRIVATE_FD = 10, TAIL_BYTES = 200 };

/* More than any honest reply: samples of a thousand batches, a timeline, and the CPU lists of 100,000 workers. */
#define REPLY_BYTES_MAX ((size_t)64 << 20)

struct launch {
	int request_fd;
	int reply_fds[2];
	int stderr_fd;
	pid_t pid;
};

static int move_up(int fd)
{
	int moved = fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, FIRST_PRIVATE_FD);

	if (fd >= 0)
		close(fd);
	return moved;
}

static void launch_close(struct launch *launch)
{
	int *fds[] = {&launch->request_fd, &launch->reply_fds[0], &launch->reply_fds[1], &launch->stderr_fd};

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

static int launch_open(struct launch *launch, const struct measure_request *request, const char *cpusets)
{
	int pipe_fds[2] = {-1, -1};

	*launch = (struct launch){-1, {-1, -1}, -1, -1};
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	launch->reply_fds[0] = move_up(pipe_fds[0]);
	launch->reply_fds[1] = move_up(pipe_fds[1]);
	launch->stderr_fd = move_up(memfd_create("tvp-stderr", MFD_CLOEXEC));
	launch->request_fd = move_up(memfd_create("tvp-request", MFD_CLOEXEC));
	if (launch->reply_fds[0] < 0 || launch->reply_fds[1] < 0 || launch->stderr_fd < 0 || launch->request_fd < 0)
		return -EMFILE;
	if (write(launch->request_fd, request, sizeof(*request)) != (ssize_t)sizeof(*request) ||
	    write(launch->request_fd, cpusets, request->cpusets_bytes) != (ssize_t)request->cpusets_bytes)
		return -EIO;
	return 0;
}

/* Google Benchmark takes flags from these, silently; no measurer shall depend on them. */
static const char *const foreign[] = {"BENCHMARK_", NULL};

/* A process group of its own, never a session: a new session would be a new scheduling group (autogroup). */
static int launch_spawn(struct launch *launch, const char *path)
{
	char name[] = "tvp-measurer";
	char *argv[] = {name, NULL};
	char **env = variables_copy(foreign, NULL);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int error;

	if (!env)
		return -ENOMEM;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, launch->stderr_fd, STDERR_FILENO);
	posix_spawn_file_actions_adddup2(&actions, launch->request_fd, MEASURE_REQUEST_FD);
	posix_spawn_file_actions_adddup2(&actions, launch->reply_fds[1], MEASURE_REPLY_FD);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	error = -posix_spawn(&launch->pid, path, &actions, &attributes, argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	free(env);
	return error;
}

/* Reads until the measurer closes its end, the time is over, or the user gives up. */
static int launch_read(struct launch *launch, uint64_t deadline_ns, bool (*give_up)(void), char **data, size_t *size)
{
	size_t room = 0;
	sigset_t open_to_signals;

	sigemptyset(&open_to_signals);
	for (;;) {
		struct pollfd poll_fd = {launch->reply_fds[0], POLLIN, 0};
		uint64_t now_ns = clock_now_ns(), left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
		struct timespec timeout = {(time_t)(left_ns / NS_PER_S), (long)(left_ns % NS_PER_S)};
		int ready = ppoll(&poll_fd, 1, &timeout, &open_to_signals);
		ssize_t got;

		if (give_up())
			return -EINTR;
		if (ready == 0)
			return -ETIMEDOUT;
		if (ready < 0)
			continue;
		if (room - *size < 4096) {
			char *grown = realloc(*data, room += 65536);

			if (!grown || room > REPLY_BYTES_MAX)
				return -ENOMEM;
			*data = grown;
		}
		got = read(launch->reply_fds[0], *data + *size, room - *size);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			return 0;
		if (got > 0)
			*size += (size_t)got;
	}
}

/* The last line that the measurer wrote to its standard error, as " (…)", or "". */
static void launch_last_words(const struct launch *launch, char *words, size_t bytes)
{
	char tail[TAIL_BYTES + 1];
	off_t end = lseek(launch->stderr_fd, 0, SEEK_END);
	ssize_t got = pread(launch->stderr_fd, tail, TAIL_BYTES, end > TAIL_BYTES ? end - TAIL_BYTES : 0);
	char *line;

	words[0] = '\0';
	while (got > 0 && tail[got - 1] == '\n')
		got--;
	if (got <= 0)
		return;
	tail[got] = '\0';
	line = strrchr(tail, '\n');
	snprintf(words, bytes, " (%s)", line ? line + 1 : tail);
}

static int launch_died(const struct launch *launch, int wait_status, char *reason)
{
	char words[TAIL_BYTES + 8];

	launch_last_words(launch, words, sizeof(words));
	if (WIFSIGNALED(wait_status))
		return reason_set(reason, -ECHILD, "the measurer was killed by signal %d: %s%s", WTERMSIG(wait_status),
				  strsignal(WTERMSIG(wait_status)), words);
	return reason_set(reason, -ECHILD, "the measurer exited with status %d and no result%s",
			  WEXITSTATUS(wait_status), words);
}

/* Ends all that is left of the process group. Workers whose measurer has died are children of this process now (it is
 * their subreaper), or of init where that was refused. */
static int launch_end(struct launch *launch, bool finished)
{
	int wait_status = 0;

	if (!finished)
		kill(-launch->pid, SIGKILL);
	while (waitpid(launch->pid, &wait_status, 0) < 0 && errno == EINTR)
		;
	kill(-launch->pid, SIGKILL);
	while (waitpid(-launch->pid, NULL, 0) > 0 || errno == EINTR)
		;
	return wait_status;
}

static int launch_understand(const char *data, size_t size, struct launch_result *result, char *reason)
{
	struct measure_reply *reply = &result->reply;
	size_t expected;
	char *parts;

	if (size < sizeof(*reply))
		return reason_set(reason, -EPROTO, "the measurer's reply was cut off");
	memcpy(reply, data, sizeof(*reply));
	expected = sizeof(*reply) + (size_t)reply->sample_count * sizeof(struct sample) +
		   (size_t)reply->timeline_count * sizeof(struct timeline_event) +
		   (size_t)reply->latency_count * sizeof(struct latency_bin) + reply->cpusets_bytes + reply->cpus_bytes;
	if (size != expected)
		return reason_set(reason, -EPROTO, "the measurer's reply has %zu bytes instead of %zu", size, expected);
	/* to where the samples' alignment is kept; one more, as no size must be 0 */
	parts = aligned_alloc(_Alignof(struct sample), (size / sizeof(struct sample) + 1) * sizeof(struct sample));
	if (!parts)
		return reason_set(reason, -ENOMEM, "no memory for a reply of %zu bytes", size);
	memcpy(parts, data + sizeof(*reply), size - sizeof(*reply));
	result->samples = (const struct sample *)parts;
	result->storage = parts;
	parts += reply->sample_count * sizeof(struct sample);
	result->timeline = (const struct timeline_event *)parts;
	parts += reply->timeline_count * sizeof(struct timeline_event);
	result->latencies = (const struct latency_bin *)parts;
	parts += reply->latency_count * sizeof(struct latency_bin);
	result->cpusets = reply->cpusets_bytes ? parts : "";
	result->cpus = reply->cpus_bytes ? parts + reply->cpusets_bytes : "";
	return 0;
}

int launch_measurer(const char *path, const struct measure_request *request, const char *cpusets, uint64_t limit_ns,
		    bool (*give_up)(void), struct launch_result *result, char *reason)
{
	struct launch launch;
	char *data = NULL;
	size_t size = 0;
	int wait_status, error = launch_open(&launch, request, cpusets);

	if (error) {
		reason_set(reason, error, "no descriptors for a measurer: %s", strerror(-error));
		goto close_launch;
	}
	error = launch_spawn(&launch, path);
	if (error) {
		reason_set(reason, error, "cannot run %s: %s", path, strerror(-error));
		goto close_launch;
	}
	close(launch.reply_fds[1]);
	launch.reply_fds[1] = -1;
	error = launch_read(&launch, clock_now_ns() + limit_ns, give_up, &data, &size);
	wait_status = launch_end(&launch, error == 0);
	if (error == -ETIMEDOUT)
		reason_set(reason, error, "not finished within the time limit of %.3g s", (double)limit_ns / NS_PER_S);
	else if (error)
		reason_set(reason, error, "interrupted");
	else if (wait_status != 0)
		error = launch_died(&launch, wait_status, reason);
	else
		error = launch_understand(data, size, result, reason);
close_launch:
	launch_close(&launch);
	free(data);
	return error;
}

void launch_free(struct launch_result *result)
{
	free(result->storage);
	*result = (struct launch_result){0};
}
