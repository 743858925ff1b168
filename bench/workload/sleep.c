/* SPDX-License-Identifier: MIT */
/* Pure waiting, as for a remote server: one operation sleeps for a set time and uses no CPU. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/operations.h"
#include "core/workload.h"

enum { SLEEP_US };

static const struct parameter sleep_parameters[] = {
	[SLEEP_US] = {"us", "us", "length of one operation", 1000, 1, 10000000, NULL},
	{0},
};

/* The result counts the operations that really lasted that long. */
static int sleep_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	uint64_t length_ns = worker->job->parameters[SLEEP_US] * 1000;
	struct timespec length = {(time_t)(length_ns / NS_PER_S), (long)(length_ns % NS_PER_S)};

	for (uint64_t i = 0; i < ops; i++) {
		uint64_t begin_ns = clock_now_ns();
		int error = clock_nanosleep(CLOCK_MONOTONIC, 0, &length, NULL);

		if (error)
			return worker_fail(worker, -error, "clock_nanosleep: %s", strerror(error));
		worker->result += clock_now_ns() - begin_ns >= length_ns;
	}
	return 0;
}

/* Those under way by one worker, in the order in which they began. All are equally long, so the first is the next to end:
 * a ring does what general event loops keep a heap for. */
struct sleep_queue {
	uint64_t room, first, count;
	struct {
		uint64_t index, begin_ns;
	} sleeps[];
};

static void sleep_push(struct sleep_queue *queue, uint64_t index)
{
	uint64_t place = (queue->first + queue->count++) % queue->room;

	queue->sleeps[place].index = index;
	queue->sleeps[place].begin_ns = clock_now_ns();
}

/* Ends the first one if it has lasted long enough. */
static bool sleep_pop(struct sleep_queue *queue, struct worker *worker, struct operations *operations)
{
	uint64_t length_ns = worker->job->parameters[SLEEP_US] * 1000;
	uint64_t first = queue->first;

	if (!queue->count || clock_now_ns() - queue->sleeps[first].begin_ns < length_ns)
		return false;
	queue->first = (first + 1) % queue->room;
	queue->count--;
	worker->result++;
	operations_done(operations, queue->sleeps[first].index);
	return true;
}

/*
 * ppoll without descriptors: how loops such as libuv's wait for timers, but for the whole milliseconds of epoll_wait. Its
 * timeout has the slack that clock_nanosleep has (50 us, or 1/1000 of what is longer than 50 ms), so no way is woken sooner
 * than the other; a timerfd has none and would be ahead.
 */
static int sleep_wait(struct worker *worker, uint64_t until_ns)
{
	uint64_t now_ns = clock_now_ns(), length_ns = until_ns > now_ns ? until_ns - now_ns : 0;
	struct timespec length = {(time_t)(length_ns / NS_PER_S), (long)(length_ns % NS_PER_S)};

	if (ppoll(NULL, 0, &length, NULL) < 0 && errno != EINTR)
		return worker_fail(worker, -errno, "ppoll: %s", strerror(errno));
	return 0;
}

static int sleep_loop(struct worker *worker, struct operations *operations, struct sleep_queue *queue)
{
	uint64_t length_ns = worker->job->parameters[SLEEP_US] * 1000;
	enum operations_next next = OPERATIONS_TAKEN;

	for (;;) {
		uint64_t index, due_ns = UINT64_MAX, until_ns = UINT64_MAX;
		int error;

		while (queue->count < queue->room && next != OPERATIONS_OVER) {
			next = operations_take(operations, &index, &due_ns);
			if (next != OPERATIONS_TAKEN)
				break;
			sleep_push(queue, index);
		}
		if (next == OPERATIONS_OVER && !queue->count)
			return 0;
		if (queue->count)
			until_ns = queue->sleeps[queue->first].begin_ns + length_ns;
		if (next == OPERATIONS_LATER && due_ns < until_ns)
			until_ns = due_ns;
		error = sleep_wait(worker, until_ns);
		if (error)
			return error;
		while (sleep_pop(queue, worker, operations))
			;
	}
}

static int sleep_run_concurrent(struct worker *worker, struct operations *operations)
{
	struct sleep_queue *queue = malloc(sizeof(*queue) + worker->in_flight * sizeof(*queue->sleeps));
	int error;

	if (!queue)
		return worker_fail(worker, -ENOMEM, "no memory to wait for %llu at a time",
				   (unsigned long long)worker->in_flight);
	*queue = (struct sleep_queue){.room = worker->in_flight};
	error = sleep_loop(worker, operations, queue);
	free(queue);
	return error;
}

static int sleep_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	if (result != ops)
		return reason_set(reason, -EBADMSG, "%llu of %llu sleeps ended too soon",
				  (unsigned long long)(ops - result), (unsigned long long)ops);
	return 0;
}

const struct workload workload_sleep = {
	.name = "sleep",
	.summary = "pure waiting, as for a remote server",
	.kind = WORKLOAD_IO,
	.parameters = sleep_parameters,
	.run = sleep_run,
	.run_concurrent = sleep_run_concurrent,
	.verify = sleep_verify,
};
