/* SPDX-License-Identifier: MIT */
/* Fits lines to the series of cells that differ in one parameter only: see fits.h. */
#include "output/fits.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/model.h"
#include "output/series.h"
#include "output/summary.h"
#include "output/summary_verdicts.h"
#include "output/sweep.h"

#define ALPHA 0.05

static const struct interval nothing = {NAN, NAN, NAN};

const char *fit_status_name(const struct fit *fit)
{
	return fit->fitted ? "fitted" : "unclear";
}

static const char *parameter(const struct model_experiment *experiment)
{
	return experiment->slope;
}

static bool is_measured(const struct sweep_point *point)
{
	for (size_t i = 0; i < point->own->count; i++)
		if (point->own->values[i] > 0)
			return true;
	return false;
}

static const struct sweep_rule rule = {.parameter = parameter, .logarithmic = false, .is_measured = is_measured};

/* A value for each level, and for each block that has a line. */
struct work {
	double *room; /* which all of these are in */
	double *x, *y, *noise;
	double *fixed, *slope, *off;
	size_t blocks;
};

static int work_init(struct work *work, const struct sweep_point *points, size_t count)
{
	size_t blocks = points[0].own->count;
	int error = 0;

	*work = (struct work){.room = calloc(3 * count + 3 * blocks, sizeof(*work->room))};
	if (!work->room)
		return -ENOMEM;
	work->x = work->room;
	work->y = work->x + count;
	work->noise = work->y + count;
	work->fixed = work->noise + count;
	work->slope = work->fixed + blocks;
	work->off = work->slope + blocks;
	for (size_t i = 0; !error && i < count; i++) {
		work->x[i] = points[i].x;
		error = stats_median(points[i].own->values, points[i].own->count, &work->noise[i]);
	}
	if (error)
		free(work->room);
	return error;
}

/* How far the line misses the level that it misses by most. */
static double worst(const struct work *work, const struct line *line, size_t count)
{
	double most = 0;

	for (size_t i = 0; i < count; i++)
		most = fmax(most, fabs(line->fixed + line->slope * work->x[i] - work->y[i]) / work->y[i]);
	return most;
}

/* A block has no line if it has not all levels, or if their values are such that there is none. */
static void fit_block(struct work *work, const struct sweep_point *points, size_t count, uint32_t block)
{
	struct line line;
	double off;

	for (size_t i = 0; i < count; i++) {
		work->y[i] = series_at(points[i].own, block);
		if (!(work->y[i] > 0))
			return;
	}
	if (stats_line(work->x, work->y, work->noise, count, &line) != 0)
		return;
	off = worst(work, &line, count);
	if (!isfinite(off))
		return;
	work->fixed[work->blocks] = line.fixed;
	work->slope[work->blocks] = line.slope;
	work->off[work->blocks++] = off;
}

static int compute(struct fit *fit, const struct sweep_point *points, size_t count)
{
	struct work work;
	int error = work_init(&work, points, count);

	if (error)
		return error;
	for (size_t i = 0; i < points[0].own->count; i++)
		fit_block(&work, points, count, points[0].own->blocks[i]);
	fit->blocks = (unsigned)work.blocks;
	fit->fitted = work.blocks >= VERDICT_BLOCKS_MIN;
	if (fit->fitted)
		error = stats_median_interval(work.fixed, work.blocks, ALPHA, &fit->fixed);
	if (fit->fitted && !error)
		error = stats_median_interval(work.slope, work.blocks, ALPHA, &fit->slope);
	if (fit->fitted && !error)
		error = stats_median(work.off, work.blocks, &fit->off);
	free(work.room);
	return error;
}

/* "ns" and "MiB" make "ns/MiB", "ns" and "" make "ns": so much for each. */
static char *slope_unit(const char *figure_unit, const char *parameter_unit)
{
	char *unit = NULL;

	if (asprintf(&unit, "%s%s%s", figure_unit, *parameter_unit ? "/" : "", parameter_unit) < 0)
		return NULL;
	return unit;
}

/* Of the points of one series; takes the params from one of them. */
static int add_series(struct fits *fits, const struct summary *summary, struct sweep_point *points, size_t count)
{
	struct fit *fit = &fits->list[fits->count];
	const struct model_cell *cell = points[0].cell;
	const struct model_experiment *experiment = &summary->model->experiments[cell->experiment];

	if (count < FIT_LEVELS_MIN)
		return 0;
	*fit = (struct fit){
		.experiment = experiment->name,
		.workload = cell->workload,
		.executor = cell->executor,
		.placement = cell->placement,
		.figure = experiment->figures[0].name,
		.parameter = experiment->slope,
		.params = points[0].rest,
		.workers = cell->workers,
		.first_cell = sweep_first_cell(points, count),
		.least = points[0].level,
		.most = points[count - 1].level,
		.levels = (unsigned)count,
		.fixed = nothing,
		.fixed_unit = experiment->figures[0].unit,
		.slope = nothing,
		.slope_unit = slope_unit(experiment->figures[0].unit, experiment->slope_unit),
		.off = NAN,
	};
	points[0].rest = NULL;
	fits->count++;
	return fit->slope_unit ? compute(fit, points, count) : -ENOMEM;
}

static int by_table(const void *a, const void *b)
{
	const struct fit *x = a, *y = b;
	int order = strcmp(x->experiment, y->experiment);

	if (order == 0)
		order = strcmp(x->workload, y->workload);
	if (order == 0)
		order = strcmp(x->placement, y->placement);
	return order ? order : strcmp(x->params, y->params);
}

static int by_plan(const void *a, const void *b)
{
	const struct fit *x = a, *y = b;
	int order = (x->table_cell > y->table_cell) - (x->table_cell < y->table_cell);

	return order ? order : (x->first_cell > y->first_cell) - (x->first_cell < y->first_cell);
}

/* In the order of the plan, but those of one table together: a series may begin at another level than its neighbours. */
static void put_in_order(struct fits *fits)
{
	size_t end;

	qsort(fits->list, fits->count, sizeof(*fits->list), by_table);
	for (size_t i = 0; i < fits->count; i = end) {
		unsigned first = fits->list[i].first_cell;

		for (end = i; end < fits->count && by_table(&fits->list[i], &fits->list[end]) == 0; end++)
			if (fits->list[end].first_cell < first)
				first = fits->list[end].first_cell;
		for (size_t j = i; j < end; j++)
			fits->list[j].table_cell = first;
	}
	qsort(fits->list, fits->count, sizeof(*fits->list), by_plan);
}

int fits_find(struct fits *fits, const struct summary *summary)
{
	struct fits found = {0};
	struct sweep sweep;
	size_t end;
	int error = sweep_collect(&sweep, summary, &rule);

	if (error)
		return error;
	found.list = calloc(sweep.count / FIT_LEVELS_MIN + 1, sizeof(*found.list));
	if (!found.list)
		error = -ENOMEM;
	for (size_t i = 0; !error && i < sweep.count; i = end) {
		end = sweep_end(&sweep, i);
		error = add_series(&found, summary, sweep.points + i, end - i);
	}
	sweep_exit(&sweep);
	if (error) {
		fits_exit(&found);
		return error;
	}
	put_in_order(&found);
	*fits = found;
	return 0;
}

void fits_exit(struct fits *fits)
{
	for (size_t i = 0; i < fits->count; i++) {
		free(fits->list[i].params);
		free(fits->list[i].slope_unit);
	}
	free(fits->list);
	*fits = (struct fits){0};
}
