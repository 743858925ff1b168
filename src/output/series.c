/* SPDX-License-Identifier: MIT */
/* Makes block values out of samples: see series.h. */
#include "output/series.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/stats.h"

/* The block values of one cell and figure go to blocks and values. */
static int fill(const struct series_table *table, struct series *series, uint32_t *blocks, double *values)
{
	const struct sample_record *records = series->records;
	size_t i = 0;

	series->blocks = blocks;
	series->values = values;
	while (i < series->record_count) {
		uint32_t block = records[i].block;
		size_t ok = 0;

		for (; i < series->record_count && records[i].block == block; i++)
			if (records[i].status == STATUS_OK)
				table->scratch[ok++] = records[i].value;
		if (ok == 0)
			continue;
		if (stats_median(table->scratch, ok, &values[series->count]) != 0)
			return -ENOMEM; /* the values are finite: nothing else can fail */
		blocks[series->count++] = block;
	}
	return 0;
}

int series_init(struct series_table *table, const struct model *model, const struct samples *samples)
{
	size_t next;
	int error = 0;

	*table = (struct series_table){0};
	table->series = calloc(model->row_count + 1, sizeof(*table->series));
	table->blocks = calloc(samples->count + 1, sizeof(*table->blocks));
	table->values = calloc(samples->count + 1, sizeof(*table->values));
	table->scratch = calloc(samples->count + 1, sizeof(*table->scratch));
	if (!table->series || !table->blocks || !table->values || !table->scratch)
		error = -ENOMEM;
	for (size_t i = 0; !error && i < samples->count; i = next) {
		const struct sample_record *first = &samples->records[i];
		struct series *series = &table->series[model->cells[first->cell].first_row + first->figure];

		for (next = i; next < samples->count && samples->records[next].cell == first->cell &&
			       samples->records[next].figure == first->figure;)
			next++;
		series->records = first;
		series->record_count = next - i;
		error = fill(table, series, table->blocks + table->used, table->values + table->used);
		table->used += series->count;
	}
	if (error)
		series_exit(table);
	return error;
}

void series_exit(struct series_table *table)
{
	free(table->series);
	free(table->blocks);
	free(table->values);
	free(table->scratch);
	*table = (struct series_table){0};
}

void series_detach(struct series_table *table, const struct model *model)
{
	uint32_t *blocks = reallocarray(table->blocks, table->used + 1, sizeof(*blocks));
	double *values = reallocarray(table->values, table->used + 1, sizeof(*values));
	size_t used = 0;

	/* what cannot be made smaller stays as it is */
	table->blocks = blocks ? blocks : table->blocks;
	table->values = values ? values : table->values;
	free(table->scratch);
	table->scratch = NULL;
	for (size_t i = 0; i < model->row_count; i++) {
		struct series *series = &table->series[i];

		series->records = NULL;
		series->record_count = 0;
		series->blocks = table->blocks + used;
		series->values = table->values + used;
		used += series->count;
	}
}

size_t series_pair(const struct series *a, const struct series *b, double *x, double *y)
{
	size_t i = 0, j = 0, count = 0;

	while (i < a->count && j < b->count) {
		if (a->blocks[i] < b->blocks[j]) {
			i++;
		} else if (a->blocks[i] > b->blocks[j]) {
			j++;
		} else {
			x[count] = a->values[i++];
			y[count++] = b->values[j++];
		}
	}
	return count;
}

size_t series_samples(const struct series_table *table, const struct series *series)
{
	size_t ok = 0;

	for (size_t i = 0; i < series->record_count; i++)
		if (series->records[i].status == STATUS_OK)
			table->scratch[ok++] = series->records[i].value;
	return ok;
}

double series_at(const struct series *series, uint32_t block)
{
	size_t low = 0, high = series->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (series->blocks[middle] == block)
			return series->values[middle];
		if (series->blocks[middle] < block)
			low = middle + 1;
		else
			high = middle;
	}
	return NAN;
}
