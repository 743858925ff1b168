/* SPDX-License-Identifier: MIT */
/* The block values of each cell and figure: the median of a block's ok samples, which is what is analysed. */
#ifndef TVP_OUTPUT_SERIES_H
#define TVP_OUTPUT_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "output/samples.h"

/* Of one cell and figure; borrowed from the table. */
struct series {
	const uint32_t *blocks; /* ascending: those with an ok sample */
	const double *values;
	size_t count;
	const struct sample_record
		*records; /* of all statuses, in order of block and batch; NULL after series_detach */
	size_t record_count;
};

struct series_table {
	struct series *series; /* one a row: model_cell.first_row + figure */
	uint32_t *blocks;
	double *values;
	double *scratch; /* room for the values of all samples of any cell and figure */
	size_t used;     /* of blocks and values */
};

/* 0 or -ENOMEM. End it with series_exit. */
int series_init(struct series_table *table, const struct model *model, const struct samples *samples);
void series_exit(struct series_table *table);

/* Lets go of the samples, which may then be freed: block values stay, in as little memory as they need. */
void series_detach(struct series_table *table, const struct model *model);

/* The values of a series' ok samples, in table->scratch; returns how many. */
size_t series_samples(const struct series_table *table, const struct series *series);

/* The values of the blocks that both have go to x and y, each with room for the shorter of the two. Returns how many. */
size_t series_pair(const struct series *a, const struct series *b, double *x, double *y);

/* The value of a block; NaN if it has none. */
double series_at(const struct series *series, uint32_t block);

#endif
