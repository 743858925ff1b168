/* SPDX-License-Identifier: MIT */
/*
 * Fits: what a cell costs at all, and what each unit of a parameter adds, where an experiment asks for it.
 *
 * A series is all cells of one experiment, workload, executor, workers, placement and other parameters: they differ in
 * that one parameter. A level of it belongs to the series if in some block the cell has a value above 0. In each block
 * that has all levels of its series a line is fitted to the headline figure along the parameter (stats_line). Each level
 * weighs as its noise has it, which is a share of the time: of its median over the blocks, the same in all of them. Over
 * the blocks the fixed part and the slope are each the median with its 95 % interval from order statistics, as for cells.
 * What bends cannot be told by the two, so how far the line misses the worst level is reported with them.
 */
#ifndef TVP_OUTPUT_FITS_H
#define TVP_OUTPUT_FITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/stats.h"

struct json_t;
struct summary;

/* Any two levels lie on a line. */
enum { FIT_LEVELS_MIN = 3 };

/* Tables say that the line does not fit what is further off. */
#define FIT_OFF_MAX 0.25

/* Of one series; all but params and slope_unit is borrowed from the summary. */
struct fit {
	const char *experiment, *workload, *executor, *placement, *figure, *parameter;
	char *params; /* without the parameter */
	unsigned workers;
	unsigned first_cell; /* of its cells, the one that comes first in the plan */
	unsigned table_cell; /* the same of all series that differ from it in executor and workers only */
	uint64_t least, most;
	unsigned levels;
	struct interval fixed; /* NaN unless it is fitted, as the two below */
	const char *fixed_unit;
	struct interval slope;
	char *slope_unit; /* "ns/MiB" */
	/* Of the level that the line misses by most, by how much, over what was measured there: 0.05 = 5 %. The median
	 * over the blocks. The noise of single blocks is in it. */
	double off;
	unsigned blocks; /* with a line */
	bool fitted;     /* there are enough blocks for it */
};

struct fits {
	struct fit *list; /* by table_cell, then first_cell */
	size_t count;
};

/* "fitted", "unclear" */
const char *fit_status_name(const struct fit *fit);

/* From a summary whose series are known. A series with fewer than FIT_LEVELS_MIN levels is left out. 0 or -ENOMEM. */
int fits_find(struct fits *fits, const struct summary *summary);
void fits_exit(struct fits *fits);

/* Writes fits.csv into the folder `path`, as one step; nothing if there are none. */
int fits_write_csv(const struct summary *summary, const char *path, char *reason);

/* A new reference to an array of objects; NULL if out of memory. */
struct json_t *fits_json(const struct fits *fits);

#endif
