/* SPDX-License-Identifier: MIT */
/* Replaces a file of a run's folder in one step: a reader sees the old one or the new one, never half of it. */
#ifndef TVP_OUTPUT_REPLACE_H
#define TVP_OUTPUT_REPLACE_H

#include <stdio.h>

struct csv_buffer;

struct replacement {
	FILE *stream;
	char *path;
	char *temporary; /* beside it, with ".new" at its end */
};

/* Opens the temporary file. 0, or a negative errno with a reason that says what to do. */
int replace_begin(struct replacement *replacement, const char *folder, const char *name, char *reason);

/* Gives the new file its name, or after `error` (a negative errno, with its reason set already) throws it away; the
 * old one then stays. Returns error, or what went wrong here. */
int replace_end(struct replacement *replacement, int error, char *reason);

/* Both, with a file of just these rows; after an error of theirs nothing is replaced. */
int replace_with_rows(const char *folder, const char *name, const struct csv_buffer *rows, char *reason);

#endif
