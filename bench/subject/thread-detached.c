/* SPDX-License-Identifier: MIT */
/* A POSIX thread that nobody joins: its creator hears from it, not of its end. When the next one is created it may still be
 * about to end. */
#include "core/crew.h"
#include "core/executor.h"
#include "subject/common/subject_thread.h"

/* As large as executor thread's. */
#define THREAD_DETACHED_STACK_BYTES ((size_t)8 << 20)

static int thread_detached_start(struct seat *seat)
{
	return thread_start(seat, THREAD_DETACHED_STACK_BYTES, true);
}

const struct executor subject_thread_detached = {
	.name = "thread-detached",
	.summary = "a POSIX thread on a stack of 8 MiB, detached: its end is when it says that it is done",
	.sharing = SHARING_SAME,
	.start = thread_detached_start,
};
