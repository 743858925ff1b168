/* SPDX-License-Identifier: MIT */
/* A thread as the kernel makes it, without what the C library adds: no local storage and no stack of its own are set up. */
#include <sched.h>

#include "core/executor.h"
#include "subject/common/subject_clone3.h"

/* Those of pthread_create, but for the local storage and for telling the C library the id. */
#define CLONE3_THREAD_FLAGS                                                                                            \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID)

static int clone3_thread_start(struct seat *seat)
{
	return clone3_start(seat, CLONE3_THREAD_FLAGS, 0);
}

const struct executor subject_clone3_thread = {
	.name = "clone3-thread",
	.summary = "clone3 with the flags of a thread: one which the C library knows nothing of",
	.sharing = SHARING_SAME,
	.probe = clone3_stack_probe,
	.open = clone3_open,
	.close = clone3_close,
	.start = clone3_thread_start,
	.reap = clone3_await,
};
