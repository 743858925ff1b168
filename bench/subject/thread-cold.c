/* SPDX-License-Identifier: MIT */
/*
 * A POSIX thread whose stack is new each time. The C library keeps up to 40 MiB of stacks for the next threads; a larger
 * one is mapped when its thread is created and unmapped when that is joined. Only what a thread touches takes memory.
 */
#include "core/crew.h"
#include "core/executor.h"
#include "subject/common/subject_thread.h"

#define THREAD_COLD_STACK_BYTES ((size_t)64 << 20)

static int thread_cold_start(struct seat *seat)
{
	return thread_start(seat, THREAD_COLD_STACK_BYTES, false);
}

const struct executor subject_thread_cold = {
	.name = "thread-cold",
	.summary = "a POSIX thread on a new stack (64 MiB, more than the C library keeps for reuse), joined",
	.sharing = SHARING_SAME,
	.start = thread_cold_start,
	.reap = thread_join,
};
