/* SPDX-License-Identifier: MIT */
/* What those who ask wait, when they come at set rates and do not wait for one another. */
#include "core/experiment.h"
#include "core/open.h"

static double latency_p50(const struct sample *sample)
{
	return sample->latency_ns[LATENCY_P50];
}

static double latency_p90(const struct sample *sample)
{
	return sample->latency_ns[LATENCY_P90];
}

static double latency_p99(const struct sample *sample)
{
	return sample->latency_ns[LATENCY_P99];
}

static double latency_p999(const struct sample *sample)
{
	return sample->latency_ns[LATENCY_P999];
}

static const struct figure latency_figures[] = {
	{"p99", "ns", BETTER_LOWER, "latency that 1 % of the operations exceeded", latency_p99},
	{"p50", "ns", BETTER_LOWER, "latency that half of the operations exceeded", latency_p50},
	{"p90", "ns", BETTER_LOWER, "latency that 10 % of the operations exceeded", latency_p90},
	{"p99.9", "ns", BETTER_LOWER, "latency that 0.1 % of the operations exceeded", latency_p999},
	{"achieved", "1/s", BETTER_HIGHER, "operations per second until the last was done",
	 sample_operations_per_second},
	{0},
};

const struct experiment experiment_latency = {
	.name = "latency",
	.question = "How long do those wait who come when they like?",
	.summary = "an open loop: operations start at set times, whoever is busy then; a latency counts from that time",
	.fairness = "the same times for all executors in a block, the same server, and as many operations under way",
	.shape = SHAPE_OPEN,
	.batch_ns = open_batch_ns,
	.figures = latency_figures,
	.missing = "fewer than ten operations of a batch took longer; raise rate or length_ms",
	.workloads = (const char *const[]){"echo", NULL},
	.all_workloads = (const char *const[]){"echo", "sleep", "file-read", NULL},
	.executors = (const char *const[]){"thread", "fork", "event-loop", NULL},
	.all_executors = (const char *const[]){"thread", "fork", "forkserver", "spawn", "event-loop", NULL},
	.workers = WORKER_LEVELS(16),
	.settings = open_settings,
	.rows = (const char *const[]){"rate=8000;length_ms=250;workload=echo", NULL},
	.more_rows =
		(const char *const[]){
			"rate=1000;length_ms=1000;workload=echo",
			"rate=4000;length_ms=500;workload=sleep,file-read",
			"rate=16000;length_ms=1000;workload=echo",
			NULL,
		},
	.baseline = "executor=thread",
};
