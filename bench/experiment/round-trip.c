/* SPDX-License-Identifier: MIT */
/* What it takes to wake a pool that sleeps, have every worker do a task, and hear of it. */
#include "core/experiment.h"
#include "core/farm.h"

static double round_trip_call(const struct sample *sample)
{
	return (double)sample->wall_ns / (double)sample->calls;
}

static double round_trip_over_bare(const struct sample *sample)
{
	return round_trip_call(sample) / sample->bare_ns;
}

static const struct figure round_trip_figures[] = {
	{"call", "ns", BETTER_LOWER, "wall time of a map of one task for each worker", round_trip_call},
	{"over-futex", "x", BETTER_LOWER,
	 "that over a bare futex round trip between the CPUs of the first and the last worker", round_trip_over_bare},
	{0},
};

const struct experiment experiment_round_trip = {
	.name = "round-trip",
	.question = "What does it cost to wake sleeping workers and to hear that they are done?",
	.summary = "a map of one hardly noticeable task for each worker; nobody spins, so all sleep between two maps",
	.fairness =
		"the same calls for all executors; after every batch two threads of the same process wake each other "
		"on the same CPUs, one bound like the caller, the other like the last worker",
	.shape = SHAPE_FARM,
	.bare = true,
	.figures = round_trip_figures,
	.workloads = (const char *const[]){"square", NULL},
	.workloads_fixed = true,
	.executors = (const char *const[]){"thread", "fork", "forkserver", "spawn", NULL},
	/* Unbound, the kernel puts who wake each other on one core or on two as it likes, and that is all one would see. */
	.placements = (const char *const[]){"same-core", "scatter", NULL},
	.workers = WORKER_LEVELS(1),
	.settings = farm_settings,
	.rows = (const char *const[]){"schedule=dynamic;chunk=1;spin_us=0;tasks=1", NULL},
	.baseline = "executor=thread",
};
