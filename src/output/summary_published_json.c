/* SPDX-License-Identifier: MIT */
/* Published tables in the summary for programs: what others gave, and below it what this machine did. */
#include <jansson.h>
#include <math.h>

#include "output/json_values.h"
#include "output/model.h"
#include "output/published.h"
#include "output/repeats.h"
#include "output/summary.h"

static json_t *names_value(const char *const *names, unsigned count)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < count; i++)
		json_array_append_new(array, json_text(names[i]));
	return array;
}

static json_t *row_value(const struct model_table *table, const struct model_table_row *row)
{
	json_t *values = json_array();

	for (unsigned i = 0; i < table->column_count; i++)
		json_array_append_new(values, json_number(row->values[i]));
	return json_pack("{s:o, s:o, s:o, s:o}", "line", json_text(table->lines[row->line]), "machine",
			 json_text(row->machine), "values", values, "ratio", json_number(published_ratio(table, row)));
}

static json_t *rows_value(const struct model_table *table)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < table->row_count; i++)
		json_array_append_new(array, row_value(table, &table->rows[i]));
	return array;
}

static json_t *repeat_value(const struct model *model, const struct repeat *repeat, int cell)
{
	if (cell < 0)
		return json_null();
	return json_pack("{s:o, s:o, s:I, s:b}", "cell", json_text(model->cells[cell].name), "value",
			 json_interval(&repeat->value), "operations",
			 (json_int_t)(repeat->operations > INT64_MAX ? INT64_MAX : repeat->operations), "extrapolated",
			 (int)repeat->extrapolated);
}

/* One a line, with one value a column. */
static json_t *repeats_value(const struct model *model, const struct repeated_table *repeated)
{
	const struct model_table *table = repeated->table;
	json_t *array = json_array();

	for (unsigned line = 0; line < table->line_count; line++) {
		json_t *values = json_array();

		for (unsigned i = 0; i < table->column_count; i++) {
			size_t at = (size_t)line * table->column_count + i;

			json_array_append_new(values, repeat_value(model, &repeated->repeats[at], table->cells[at]));
		}
		json_array_append_new(array,
				      json_pack("{s:o, s:o, s:o}", "line", json_text(table->lines[line]), "values",
						values, "ratio", json_interval(&repeated->ratios[line])));
	}
	return array;
}

static json_t *table_value(const struct model *model, const struct repeated_table *repeated)
{
	const struct model_table *table = repeated->table;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "experiment",
			 json_text(model->experiments[table->experiment].name), "name", json_text(table->name), "title",
			 json_text(table->title), "source", json_text(table->source), "note", json_text(table->note),
			 "unit", json_text(table->unit), "figure",
			 json_text(model->experiments[table->experiment].figures[table->figure].name), "operations",
			 (json_int_t)table->operations, "counted", json_text(table->counted), "columns",
			 names_value(table->columns, table->column_count), "rows", rows_value(table), "this_machine",
			 repeats_value(model, repeated));
}

json_t *summary_published_value(const struct summary *summary)
{
	json_t *array = json_array();

	for (size_t i = 0; i < summary->repeated.count; i++)
		json_array_append_new(array, table_value(summary->model, &summary->repeated.list[i]));
	return array;
}
