/* SPDX-License-Identifier: MIT */
/* Finds the series of cells that differ in one parameter only, and where they overtake their references. */
#include "output/crossings.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/model.h"
#include "output/series.h"
#include "output/summary.h"
#include "output/summary_verdicts.h"
#include "output/text.h"

#define ALPHA 0.05

static const struct interval nothing = {NAN, NAN, NAN};

/* A cell at its level. */
struct point {
	const struct model_cell *cell;
	const struct series *own, *reference; /* of the headline figure */
	unsigned index;                       /* of the cell */
	uint64_t level;
	double x;   /* its logarithm */
	char *rest; /* its params without the parameter */
};

const char *crossing_status_name(enum crossing_status status)
{
	static const char *const names[] = {"crossed", "always", "never", "unclear"};

	return names[status];
}

/* Takes "name=value" out of "name=value;…" and reads its value. false: it is not there, or is no level. */
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
	if (text_parse_whole(at + length + 1, level) != 0 || *level == 0)
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
static int point_make(const struct summary *summary, unsigned index, struct point *point)
{
	const struct model *model = summary->model;
	const struct model_cell *cell = &model->cells[index];
	const char *parameter = model->experiments[cell->experiment].crossing;

	if (!parameter || cell->reference < 0 || cell->reference == (int)index)
		return 0;
	*point = (struct point){.cell = cell, .index = index, .rest = strdup(cell->params)};
	if (!point->rest)
		return -ENOMEM;
	if (!take_level(point->rest, parameter, &point->level)) {
		free(point->rest);
		return 0;
	}
	point->x = log((double)point->level);
	point->own = summary_series(summary, cell->first_row);
	point->reference = summary_series(summary, model->cells[cell->reference].first_row);
	return 1;
}

static int by_series(const struct point *a, const struct point *b)
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
	const struct point *x = a, *y = b;
	int order = by_series(x, y);

	if (order == 0)
		order = (x->x > y->x) - (x->x < y->x);
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* How much better than its reference the point is in a block: a logarithm, above 0 if it is; NaN if it is not known. */
static double advantage(const struct point *point, bool higher_is_better, uint32_t block)
{
	double own = series_at(point->own, block), reference = series_at(point->reference, block);

	if (!(own > 0 && reference > 0))
		return NAN;
	return higher_is_better ? log(own) - log(reference) : log(reference) - log(own);
}

static bool is_measured(const struct point *point)
{
	for (size_t i = 0; i < point->own->count; i++)
		if (isfinite(advantage(point, true, point->own->blocks[i])))
			return true;
	return false;
}

/* Keeps the points that were measured; of two at one level the one that comes first in the plan. */
static size_t keep_levels(struct point *points, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct point point = points[i];

		if ((kept > 0 && points[kept - 1].x == point.x) || !is_measured(&point))
			continue;
		points[i] = points[kept]; /* swapped, as each has a text of its own */
		points[kept++] = point;
	}
	return kept;
}

/* Where the series crosses in a block; NaN if the block has not all levels. x and y have room for count. */
static int find_block(const struct point *points, size_t count, bool higher_is_better, uint32_t block, double *x,
		      double *y, double *found)
{
	*found = NAN;
	for (size_t i = 0; i < count; i++) {
		x[i] = points[i].x;
		y[i] = advantage(&points[i], higher_is_better, block);
		if (!isfinite(y[i]))
			return 0;
	}
	return stats_crossing(x, y, count, found);
}

static int find_blocks(const struct point *points, size_t count, bool higher_is_better, double *found, unsigned *blocks)
{
	const struct series *first = points[0].own;
	double *x = calloc(count, sizeof(*x)), *y = calloc(count, sizeof(*y));
	int error = x && y ? 0 : -ENOMEM;

	*blocks = 0;
	for (size_t i = 0; !error && i < first->count; i++) {
		error = find_block(points, count, higher_is_better, first->blocks[i], x, y, &found[*blocks]);
		if (!isnan(found[*blocks]))
			++*blocks;
	}
	free(x);
	free(y);
	return error;
}

