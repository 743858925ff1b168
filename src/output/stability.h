/* SPDX-License-Identifier: MIT */
/* Did the run's own conditions hold still? Looks at all cells of a block together. */
#ifndef TVP_OUTPUT_STABILITY_H
#define TVP_OUTPUT_STABILITY_H

#include <stdbool.h>
#include <stddef.h>

#include "stats/stream.h"

struct summary;

/*
 * Of the stream of blocks: for each block the median, over all headline figures, of how slow the cell was beside its own
 * median (1: as ever, 1.1: a tenth slower). A disturbance of the whole machine shows there, one of a single cell not.
 */
struct stability {
	size_t blocks;
	size_t warmup_blocks; /* labelled, not left out: pairs within a block bear it */
	struct drift drift;   /* later three quarters over the first */
	double lag1;          /* correlation of a block with the next; NaN if it is not known */
	bool drifted;         /* the drift's interval excludes 1, and it is larger than the run's margin */
	bool correlated;      /* lag1 is beyond what independent blocks give once in 20 runs */
};

/* From a summary whose rows and margin are known. 0 or -ENOMEM. */
int stability_find(struct stability *stability, const struct summary *summary);

#endif
