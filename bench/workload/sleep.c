/* SPDX-License-Identifier: MIT */
/* Pure waiting, as for a remote server: one operation sleeps for a set time and uses no CPU. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
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
	.verify = sleep_verify,
};
