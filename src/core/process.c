/* SPDX-License-Identifier: MIT */
/* Worker processes: waiting for them, ending them, noticing that one has died. */
#include "core/process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/call.h"
#include "core/crew.h"

int process_verdict(struct seat *seat, int wait_status)
{
	char *reason = seat->crew->reason;

	if (WIFSIGNALED(wait_status))
		return reason_set(reason, -ECHILD, "worker %u was killed by signal %d (%s)", seat->rank,
				  WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
	if (WEXITSTATUS(wait_status) != 0)
		return reason_set(reason, -ECHILD, "worker %u exited with status %d", seat->rank,
				  WEXITSTATUS(wait_status));
	return 0;
}

int process_reap(struct seat *seat)
{
	int wait_status = 0;
	pid_t pid;

	do
		pid = waitpid(seat->pid, &wait_status, 0);
	while (pid < 0 && errno == EINTR);
	if (pid < 0)
		return reason_set(seat->crew->reason, -errno, "waitpid for worker %u: %s", seat->rank, strerror(errno));
	return process_verdict(seat, wait_status);
}

void process_kill(struct seat *seat)
{
	kill(seat->pid, SIGKILL);
}

int process_alive(struct seat *seat)
{
	char *reason = seat->crew->reason;
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)seat->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return reason_set(reason, -errno, "waitid for worker %u: %s", seat->rank, strerror(errno));
	if (info.si_pid == 0)
		return 0;
	if (info.si_code == CLD_EXITED)
		return reason_set(reason, -ECHILD, "worker %u exited with status %d before its work was done",
				  seat->rank, info.si_status);
	return reason_set(reason, -ECHILD, "worker %u was killed by signal %d (%s)", seat->rank, info.si_status,
			  strsignal(info.si_status));
}

FIRST_STEPS void process_follow(pid_t owner)
{
	call_kernel(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
	if (call_kernel(SYS_getppid, 0, 0, 0, 0, 0, 0) != owner)
		_exit(0);
}
