/* SPDX-License-Identifier: MIT */
/* How much faster the same work gets with more workers, for work that computes, that moves memory, and that waits. */
#include "core/experiment.h"

static double scaling_cpus(const struct sample *sample)
{
	return (double)(sample->usage.user_ns + sample->usage.sys_ns) / (double)sample->wall_ns;
}

static const struct figure scaling_figures[] = {
	{"throughput", "1/s", BETTER_HIGHER, "operations per second of the whole team", sample_operations_per_second},
	{"cpus", "CPUs", BETTER_LOWER, "CPU time over wall time: how many CPUs really worked", scaling_cpus},
	{"cpu-time", "ns", BETTER_LOWER, "CPU time of the workers per operation, user and system",
	 sample_cpu_ns_per_operation},
	{"switches", "/op", BETTER_LOWER, "context switches of the workers per operation",
	 sample_switches_per_operation},
	{0},
};

const struct experiment experiment_scaling = {
	.name = "scaling",
	.question = "How much faster does the same work get with more workers?",
	.summary = "a standing team claims operations from one counter; timed from its start to its last operation",
	.fairness = "the same code, data and counter for every executor; speed-up is over the plain serial loop",
	.shape = SHAPE_LOOP,
	.figures = scaling_figures,
	.workloads = (const char *const[]){"primes", "compress", "triad", "sleep", NULL},
	.all_workloads =
		(const char *const[]){
			"primes",     "matmul",        "mandelbrot",  "nbody",     "montecarlo-pi",
			"sort",       "sha256",        "compress",    "wordcount", "image",
			"triad",      "pointer-chase", "first-touch", "sleep",     "file-read",
			"file-write", "echo",          "crawl",       NULL,
		},
	.executors = (const char *const[]){"serial", "thread", "fork", NULL},
	.all_executors = (const char *const[]){"serial", "thread", "fork", "forkserver", "spawn", "event-loop", NULL},
	.workers = WORKER_LEVELS(WORKERS_ONE, 1, 2),
	.all_workers = WORKER_LEVELS(WORKERS_LADDER),
	.baseline = "executor=thread",
	.reference = "executor=serial;workers=1",
};
