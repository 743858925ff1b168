/* SPDX-License-Identifier: MIT */
/* A process with the namespaces of a container: processes, mounts, IPC, host name and network of its own. */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/crew.h"
#include "core/executor.h"
#include "core/process.h"
#include "subject/common/subject_clone3.h"

#define CLONE3_NAMESPACES_FLAGS (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET)

/* Only asks whether we may: a plan makes no namespaces. */
static int clone3_namespaces_probe(char *reason)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
	int error = clone3_probe(reason);

	if (error)
		return error;
	if (syscall(SYS_capget, &header, data) == 0 &&
	    data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN))
		return 0;
	return reason_set(reason, -EPERM, "clone3 with new namespaces needs the capability CAP_SYS_ADMIN");
}

/* Who is the first in its namespace of processes does not see its parent, so it cannot look whether that is there. */
static int clone3_namespaces_start(struct seat *seat)
{
	return clone3_copy(seat, CLONE3_NAMESPACES_FLAGS, 0);
}

const struct executor subject_clone3_namespaces = {
	.name = "clone3-namespaces",
	.summary = "clone3 with new namespaces (PID, mounts, IPC, UTS, network): a container's first process",
	.sharing = SHARING_COPIED,
	.probe = clone3_namespaces_probe,
	.start = clone3_namespaces_start,
	.reap = process_reap,
	.kill = process_kill,
	.alive = process_alive,
};
