/* SPDX-License-Identifier: MIT */
/* Whether those who create workers at the same time hold each other up, as threads of one process and as processes. */
#include "core/experiment.h"

static const struct figure creators_figures[] = {
	{"rate", "1/s", BETTER_HIGHER, "workers created and reaped per second, by all creators together",
	 sample_operations_per_second},
	{"operation", "ns", BETTER_LOWER, "wall time for each of them", sample_ns_per_operation},
	{0},
};

const struct experiment experiment_creators = {
	.name = "creators",
	.question = "Do threads that create workers hold each other up more than processes do?",
	.summary = "creators that stand ready claim operations from one counter; each brings up a worker that does "
		   "nothing, and reaps it",
	.fairness =
		"the same calls by the same code, on the same cores, where the new workers stay; speed-up is over one "
		"creator that is alone in its process",
	.shape = SHAPE_LOOP,
	.figures = creators_figures,
	.workloads = (const char *const[]){"creation", NULL},
	.workloads_fixed = true,
	.executors = (const char *const[]){"serial", "thread", "fork", NULL},
	/* Each creator on a core of its own, if there are enough. Unbound, even one of them uses two: it waits on one while
	 * its worker wakes the other up, and how long that takes would be all that one sees. */
	.placements = (const char *const[]){"scatter", NULL},
	.workers = WORKER_LEVELS(WORKERS_LADDER),
	.rows = (const char *const[]){NULL},
	.more_rows = (const char *const[]){"worker=thread", "worker=fork", "worker=spawn", NULL},
	.baseline = "executor=thread",
	.reference = "executor=serial;workers=1",
};
