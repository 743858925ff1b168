/* SPDX-License-Identifier: MIT */
/*
 * Sweeps: the cells that differ in one parameter only, in order of its levels.
 *
 * A series is all cells of one experiment, workload, executor, workers, placement and other parameters. A level belongs
 * to it if it was measured; of two cells at one level the one that comes first in the plan is taken.
 */
#ifndef TVP_OUTPUT_SWEEP_H
#define TVP_OUTPUT_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model_cell;
struct model_experiment;
struct series;
struct summary;

/* A cell at its level; all but rest is borrowed from the summary. */
struct sweep_point {
	const struct model_cell *cell;
	const struct series *own;       /* of the headline figure */
	const struct series *reference; /* the same of its reference; NULL: it has none but itself */
	unsigned index;                 /* of the cell */
	uint64_t level;
	double x;   /* the level or its logarithm */
	char *rest; /* its params without the parameter; who wants to keep it puts NULL in its place */
};

/* Which cells are points. */
struct sweep_rule {
	/* The parameter that the experiment is looked at along; NULL: none. */
	const char *(*parameter)(const struct model_experiment *experiment);
	bool logarithmic; /* x is the level's logarithm, which 0 has none of: it is no level then */
	bool (*is_measured)(const struct sweep_point *point);
};

struct sweep {
	struct sweep_point *points; /* series by series, in order of level */
	size_t count;
};

/* From a summary whose series are known. 0 or -ENOMEM. End it with sweep_exit. */
int sweep_collect(struct sweep *sweep, const struct summary *summary, const struct sweep_rule *rule);
void sweep_exit(struct sweep *sweep);

/* Where the series that begins with point `first` ends: behind its last point. */
size_t sweep_end(const struct sweep *sweep, size_t first);

/* Of so many points the cell that comes first in the plan. */
unsigned sweep_first_cell(const struct sweep_point *points, size_t count);

#endif
