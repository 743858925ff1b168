/* SPDX-License-Identifier: MIT */
/* Four small costs that tell machines apart: a yardstick for what differs between two of them. */
#include "core/experiment.h"

static const struct figure kernels_figures[] = {
	{"operation", "ns", BETTER_LOWER, "wall time per operation", sample_ns_per_operation},
	{0},
};

const struct experiment experiment_kernels = {
	.name = "kernels",
	.question = "How fast is this machine at what everything here is made of?",
	.summary = "the plain serial loop over a segment of a sieve, a system call, a page fault, a futex round trip",
	.fairness =
		"the same operations on every machine: to set its other figures against, never to compare executors",
	.shape = SHAPE_LOOP,
	.control = true,
	.figures = kernels_figures,
	.workloads = (const char *const[]){"primes", "syscall", "page-fault", "futex-round-trip", NULL},
	.workloads_fixed = true,
	.executors = (const char *const[]){"serial", NULL},
	.executors_fixed = true,
	/* On one hardware thread: between two the round trip would tell of the second core's sleep. */
	.placements = (const char *const[]){"same-core", NULL},
	.workers = WORKER_LEVELS(WORKERS_ONE),
	.workers_fixed = true,
};
