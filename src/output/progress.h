/* SPDX-License-Identifier: MIT */
/* One line on the terminal that says how far a run is; silent where stderr is no terminal. */
#ifndef TVP_OUTPUT_PROGRESS_H
#define TVP_OUTPUT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE *stream;
	bool shown;   /* a line stands there now */
	bool enabled; /* the stream is a terminal that can clear a line */
	uint64_t begin_ns, drawn_ns;
};

void progress_init(struct progress *progress, FILE *stream);

/* "<text> · 3:12 left", at most ten times a second. done: 0 … 1, below 0 if it is not known. */
void progress_update(struct progress *progress, double done, const char *text);

/* Takes the line away, before anything else is printed and at the end. */
void progress_clear(struct progress *progress);

#endif
