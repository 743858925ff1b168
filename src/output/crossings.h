/* SPDX-License-Identifier: MIT */
/*
 * Crossings: from which value of a parameter on a cell is better than its reference, where an experiment asks for it.
 *
 * A series is all cells of one experiment, workload, executor, workers, placement and other parameters: they differ in
 * that one parameter. A level of it belongs to the series if in some block both the cell and its reference have an ok
 * value. In each block that has all levels of its series, the crossing is where the logarithm of the ratio of the
 * headline figures, turned so that above 0 is better, last rises above 0: found by linear interpolation, along the
 * logarithm of the parameter, between the last level at which the cell is not better and the next (stats_crossing). So
 * a cell that is better, worse and better again crosses at the second time. A block in which it is better at every level
 * has its crossing below them all, one in which it is not better at the largest has it above. Over the blocks the
 * crossing is the median with its 95 % interval from order statistics, as for cells: it takes no account of how far
 * beyond the levels a crossing lies (stats_median_interval_censored).
 */
#ifndef TVP_OUTPUT_CROSSINGS_H
#define TVP_OUTPUT_CROSSINGS_H

#include <stddef.h>
#include <stdint.h>

#include "stats/stats.h"

struct model_cell;
struct summary;

enum crossing_status {
	CROSSING_CROSSED, /* the whole interval lies between the levels */
	CROSSING_ALWAYS,  /* the whole interval lies below the least level: the cell is better from there on */
	CROSSING_NEVER,   /* the whole interval lies above the largest level: the cell is not better even there */
	CROSSING_UNCLEAR  /* it reaches over an end of the levels, or there are fewer than ten blocks */
};

/* "crossed", "always", "never", "unclear" */
const char *crossing_status_name(enum crossing_status status);

/* Of one series; all but params is borrowed from the summary. */
struct crossing {
	const char *experiment, *workload, *executor, *placement, *figure, *parameter, *unit;
	char *params; /* without the parameter */
	unsigned workers;
	unsigned first_cell;                /* of its cells, the one that comes first in the plan */
	const struct model_cell *reference; /* of its least level */
	uint64_t least, most;               /* levels */
	struct interval value;              /* NaN unless it is crossed */
	unsigned blocks;                    /* with all levels */
	enum crossing_status status;
};

struct crossings {
	struct crossing *list; /* in order of the plan */
	size_t count;
};

/* From a summary whose series are known. A series with fewer than two levels has no crossing. 0 or -ENOMEM. */
int crossings_find(struct crossings *crossings, const struct summary *summary);
void crossings_exit(struct crossings *crossings);

/* Writes crossings.csv into the folder `path`, as one step; nothing if there are none. */
int crossings_write_csv(const struct summary *summary, const char *path, char *reason);

#endif
