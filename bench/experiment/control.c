/* SPDX-License-Identifier: MIT */
/* The run's own control: the same cell twice. What differs between the two is noise, so it bounds every verdict. */
#include "core/experiment.h"

static const struct figure control_figures[] = {
	{"operation", "ns", BETTER_LOWER, "wall time per operation", sample_ns_per_operation},
	{0},
};

const struct experiment experiment_control = {
	.name = "control",
	.question = "Does this run find a difference where there is none?",
	.summary = "one cell measured twice in every block, like any other pair (A/A)",
	.fairness = "both are the same in everything but their place in the block",
	.shape = SHAPE_LOOP,
	.control = true,
	.figures = control_figures,
	.workloads = (const char *const[]){"spin", NULL},
	.workloads_fixed = true,
	.executors = (const char *const[]){"thread", NULL},
	.executors_fixed = true,
	.workers = WORKER_LEVELS(1),
	.workers_fixed = true,
	.replicates = 2,
	.baseline = "replicate=a",
};
