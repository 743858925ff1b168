/* SPDX-License-Identifier: MIT */
/* Published tables as they go into run.json; results/README.md says what each member means. */
#include "core/experiment.h"
#include "core/published.h"
#include "output/json_values.h"
#include "output/published.h"
#include "plan/repeat.h"

static json_t *names_value(const struct published_part *parts)
{
	json_t *array = json_array();

	for (; parts && parts->name; parts++)
		json_array_append_new(array, json_text(parts->name));
	if (!parts)
		json_array_append_new(array, json_text(""));
	return array;
}

static json_t *row_value(const struct published *table, const struct published_row *row)
{
	json_t *values = json_array();

	for (size_t i = 0; table->columns[i].name; i++)
		json_array_append_new(values, row->values[i] > 0 ? json_real(row->values[i]) : json_null());
	return json_pack("{s:o, s:o, s:o}", "machine", json_text(row->machine), "line",
			 json_text(row->line ? row->line : ""), "values", values);
}

static json_t *rows_value(const struct published *table)
{
	json_t *array = json_array();

	for (const struct published_row *row = table->rows; row->machine; row++)
		json_array_append_new(array, row_value(table, row));
	return array;
}

/* The cells of a line; counts those that there are. */
static json_t *line_value(const struct plan *plan, const struct experiment *experiment, const struct published *table,
			  const struct published_part *line, unsigned *found)
{
	json_t *array = json_array();

	for (const struct published_part *column = table->columns; column->name; column++) {
		int cell = repeat_find(plan, experiment, line, column);

		*found += cell >= 0;
		json_array_append_new(array, cell < 0 ? json_null() : json_text(plan->cells[cell].name));
	}
	return array;
}

static json_t *cells_value(const struct plan *plan, const struct experiment *experiment, const struct published *table,
			   unsigned *found)
{
	json_t *array = json_array();

	for (const struct published_part *line = table->lines; line && line->name; line++)
		json_array_append_new(array, line_value(plan, experiment, table, line, found));
	if (!table->lines)
		json_array_append_new(array, line_value(plan, experiment, table, NULL, found));
	return array;
}

static json_t *ratio_value(const struct published *table)
{
	if (!table->ratio_of)
		return json_null();
	return json_pack("{s:o, s:o}", "of", json_text(table->ratio_of), "over", json_text(table->ratio_over));
}

static json_t *table_value(const struct published *table, json_t *cells)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:i, s:o, s:o, s:o, s:o, s:o}", "name",
			 json_text(table->name), "title", json_text(table->title), "source", json_text(table->source),
			 "note", json_text(table->note), "unit", json_text(table->unit), "figure",
			 json_text(table->figure), "operations", (json_int_t)table->operations, "counted",
			 json_text(table->counted), "decimals", (int)table->decimals, "ratio", ratio_value(table),
			 "lines", names_value(table->lines), "columns", names_value(table->columns), "rows",
			 rows_value(table), "cells", cells);
}

json_t *published_value(const struct plan *plan, const struct experiment *experiment)
{
	json_t *array = json_array();

	for (const struct published *const *table = experiment->published; table && *table; table++) {
		unsigned found = 0;
		json_t *cells = cells_value(plan, experiment, *table, &found);

		if (found)
			json_array_append_new(array, table_value(*table, cells));
		else
			json_decref(cells);
	}
	return array;
}
