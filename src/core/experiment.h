/* SPDX-License-Identifier: MIT */
/* The contract of an experiment: a question put as a grid of cells, one file each in bench/experiment/. */
#ifndef TVP_CORE_EXPERIMENT_H
#define TVP_CORE_EXPERIMENT_H

#include <stdbool.h>

#include "core/sample.h"

/* What the measurer times. */
enum shape {
	SHAPE_CREATE, /* one operation = bring workers up, who do next to nothing, and reap them */
	SHAPE_LOOP,   /* a standing team claims the batch's operations from one counter */
	SHAPE_OPEN,   /* the same, but each operation has a time at which it is to start: an open loop (core/open.h) */
	SHAPE_FARM    /* one operation = one task, handed to a pool */
};

enum better { BETTER_LOWER, BETTER_HIGHER };

/* A worker count of an experiment's list: so many times the usable cores, but not more than WORKERS_CROWD where that is more
 * than four times as many; or one of these. */
enum {
	WORKERS_END = 0,     /* of the list */
	WORKERS_ONE = -1,    /* a single one */
	WORKERS_LADDER = -2, /* 1, 2, 3, 4, 6, 8, 12, … 4 x the usable cores, always with the core count itself */
	WORKERS_CROWD = 1024
};
#define WORKER_LEVELS(...) ((const int[]){__VA_ARGS__, WORKERS_END})

enum { SETTINGS_MAX = 8 };

struct published;

/* A quantity that an experiment reports. */
struct figure {
	const char *name; /* CSV value, e.g. "reaped" */
	const char *unit; /* "ns", "1/s" */
	enum better better;
	const char *summary;
	double (*value)(const struct sample *sample); /* NaN: a cell like this one does not have it */
};

struct experiment {
	const char *name; /* = file name = command-line name = CSV value */
	const char *question;
	const char *summary;  /* what one operation is and what is timed */
	const char *fairness; /* what makes the comparison fair */
	enum shape shape;
	bool control;                 /* part of every run: it judges the run itself */
	const struct figure *figures; /* ends with a NULL name; the first one is the headline */
	const char *missing;          /* why one can be NaN; NULL: not measured in a cell like this */

	/* The grid: every combination that its executor allows. Lists end with NULL. */
	const char *const *workloads;
	bool workloads_fixed;          /* --workloads does not apply */
	const char *const *executors;  /* NULL: all; --executors selects among them */
	bool executors_fixed;          /* --executors does not apply */
	bool subjects;                 /* what only brings a worker up takes part like an executor (bench/subject/) */
	const char *const *placements; /* NULL: none */
	bool placements_compared;      /* a group has all placements: they are compared with one another */
	const int *workers;            /* WORKER_LEVELS(…): see above; --workers replaces them */
	bool workers_fixed;            /* --workers and --placement do not apply */
	/* In place of these, and of the lists above, if the experiment is asked for by its name; NULL: the same. */
	const char *const *all_workloads;
	const char *const *all_executors;
	const char *const *all_placements;
	const int *all_workers;
	unsigned replicates; /* how often each cell is in the plan; 0: once */
	bool timeline;       /* its batches are recorded task by task (shape `farm`) */
	bool memory;         /* the memory that its workers take is looked at (shape `loop`) */
	bool bare;           /* a bare futex round trip is measured beside its batches (shape `farm`) */
	bool peers;          /* the outside baselines of bench/peer take part */
	/* What its cells can differ in beside the workload's own parameters; ends with a NULL name; NULL: nothing. */
	const struct parameter *settings;
	/* The combinations of settings and workload parameters that are in the plan by default, "entry=map;chunk=16";
	 * what a row does not name has its initial value. A row can be for some executors or placements only:
	 * "chunk=1;executor=thread,fork;placement=none"; and for some workloads: "rate=100;workload=echo". Ends with NULL; NULL: one row of initial values. */
	const char *const *rows;
	const char *const
		*more_rows; /* that are there as well if the experiment is asked for by its name; NULL: none */

	/* Cells of one workload, placement and parameter set form a group. Within it each cell is compared with
	 * the one that differs from it in just these coordinates: "executor=thread",
	 * "executor=serial;workers=1", "workers=cores", "placement=none", "replicate=a". */
	const char *baseline;  /* for the ratio and the verdict */
	const char *reference; /* for speed-up and efficiency; NULL: none */
	/* The memory that a cell with these settings and so many workers takes: what is not available is not tried.
	 * NULL: hardly any. */
	uint64_t (*memory_bytes)(const uint64_t *settings, unsigned workers);
	/* How long a batch with these settings lasts. NULL: as long as the schedule has time. */
	uint64_t (*batch_ns)(const uint64_t *settings);
	/* The parameter along which to look for the value where a cell is as good as its reference; NULL: none. */
	const char *crossing;
	/* The parameter along which the figures' cost is fitted as fixed + slope x value; NULL: none. */
	const char *slope;
	/* The tables of others that its cells repeat (core/published.h); ends with NULL; NULL: none. */
	const struct published *const *published;
};

/* All of bench/experiment/, generated from the folder; ends with NULL. */
extern const struct experiment *const experiment_table[];
const struct experiment *experiment_find(const char *name);

#endif
