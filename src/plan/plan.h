/* SPDX-License-Identifier: MIT */
/*
 * From options to cells. Pure: nothing is run, so that a plan can be shown, tested and hashed.
 * A plan is a list of cells in order of experiment and group, and a rule that shuffles it for each block.
 */
#ifndef TVP_PLAN_PLAN_H
#define TVP_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/executor.h"
#include "core/experiment.h"
#include "core/workload.h"
#include "machine/machine.h"

/* One --set name=1,2,3: what it means depends on whose parameter it is. */
struct plan_setting {
	char *name;
	char *values; /* as they were written */
};

/* What the user asked for; lists are NULL where the experiment's own levels apply, and end with NULL or 0. */
struct plan_request {
	const struct experiment **experiments; /* NULL: all that have a cell with what is selected */
	const struct workload **workloads;
	const struct executor **executors;
	const char **placements;
	unsigned *workers;
	struct plan_setting *settings; /* of two for one name, the last counts */
	size_t setting_count;
	const struct executor *const *peers; /* those that there are to take part, with or without being named */
	bool in_process;                     /* nothing over a pool, whose cost is seen from a process of its own */
	unsigned aa_pairs; /* not 0: an A/A study, so many times the control's pair and nothing else */
};

/* One point of the plan. */
struct cell {
	const struct experiment *experiment;
	const struct workload *workload;
	const struct executor *executor;
	unsigned workers;
	const char *placement;
	unsigned replicate;                           /* 0 … */
	unsigned pair;                                /* 1 … in an A/A study; else 0 */
	unsigned group;                               /* index, dense, ascending along the plan */
	uint64_t parameters[WORKLOAD_PARAMETERS_MAX]; /* of the workload */
	uint64_t settings[SETTINGS_MAX];              /* of the experiment */
	char *name; /* unique: experiment/workload/executor/workers/placement[/name=value;…][/pair=N][#replicate] */
	char *group_name; /* experiment/workload/placement (or "all", where they are compared)[/name=value;…][/pair=N] */
	char *params;     /* every parameter, then every setting of the cell: "name=value;name=value" */
	char *cpusets;    /* one CPU list a worker, ';' between; "" if unbound */
	char *skip;       /* why this cell cannot run on this machine; NULL: it can */
	int baseline;     /* index of the cell it is compared with; -1: none */
	int reference;    /* index of the cell its speed-up is over; -1: none */
};

struct plan {
	struct cell *cells;
	unsigned cell_count;
	unsigned group_count;
	unsigned cores; /* usable ones */
};

/* Builds the plan for a machine. 0, or a negative errno with REASON_BYTES of reason:
 * -EINVAL if the request makes no sense (the user's mistake), -ENOENT if an experiment is wrong or lacks something in
 * this build, -ENOMEM. End it with plan_exit. */
int plan_init(struct plan *plan, const struct plan_request *request, const struct machine *machine, char *reason);
void plan_exit(struct plan *plan);

/* The order of block `block`: groups in random order, the cells of a group next to each other in random order.
 * Fills order[cell_count]; depends on nothing but the plan's shape, seed and block. */
void plan_order(const struct plan *plan, uint64_t seed, unsigned block, unsigned *order);

/* Equal for plans whose cells, parameters and figures are the same, on any machine (64-bit FNV-1a). */
uint64_t plan_hash(const struct plan *plan);

#endif
