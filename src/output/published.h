/* SPDX-License-Identifier: MIT */
/* Published tables (core/published.h) in run.json: what is written into it, and what is read out of it. */
#ifndef TVP_OUTPUT_PUBLISHED_H
#define TVP_OUTPUT_PUBLISHED_H

#include <stdint.h>

struct experiment;
struct json_t;
struct model;
struct page;
struct plan;
struct summary;

enum { MODEL_TABLES = 64, MODEL_TABLE_LINES = 64, MODEL_TABLE_COLUMNS = 32, MODEL_TABLE_ROWS = 1000 };

/* For run.json: the tables of an experiment, with the names of the cells that repeat them. A table that the plan repeats
 * no value of is left out. */
struct json_t *published_value(const struct plan *plan, const struct experiment *experiment);

struct model_table_row {
	const char *machine;
	unsigned line;
	double *values; /* one a column; NaN: there is none */
};

/* As run.json has it; strings live there. */
struct model_table {
	unsigned experiment, figure; /* the cells' */
	const char *name, *title, *source, *note, *unit, *counted;
	uint64_t operations;
	unsigned decimals;
	double factor; /* from the figure's value for one operation to the table's, for all of them and in its unit */
	const char **lines, **columns;
	unsigned line_count, column_count, row_count;
	struct model_table_row *rows;
	double *values;           /* what rows point into */
	int *cells;               /* index, or -1: line * column_count + column */
	int ratio_of, ratio_over; /* columns; -1: none */
};

/* The part of model_load that reads them, when the cells are known; published_exit frees what it has made. */
int published_read(struct model *model, char *reason);
void published_exit(struct model *model);

/* The published ratio of a row; NaN if it lacks one of the two values. */
double published_ratio(const struct model_table *table, const struct model_table_row *row);

/* On the page: the tables of one experiment, each with source, note and what is extrapolated. */
void summary_published(struct page *page, const struct summary *summary, const char *experiment);

/* For `tvp summary --json`. */
struct json_t *summary_published_value(const struct summary *summary);

#endif
