/* SPDX-License-Identifier: MIT */
/* How well schedules share out tasks that are not all alike. */
#include "core/experiment.h"
#include "core/farm.h"

static double imbalance_over_ideal(const struct sample *sample)
{
	return (double)sample->wall_ns / (double)sample->ideal_ns;
}

static double idle_share(uint64_t busy_ns, uint64_t available_ns)
{
	return busy_ns < available_ns ? 1 - (double)busy_ns / (double)available_ns : 0;
}

static double imbalance_idle(const struct sample *sample)
{
	return idle_share(sample->busy_ns, sample->workers * sample->wall_ns);
}

static double imbalance_idlest(const struct sample *sample)
{
	return idle_share(sample->busy_least_ns, sample->wall_ns);
}

static const struct figure imbalance_figures[] = {
	{"over-ideal", "x", BETTER_LOWER, "wall time over what it would be with the same tasks shared out perfectly",
	 imbalance_over_ideal},
	{"idle", "share", BETTER_LOWER, "part of the time that workers were not in a task", imbalance_idle},
	{"idlest", "share", BETTER_LOWER, "the same of the worker that was idle most", imbalance_idlest},
	{0},
};

const struct experiment experiment_imbalance = {
	.name = "imbalance",
	.question = "How much time is lost when tasks are not all alike?",
	.summary = "a map of 128 computing tasks for each worker, 20 us long in the mean: all alike, lognormal, or "
		   "with one "
		   "as long as a quarter of all others; every claim is recorded",
	.fairness =
		"the same tasks in the same order for every schedule; the ideal is made of the times that the tasks "
		"took in the very same map",
	.shape = SHAPE_FARM,
	.timeline = true,
	.figures = imbalance_figures,
	.workloads = (const char *const[]){"busy", NULL},
	.executors = (const char *const[]){"thread", "fork", NULL},
	.workers = WORKER_LEVELS(1),
	.settings = farm_settings,
	.rows =
		(const char *const[]){
			"length_ns=20000;spread=even;schedule=static;tasks=128",
			"length_ns=20000;spread=even;schedule=dynamic;chunk=1;tasks=128",
			"length_ns=20000;spread=even;schedule=guided;chunk=1;tasks=128",
			"length_ns=20000;spread=lognormal;schedule=static;tasks=128",
			"length_ns=20000;spread=lognormal;schedule=dynamic;chunk=1;tasks=128",
			"length_ns=20000;spread=lognormal;schedule=guided;chunk=1;tasks=128",
			"length_ns=20000;spread=giant;schedule=static;tasks=128",
			"length_ns=20000;spread=giant;schedule=dynamic;chunk=1;tasks=128",
			"length_ns=20000;spread=giant;schedule=guided;chunk=1;tasks=128",
			NULL,
		},
	.baseline = "executor=thread",
};
