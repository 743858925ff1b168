/* SPDX-License-Identifier: MIT */
/* How much faster the same work gets with more workers, for work that computes and for work that waits. */
#include "core/experiment.h"

static const struct figure scaling_figures[] = {
	{"throughput", "1/s", BETTER_HIGHER, "operations per second of the whole team", sample_operations_per_second},
	{0},
};

const struct experiment experiment_scaling = {
	.name = "scaling",
	.question = "How much faster does the same work get with more workers?",
	.summary = "a standing team claims operations from one counter; timed from its start to its last operation",
	.fairness = "the same code, data and counter for every executor; speed-up is over the plain serial loop",
	.shape = SHAPE_LOOP,
	.figures = scaling_figures,
	.workloads = (const char *const[]){"spin", "primes", "sleep", "file-read", NULL},
	.workers = WORKER_LEVELS(WORKERS_LADDER),
	.baseline = "executor=thread",
	.reference = "executor=serial;workers=1",
};
