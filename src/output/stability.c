/* SPDX-License-Identifier: MIT */
/* One slowness a block, and what its stream tells. */
#include "output/stability.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "output/series.h"
#include "output/summary.h"

#define ALPHA 0.05

struct point {
	uint32_t block;
	double slowness; /* logarithm */
};

static int by_block(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return (x->block > y->block) - (x->block < y->block);
}

static size_t collect_row(const struct summary *summary, size_t row, struct point *points)
{
	const struct series *series = summary_series(summary, row);
	double median = summary->rows[row].median.estimate, sign = summary->rows[row].better[0] == 'l' ? 1 : -1;
	size_t count = 0;

	if (!summary->rows[row].headline || !(median > 0))
		return 0;
	for (size_t i = 0; i < series->count; i++)
		if (series->values[i] > 0)
			points[count++] = (struct point){series->blocks[i], sign * log(series->values[i] / median)};
	return count;
}

static size_t room_needed(const struct summary *summary)
{
	size_t room = 1;

	for (size_t row = 0; row < summary->row_count; row++)
		room += summary->rows[row].headline ? summary_series(summary, row)->count : 0;
	return room;
}

/* One value a block, in place of its points; returns the number of blocks. */
static size_t reduce(const struct point *points, size_t count, double *values, double *scratch)
{
	size_t blocks = 0, end;

	for (size_t i = 0; i < count; i = end) {
		size_t taken = 0;
		double median;

		for (end = i; end < count && points[end].block == points[i].block; end++)
			scratch[taken++] = points[end].slowness;
		if (stats_median(scratch, taken, &median) == 0)
			values[blocks++] = exp(median);
	}
	return blocks;
}

static void judge(struct stability *found, const double *values, double margin)
{
	const struct interval *ratio = &found->drift.ratio;

	if (stats_drift(values, found->blocks, ALPHA, &found->drift) != 0)
		found->drift = (struct drift){{NAN, NAN, NAN}, NAN};
	if (stats_lag1(values, found->blocks, &found->lag1) != 0)
		found->lag1 = NAN;
	stats_warmup_blocks(values, found->blocks, &found->warmup_blocks);
	found->drifted = (ratio->low > 1 || ratio->high < 1) && fabs(log(ratio->estimate)) > log1p(margin);
	found->correlated = found->lag1 > 2 / sqrt((double)found->blocks);
}

int stability_find(struct stability *stability, const struct summary *summary)
{
	struct stability found = {.lag1 = NAN, .drift = {{NAN, NAN, NAN}, NAN}};
	size_t room = room_needed(summary), count = 0;
	struct point *points = malloc(room * sizeof(*points));
	double *values = malloc(room * sizeof(*values)), *scratch = malloc(room * sizeof(*scratch));
	int error = points && values && scratch ? 0 : -ENOMEM;

	for (size_t row = 0; !error && row < summary->row_count; row++)
		count += collect_row(summary, row, points + count);
	if (!error && count) {
		qsort(points, count, sizeof(*points), by_block);
		found.blocks = reduce(points, count, values, scratch);
		judge(&found, values, summary->margin);
	}
	if (!error)
		*stability = found;
	free(points);
	free(values);
	free(scratch);
	return error;
}
