/* SPDX-License-Identifier: MIT */
/* Finds the series of cells that differ in one parameter only: see sweep.h. */
#include "output/sweep.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/model.h"
#include "output/summary.h"
#include "output/text.h"

/* Takes "name=value" out of "name=value;…" and reads its value. false: it is not there, or is no whole number. */
static bool take_level(char *params, const char *name, uint64_t *level)
{
	size_t length = strlen(name);
	char *at = params, *end;

	while (strncmp(at, name, length) != 0 || at[length] != '=') {
		at = strchr(at, ';');
		if (!at)
			return false;
		at++;
	}
	end = strchr(at, ';');
	if (end)
		*end = '\0';
	if (text_parse_whole(at + length + 1, level) != 0)
		return false;
	if (end)
		memmove(at, end + 1, strlen(end + 1) + 1);
	else if (at > params)
		at[-1] = '\0';
	else
		*at = '\0';
	return true;
}

/* 1: the cell is a point; 0: it is none; or -ENOMEM. */
static int point_make(const struct summary *summary, const struct sweep_rule *rule, unsigned index,
		      struct sweep_point *point)
{
	const struct model *model = summary->model;
	const struct model_cell *cell = &model->cells[index];
	const char *parameter = rule->parameter(&model->experiments[cell->experiment]);

	if (!parameter)
		return 0;
	*point = (struct sweep_point){.cell = cell, .index = index, .rest = strdup(cell->params)};
	if (!point->rest)
		return -ENOMEM;
	point->own = summary_series(summary, cell->first_row);
	if (cell->reference >= 0 && cell->reference != (int)index)
		point->reference = summary_series(summary, model->cells[cell->reference].first_row);
	if (take_level(point->rest, parameter, &point->level) && !(rule->logarithmic && point->level == 0) &&
	    rule->is_measured(point)) {
		point->x = rule->logarithmic ? log((double)point->level) : (double)point->level;
		return 1;
	}
	free(point->rest);
	return 0;
}

static int by_series(const struct sweep_point *a, const struct sweep_point *b)
{
	int order = (a->cell->experiment > b->cell->experiment) - (a->cell->experiment < b->cell->experiment);

	if (order == 0)
		order = (a->cell->workers > b->cell->workers) - (a->cell->workers < b->cell->workers);
	if (order == 0)
		order = strcmp(a->cell->executor, b->cell->executor);
	if (order == 0)
		order = strcmp(a->cell->workload, b->cell->workload);
	if (order == 0)
		order = strcmp(a->cell->placement, b->cell->placement);
	return order ? order : strcmp(a->rest, b->rest);
}

static int by_level(const void *a, const void *b)
{
	const struct sweep_point *x = a, *y = b;
	int order = by_series(x, y);

	if (order == 0)
		order = (x->x > y->x) - (x->x < y->x);
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

static void drop_twins(struct sweep *sweep)
{
	size_t kept = 0;

	for (size_t i = 0; i < sweep->count; i++) {
		struct sweep_point *point = &sweep->points[i];
		const struct sweep_point *last = kept ? &sweep->points[kept - 1] : NULL;

		if (last && last->x == point->x && by_series(last, point) == 0)
			free(point->rest);
		else
			sweep->points[kept++] = *point;
	}
	sweep->count = kept;
}

int sweep_collect(struct sweep *sweep, const struct summary *summary, const struct sweep_rule *rule)
{
	const struct model *model = summary->model;
	int made = 0;

	*sweep = (struct sweep){.points = calloc(model->cell_count + 1, sizeof(*sweep->points))};
	if (!sweep->points)
		return -ENOMEM;
	for (unsigned i = 0; made >= 0 && i < model->cell_count; i++) {
		made = point_make(summary, rule, i, &sweep->points[sweep->count]);
		sweep->count += made > 0;
	}
	if (made < 0) {
		sweep_exit(sweep);
		return made;
	}
	qsort(sweep->points, sweep->count, sizeof(*sweep->points), by_level);
	drop_twins(sweep);
	return 0;
}

void sweep_exit(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->count; i++)
		free(sweep->points[i].rest);
	free(sweep->points);
	*sweep = (struct sweep){0};
}

size_t sweep_end(const struct sweep *sweep, size_t first)
{
	size_t end = first + 1;

	while (end < sweep->count && by_series(&sweep->points[first], &sweep->points[end]) == 0)
		end++;
	return end;
}

unsigned sweep_first_cell(const struct sweep_point *points, size_t count)
{
	unsigned first = points[0].index;

	for (size_t i = 1; i < count; i++)
		if (points[i].index < first)
			first = points[i].index;
	return first;
}
