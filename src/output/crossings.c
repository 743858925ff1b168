/* SPDX-License-Identifier: MIT */
/* Finds where series of cells that differ in one parameter only overtake their references. */
#include "output/crossings.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "output/model.h"
#include "output/series.h"
#include "output/summary.h"
#include "output/summary_verdicts.h"
#include "output/sweep.h"

#define ALPHA 0.05

static const struct interval nothing = {NAN, NAN, NAN};

const char *crossing_status_name(enum crossing_status status)
{
	static const char *const names[] = {"crossed", "always", "never", "unclear"};

	return names[status];
}

static const char *parameter(const struct model_experiment *experiment)
{
	return experiment->crossing;
}

/* How much better than its reference the point is in a block: a logarithm, above 0 if it is; NaN if it is not known. */
static double advantage(const struct sweep_point *point, bool higher_is_better, uint32_t block)
{
	double own = series_at(point->own, block), reference = series_at(point->reference, block);

	if (!(own > 0 && reference > 0))
		return NAN;
	return higher_is_better ? log(own) - log(reference) : log(reference) - log(own);
}

static bool is_measured(const struct sweep_point *point)
{
	for (size_t i = 0; point->reference && i < point->own->count; i++)
		if (isfinite(advantage(point, true, point->own->blocks[i])))
			return true;
	return false;
}

static const struct sweep_rule rule = {.parameter = parameter, .logarithmic = true, .is_measured = is_measured};

/* Where the series crosses in a block; NaN if the block has not all levels. x and y have room for count. */
static int find_block(const struct sweep_point *points, size_t count, bool higher_is_better, uint32_t block, double *x,
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

static int find_blocks(const struct sweep_point *points, size_t count, bool higher_is_better, double *found,
		       unsigned *blocks)
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

static int compute(struct crossing *crossing, const struct sweep_point *points, size_t count, bool higher_is_better)
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

/* Of the points of one series; takes the params from one of them. */
static int add_series(struct crossings *crossings, const struct summary *summary, struct sweep_point *points,
		      size_t count)
{
	struct crossing *crossing = &crossings->list[crossings->count];
	const struct model *model = summary->model;
	const struct model_cell *cell = points[0].cell;
	const struct model_experiment *experiment = &model->experiments[cell->experiment];

	if (count < 2)
		return 0;
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
		.first_cell = sweep_first_cell(points, count),
		.reference = &model->cells[cell->reference],
		.least = points[0].level,
		.most = points[count - 1].level,
		.value = nothing,
		.status = CROSSING_UNCLEAR,
	};
	points[0].rest = NULL;
	crossings->count++;
	return compute(crossing, points, count, experiment->figures[0].higher_is_better);
}

static int by_plan(const void *a, const void *b)
{
	const struct crossing *x = a, *y = b;

	return (x->first_cell > y->first_cell) - (x->first_cell < y->first_cell);
}

int crossings_find(struct crossings *crossings, const struct summary *summary)
{
	struct crossings found = {0};
	struct sweep sweep;
	size_t end;
	int error = sweep_collect(&sweep, summary, &rule);

	if (error)
		return error;
	found.list = calloc(sweep.count / 2 + 1, sizeof(*found.list));
	if (!found.list)
		error = -ENOMEM;
	for (size_t i = 0; !error && i < sweep.count; i = end) {
		end = sweep_end(&sweep, i);
		error = add_series(&found, summary, sweep.points + i, end - i);
	}
	sweep_exit(&sweep);
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
