/* SPDX-License-Identifier: MIT */
/* Cells of published tables: see repeats.h. */
#include "output/repeats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "output/model.h"
#include "output/published.h"
#include "output/series.h"
#include "output/summary.h"

#define ALPHA 0.05

static const struct interval nothing = {NAN, NAN, NAN};

static struct repeat repeat_cell(const struct summary *summary, const struct model_table *table, int cell)
{
	const struct summary_row *row;

	if (cell < 0)
		return (struct repeat){.value = nothing};
	row = &summary->rows[summary->model->cells[cell].first_row + table->figure];
	return (struct repeat){
		.value = {row->median.estimate * table->factor, row->median.low * table->factor,
			  row->median.high * table->factor},
		.operations = row->operations,
		.extrapolated = isfinite(row->median.estimate) && row->operations < table->operations,
	};
}

/* -ENOMEM, or 0: what a ratio is not defined for has none. */
static int repeat_ratio(const struct summary *summary, const struct model_table *table, const int *cells,
			struct interval *ratio)
{
	const struct model *model = summary->model;
	const struct series *of, *over;
	double *a, *b;
	size_t count;
	int error = 0;

	*ratio = nothing;
	if (table->ratio_of < 0 || cells[table->ratio_of] < 0 || cells[table->ratio_over] < 0)
		return 0;
	of = summary_series(summary, model->cells[cells[table->ratio_of]].first_row + table->figure);
	over = summary_series(summary, model->cells[cells[table->ratio_over]].first_row + table->figure);
	a = calloc(of->count + 1, sizeof(*a));
	b = calloc(of->count + 1, sizeof(*b));
	if (!a || !b)
		error = -ENOMEM;
	count = error ? 0 : series_pair(of, over, a, b);
	if (count)
		error = stats_paired_ratio(a, b, count, ALPHA, ratio);
	free(a);
	free(b);
	return error == -ENOMEM ? error : 0;
}

static int repeat_table(struct repeated_table *repeated, const struct summary *summary, const struct model_table *table)
{
	unsigned columns = table->column_count;
	int error = 0;

	*repeated = (struct repeated_table){
		.table = table,
		.repeats = calloc((size_t)table->line_count * columns, sizeof(*repeated->repeats)),
		.ratios = calloc(table->line_count, sizeof(*repeated->ratios)),
	};
	if (!repeated->repeats || !repeated->ratios)
		return -ENOMEM;
	for (unsigned i = 0; i < table->line_count * columns; i++)
		repeated->repeats[i] = repeat_cell(summary, table, table->cells[i]);
	for (unsigned line = 0; !error && line < table->line_count; line++)
		error = repeat_ratio(summary, table, &table->cells[line * columns], &repeated->ratios[line]);
	return error;
}

int repeats_find(struct repeated_tables *tables, const struct summary *summary)
{
	const struct model *model = summary->model;
	struct repeated_tables found = {.list = calloc(model->table_count + 1, sizeof(*found.list))};
	int error = found.list ? 0 : -ENOMEM;

	for (unsigned i = 0; !error && i < model->table_count; i++) {
		found.count++;
		error = repeat_table(&found.list[i], summary, &model->tables[i]);
	}
	if (error)
		repeats_exit(&found);
	else
		*tables = found;
	return error;
}

void repeats_exit(struct repeated_tables *tables)
{
	for (size_t i = 0; i < tables->count; i++) {
		free(tables->list[i].repeats);
		free(tables->list[i].ratios);
	}
	free(tables->list);
	*tables = (struct repeated_tables){0};
}

double published_ratio(const struct model_table *table, const struct model_table_row *row)
{
	return table->ratio_of < 0 ? NAN : row->values[table->ratio_of] / row->values[table->ratio_over];
}
