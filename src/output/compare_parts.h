/* SPDX-License-Identifier: MIT */
/* The parts that compare_load and the printers of a comparison are put together from. */
#ifndef TVP_OUTPUT_COMPARE_PARTS_H
#define TVP_OUTPUT_COMPARE_PARTS_H

#include "output/compare.h"
#include "output/people.h"
#include "output/table.h"

enum {
	COMPARE_TEXT_BYTES = 192,
	COMPARE_NAMES_MAX = 8,
	COMPARE_NAMES_BYTES = COMPARE_NAMES_MAX * 160 + 64,
	COMPARE_DETAIL_LEAST = 3
};

/* Finds the lines, those of the first run with a partner in any other, and what has none. -EINVAL with a reason if
 * one name means different things; *at is the run that it is about. */
int compare_match(struct comparison *comparison, size_t *at, char *reason);

/* Fills the lines in, and what follows from them. 0 or -ENOMEM. */
int compare_compute(struct comparison *comparison);

/* The part of compare_compute that judges one run's ratios. 0 or -ENOMEM. */
int compare_judge(struct comparison *comparison, size_t run);

/* Finds out what differs in run.json. 0 or -ENOMEM. */
int compare_differ(struct comparison *comparison);

/* What keeps a run from being relied on: "interrupted, UNPROVEN"; "" if nothing does. */
const char *compare_caveat(const struct compare_run *run, char text[COMPARE_TEXT_BYTES]);

/* What the line's quantity is over: "thread", "serial with 1 worker"; "" for a value. */
const char *compare_partner(const struct comparison *comparison, const struct compare_line *line,
			    char text[COMPARE_TEXT_BYTES]);

/* What the line is about: "primes, fork, 2 workers, over thread". */
const char *compare_label(const struct comparison *comparison, const struct compare_line *line,
			  char text[COMPARE_TEXT_BYTES]);

/* "slower", "equivalent", "inconclusive, needs 40 blocks", "failed". */
const char *compare_verdict_text(const struct compare_entry *entry, char text[COMPARE_TEXT_BYTES]);

/* Of the control: does its interval hold 1? Without an interval it does. */
bool compare_is_steady(const struct interval *ratio);

/* The quantity's value as people read it. */
void compare_value(struct people *people, const struct compare_line *line, const struct compare_entry *entry);

/* A value of a difference as people read it, cut to COMPARE_TEXT_BYTES; "unknown" for null, "not there" for NULL. */
const char *compare_fact(const struct json_t *value, char text[COMPARE_TEXT_BYTES]);

/* The first of them, and how many more there are. */
const char *compare_names(const struct compare_lones *lones, char text[COMPARE_NAMES_BYTES]);

/* The lines from the first one on that belong to one group, quantity after quantity; returns how many. */
size_t compare_group(const struct compare_line *lines, size_t count);

/* What compare_table draws: lines of one group, or the calibration kernels. */
struct compare_layout {
	const struct comparison *comparison;
	const struct compare_line *lines;
	size_t count;
	enum compare_quantity quantity; /* only these */
	bool kernels;
	bool placed; /* the lines differ in their placement */
};

/* A table_draw whose context is a struct compare_layout; COMPARE_DETAIL_LEAST is its last detail. */
void compare_table(struct table *table, unsigned detail, const void *context);

#endif
