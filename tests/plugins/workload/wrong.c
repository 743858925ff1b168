/* SPDX-License-Identifier: MIT */
/* For the tests: wrong results, errors of one worker, a failing set-up; each on demand. */
#include <errno.h>

#include "core/workload.h"

enum { WRONG_HOW };
enum { WRONG_RESULT, WRONG_RUN, WRONG_INIT, WRONG_PREPARE };

static const struct parameter wrong_parameters[] = {
	[WRONG_HOW] = {"how", "", "0 result, 1 run, 2 worker_init, 3 prepare", WRONG_RESULT, 0, 3, NULL},
	{0},
};

static int wrong_prepare(struct job *job, struct arena *arena, char *reason)
{
	return job->parameters[WRONG_HOW] == WRONG_PREPARE ? reason_set(reason, -EIO, "set-up fails on demand") : 0;
}

static int wrong_worker_init(struct worker *worker)
{
	if (worker->job->parameters[WRONG_HOW] == WRONG_INIT && worker->rank == 0)
		return worker_fail(worker, -EIO, "worker_init fails on demand");
	return 0;
}

static int wrong_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	if (worker->job->parameters[WRONG_HOW] == WRONG_RUN)
		return worker_fail(worker, -EIO, "run fails on demand");
	worker->result += ops;
	return 0;
}

static int wrong_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	return reason_set(reason, -EBADMSG, "wrong on demand");
}

const struct workload workload_wrong = {
	.name = "wrong",
	.summary = "fails on demand",
	.kind = WORKLOAD_CPU,
	.parameters = wrong_parameters,
	.prepare = wrong_prepare,
	.worker_init = wrong_worker_init,
	.run = wrong_run,
	.verify = wrong_verify,
};
