/* SPDX-License-Identifier: MIT */
/* Forking, watching and ending the server of a workload. */
#include "core/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/cpuset.h"
#include "core/process.h"

enum {
	READY_WITHIN_MS = 10000,
	END_WITHIN_MS = 2000,
	DYING_MS = 200,
	/* standard streams, arena, request, reply, Google Benchmark, libraries */
	DESCRIPTORS_ANYWAY = 64,
	BACKLOG = 4096
};

/* What comes through report_fd: once when it can be reached, and once more if it fails. */
struct server_report {
	int32_t error;
	char reason[REASON_BYTES];
};

static void report(int fd, int error, const char *reason)
{
	struct server_report report = {.error = error};

	if (error)
		memcpy(report.reason, reason, REASON_BYTES);
	/* Nobody reads it: then the owner has gone, and this process goes as well. */
	while (write(fd, &report, sizeof(report)) < 0 && errno == EINTR)
		;
}

void server_ready(struct server *server)
{
	report(server->report_fd, 0, NULL);
}

int server_listen(struct server *server, uint64_t port, int *fd, struct sockaddr_in *address)
{
	struct sockaddr_in wanted = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	socklen_t length = sizeof(*address);
	int opened = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error, yes = 1;

	wanted.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (opened < 0)
		return reason_set(server->reason, -errno, "no socket for a server: %s", strerror(errno));
	setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(opened, (const struct sockaddr *)&wanted, sizeof(wanted)) == 0 && listen(opened, BACKLOG) == 0 &&
	    getsockname(opened, (struct sockaddr *)address, &length) == 0) {
		*fd = opened;
		return 0;
	}
	error = -errno;
	close(opened);
	return reason_set(server->reason, error, "cannot listen on 127.0.0.1:%llu: %s%s", (unsigned long long)port,
			  strerror(-error), error == -EADDRINUSE ? "; with port=0 the kernel chooses a free one" : "");
}

static _Noreturn void server_run(struct server *server, const struct workload *workload, const cpu_set_t *cpus,
				 size_t cpus_bytes)
{
	char reason[REASON_BYTES] = "";
	int error = cpus ? cpuset_bind(cpus, cpus_bytes) : 0;

	server->reason = reason;
	signal(SIGPIPE, SIG_IGN);
	if (error)
		reason_set(reason, error, "cannot be bound to its CPUs: %s", strerror(-error));
	else
		error = workload->serve(server);
	if (error)
		report(server->report_fd, error, reason);
	_exit(error ? 1 : 0);
}

/* 0 if a whole report came in time. */
static int report_read(int fd, int timeout_ms, struct server_report *report)
{
	struct pollfd poll_fd = {fd, POLLIN, 0};
	uint64_t deadline_ns = clock_now_ns() + (uint64_t)timeout_ms * NS_PER_MS;
	int ready;

	do {
		uint64_t now_ns = clock_now_ns();

		ready = poll(&poll_fd, 1, now_ns < deadline_ns ? (int)((deadline_ns - now_ns) / NS_PER_MS) + 1 : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready == 0)
		return -ETIMEDOUT;
	/* Shorter than PIPE_BUF: all of it or nothing. */
	return read(fd, report, sizeof(*report)) == (ssize_t)sizeof(*report) ? 0 : -ECONNABORTED;
}

static int server_await(const struct server_process *process, char *reason)
{
	struct server_report report;
	int error = report_read(process->report_fd, READY_WITHIN_MS, &report);

	if (error == -ETIMEDOUT)
		return reason_set(reason, error, "the server was not ready within %d s", READY_WITHIN_MS / 1000);
	if (error)
		return reason_set(reason, error, "the server ended before it was ready");
	report.reason[REASON_BYTES - 1] = '\0';
	return report.error ? reason_set(reason, report.error, "the server: %.*s", REASON_BYTES - 16, report.reason)
			    : 0;
}

int server_start(struct server_process *process, const struct workload *workload, struct job *job, struct arena *arena,
		 const cpu_set_t *cpus, size_t cpus_bytes, char *reason)
{
	struct server server = {.job = job, .arena = arena};
	int fds[2], stop_fd = eventfd(0, EFD_CLOEXEC), error;
	pid_t owner = getpid(), pid;

	*process = (struct server_process){0};
	if (stop_fd < 0 || pipe2(fds, O_CLOEXEC) < 0) {
		error = reason_set(reason, -errno, "no descriptors for a server: %s", strerror(errno));
		if (stop_fd >= 0)
			close(stop_fd);
		return error;
	}
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		process_follow(owner);
		server.stop_fd = stop_fd;
		server.report_fd = fds[1];
		server_run(&server, workload, cpus, cpus_bytes);
	}
	error = pid < 0 ? -errno : 0;
	close(fds[1]);
	if (error) {
		close(stop_fd);
		close(fds[0]);
		return reason_set(reason, error, "cannot fork a server: %s", strerror(-error));
	}
	*process = (struct server_process){pid, stop_fd, fds[0], (int)syscall(SYS_pidfd_open, pid, 0)};
	error = process->end_fd < 0 ? reason_set(reason, -errno, "no pidfd of a server: %s", strerror(errno))
				    : server_await(process, reason);
	if (error)
		server_stop(process);
	return error;
}

int server_alive(const struct server_process *process, char *reason)
{
	struct server_report report;
	siginfo_t info = {0};

	if (!process->pid || waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
		return 0;
	if (report_read(process->report_fd, 0, &report) == 0 && report.error) {
		report.reason[REASON_BYTES - 1] = '\0';
		return reason_set(reason, -ECONNABORTED, "the server has ended: %.*s", REASON_BYTES - 32,
				  report.reason);
	}
	if (info.si_code == CLD_EXITED)
		return reason_set(reason, -ECONNABORTED, "the server has ended, with status %d", info.si_status);
	return reason_set(reason, -ECONNABORTED, "the server was killed by signal %d (%s)", info.si_status,
			  strsignal(info.si_status));
}

/* A connection is closed a little before its process can be waited for. */
int server_alive_after_error(const struct server_process *process, char *reason)
{
	struct pollfd end = {process->end_fd, POLLIN, 0};

	if (process->pid)
		poll(&end, 1, DYING_MS);
	return server_alive(process, reason);
}

void server_stop(struct server_process *process)
{
	struct pollfd end = {process->end_fd, POLLIN, 0};
	uint64_t one = 1;

	if (!process->pid)
		return;
	if (write(process->stop_fd, &one, sizeof(one)) != (ssize_t)sizeof(one) || poll(&end, 1, END_WITHIN_MS) <= 0)
		kill(process->pid, SIGKILL);
	while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(process->stop_fd);
	close(process->report_fd);
	close(process->end_fd);
	*process = (struct server_process){0};
}

int descriptors_reserve(uint64_t wanted, char *reason)
{
	struct rlimit limit;

	wanted += DESCRIPTORS_ANYWAY;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted)
		return 0;
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted)
		return reason_set(reason, -EMFILE,
				  "%llu descriptors are needed and RLIMIT_NOFILE allows %llu: raise it (ulimit -n), or "
				  "take fewer workers",
				  (unsigned long long)wanted, (unsigned long long)limit.rlim_max);
	limit.rlim_cur = wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return reason_set(reason, -errno, "RLIMIT_NOFILE cannot be raised to %llu: %s",
				  (unsigned long long)wanted, strerror(errno));
	return 0;
}
