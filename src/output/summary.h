/* SPDX-License-Identifier: MIT */
/* What a run says: one row per cell and figure, from the run's own files. */
#ifndef TVP_OUTPUT_SUMMARY_H
#define TVP_OUTPUT_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>

#include "stats/stats.h"

struct json_t;

struct summary_row {
	/* identity; borrowed from the summary */
	const char *experiment, *group, *cell, *workload, *executor, *placement, *params, *figure, *unit, *better;
	unsigned workers;
	const char *status; /* "ok" if any block is; else that of the blocks, with the first reason */
	const char *reason;
	unsigned blocks; /* with an ok sample */
	unsigned samples, failed;
	struct interval median;
	double minimum, mad, p90, p99; /* NaN: not enough data */
	const char *baseline;          /* cell, or "" */
	struct interval ratio;         /* NaN without a baseline */
	double p_value;                /* after Holm, within the group */
	double margin;
	enum verdict verdict;
	const char *reference;               /* cell, or "" */
	struct interval speedup, efficiency; /* speed-up over the reference; efficiency = speed-up / workers */
};

struct summary {
	struct summary_row *rows;
	size_t row_count;
	struct json_t *run;                     /* run.json */
	unsigned blocks;                        /* whole blocks */
	double attained_median, attained_worst; /* half-widths of the ratios; NaN if there are none */
	const char *attained_worst_cell;
	struct interval aa; /* ratio of the A/A pair */
	bool proven;        /* its interval contains 1 */
	void *storage;      /* what the strings live in */
};

/* Reads run.json and the whole blocks of samples.csv and computes. Folders come from strangers: anything wrong is
 * -EINVAL with REASON_BYTES naming file, row and column, and what to do. End it with summary_exit. */
int summary_load(struct summary *summary, const char *path, char *reason);
void summary_exit(struct summary *summary);

int summary_write_csv(const struct summary *summary, const char *path, char *reason);
/* The tables for people (libsmartcols), with the warnings and the attained precision. */
int summary_print(const struct summary *summary, FILE *stream);
int summary_print_json(const struct summary *summary, FILE *stream);

#endif
