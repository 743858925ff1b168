/* SPDX-License-Identifier: MIT */
/*
 * Puts samples into the order of the analysis. A file that nobody has touched is in order of block and batch, so it is
 * enough to deal its rows out, cell by cell and figure by figure; only what is not in order then is sorted.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/workload.h"
#include "output/samples.h"

/* Of one cell and figure. */
static int by_time(const void *a, const void *b)
{
	const struct sample_record *x = a, *y = b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return (x->batch > y->batch) - (x->batch < y->batch);
}

static bool is_in_order(const struct sample_record *records, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (by_time(&records[i - 1], &records[i]) >= 0)
			return false;
	return true;
}

static int refuse_twins(const struct sample_record *records, size_t count, char *reason)
{
	for (size_t i = 1; i < count; i++)
		if (by_time(&records[i - 1], &records[i]) == 0) {
			uint32_t first = records[i - 1].row, second = records[i].row;

			return reason_set(reason, -EINVAL,
					  "samples.csv: rows %" PRIu32 " and %" PRIu32
					  " are of one cell, block, batch and figure; copy the folder again, or "
					  "measure anew",
					  first < second ? first : second, first < second ? second : first);
		}
	return 0;
}

static size_t series_of(const struct model *model, const struct sample_record *record)
{
	return model->cells[record->cell].first_row + record->figure;
}

/* ends[i] becomes where series i ends in `to`, which has room for all. */
static void deal_out(const struct samples *samples, const struct model *model, size_t *ends, struct sample_record *to)
{
	for (size_t i = 0; i < samples->count; i++)
		ends[series_of(model, &samples->records[i]) + 1]++;
	for (size_t i = 1; i <= model->row_count; i++)
		ends[i] += ends[i - 1];
	/* ends[i] is where series i begins by now, and moves on with every record */
	for (size_t i = 0; i < samples->count; i++)
		to[ends[series_of(model, &samples->records[i])]++] = samples->records[i];
}

int samples_order(struct samples *samples, const struct model *model, char *reason)
{
	struct sample_record *ordered = calloc(samples->count + 1, sizeof(*ordered));
	size_t *ends = calloc(model->row_count + 1, sizeof(*ends)), begin = 0;
	int error = ordered && ends ? 0 : reason_set(reason, -ENOMEM, "samples.csv: out of memory");

	if (error) {
		free(ordered);
		goto free_ends;
	}
	deal_out(samples, model, ends, ordered);
	free(samples->records);
	samples->records = ordered;
	samples->room = samples->count + 1;
	for (size_t i = 0; !error && i < model->row_count; begin = ends[i++]) {
		size_t count = ends[i] - begin;

		if (is_in_order(ordered + begin, count))
			continue;
		qsort(ordered + begin, count, sizeof(*ordered), by_time);
		error = refuse_twins(ordered + begin, count, reason);
	}
free_ends:
	free(ends);
	return error;
}
