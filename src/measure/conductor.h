/* SPDX-License-Identifier: MIT */
/*
 * The conductor: calibrates each cell once, then runs block after block, each cell in a fresh measurer, until the
 * budget is spent or enough is known. Single-threaded; it sleeps while a measurer measures.
 */
#ifndef TVP_MEASURE_CONDUCTOR_H
#define TVP_MEASURE_CONDUCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/sample.h"
#include "machine/noise.h"
#include "plan/plan.h"
#include "plan/schedule.h"

struct conductor_options {
	const struct plan *plan;
	const struct schedule *schedule;
	uint64_t budget_ns; /* from now, calibration included */
	uint64_t limit_ns;  /* of one measurer */
	uint64_t seed;
	unsigned min_blocks; /* before any group is settled */
	unsigned max_blocks; /* 0: no limit but the budget */
	const char *directory;
	const char *worker_path;
	const char *measurer_path;
};

enum conductor_end {
	CONDUCTOR_BUDGET_SPENT,
	CONDUCTOR_ENOUGH, /* precise enough, or max_blocks */
	CONDUCTOR_INTERRUPTED
};

/* A whole block: what surrounded it, and what each cell gave. */
struct block {
	unsigned number; /* 0 … */
	uint64_t start_ns, wall_ns;
	struct noise_reading before, after;
	char invalid[REASON_BYTES]; /* why it does not count: the declared rule that it broke; "" */
	const struct measurement *measurements;
	size_t count;
};

struct conductor {
	const struct conductor_options *options;
	uint64_t *ops;                /* per cell: operations of a batch; 0: not calibrated */
	uint64_t *constants;          /* per cell: of its workload */
	char (*broken)[REASON_BYTES]; /* per cell: why it is not tried any more; "" */
	bool *refused;                /* per cell: because there is no such thing here, which is no failure */
	unsigned *failures;           /* per cell: in a row */
	bool *settled;                /* per group: known precisely enough, and no longer measured */
	unsigned blocks;              /* whole blocks so far */
	unsigned invalid;             /* of them, those that do not count */
	bool lenient;                 /* the rules are broken here always: they spoil no block any more */
	uint64_t begin_ns;
	uint64_t block_ns; /* of the last block */
	uint64_t busy_ns;
	uint64_t resident_bytes_max;
	uint64_t gbench_context_ns;
	bool plain_loop;
	enum conductor_end end;
};

/* What the conductor tells; `context` is passed through. */
struct conductor_events {
	void *context;
	/* A cell is about to be measured. block: -1 while calibrating. done_cells counts from the start of the run. */
	void (*cell)(void *context, const struct conductor *conductor, unsigned cell, int block, unsigned position);
	/* After each whole block; a negative errno ends the run. */
	int (*block)(void *context, const struct conductor *conductor, const struct block *block);
	/* Asked after blocks from min_blocks on: marks the groups that are known precisely enough. They are measured no
	 * more, so that the rest of the budget goes to the others; when all but the controls are, the run ends. */
	void (*settle)(void *context, bool *settled);
};

/* 0, also when interrupted: see conductor->end; or a negative errno with a reason (from an event, or -ENOMEM).
 * A cell that fails does not end the run; a user may, see signals.h. End the conductor with conductor_exit in every case. */
int conductor_run(struct conductor *conductor, const struct conductor_options *options,
		  const struct conductor_events *events, char *reason);
void conductor_exit(struct conductor *conductor);

#endif
