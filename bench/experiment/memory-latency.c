/* SPDX-License-Identifier: MIT */
/* How long a load takes that waits for the one before, by how much memory there is to load from. */
#include "core/experiment.h"

/* As each of the workers sees it. */
static double memory_latency_value(const struct sample *sample)
{
	return (double)sample->wall_ns * (double)sample->workers / (double)sample->units;
}

static const struct figure memory_latency_figures[] = {
	{"load", "ns", BETTER_LOWER, "until a load has its value, as each worker sees it", memory_latency_value},
	{0},
};

const struct experiment experiment_memory_latency = {
	.name = "memory-latency",
	.question = "How long does a load take, alone and while all cores load?",
	.summary = "an operation of pointer-chase is 4093 loads, each from where the last one said; kib is what each "
		   "worker has",
	.fairness = "each worker has memory of its own, of the same size, which it has touched first; nothing is "
		    "shared but "
		    "caches and memory",
	.shape = SHAPE_LOOP,
	.figures = memory_latency_figures,
	.workloads = (const char *const[]){"pointer-chase", NULL},
	.workloads_fixed = true,
	.executors = (const char *const[]){"serial", "thread", "fork", NULL},
	.workers = WORKER_LEVELS(WORKERS_ONE, 1),
	.rows = (const char *const[]){NULL},
	.more_rows =
		(const char *const[]){
			"kib=16",
			"kib=32",
			"kib=64",
			"kib=256",
			"kib=1024",
			"kib=2048",
			"kib=4096",
			"kib=16384",
			"kib=65536",
			"kib=262144",
			"kib=1048576",
			NULL,
		},
	.baseline = "executor=thread",
};
