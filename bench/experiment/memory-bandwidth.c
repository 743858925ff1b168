/* SPDX-License-Identifier: MIT */
/* How many bytes a second workers move, by how much memory they work on: in the caches and beyond. */
#include "core/experiment.h"

/* A byte per ns is 10^9 a second. */
static double memory_bandwidth_value(const struct sample *sample)
{
	return (double)sample->units / (double)sample->wall_ns;
}

static const struct figure memory_bandwidth_figures[] = {
	{"bandwidth", "GB/s", BETTER_HIGHER, "10^9 bytes per second of all workers, counted as STREAM counts them",
	 memory_bandwidth_value},
	{0},
};

const struct experiment experiment_memory_bandwidth = {
	.name = "memory-bandwidth",
	.question = "How fast is memory read and written, alone and on all cores at once?",
	.summary =
		"an operation of triad reads two arrays and writes a third, 64 Ki elements of each; kib is what each "
		"worker has",
	.fairness = "each worker has arrays of its own, of the same size, which it has touched first; nothing is "
		    "shared but "
		    "caches and memory",
	.shape = SHAPE_LOOP,
	.figures = memory_bandwidth_figures,
	.workloads = (const char *const[]){"triad", NULL},
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
	.reference = "executor=serial;workers=1",
};
