/* SPDX-License-Identifier: MIT */
/* From which length of task on a pool pays, and a worker for every task. */
#include "core/experiment.h"
#include "core/farm.h"

static const struct figure granularity_figures[] = {
	{"throughput", "1/s", BETTER_HIGHER, "tasks per second of the whole pool", sample_operations_per_second},
	{0},
};

/* Tasks of 100 ms are left to --set length_ns=100000000: nothing is new there, and a block would take twice as long. To
 * make a worker takes tens of microseconds at least, so that tasks far below that need not be tried with one for each. */
const struct experiment experiment_granularity = {
	.name = "granularity",
	.question = "How long must tasks be for a pool to pay?",
	.summary = "a map of computing tasks of one length, by a pool whose workers stay and by one that makes a new "
		   "worker for every task (recycle=1)",
	.fairness =
		"the same tasks in the same memory for all; speed-up is over the plain loop, which has no pool at all",
	.shape = SHAPE_FARM,
	.figures = granularity_figures,
	.workloads = (const char *const[]){"busy", NULL},
	.workers = WORKER_LEVELS(1),
	.settings = farm_settings,
	.rows =
		(const char *const[]){
			"length_ns=100",
			"length_ns=1000",
			"length_ns=10000",
			"length_ns=100000",
			"length_ns=1000000",
			"length_ns=10000000",
			"length_ns=10000;schedule=dynamic;chunk=1;recycle=1",
			"length_ns=100000;schedule=dynamic;chunk=1;recycle=1",
			"length_ns=1000000;schedule=dynamic;chunk=1;recycle=1",
			"length_ns=10000000;schedule=dynamic;chunk=1;recycle=1",
			NULL,
		},
	.baseline = "executor=thread",
	.reference = "executor=serial;workers=1",
	.crossing = "length_ns",
};
