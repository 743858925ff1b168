/* SPDX-License-Identifier: MIT */
/* POSIX threads, joinable, each on a stack of 8 MiB (the usual `ulimit -s`, set so that it does not depend on it). */
#include <pthread.h>
#include <string.h>

#include "core/clock.h"
#include "core/crew.h"
#include "core/executor.h"

#define THREAD_STACK_BYTES ((size_t)8 << 20)

static void *thread_entry(void *argument)
{
	uint64_t started_ns = clock_now_ns();
	const struct seat *seat = argument;

	seat->crew->entry(seat, started_ns);
	return NULL;
}

static int thread_start(struct seat *seat)
{
	pthread_attr_t attributes;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	error = -pthread_create(&seat->thread, &attributes, thread_entry, seat);
	pthread_attr_destroy(&attributes);
	if (error)
		reason_set(seat->crew->reason, error, "pthread_create of worker %u: %s", seat->rank, strerror(-error));
	return error;
}

static int thread_reap(struct seat *seat)
{
	pthread_join(seat->thread, NULL);
	return 0;
}

/* Threads cannot be killed: they are asked to leave. One that never returns from its work is ended with its process, by
 * the conductor's time limit. */
const struct executor executor_thread = {
	.name = "thread",
	.summary = "POSIX threads in one address space (pthread_create, 8 MiB stacks)",
	.sharing = SHARING_SAME,
	.start = thread_start,
	.reap = thread_reap,
};
