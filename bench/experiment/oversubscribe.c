/* SPDX-License-Identifier: MIT */
/* What more workers cost than there are cores, when they have to share those. */
#include "core/experiment.h"

static double oversubscribe_switches(const struct sample *sample)
{
	return (double)(sample->usage.voluntary_switches + sample->usage.involuntary_switches) * 1e9 /
	       (double)sample->wall_ns;
}

static const struct figure oversubscribe_figures[] = {
	{"throughput", "1/s", BETTER_HIGHER, "operations per second of the whole team", sample_operations_per_second},
	{"cpu-time", "ns", BETTER_LOWER, "CPU time of the workers per operation", sample_cpu_ns_per_operation},
	{"switches", "1/s", BETTER_LOWER, "context switches of all workers in a second", oversubscribe_switches},
	{0},
};

const struct experiment experiment_oversubscribe = {
	.name = "oversubscribe",
	.question = "What do more workers than cores cost?",
	.summary = "a standing team of one to 32 times as many workers as cores claims operations from one counter",
	.fairness =
		"the same operations whatever the number of workers, and none of them ever waits: so the kernel has to "
		"share the cores out; each is compared with one worker for each core",
	.shape = SHAPE_LOOP,
	.figures = oversubscribe_figures,
	.workloads = (const char *const[]){"primes", NULL},
	.all_workloads = (const char *const[]){"primes", "sort", "triad", NULL},
	.executors = (const char *const[]){"thread", "fork", NULL},
	.workers = WORKER_LEVELS(1, 8),
	.all_workers = WORKER_LEVELS(1, 2, 4, 8, 16, 32),
	.baseline = "workers=cores",
};
