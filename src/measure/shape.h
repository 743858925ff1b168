/* SPDX-License-Identifier: MIT */
/* What is timed: one short function a shape, the same for every executor. A shape owns whoever works for it. */
#ifndef TVP_MEASURE_SHAPE_H
#define TVP_MEASURE_SHAPE_H

#include <stdbool.h>

#include "core/experiment.h"
#include "core/team.h"
#include "measure/request.h"

struct executor;
struct shape_ops;

/* What a shape is made for; all of it lives as long as the shape. */
struct shape_setup {
	const struct measure_request *request;
	const struct executor *executor;
	const struct workload *workload;
	uint64_t constant;   /* of the workload */
	const char *cpusets; /* one list a worker, separated by ';'; "": unbound */
};

/* A shape at work. */
struct shape_run {
	const struct shape_ops *ops;
	void *state;     /* the shape's own */
	uint64_t turn;   /* a batch is a multiple of so many operations */
	bool shared_out; /* the workers share a batch's operations out among them, one each in a turn */
	uint64_t fixed;  /* a batch has just so many operations; 0: as many as make it long enough */
	uint64_t most;   /* a batch has so many operations at most; 0: any number */
};

/* Errors are negative errnos with REASON_BYTES of reason; -EOPNOTSUPP: there is no such thing with this executor. */
struct shape_ops {
	/* Fills in what follows ops; the workers are up and waiting, where there is something like that. After an error
	 * there is nothing to end. */
	int (*open)(struct shape_run *run, const struct shape_setup *setup, char *reason);
	/* One batch of `ops` operations, verified. */
	int (*batch)(struct shape_run *run, uint64_t ops, struct sample *sample, char *reason);
	/* Ends the workers in good order. */
	int (*close)(struct shape_run *run, char *reason);
	/* Ends those that are still there, whatever they do, and frees everything. */
	void (*exit)(struct shape_run *run);
	/* What the workers were bound to and where they were last seen, as in struct measurement. The caller frees both.
	 * 0 or -ENOMEM. */
	int (*whereabouts)(const struct shape_run *run, char **cpusets, char **cpus);
	/* What the workers did in the last batch; *events is valid until the next one. NULL: that is not known. */
	size_t (*timeline)(const struct shape_run *run, const struct timeline_event **events);
	/* What the operations of the timed batches took, until the shape's end. NULL: that is not known. */
	size_t (*latencies)(const struct shape_run *run, const struct latency_bin **bins);
};

/* The team that is asked for. */
struct team_options shape_team_options(const struct shape_setup *setup);

/* Indexed by enum shape. */
extern const struct shape_ops *const shape_table[];

extern const struct shape_ops shape_create;
extern const struct shape_ops shape_loop;
extern const struct shape_ops shape_open;
extern const struct shape_ops shape_farm;

#endif
