/* SPDX-License-Identifier: MIT */
/* What a run says: one row per cell and figure, from the run's own files. */
#ifndef TVP_OUTPUT_SUMMARY_H
#define TVP_OUTPUT_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>

#include "output/crossings.h"
#include "output/fits.h"
#include "output/repeats.h"
#include "output/stability.h"
#include "output/study.h"
#include "stats/stats.h"

struct json_t;
struct model;
struct series;
struct series_table;

struct summary_row {
	/* identity; borrowed from the summary */
	const char *experiment, *group, *cell, *workload, *executor, *placement, *params, *figure, *unit, *better;
	unsigned workers;
	const char *status;                 /* "ok" if any block is; else that of the blocks, with the first reason */
	const char *reason;                 /* of the first row that is not ok; may be there although others are */
	unsigned group_index, figure_index; /* dense; 0 is the experiment's headline figure */
	bool headline;                      /* the experiment's first figure */
	bool control;                       /* its experiment judges the run itself */
	unsigned blocks;                    /* with an ok sample */
	unsigned samples;                   /* ok */
	unsigned failed;                    /* rows with status failed or invalid */
	uint64_t operations;                /* of the ok samples */
	struct interval median;
	double minimum, mad, p90, p99; /* NaN: not enough data */
	const char *baseline;          /* cell, or "" */
	struct interval ratio;         /* NaN without a baseline, or where a value is not above 0 */
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
	double attained_median, attained_worst; /* half-widths of the headline ratios; NaN if there are none */
	const char *attained_worst_cell;        /* "" if there is none */
	double margin;                          /* of the verdicts: the run's own, or its A/A pair's if that is wider */
	struct interval aa;                     /* ratio of the A/A pair; of several the one that is furthest off */
	const char *aa_cell, *aa_baseline;      /* NULL if the run has no such pair */
	bool proven;        /* its interval contains 1; in a study: the share that does not may be the nominal 5 % */
	struct study study; /* of the A/A pairs, if there are several */
	struct stability stability;      /* did the machine's state hold still? */
	struct crossings crossings;      /* where experiments ask for them */
	struct fits fits;                /* the same */
	struct repeated_tables repeated; /* beside what others have published */
	struct model *model;             /* what the strings live in … */
	void *reasons;                   /* … and those from samples.csv */
	struct series_table *series;     /* block values: see summary_series */
};

/* Reads run.json and the whole blocks of samples.csv and computes. Folders come from strangers: anything wrong is
 * -EINVAL with REASON_BYTES naming file, row and column, and what to do; the caller names the folder. A file that
 * cannot be opened gives the errno. End it with summary_exit. */
int summary_load(struct summary *summary, const char *path, char *reason);
void summary_exit(struct summary *summary);

/* The block values behind a row (output/series.h), without samples; as long-lived as the summary. */
const struct series *summary_series(const struct summary *summary, size_t row);

/* Writes summary.csv into the folder `path`, as one step. */
int summary_write_csv(const struct summary *summary, const char *path, char *reason);

/* The tables for people (libsmartcols), with the warnings and the attained precision; in UTF-8 if the locale is
 * (setlocale is the caller's), in colour on a terminal. 0, -ENOMEM or -EIO. */
int summary_print(const struct summary *summary, FILE *stream);
int summary_print_json(const struct summary *summary, FILE *stream);

#endif
