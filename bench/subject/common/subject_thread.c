/* SPDX-License-Identifier: MIT */
/* Creating and joining one POSIX thread. */
#include "subject/common/subject_thread.h"

#include <pthread.h>
#include <string.h>

#include "core/clock.h"
#include "core/crew.h"

static void *thread_entry(void *argument)
{
	uint64_t started_ns = clock_now_ns();
	const struct seat *seat = argument;

	seat->crew->entry(seat, started_ns);
	return NULL;
}

int thread_start(struct seat *seat, size_t stack_bytes, bool detached)
{
	pthread_attr_t attributes;
	int error;

	pthread_attr_init(&attributes);
	error = -pthread_attr_setstacksize(&attributes, stack_bytes);
	if (detached)
		pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (!error)
		error = -pthread_create(&seat->thread, &attributes, thread_entry, seat);
	pthread_attr_destroy(&attributes);
	if (!error)
		return 0;
	return reason_set(seat->crew->reason, error, "pthread_create of worker %u with a stack of %zu KiB: %s",
			  seat->rank, stack_bytes >> 10, strerror(-error));
}

int thread_join(struct seat *seat)
{
	int error = -pthread_join(seat->thread, NULL);

	if (!error)
		return 0;
	return reason_set(seat->crew->reason, error, "pthread_join of worker %u: %s", seat->rank, strerror(-error));
}
