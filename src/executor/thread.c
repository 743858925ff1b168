/* SPDX-License-Identifier: MIT */
/* POSIX threads, joinable, each on a stack of 8 MiB (the usual `ulimit -s`, set so that it does not depend on it). */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "core/clock.h"
#include "core/executor.h"
#include "core/team.h"
#include "core/worker.h"

#define THREAD_STACK_BYTES ((size_t)8 << 20)

static void *thread_entry(void *argument)
{
	uint64_t started_ns = clock_now_ns();
	struct seat *seat = argument;

	worker_main(&seat->team->arena, seat->team->workload, seat->rank, started_ns);
	return NULL;
}

static int thread_start(struct team *team)
{
	pthread_attr_t attributes;
	int error = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	while (team->started < team->workers && !error) {
		struct seat *seat = &team->seats[team->started];

		error = -pthread_create(&seat->thread, &attributes, thread_entry, seat);
		if (!error)
			team->started++;
	}
	pthread_attr_destroy(&attributes);
	if (error)
		reason_set(team->reason, error, "pthread_create of worker %u: %s", team->started, strerror(-error));
	return error;
}

static int thread_reap(struct team *team)
{
	for (unsigned rank = 0; rank < team->started; rank++)
		pthread_join(team->seats[rank].thread, NULL);
	team->started = 0;
	return 0;
}

/* Threads cannot be killed: they are asked to leave. One that never returns from its workload is ended with its
 * process, by the conductor's time limit. */
static void thread_cancel(struct team *team)
{
	/* Relaxed: published by the gate's opening. */
	atomic_store_explicit(&team->shared->stop, 1, memory_order_relaxed);
	gate_open(&team->shared->gate);
	thread_reap(team);
}

const struct executor executor_thread = {
	.name = "thread",
	.summary = "POSIX threads in one address space (pthread_create, 8 MiB stacks)",
	.sharing = SHARING_SAME,
	.start = thread_start,
	.reap = thread_reap,
	.cancel = thread_cancel,
};
