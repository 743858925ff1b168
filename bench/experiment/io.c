/* SPDX-License-Identifier: MIT */
/* Many more workers than cores, for work that waits; beside them one thread that waits for all. */
#include "core/experiment.h"

static double io_memory(const struct sample *sample)
{
	return sample->worker_bytes / 1024;
}

static const struct figure io_figures[] = {
	{"throughput", "1/s", BETTER_HIGHER, "operations per second of the whole team", sample_operations_per_second},
	{"memory", "KiB", BETTER_LOWER, "memory that each worker takes, or each operation under way in an event loop",
	 io_memory},
	{"cpu-time", "ns", BETTER_LOWER, "CPU time of the workers per operation, without the server's",
	 sample_cpu_ns_per_operation},
	{"switches", "/op", BETTER_LOWER, "context switches of the workers per operation",
	 sample_switches_per_operation},
	{0},
};

const struct experiment experiment_io = {
	.name = "io",
	.question = "How much waiting can be done at a time, and what does each who waits cost?",
	.summary =
		"a closed loop: each worker claims the next operation when its last one is done; `event-loop` keeps as "
		"many operations under way in one thread",
	.fairness =
		"the same operations against the same server or files; servers are processes of their own, and as many "
		"operations are under way with every executor",
	.shape = SHAPE_LOOP,
	.memory = true,
	.figures = io_figures,
	.workloads = (const char *const[]){"echo", "crawl", NULL},
	.all_workloads = (const char *const[]){"sleep", "file-read", "file-write", "echo", "crawl", NULL},
	.executors = (const char *const[]){"thread", "fork", "event-loop", NULL},
	.all_executors = (const char *const[]){"thread", "fork", "forkserver", "spawn", "event-loop", NULL},
	.workers = WORKER_LEVELS(16),
	.all_workers = WORKER_LEVELS(1, 4, 16, 64),
	.baseline = "executor=thread",
};
