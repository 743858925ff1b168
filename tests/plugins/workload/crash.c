/* SPDX-License-Identifier: MIT */
/* For the tests: a worker that dies in the middle of its work. */
#include <errno.h>
#include <signal.h>

#include "core/workload.h"

enum { CRASH_AT, CRASH_SIGNAL };

static const struct parameter crash_parameters[] = {
	[CRASH_AT] = {"at", "", "the operation that kills its worker", 0, 0, 1000000000, NULL},
	[CRASH_SIGNAL] = {"signal", "", "how", SIGSEGV, 1, 31, NULL},
	{0},
};

static int crash_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	for (uint64_t i = first; i < first + ops; i++) {
		if (i == worker->job->parameters[CRASH_AT]) {
			signal((int)worker->job->parameters[CRASH_SIGNAL], SIG_DFL);
			raise((int)worker->job->parameters[CRASH_SIGNAL]);
		}
		worker->result++;
	}
	return 0;
}

static int crash_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	return result == ops ? 0 : reason_set(reason, -EBADMSG, "lost operations");
}

const struct workload workload_crash = {
	.name = "crash",
	.summary = "kills its own worker",
	.kind = WORKLOAD_CPU,
	.parameters = crash_parameters,
	.run = crash_run,
	.verify = crash_verify,
};
