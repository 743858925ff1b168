/* SPDX-License-Identifier: MIT */
/* What it costs to hand a task over, by who works, how many go at a time, and through which call. */
#include "core/experiment.h"
#include "core/farm.h"

static const struct figure dispatch_figures[] = {
	{"task", "ns", BETTER_LOWER, "wall time per task, from the call until all results are there",
	 sample_ns_per_operation},
	{0},
};

const struct experiment experiment_dispatch = {
	.name = "dispatch",
	.question = "What does it cost to hand a task to a worker?",
	.summary = "a pool squares numbers, so that hardly anything but handing over is left; an operation is one task",
	.fairness =
		"one queue and one worker loop for all executors, the same arrays; peers do the same sizes with the "
		"calls that they have for it, timed by themselves without the way to them",
	.shape = SHAPE_FARM,
	.peers = true,
	.figures = dispatch_figures,
	.workloads = (const char *const[]){"square", NULL},
	.executors = (const char *const[]){"thread", "fork", "forkserver", "spawn", NULL},
	.workers = WORKER_LEVELS(1),
	.settings = farm_settings,
	.rows =
		(const char *const[]){
			"entry=map;schedule=dynamic;chunk=1",
			"entry=map;schedule=dynamic;chunk=16",
			"entry=map;schedule=dynamic;chunk=256",
			"entry=map",
			"entry=apply",
			"entry=apply-async",
			"entry=imap-unordered;schedule=dynamic;chunk=16",
			NULL,
		},
	.baseline = "executor=thread",
};
