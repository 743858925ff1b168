/* SPDX-License-Identifier: MIT */
/* Tables that others have published and that an experiment repeats: this machine's values are set beside theirs. */
#ifndef TVP_CORE_PUBLISHED_H
#define TVP_CORE_PUBLISHED_H

#include <stdint.h>

enum { PUBLISHED_COLUMNS_MAX = 8 };

/* A line or a column. `cell` has coordinates of the cells that repeat it, "executor=fork;memory_mib=1"; those of a line
 * and a column together name one cell, unbound and with one worker unless they say otherwise. Settings and parameters
 * that neither names have their initial values. */
struct published_part {
	const char *name; /* "fork", "1.70 MB" */
	const char *cell; /* NULL: it is not repeated */
};

/* What one machine gave in one line. */
struct published_row {
	const char *machine;
	const char *line;                     /* the name of one; NULL where the table has a single line */
	double values[PUBLISHED_COLUMNS_MAX]; /* in the order of the columns; 0: there is none */
};

struct published {
	const char *name;
	const char *title;
	const char *source;
	const char *note;                     /* how it differs from what is measured here */
	const char *unit;                     /* of the values: "s", "ms", "us" or "ns" */
	const char *figure;                   /* of the experiment, in ns, that repeats them */
	uint64_t operations;                  /* that one value is the time of */
	const char *counted;                  /* what these are: "creations" */
	unsigned decimals;                    /* with which the values were published */
	const struct published_part *lines;   /* ends with a NULL name; NULL: a single line without a name */
	const struct published_part *columns; /* ends with a NULL name */
	const struct published_row *rows;     /* ends with a NULL machine */
	const char *ratio_of, *ratio_over;    /* columns whose ratio is shown beside them; NULL: none */
};

#endif
