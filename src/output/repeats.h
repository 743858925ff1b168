/* SPDX-License-Identifier: MIT */
/* What this machine gave where others have published a value: medians of cells, scaled as the table is. */
#ifndef TVP_OUTPUT_REPEATS_H
#define TVP_OUTPUT_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/stats.h"

struct model_table;
struct summary;

/* One for each of a table's cells, in their order. */
struct repeat {
	struct interval value; /* in the table's unit, for as many operations as its values; NaN: nothing */
	uint64_t operations;   /* that it rests on */
	bool extrapolated;     /* from fewer than the table's */
};

struct repeated_table {
	const struct model_table *table;
	struct repeat *repeats;
	struct interval *ratios; /* one a line: paired by blocks; NaN: nothing */
};

struct repeated_tables {
	struct repeated_table *list; /* in the order of run.json */
	size_t count;
};

/* From a summary whose rows and series are known. 0 or -ENOMEM. */
int repeats_find(struct repeated_tables *tables, const struct summary *summary);
void repeats_exit(struct repeated_tables *tables);

#endif
