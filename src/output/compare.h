/* SPDX-License-Identifier: MIT */
/*
 * Runs beside one another. Of one machine: is a later run faster or slower than the first? Of several machines: is what
 * an executor costs over another the same everywhere? Values of two machines are never put together.
 */
#ifndef TVP_OUTPUT_COMPARE_H
#define TVP_OUTPUT_COMPARE_H

#include <stdbool.h>
#include <stdio.h>

#include "output/compare_lines.h"
#include "output/summary.h"

enum compare_mode { COMPARE_RUNS, COMPARE_MACHINES };

struct compare_options {
	double margin;  /* NaN: the wider of the runs' own */
	double fail_on; /* NaN: nothing fails */
	bool all_figures;
};

struct compare_run {
	char label[8]; /* "A", "B", …, "Z", "AA", … */
	const char *folder;
	struct summary summary;
	const char *plan_hash; /* "" if unknown */
	/* the rest is against the first run */
	double margin; /* of the verdicts */
	double limit;  /* of regressions: --fail-on, or the A/A floor of the two if that is more; NaN: none */
	const struct compare_line *drift; /* the A/A cell that differs most; of one machine only; NULL: none */
	struct compare_lones only_here, only_first;
	struct compare_mean *means;
	size_t mean_count;
	unsigned regressions;
	unsigned unjudged; /* lines without a verdict, for whatever reason */
};

/* Something of run.json that is not the same in all runs. */
struct compare_difference {
	const char *section, *name;   /* "environment", "kernel_release"; borrowed from the runs */
	const struct json_t **values; /* one a run, borrowed too; NULL: not there */
};

struct comparison {
	struct compare_options options;
	enum compare_mode mode;
	struct compare_run *runs;
	size_t run_count;
	struct compare_lines lines;
	struct compare_lines kernels;  /* calibration: the controls that stand alone */
	struct compare_lines controls; /* the A/A cells */
	struct compare_difference *differences;
	size_t difference_count;
	const struct json_t **difference_values; /* of all differences */
};

/* Loads at least two folders and compares all with the first. What must not be compared is -EINVAL. *folder is the one
 * that the reason (REASON_BYTES) is about. End it with compare_exit. */
int compare_load(struct comparison *comparison, char *const *folders, size_t count,
		 const struct compare_options *options, const char **folder, char *reason);
void compare_exit(struct comparison *comparison);

/* Lines in which a run has regressed. */
unsigned compare_regressions(const struct comparison *comparison);

/* For people on a terminal, for a pull request's comment (GitHub's Markdown), for programs. 0, -ENOMEM or -EIO. */
int compare_print(const struct comparison *comparison, FILE *stream);
int compare_print_markdown(const struct comparison *comparison, FILE *stream);
int compare_print_json(const struct comparison *comparison, FILE *stream);

#endif
