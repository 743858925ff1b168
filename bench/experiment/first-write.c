/* SPDX-License-Identifier: MIT */
/* What a fork leaves to be paid afterwards: the first write to each shared page, and the end of a large worker. */
#include <math.h>

#include "core/experiment.h"
#include "core/parent.h"

static double first_write_page(const struct sample *sample)
{
	return sample->written_pages ? (double)sample->written_ns / (double)sample->written_pages : NAN;
}

static double first_write_called(const struct sample *sample)
{
	return (double)sample->phase_ns[PHASE_CALLED] / (double)sample->ops;
}

static double first_write_end(const struct sample *sample)
{
	return (double)(sample->phase_ns[PHASE_REAPED] - sample->phase_ns[PHASE_DONE]) / (double)sample->ops;
}

static double first_write_faults(const struct sample *sample)
{
	if (!sample->written_pages || sample->usage_unknown)
		return NAN;
	return (double)sample->usage.minor_faults / (double)sample->written_pages;
}

static const struct figure first_write_figures[] = {
	{"page", "ns", BETTER_LOWER, "to write a byte into a page, on average over all touched pages",
	 first_write_page},
	{"called", "ns", BETTER_LOWER, "until the creating call has returned", first_write_called},
	{"end", "ns", BETTER_LOWER, "from the end of the worker's work until it is reaped, its memory given back",
	 first_write_end},
	{"faults", "faults", BETTER_LOWER, "page faults of both sides, for each page written to", first_write_faults},
	{0},
};

const struct experiment experiment_first_write = {
	.name = "first-write",
	.question = "What does a fork leave to be paid afterwards?",
	.summary = "an operation brings up a worker, then one of the two writes a byte into each page of the parent's "
		   "memory "
		   "while the other waits, then the worker ends and is reaped",
	.fairness =
		"the same writes by the same code; under thread nothing is copied, and what that costs is the baseline",
	.shape = SHAPE_CREATE,
	.figures = first_write_figures,
	.workloads = (const char *const[]){"noop", NULL},
	.workloads_fixed = true,
	.executors = (const char *const[]){"thread", "fork", NULL},
	.placements = (const char *const[]){"same-core", NULL},
	.workers = WORKER_LEVELS(WORKERS_ONE),
	.settings = parent_and_write_settings,
	.memory_bytes = parent_memory_bytes,
	.rows = (const char *const[]){NULL},
	.more_rows =
		(const char *const[]){
			"memory_mib=16;write=creator",
			"memory_mib=16;write=worker",
			"memory_mib=64;write=creator;thp=on",
			"memory_mib=64;write=worker;thp=on",
			NULL,
		},
	.baseline = "executor=thread",
};
