/* SPDX-License-Identifier: MIT */
/* What it matters where workers are bound to, and whether at all. */
#include "core/experiment.h"

static const struct figure placement_figures[] = {
	{"throughput", "1/s", BETTER_HIGHER, "operations per second of the whole team", sample_operations_per_second},
	{0},
};

const struct experiment experiment_placement = {
	.name = "placement",
	.question = "Does it matter where workers run?",
	.summary = "a standing team of as many workers as there are cores claims operations from one counter",
	.fairness = "the same team and work for every placement, next to each other in every block; what this machine "
		    "has no "
		    "such thing as is skipped",
	.shape = SHAPE_LOOP,
	.figures = placement_figures,
	.workloads = (const char *const[]){"primes", NULL},
	.all_workloads = (const char *const[]){"primes", "triad", "pointer-chase", "echo", NULL},
	.executors = (const char *const[]){"thread", "fork", NULL},
	.placements = (const char *const[]){"none", "compact", "scatter", "same-core", NULL},
	.all_placements = (const char *const[]){"none", "compact", "scatter", "smt", "numa", "same-core", NULL},
	.placements_compared = true,
	.workers = WORKER_LEVELS(1),
	.baseline = "placement=none",
};
