/* SPDX-License-Identifier: MIT */
/* What it costs to bring a worker into being, from the call until its end is known. */
#include <math.h>

#include "core/experiment.h"
#include "core/parent.h"

static double create_phase(const struct sample *sample, enum phase phase)
{
	if (sample->only_reaped && phase != PHASE_REAPED)
		return NAN;
	return (double)sample->phase_ns[phase] / (double)sample->ops;
}

static double create_called(const struct sample *sample)
{
	return create_phase(sample, PHASE_CALLED);
}

static double create_started(const struct sample *sample)
{
	return create_phase(sample, PHASE_STARTED);
}

static double create_done(const struct sample *sample)
{
	return create_phase(sample, PHASE_DONE);
}

static double create_seen(const struct sample *sample)
{
	return sample->seen_ops ? (double)sample->seen_ns / (double)sample->seen_ops : NAN;
}

static double create_reaped(const struct sample *sample)
{
	return create_phase(sample, PHASE_REAPED);
}

static double create_creator_faults(const struct sample *sample)
{
	if (sample->only_reaped)
		return NAN;
	return (double)sample->creator_faults / (double)sample->ops;
}

static double create_worker_faults(const struct sample *sample)
{
	return sample->worker_faults / (double)sample->ops;
}

static const struct figure create_figures[] = {
	{"reaped", "ns", BETTER_LOWER, "from the creating call until the worker's end is known", create_reaped},
	{"called", "ns", BETTER_LOWER, "until the creating call has returned", create_called},
	{"started", "ns", BETTER_LOWER, "until the worker's first instruction", create_started},
	{"done", "ns", BETTER_LOWER, "until the worker's work is done", create_done},
	{"seen", "ns", BETTER_LOWER, "until a creator who sleeps until then has seen that it is done", create_seen},
	{"creator-faults", "faults", BETTER_LOWER, "page faults of the creating thread, for one worker",
	 create_creator_faults},
	{"worker-faults", "faults", BETTER_LOWER, "page faults of the worker", create_worker_faults},
	{0},
};

/* One of each kind: they differ in what they take over from their parent. */
#define PARENT_ALL "thread,fork,forkserver,fork-exec,spawn-static"

const struct experiment experiment_create = {
	.name = "create",
	.question = "What does it cost to bring a worker into being and to see it end?",
	.summary = "an operation brings up a worker, which says when it began and when it was done, and reaps it",
	.fairness =
		"all workers do the same next to nothing, on one core with their creator or wherever the kernel puts "
		"them, in a fresh parent that differs in nothing but what the settings say",
	.shape = SHAPE_CREATE,
	.figures = create_figures,
	.workloads = (const char *const[]){"noop", NULL},
	.workloads_fixed = true,
	.subjects = true,
	/* Unbound is what programs do, but what it costs to wake a worker on another core depends on what that core does;
	 * on one hardware thread nothing does. */
	.placements = (const char *const[]){"none", "same-core", NULL},
	.workers = WORKER_LEVELS(WORKERS_ONE),
	.settings = parent_settings,
	.memory_bytes = parent_memory_bytes,
	.rows = (const char *const[]){"executor=serial,thread,fork,forkserver,spawn", NULL},
	/* All subjects in a small parent; then what the parent can have more of, for those to whom it might matter. */
	.more_rows =
		(const char *const[]){
			"placement=same-core",
			"placement=same-core;memory_mib=1;executor=" PARENT_ALL,
			"placement=same-core;memory_mib=16;executor=" PARENT_ALL,
			"placement=same-core;memory_mib=64;executor=" PARENT_ALL,
			"placement=same-core;memory_mib=256;executor=" PARENT_ALL,
			"placement=same-core;memory_mib=1024;executor=thread,fork,spawn-static",
			"placement=same-core;memory_mib=4096;executor=fork",
			"placement=same-core;memory_mib=64;thp=on;executor=fork",
			"placement=same-core;memory_mib=256;thp=on;executor=fork",
			"placement=same-core;memory_mib=1024;thp=on;executor=fork",
			"placement=same-core;mappings=10000;executor=" PARENT_ALL,
			"placement=same-core;descriptors=1000;executor=" PARENT_ALL,
			"placement=same-core;descriptors=1000;cloexec=off;executor=" PARENT_ALL,
			"placement=same-core;descriptors=10000;executor=" PARENT_ALL,
			"placement=same-core;descriptors=10000;cloexec=off;executor=" PARENT_ALL,
			"placement=same-core;threads=16;executor=" PARENT_ALL,
			NULL,
		},
	.baseline = "executor=thread",
	.slope = "memory_mib",
};
