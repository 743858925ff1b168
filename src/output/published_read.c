/* SPDX-License-Identifier: MIT */
/* Published tables out of run.json, which may come from a stranger; runs of older versions have none. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/workload.h"
#include "output/member.h"
#include "output/model.h"
#include "output/published.h"

/* A table and where it is in run.json. */
struct reader {
	const struct model *model;
	struct model_table *table;
	const json_t *value;
	const struct place *place;
};

static const struct {
	const char *name;
	double ns;
} units[] = {{"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}};

static int out_of_memory(const struct reader *reader)
{
	return reason_set(reader->place->reason, -ENOMEM, "run.json: out of memory");
}

/* The figure is a time for one operation, in ns. */
static int read_units(const struct reader *reader)
{
	struct model_table *table = reader->table;
	const struct model_experiment *experiment = &reader->model->experiments[table->experiment];
	const char *figure = NULL;
	int error = member_name(reader->place, reader->value, "figure", &figure);

	if (error)
		return error;
	while (table->figure < experiment->figure_count && strcmp(experiment->figures[table->figure].name, figure) != 0)
		table->figure++;
	if (table->figure == experiment->figure_count || strcmp(experiment->figures[table->figure].unit, "ns") != 0)
		return member_complain(reader->place, "figure", "is none of the experiment's figures in ns");
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(units[i].name, table->unit) == 0)
			table->factor = (double)table->operations / units[i].ns;
	return table->factor > 0 ? 0 : member_complain(reader->place, "unit", "is none of s, ms, us, ns");
}

static int read_texts(const struct reader *reader)
{
	struct model_table *table = reader->table;
	const struct place *place = reader->place;
	const json_t *value = reader->value;
	uint64_t decimals = 0;
	int error;

	if ((error = member_name(place, value, "name", &table->name)) ||
	    (error = member_name(place, value, "title", &table->title)) ||
	    (error = member_text(place, value, "source", &table->source)) ||
	    (error = member_text(place, value, "note", &table->note)) ||
	    (error = member_name(place, value, "unit", &table->unit)) ||
	    (error = member_name(place, value, "counted", &table->counted)) ||
	    (error = member_whole(place, value, "operations", 1, INT64_MAX, &table->operations)) ||
	    (error = member_whole(place, value, "decimals", 0, 9, &decimals)))
		return error;
	table->decimals = (unsigned)decimals;
	return read_units(reader);
}

/* Names of lines or columns: at least one, each once. */
static int read_names(const struct reader *reader, const char *key, size_t most, const char ***names, unsigned *count)
{
	json_t *array = NULL;
	size_t length = 0;
	int error = member_array(reader->place, reader->value, key, most, &array, &length);

	if (error)
		return error;
	if (length == 0)
		return member_complain(reader->place, key, "is empty");
	*names = calloc(length, sizeof(**names));
	if (!*names)
		return out_of_memory(reader);
	for (size_t i = 0; i < length; i++) {
		const json_t *name = json_array_get(array, i);

		if (!json_is_string(name) || json_string_length(name) > MEMBER_NAME_BYTES)
			return member_complain(reader->place, key, "has what is no name");
		for (size_t j = 0; j < i; j++)
			if (strcmp((*names)[j], json_string_value(name)) == 0)
				return member_complain(reader->place, key, "has one name twice");
		(*names)[i] = json_string_value(name);
	}
	*count = (unsigned)length;
	return 0;
}

/* The place of a name; -1 if there is none. */
static int name_find(const char *const *names, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

static int read_ratio(const struct reader *reader)
{
	struct model_table *table = reader->table;
	const json_t *ratio = json_object_get(reader->value, "ratio");
	const char *of = NULL, *over = NULL;
	int error;

	table->ratio_of = table->ratio_over = -1;
	if (!ratio || json_is_null(ratio))
		return 0;
	if (!json_is_object(ratio))
		return member_complain(reader->place, "ratio", "is no object");
	if ((error = member_name(reader->place, ratio, "of", &of)) ||
	    (error = member_name(reader->place, ratio, "over", &over)))
		return error;
	table->ratio_of = name_find(table->columns, table->column_count, of);
	table->ratio_over = name_find(table->columns, table->column_count, over);
	if (table->ratio_of >= 0 && table->ratio_over >= 0)
		return 0;
	return member_complain(reader->place, "ratio", "is of what is none of the columns");
}

/* A list with as many elements as there are columns. */
static int read_list(const struct reader *reader, const json_t *list, const char *key)
{
	if (json_is_array(list) && json_array_size(list) == reader->table->column_count)
		return 0;
	return member_complain(reader->place, key, "has a list that is not as long as there are columns");
}

static int read_row(const struct reader *reader, struct model_table_row *row, const json_t *value)
{
	const struct model_table *table = reader->table;
	const json_t *values = json_object_get(value, "values");
	const char *line = NULL;
	int error, place;

	if ((error = member_name(reader->place, value, "machine", &row->machine)) ||
	    (error = member_name(reader->place, value, "line", &line)) || (error = read_list(reader, values, "rows")))
		return error;
	place = name_find(table->lines, table->line_count, line);
	if (place < 0)
		return member_complain(reader->place, "rows", "has a line that is none of the lines");
	row->line = (unsigned)place;
	for (unsigned i = 0; i < table->column_count; i++) {
		const json_t *number = json_array_get(values, i);

		row->values[i] = json_is_null(number) ? NAN : json_number_value(number);
		if (!json_is_null(number) && !(row->values[i] > 0))
			return member_complain(reader->place, "rows", "has a value that is no number above 0");
	}
	return 0;
}

static int read_rows(const struct reader *reader)
{
	struct model_table *table = reader->table;
	json_t *array = NULL;
	size_t count = 0;
	int error = member_array(reader->place, reader->value, "rows", MODEL_TABLE_ROWS, &array, &count);

	if (error)
		return error;
	table->rows = calloc(count + 1, sizeof(*table->rows));
	table->values = calloc(count * table->column_count + 1, sizeof(*table->values));
	if (!table->rows || !table->values)
		return out_of_memory(reader);
	for (size_t i = 0; !error && i < count; i++) {
		table->rows[i].values = table->values + i * table->column_count;
		error = read_row(reader, &table->rows[i], json_array_get(array, i));
	}
	table->row_count = (unsigned)count;
	return error;
}

static int read_cell(const struct reader *reader, const json_t *name, int *cell)
{
	const struct model *model = reader->model;

	*cell = -1;
	if (json_is_null(name))
		return 0;
	if (json_is_string(name))
		*cell = model_find_cell(model, json_string_value(name));
	if (*cell >= 0 && model->cells[*cell].experiment == reader->table->experiment)
		return 0;
	return member_complain(reader->place, "cells", "has what is none of the experiment's cells");
}

static int read_cells(const struct reader *reader)
{
	struct model_table *table = reader->table;
	json_t *array = NULL;
	size_t count = 0;
	int error = member_array(reader->place, reader->value, "cells", table->line_count, &array, &count);

	if (error)
		return error;
	if (count != table->line_count)
		return member_complain(reader->place, "cells", "is not as long as there are lines");
	table->cells = calloc(count * table->column_count, sizeof(*table->cells));
	if (!table->cells)
		return out_of_memory(reader);
	for (size_t line = 0; !error && line < count; line++) {
		const json_t *list = json_array_get(array, line);

		error = read_list(reader, list, "cells");
		for (size_t i = 0; !error && i < table->column_count; i++)
			error = read_cell(reader, json_array_get(list, i),
					  &table->cells[line * table->column_count + i]);
	}
	return error;
}

static int read_table(struct model *model, unsigned experiment, const struct place *place, const json_t *value)
{
	struct model_table *table =
		&model->tables[model->table_count++]; /* from here on published_exit frees its lists */
	const struct reader reader = {model, table, value, place};
	int error;

	table->experiment = experiment;
	if ((error = read_texts(&reader)) ||
	    (error = read_names(&reader, "lines", MODEL_TABLE_LINES, &table->lines, &table->line_count)) ||
	    (error = read_names(&reader, "columns", MODEL_TABLE_COLUMNS, &table->columns, &table->column_count)) ||
	    (error = read_ratio(&reader)) || (error = read_rows(&reader)))
		return error;
	return read_cells(&reader);
}

int published_read(struct model *model, char *reason)
{
	const json_t *experiments = json_object_get(model->run, "experiments");
	int error = 0;

	model->tables = calloc(MODEL_TABLES, sizeof(*model->tables));
	if (!model->tables)
		return reason_set(reason, -ENOMEM, "run.json: out of memory");
	for (unsigned i = 0; !error && i < model->experiment_count; i++) {
		const struct place experiment = {"experiments", i, reason};
		const json_t *value = json_array_get(experiments, i);
		json_t *array = json_object_get(value, "published");
		size_t count = 0;

		if (!array || json_is_null(array))
			continue;
		error = member_array(&experiment, value, "published", MODEL_TABLES - model->table_count, &array,
				     &count);
		for (size_t j = 0; !error && j < count; j++)
			error = read_table(model, i, &(struct place){"published", j, reason}, json_array_get(array, j));
	}
	return error;
}

void published_exit(struct model *model)
{
	for (unsigned i = 0; i < model->table_count; i++) {
		struct model_table *table = &model->tables[i];

		free(table->lines);
		free(table->columns);
		free(table->rows);
		free(table->values);
		free(table->cells);
	}
	free(model->tables);
}
