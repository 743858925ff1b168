/* SPDX-License-Identifier: MIT */
/* The harness measuring itself: what the timed loop adds to an operation that does nothing. */
#include "core/experiment.h"

static const struct figure harness_figures[] = {
	{"operation", "ns", BETTER_LOWER, "wall time per empty operation", sample_ns_per_operation},
	{0},
};

const struct experiment experiment_harness = {
	.name = "harness",
	.question = "What does the timed loop itself add to every operation?",
	.summary = "the timed loop of `scaling` around an operation that does nothing",
	.fairness = "a constant of the run: to be small beside every figure that is compared",
	.shape = SHAPE_LOOP,
	.control = true,
	.figures = harness_figures,
	.workloads = (const char *const[]){"noop", NULL},
	.workloads_fixed = true,
	.executors = (const char *const[]){"serial", NULL},
	.executors_fixed = true,
	.workers = WORKER_LEVELS(WORKERS_ONE),
	.workers_fixed = true,
};
