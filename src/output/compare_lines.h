/* SPDX-License-Identifier: MIT */
/* The lines of a comparison: a cell's figure in every run. Rows are borrowed from the runs' summaries. */
#ifndef TVP_OUTPUT_COMPARE_LINES_H
#define TVP_OUTPUT_COMPARE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "output/summary.h"

/* What a line compares: a figure's value, or what a machine says of itself. */
enum compare_quantity {
	COMPARE_VALUE,
	COMPARE_RATIO,  /* over the cell's baseline */
	COMPARE_SPEEDUP /* over its reference */
};

/* One run's part of a line. */
struct compare_entry {
	const struct summary_row *row; /* NULL: this run has no such cell or figure */
	size_t blocks;                 /* that the quantity is known from */
	double effective;              /* how many independent ones they are worth */
	struct interval value;
	/* the rest is against the first run */
	struct interval ratio; /* NaN where one of the two has no value */
	double p_value;        /* Mann-Whitney, after Holm over all lines of the run */
	enum verdict verdict;
	const char *why;      /* there is no ratio, or no verdict: in a few words; else "" */
	size_t blocks_needed; /* in each of the two runs, for a verdict; 0: has one, or no number would do */
	bool regression;      /* worse by more than --fail-on, with confidence */
};

struct compare_line {
	enum compare_quantity quantity;
	const struct summary_row *row; /* of the first run */
	struct compare_entry *entries; /* one a run */
};

struct compare_lines {
	struct compare_line *list;
	size_t count;
	struct compare_entry *entries; /* of all lines */
};

/* Geometric mean of an experiment's ratios. */
struct compare_mean {
	const struct summary_row *row; /* the first that is in it: experiment and figure */
	struct interval ratio;
	unsigned lines, all; /* in it, and those of the experiment and figure */
};

/* A cell, or just a figure of a cell, that one of two runs lacks. */
struct compare_lone {
	const struct summary_row *row;
	bool figure_only;
};

struct compare_lones {
	struct compare_lone *list;
	size_t count;
};

#endif
