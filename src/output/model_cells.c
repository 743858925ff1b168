/* SPDX-License-Identifier: MIT */
/* Reads the cells of run.json and links them: names to indices, groups, baselines and references. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/workload.h"
#include "output/member.h"
#include "output/model.h"

static int read_cell(struct model *model, const struct place *place, const json_t *value)
{
	struct model_cell *cell = &model->cells[place->index];
	const json_t *control = json_object_get(value, "control");
	const char *experiment = NULL;
	uint64_t workers = 0;
	int error;

	if ((error = member_text(place, value, "cell", &cell->name)) ||
	    (error = member_text(place, value, "group", &cell->group)) ||
	    (error = member_name(place, value, "experiment", &experiment)) ||
	    (error = member_name(place, value, "workload", &cell->workload)) ||
	    (error = member_name(place, value, "executor", &cell->executor)) ||
	    (error = member_name(place, value, "placement", &cell->placement)) ||
	    (error = member_text(place, value, "params", &cell->params)) ||
	    (error = member_optional_text(place, value, "skip", &cell->skip)) ||
	    (error = member_whole(place, value, "workers", 1, INT32_MAX, &workers)))
		return error;
	if (json_is_integer(json_object_get(value, "constant")))
		cell->constant = (uint64_t)json_integer_value(json_object_get(value, "constant"));
	if (!json_is_boolean(control))
		return member_complain(place, "control", "is not true or false");
	cell->control = json_is_true(control);
	cell->workers = (unsigned)workers;
	cell->first_row = model->row_count;
	while (cell->experiment < model->experiment_count &&
	       strcmp(model->experiments[cell->experiment].name, experiment) != 0)
		cell->experiment++;
	if (cell->experiment == model->experiment_count)
		return member_complain(place, "experiment", "is none of the experiments");
	model->row_count += model->experiments[cell->experiment].figure_count;
	if (model->row_count > MODEL_ROWS)
		return member_complain(place, "experiment", "has too many figures for so many cells");
	return 0;
}

static int by_name(const void *a, const void *b, void *cells)
{
	const struct model_cell *list = cells;

	return strcmp(list[*(const unsigned *)a].name, list[*(const unsigned *)b].name);
}

/* Groups of one name and experiment first, in order of appearance within. */
static int by_group(const void *a, const void *b, void *cells)
{
	unsigned left = *(const unsigned *)a, right = *(const unsigned *)b;
	const struct model_cell *x = (const struct model_cell *)cells + left,
				*y = (const struct model_cell *)cells + right;
	int order = strcmp(x->group, y->group);

	if (order == 0)
		order = (x->experiment > y->experiment) - (x->experiment < y->experiment);
	return order ? order : (left > right) - (left < right);
}

static bool one_group(const struct model_cell *a, const struct model_cell *b)
{
	return a->experiment == b->experiment && strcmp(a->group, b->group) == 0;
}

/* First gives every cell the index of its group's first cell, then makes those dense. */
static void number_groups(struct model *model)
{
	struct model_cell *cells = model->cells;
	unsigned *order = model->by_name, first = 0;

	qsort_r(order, model->cell_count, sizeof(*order), by_group, cells);
	for (unsigned i = 0; i < model->cell_count; i++) {
		if (i == 0 || !one_group(&cells[order[i]], &cells[order[i - 1]]))
			first = order[i];
		cells[order[i]].group_index = first;
	}
	for (unsigned i = 0; i < model->cell_count; i++)
		cells[i].group_index =
			cells[i].group_index == i ? model->group_count++ : cells[cells[i].group_index].group_index;
}

int model_find_cell(const struct model *model, const char *name)
{
	size_t low = 0, high = model->cell_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, model->cells[model->by_name[middle]].name);

		if (order == 0)
			return (int)model->by_name[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

/* The index of the cell that member `key` names; another cell of the same group. */
static int read_partner(const struct model *model, const struct place *place, const json_t *value, const char *key,
			int *partner)
{
	const struct model_cell *cell = &model->cells[place->index];
	const char *name = NULL;
	int error = member_optional_text(place, value, key, &name);

	*partner = -1;
	if (error || !name)
		return error;
	*partner = model_find_cell(model, name);
	if (*partner < 0)
		return member_complain(place, key, "is none of the cells");
	if (model->cells[*partner].experiment != cell->experiment)
		return member_complain(place, key, "is a cell of another experiment");
	return 0;
}

static int link_cells(struct model *model, const json_t *array, char *reason)
{
	int error = 0;

	for (unsigned i = 0; i < model->cell_count; i++)
		model->by_name[i] = i;
	number_groups(model);
	qsort_r(model->by_name, model->cell_count, sizeof(*model->by_name), by_name, model->cells);
	for (unsigned i = 1; i < model->cell_count; i++)
		if (by_name(&model->by_name[i - 1], &model->by_name[i], model->cells) == 0)
			return member_complain(&(struct place){"cells", model->by_name[i], reason}, "cell",
					       "is there twice");
	for (unsigned i = 0; !error && i < model->cell_count; i++) {
		struct place place = {"cells", i, reason};

		error = read_partner(model, &place, json_array_get(array, i), "baseline", &model->cells[i].baseline);
		/* Nothing is measured against itself; the reference, however, has a speed-up: 1. */
		if (model->cells[i].baseline == (int)i)
			model->cells[i].baseline = -1;
		if (!error && model->cells[i].baseline >= 0)
			model->cells[i].paired = model->cells[model->cells[i].baseline].paired = true;
		if (!error)
			error = read_partner(model, &place, json_array_get(array, i), "reference",
					     &model->cells[i].reference);
	}
	return error;
}

int model_read_cells(struct model *model, char *reason)
{
	struct place top = {"", 0, reason};
	json_t *array = NULL;
	size_t count = 0;
	int error = member_array(&top, model->run, "cells", MODEL_CELLS, &array, &count);

	if (error)
		return error;
	model->cells = calloc(count + 1, sizeof(*model->cells));
	model->by_name = calloc(count + 1, sizeof(*model->by_name));
	if (!model->cells || !model->by_name)
		return reason_set(reason, -ENOMEM, "run.json: out of memory");
	model->cell_count = (unsigned)count;
	for (size_t i = 0; !error && i < count; i++)
		error = read_cell(model, &(struct place){"cells", i, reason}, json_array_get(array, i));
	return error ? error : link_cells(model, array, reason);
}
