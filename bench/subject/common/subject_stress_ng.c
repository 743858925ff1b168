/* SPDX-License-Identifier: MIT */
/* Running stress-ng and reading what it says of itself. */
#include "subject/common/subject_stress_ng.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/crew.h"
#include "core/process.h"
#include "core/variables.h"

#define PROGRAM "stress-ng"

enum {
	PATIENCE_S = 10, /* where the kernel refuses a creation it tries again until this is over */
	GRACE_S = 2,
	ANSWER_BYTES = 16384,
	OPTION_BYTES = 48,
	NOT_RUN = 127
};

/* What the shell would run. */
static int stress_ng_find(char path[PATH_MAX], char *reason)
{
	const char *folders = getenv("PATH");

	while (folders && *folders) {
		int length = (int)strcspn(folders, ":");

		if (snprintf(path, PATH_MAX, "%.*s/" PROGRAM, length, folders) < PATH_MAX && length > 0 &&
		    access(path, X_OK) == 0)
			return 0;
		folders += length + (folders[length] == ':');
	}
	return reason_set(reason, -ENOENT, PROGRAM " is not in PATH: install the package " PROGRAM);
}

int stress_ng_probe(char *reason)
{
	char path[PATH_MAX];

	return stress_ng_find(path, reason);
}

/* It stays in this process group, and dies with this process: so nothing is left of it, whatever happens. */
static _Noreturn void stress_ng_exec(const char *path, char *const argv[], char *const env[], pid_t owner)
{
	process_follow(owner);
	execve(path, argv, env);
	_exit(NOT_RUN);
}

/* Without a task for itself it would try for ever. A wait status, or a negative errno with a reason. */
static int stress_ng_wait(pid_t pid, char *reason)
{
	struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
	int wait_status = 0, ready = -1;
	pid_t waited;

	while (end.fd >= 0 && (ready = poll(&end, 1, (PATIENCE_S + GRACE_S) * 1000)) < 0 && errno == EINTR)
		;
	if (ready == 0)
		kill(pid, SIGKILL);
	if (end.fd >= 0)
		close(end.fd);
	do
		waited = waitpid(pid, &wait_status, 0);
	while (waited < 0 && errno == EINTR);
	if (waited < 0)
		return reason_set(reason, -errno, "waitpid for " PROGRAM ": %s", strerror(errno));
	if (ready == 0)
		return reason_set(reason, -ETIMEDOUT, PROGRAM " has not ended within %d s", PATIENCE_S + GRACE_S);
	return wait_status;
}

/* As above. */
static int stress_ng_execute(const char *path, char *const argv[], char *reason)
{
	char **env = variables_copy(NULL, "LC_ALL=C");
	pid_t owner = getpid(), pid;

	if (!env)
		return reason_set(reason, -ENOMEM, "no memory to run " PROGRAM);
	pid = fork();
	if (pid == 0)
		stress_ng_exec(path, argv, env, owner);
	free(env);
	if (pid < 0)
		return reason_set(reason, -errno, "fork for " PROGRAM ": %s", strerror(errno));
	return stress_ng_wait(pid, reason);
}

static int stress_ng_verdict(int wait_status, char *reason)
{
	if (WIFSIGNALED(wait_status))
		return reason_set(reason, -ECHILD, PROGRAM " was killed by signal %d (%s)", WTERMSIG(wait_status),
				  strsignal(WTERMSIG(wait_status)));
	if (WEXITSTATUS(wait_status) == NOT_RUN)
		return reason_set(reason, -ENOEXEC, PROGRAM " cannot be run");
	if (WEXITSTATUS(wait_status) != 0)
		return reason_set(reason, -ECHILD, PROGRAM " exited with status %d", WEXITSTATUS(wait_status));
	return 0;
}

/* "key: value" somewhere after the stressor's name. */
static bool stress_ng_number(const char *text, const char *key, double *number)
{
	const char *at = strstr(text, key);
	char *end;

	if (!at)
		return false;
	at += strlen(key);
	*number = strtod(at, &end);
	return end > at && *number > 0;
}

/*
 * From the YAML that it writes: the time that the stressor ran for, which begins after the program's own start. If all were
 * created its exit status does not matter: it also says whether stress-ng was content with the other things that it tries
 * out, and a race between a thread's end and a signal to it makes that 2 now and then.
 */
static int stress_ng_understand(const char *answer, int wait_status, const char *stressor, uint64_t ops,
				uint64_t *elapsed_ns, char *reason)
{
	char name[OPTION_BYTES];
	double done = 0, seconds = 0;
	const char *metrics;
	int error;

	snprintf(name, sizeof(name), "stressor: %s\n", stressor);
	metrics = strstr(answer, name);
	if (metrics && stress_ng_number(metrics, " wall-clock-time:", &seconds) &&
	    stress_ng_number(metrics, " bogo-ops:", &done) && done >= (double)ops) {
		*elapsed_ns = (uint64_t)(seconds * NS_PER_S / done * (double)ops);
		return 0;
	}
	error = stress_ng_verdict(wait_status, reason);
	if (error)
		return error;
	if (seconds <= 0)
		return reason_set(reason, -EOPNOTSUPP, "this version of " PROGRAM " does not say how long it took");
	return reason_set(reason, -EAGAIN,
			  PROGRAM " has created only %.0f of %" PRIu64 " workers within %d s (see `ulimit -u`)", done,
			  ops, PATIENCE_S);
}

/* With `fd` to write its answer into. A wait status, or a negative errno with a reason. */
static int stress_ng_run(const char *path, const char *stressor, const char *const option[2], uint64_t ops, int fd,
			 char *reason)
{
	char answer_path[OPTION_BYTES], count_option[OPTION_BYTES], ops_option[OPTION_BYTES], count[24], patience[16];
	const char *folder = getenv("TMPDIR");
	const char *argv[] = {PROGRAM,
			      "--quiet",
			      "--metrics",
			      "--yaml",
			      answer_path,
			      "--timeout",
			      patience,
			      "--temp-path",
			      folder && *folder ? folder : "/tmp",
			      count_option,
			      "1",
			      ops_option,
			      count,
			      option ? option[0] : NULL,
			      option ? option[1] : NULL,
			      NULL};

	snprintf(answer_path, sizeof(answer_path), "/proc/self/fd/%d", fd);
	snprintf(count_option, sizeof(count_option), "--%s", stressor);
	snprintf(ops_option, sizeof(ops_option), "--%s-ops", stressor);
	snprintf(count, sizeof(count), "%" PRIu64, ops);
	snprintf(patience, sizeof(patience), "%ds", PATIENCE_S);
	return stress_ng_execute(path, (char *const *)argv, reason);
}

int stress_ng_batch(struct crew *crew, const char *stressor, const char *const option[2], uint64_t ops,
		    uint64_t *elapsed_ns)
{
	char path[PATH_MAX], answer[ANSWER_BYTES];
	int fd, error = stress_ng_find(path, crew->reason), wait_status;
	ssize_t got;

	if (error)
		return error;
	fd = memfd_create("tvp-stress-ng", 0);
	if (fd < 0)
		return reason_set(crew->reason, -errno, "no descriptor for the answer of " PROGRAM ": %s",
				  strerror(errno));
	wait_status = stress_ng_run(path, stressor, option, ops, fd, crew->reason);
	got = pread(fd, answer, sizeof(answer) - 1, 0);
	close(fd);
	if (wait_status < 0)
		return wait_status;
	answer[got > 0 ? got : 0] = '\0';
	return stress_ng_understand(answer, wait_status, stressor, ops, elapsed_ns, crew->reason);
}
