/* SPDX-License-Identifier: MIT */
/* Tables on a page (libsmartcols) or in Markdown: texts are made safe, what does not fit a page is left out by steps. */
#ifndef TVP_OUTPUT_TABLE_H
#define TVP_OUTPUT_TABLE_H

#include <stdbool.h>

#include "output/page.h"
#include "output/people.h"
#include "stats/stats.h"

struct libscols_line;
struct libscols_table;

/* What a table_draw draws into. */
struct table {
	struct libscols_table *columns;
	struct libscols_line *row;
	unsigned next;  /* cell of the row */
	FILE *markdown; /* instead of columns and row */
	char *aligned;  /* Markdown's line below the headings; it goes with the first row */
	size_t aligned_bytes;
	FILE *alignment;
	bool utf8;
	bool failed; /* out of memory */
};

void table_column(struct table *table, const char *heading, bool right);

/* A value with the ends of its interval: two columns on a page, one in Markdown. */
void table_column_interval(struct table *table, const char *heading, bool with_ends);

/* Begins a row; table_cell then fills it from the left. The colour is one of libsmartcols' names or NULL. */
void table_row(struct table *table);
void table_cell(struct table *table, const char *text, const char *colour);
void table_interval(struct table *table, const struct people *people, bool with_ends);

/* The colour of a verdict. */
const char *table_verdict_colour(enum verdict verdict);

/* Draws a table: all of it with detail 0, less with each step. */
typedef void table_draw(struct table *table, unsigned detail, const void *context);

/* Prints it with the first detail of 0 … least that fits the page; the last one also has narrow gaps. */
void table_print(struct page *page, table_draw *draw, const void *context, unsigned least);

/* All of it as a table of GitHub's Markdown. 0 or -ENOMEM. */
int table_write_markdown(FILE *stream, table_draw *draw, const void *context);

#endif
