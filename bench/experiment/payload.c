/* SPDX-License-Identifier: MIT */
/* What the way of inputs to workers costs: nothing, a copy, or a pipe. */
#include "core/experiment.h"
#include "core/farm.h"

static const struct figure payload_figures[] = {
	{"task", "ns", BETTER_LOWER, "wall time per task, from the call until all results are there",
	 sample_ns_per_operation},
	{0},
};

const struct experiment experiment_payload = {
	.name = "payload",
	.question = "What does it cost to bring a task its data?",
	.summary = "a map of checksums over blocks: in shared memory, by pointer, copied there, or sent through a pipe",
	.fairness =
		"the same blocks and the same checksum; only the way of a block to its worker differs, and a pointer "
		"is for threads alone",
	.shape = SHAPE_FARM,
	.figures = payload_figures,
	.workloads = (const char *const[]){"checksum", NULL},
	.executors = (const char *const[]){"thread", "fork", NULL},
	.workers = WORKER_LEVELS(1),
	.settings = farm_settings,
	.rows =
		(const char *const[]){
			"bytes=1024;payload=shared",
			"bytes=1024;payload=pointer",
			"bytes=1024;payload=copy",
			"bytes=1024;payload=pipe",
			"bytes=1048576;payload=shared",
			"bytes=1048576;payload=pointer",
			"bytes=1048576;payload=copy",
			"bytes=1048576;payload=pipe",
			NULL,
		},
	.more_rows =
		(const char *const[]){
			"bytes=8;payload=shared",
			"bytes=8;payload=pointer",
			"bytes=8;payload=copy",
			"bytes=8;payload=pipe",
			"bytes=65536;payload=shared",
			"bytes=65536;payload=pointer",
			"bytes=65536;payload=copy",
			"bytes=65536;payload=pipe",
			NULL,
		},
	.baseline = "executor=thread",
};