static void judge(struct crossing *crossing, const struct interval *interval)
{
	if (isfinite(interval->low) && isfinite(interval->high)) {
		crossing->status = CROSSING_CROSSED;
		crossing->value = (struct interval){exp(interval->estimate), exp(interval->low), exp(interval->high)};
	} else if (interval->high == -INFINITY) {
		crossing->status = CROSSING_ALWAYS;
	} else if (interval->low == INFINITY) {
		crossing->status = CROSSING_NEVER;
	}
}

static int compute(struct crossing *crossing, const struct point *points, size_t count, bool higher_is_better)
{
	double *found = calloc(points[0].own->count + 1, sizeof(*found));
	struct interval interval;
	int error = found ? find_blocks(points, count, higher_is_better, found, &crossing->blocks) : -ENOMEM;

	if (!error && crossing->blocks >= VERDICT_BLOCKS_MIN) {
		error = stats_median_interval_censored(found, crossing->blocks, ALPHA, &interval);
		if (!error)
			judge(crossing, &interval);
	}
	free(found);
	return error;
}

/* Points first … end - 1 are one series; takes the params from one of them. */
static int add_series(struct crossings *crossings, const struct summary *summary, struct point *points, size_t count)
{
	struct crossing *crossing = &crossings->list[crossings->count];
	const struct model *model = summary->model;
	const struct model_experiment *experiment = &model->experiments[points[0].cell->experiment];
	const struct model_cell *cell;

	count = keep_levels(points, count);
	if (count < 2)
		return 0;
	cell = points[0].cell;
	*crossing = (struct crossing){
		.experiment = experiment->name,
		.workload = cell->workload,
		.executor = cell->executor,
		.placement = cell->placement,
		.figure = experiment->figures[0].name,
		.parameter = experiment->crossing,
		.unit = experiment->crossing_unit,
		.params = points[0].rest,
		.workers = cell->workers,
		.first_cell = points[0].index,
		.reference = &model->cells[cell->reference],
		.least = points[0].level,
		.most = points[count - 1].level,
		.value = nothing,
		.status = CROSSING_UNCLEAR,
	};
	points[0].rest = NULL;
	crossings->count++;
	for (size_t i = 1; i < count; i++)
		if (points[i].index < crossing->first_cell)
			crossing->first_cell = points[i].index;
	return compute(crossing, points, count, experiment->figures[0].higher_is_better);
}

static int by_plan(const void *a, const void *b)
{
	const struct crossing *x = a, *y = b;

	return (x->first_cell > y->first_cell) - (x->first_cell < y->first_cell);
}

/* The cells that are points, series by series and in order of level; the caller frees them and their texts. */
static int collect(const struct summary *summary, struct point **points, size_t *count)
{
	const struct model *model = summary->model;
	int made = 0;

	*count = 0;
	*points = calloc(model->cell_count + 1, sizeof(**points));
	if (!*points)
		return -ENOMEM;
	for (unsigned i = 0; made >= 0 && i < model->cell_count; i++) {
		made = point_make(summary, i, &(*points)[*count]);
		*count += made > 0;
	}
	qsort(*points, *count, sizeof(**points), by_level);
	return made < 0 ? made : 0;
}

int crossings_find(struct crossings *crossings, const struct summary *summary)
{
	struct crossings found = {0};
	struct point *points;
	size_t count, end;
	int error = collect(summary, &points, &count);

	found.list = error ? NULL : calloc(count / 2 + 1, sizeof(*found.list));
	if (!error && !found.list)
		error = -ENOMEM;
	for (size_t i = 0; !error && i < count; i = end) {
		for (end = i + 1; end < count && by_series(&points[i], &points[end]) == 0;)
			end++;
		error = add_series(&found, summary, points + i, end - i);
	}
	for (size_t i = 0; i < count; i++)
		free(points[i].rest);
	free(points);
	if (error) {
		crossings_exit(&found);
		return error;
	}
	qsort(found.list, found.count, sizeof(*found.list), by_plan);
	*crossings = found;
	return 0;
}

void crossings_exit(struct crossings *crossings)
{
	for (size_t i = 0; i < crossings->count; i++)
		free(crossings->list[i].params);
	free(crossings->list);
	*crossings = (struct crossings){0};
}
