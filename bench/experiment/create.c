/* SPDX-License-Identifier: MIT */
/* What it costs to bring a worker into being, from the call until its end is known. */
#include "core/experiment.h"

static double create_phase(const struct sample *sample, enum phase phase)
{
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

static double create_reaped(const struct sample *sample)
{
	return create_phase(sample, PHASE_REAPED);
}

static const struct figure create_figures[] = {
	{"reaped", "ns", BETTER_LOWER, "from the creating call until the worker's end is known", create_reaped},
	{"called", "ns", BETTER_LOWER, "until the creating call has returned", create_called},
	{"started", "ns", BETTER_LOWER, "until the worker's first instruction", create_started},
	{"done", "ns", BETTER_LOWER, "until the worker's work is done", create_done},
	{0},
};

const struct experiment experiment_create = {
	.name = "create",
	.question = "What does it cost to bring a worker into being and to see it end?",
	.summary = "an operation creates a team of workers, each does nothing and ends, and all are reaped",
	.fairness = "every executor runs the same worker code from its first to its last line, in a fresh small parent",
	.shape = SHAPE_CREATE,
	.figures = create_figures,
	.workloads = (const char *const[]){"noop", NULL},
	.workloads_fixed = true,
	/* Unbound is what programs do, but what it costs to wake a worker on another core depends on what that core does;
	 * on one hardware thread nothing does. */
	.placements = (const char *const[]){"none", "same-core", NULL},
	.workers = WORKERS_ONE,
	.baseline = "executor=thread",
};
