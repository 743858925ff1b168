/* SPDX-License-Identifier: MIT */
/* Worker processes: waiting for them, ending them, noticing that one has died. */
#include "core/process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/team.h"

/* Says how a worker ended; 0 if it ended well. */
static int process_verdict(struct team *team, unsigned rank, int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return reason_set(team->reason, -ECHILD, "worker %u was killed by signal %d (%s)", rank,
				  WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
	if (WEXITSTATUS(wait_status) != 0)
		return reason_set(team->reason, -ECHILD, "worker %u exited with status %d", rank,
				  WEXITSTATUS(wait_status));
	return 0;
}

int process_reap(struct team *team)
{
	int error = 0;

	for (unsigned rank = 0; rank < team->started; rank++) {
		int wait_status = 0;
		pid_t pid;

		do
			pid = waitpid(team->seats[rank].pid, &wait_status, 0);
		while (pid < 0 && errno == EINTR);
		if (pid < 0)
			error = reason_set(team->reason, -errno, "waitpid for worker %u: %s", rank, strerror(errno));
		else if (process_verdict(team, rank, wait_status))
			error = -ECHILD;
	}
	team->started = 0;
	return error;
}

void process_cancel(struct team *team)
{
	char kept[REASON_BYTES];

	memcpy(kept, team->reason, sizeof(kept));
	for (unsigned rank = 0; rank < team->started; rank++)
		kill(team->seats[rank].pid, SIGKILL);
	process_reap(team);
	memcpy(team->reason, kept, sizeof(kept));
}

int process_alive(struct team *team)
{
	for (unsigned rank = 0; rank < team->started; rank++) {
		siginfo_t info = {0};

		if (waitid(P_PID, (id_t)team->seats[rank].pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
			return reason_set(team->reason, -errno, "waitid for worker %u: %s", rank, strerror(errno));
		if (info.si_pid == 0)
			continue;
		if (info.si_code == CLD_EXITED)
			return reason_set(team->reason, -ECHILD,
					  "worker %u exited with status %d before its work was done", rank,
					  info.si_status);
		return reason_set(team->reason, -ECHILD, "worker %u was killed by signal %d (%s)", rank, info.si_status,
				  strsignal(info.si_status));
	}
	return 0;
}

void process_follow(pid_t owner)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != owner)
		_exit(0);
}
