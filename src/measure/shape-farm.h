/* SPDX-License-Identifier: MIT */
/* A farm: tasks that are handed to a pool, to a peer, or to nobody (the plain loop, for executors that lend the caller). */
#ifndef TVP_MEASURE_SHAPE_FARM_H
#define TVP_MEASURE_SHAPE_FARM_H

#include "core/farm.h"
#include "measure/peer.h"
#include "measure/shape.h"
#include "tvp/pool.h"

struct farm {
	const struct executor *executor;
	const struct workload *workload;
	const struct measure_request *request;
	const char *cpusets;
	struct job job;        /* for the workload's task_… */
	struct tvp_pool *pool; /* NULL: a peer, or the plain loop */
	struct peer peer;
	bool has_peer;
	char peer_path[PATH_MAX + WORKLOAD_NAME_BYTES];

	/* The tasks of one call. */
	size_t room;   /* for so many */
	size_t filled; /* inputs of a call of so many are in place */
	size_t input_bytes, output_bytes;
	unsigned char *inputs, *outputs;
	struct tvp_async *handles; /* of applied tasks, where each is asked how it ended */

	/* Hands in `count` tasks and waits for them all: what is timed. 0 or a negative errno; n > 0: n tasks failed. */
	int64_t (*call)(struct farm *farm, size_t count);

	struct timeline_event *events; /* of the last call */
	size_t event_count;
	size_t events_each; /* that are kept of every worker at most, so that a timeline that is cut is cut for all */
};

/* The call that request->settings[FARM_ENTRY] names. */
void farm_choose_call(struct farm *farm);

/* How large tasks are, and how many of them one call has at most. 0 or a negative errno with a reason. */
int farm_data_plan(struct farm *farm, char *reason);
/* Memory for so many. */
int farm_data_init(struct farm *farm, char *reason);
void farm_data_exit(struct farm *farm);
/* Writes the inputs of a call of `count` tasks, if they are not there, and spoils outputs: all before the first call of a
 * batch, of later ones some. To touch all would bring them into the owner's cache, from which the workers would have to
 * fetch each line again, in every call; a program does not do that between two maps. */
void farm_data_fill(struct farm *farm, size_t count, bool all);
/* Are the outputs right? All after the first and the last call of a batch, else those that were spoilt. */
int farm_data_verify(const struct farm *farm, size_t count, bool all, char *reason);

/* Before and after a call; the latter adds what the workers did in it to the sample. Without a timeline nothing. */
void farm_trace_begin(struct farm *farm);
void farm_trace_end(struct farm *farm, uint64_t begin_ns, uint64_t wall_ns, struct sample *sample);

/* Binds the calling thread like the worker of that rank, if workers are bound. */
int farm_bind(const struct farm *farm, unsigned rank);

/* A futex round trip between this thread and another one that is bound to the last worker's CPUs, neither spinning: what
 * waking and being woken cost without a pool. 0, or a negative errno with a reason. */
int farm_bare_round_trip(const struct farm *farm, double *round_trip_ns, char *reason);

#endif
