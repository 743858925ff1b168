/* SPDX-License-Identifier: MIT */
/* A POSIX thread on a stack of 64 KiB, as programs ask for that have thousands of them. */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "core/crew.h"
#include "core/executor.h"
#include "subject/common/subject_thread.h"

#define THREAD_64K_STACK_BYTES ((size_t)64 << 10)

static int thread_64k_probe(char *reason)
{
	if ((size_t)PTHREAD_STACK_MIN <= THREAD_64K_STACK_BYTES)
		return 0;
	return reason_set(reason, -EOPNOTSUPP, "the smallest stack of a thread is %ld KiB here (PTHREAD_STACK_MIN)",
			  (long)PTHREAD_STACK_MIN >> 10);
}

static int thread_64k_start(struct seat *seat)
{
	return thread_start(seat, THREAD_64K_STACK_BYTES, false);
}

const struct executor subject_thread_64k = {
	.name = "thread-64k",
	.summary = "a POSIX thread on a stack of 64 KiB, joined",
	.sharing = SHARING_SAME,
	.probe = thread_64k_probe,
	.start = thread_64k_start,
	.reap = thread_join,
};
