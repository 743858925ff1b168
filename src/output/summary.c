/* SPDX-License-Identifier: MIT */
/* From the files of a run to one row per cell and figure: docs/methodology.md says why it is computed so. */
#include "output/summary.h"

#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "core/workload.h"
#include "output/model.h"
#include "output/samples.h"
#include "output/series.h"
#include "output/summary_verdicts.h"

#define ALPHA 0.05

static const struct interval nothing = {NAN, NAN, NAN};

/* Everything that the computation needs; a, b and logs have room for any two series. */
struct work {
	struct summary *summary;
	const struct model *model;
	const struct series_table *table;
	double *a, *b, *logs;
	unsigned *common;
};

/* Statistics refuse what they are not defined for (-EINVAL, -EDOM): that is a NaN, not an error. */
static int fatal(int error)
{
	return error == -ENOMEM ? error : 0;
}

static void name_row(struct summary_row *row, const struct model *model, const struct model_cell *cell, unsigned figure)
{
	const struct model_experiment *experiment = &model->experiments[cell->experiment];

	*row = (struct summary_row){
		.experiment = experiment->name,
		.group = cell->group,
		.cell = cell->name,
		.workload = cell->workload,
		.executor = cell->executor,
		.placement = cell->placement,
		.params = cell->params,
		.figure = experiment->figures[figure].name,
		.unit = experiment->figures[figure].unit,
		.better = experiment->figures[figure].higher_is_better ? "higher" : "lower",
		.workers = cell->workers,
		.group_index = cell->group_index,
		.figure_index = figure,
		.headline = figure == 0,
		.control = cell->control,
		.median = nothing,
		.minimum = NAN,
		.mad = NAN,
		.p90 = NAN,
		.p99 = NAN,
		.baseline = cell->baseline < 0 ? "" : model->cells[cell->baseline].name,
		.ratio = nothing,
		.p_value = NAN,
		.verdict = VERDICT_INCONCLUSIVE,
		.reference = cell->reference < 0 || figure > 0 ? "" : model->cells[cell->reference].name,
		.speedup = nothing,
		.efficiency = nothing,
	};
}

/* "ok" if any sample is; else what the first row says; without rows the plan's own reason. */
static void judge_status(struct summary_row *row, const struct series *series, const struct model_cell *cell)
{
	row->status = "skipped";
	row->reason = cell->skip ? cell->skip : "no whole block has it";
	if (series->record_count) {
		row->status = status_name((enum status)series->records[0].status);
		row->reason = "";
	}
	for (size_t i = 0; i < series->record_count; i++) {
		const struct sample_record *record = &series->records[i];

		if (record->status == STATUS_OK) {
			row->status = "ok";
			row->operations =
				record->ops > UINT64_MAX - row->operations ? UINT64_MAX : row->operations + record->ops;
		} else if (!*row->reason)
			row->reason = record->reason;
		if (record->status == STATUS_FAILED || record->status == STATUS_INVALID)
			row->failed++;
	}
}

static int describe(const struct work *work, struct summary_row *row, const struct series *series)
{
	size_t samples = series_samples(work->table, series);
	int error;

	row->blocks = (unsigned)series->count;
	row->samples = (unsigned)samples;
	if (samples == 0)
		return 0;
	if ((error = stats_median_interval(series->values, series->count, ALPHA, &row->median)) ||
	    (error = stats_mad(series->values, series->count, &row->mad)) ||
	    (error = stats_minimum(work->table->scratch, samples, &row->minimum)) ||
	    (error = stats_tail(work->table->scratch, samples, 0.90, &row->p90)) ||
	    (error = stats_tail(work->table->scratch, samples, 0.99, &row->p99)))
		return fatal(error);
	return 0;
}

static int compare(const struct work *work, size_t index, const struct series *baseline)
{
	struct summary_row *row = &work->summary->rows[index];
	size_t count = series_pair(&work->table->series[index], baseline, work->a, work->b);
	int error;

	work->common[index] = (unsigned)count;
	if (count == 0)
		return 0;
	error = stats_paired_ratio(work->a, work->b, count, ALPHA, &row->ratio);
	if (error)
		return fatal(error);
	for (size_t i = 0; i < count; i++)
		work->logs[i] = log(work->a[i]) - log(work->b[i]);
	return fatal(stats_signed_rank(work->logs, count, &row->p_value));
}

/* How much more is done: values that fall with performance are turned over. */
static int scale(const struct work *work, size_t index, const struct series *reference)
{
	struct summary_row *row = &work->summary->rows[index];
	size_t count = series_pair(&work->table->series[index], reference, work->a, work->b);
	bool higher_is_better = row->better[0] == 'h';
	int error;

	if (count == 0)
		return 0;
	error = stats_paired_ratio(higher_is_better ? work->a : work->b, higher_is_better ? work->b : work->a, count,
				   ALPHA, &row->speedup);
	row->efficiency.estimate = row->speedup.estimate / row->workers;
	row->efficiency.low = row->speedup.low / row->workers;
	row->efficiency.high = row->speedup.high / row->workers;
	return fatal(error);
}

static int compute_cell(const struct work *work, const struct model_cell *cell)
{
	const struct model *model = work->model;
	unsigned figures = model->experiments[cell->experiment].figure_count;
	int error = 0;

	for (unsigned figure = 0; !error && figure < figures; figure++) {
		size_t index = cell->first_row + figure;
		struct summary_row *row = &work->summary->rows[index];
		const struct series *series = &work->table->series[index];

		name_row(row, model, cell, figure);
		judge_status(row, series, cell);
		error = describe(work, row, series);
		if (!error && cell->baseline >= 0)
			error = compare(work, index,
					&work->table->series[model->cells[cell->baseline].first_row + figure]);
		if (!error && *row->reference)
			error = scale(work, index, &work->table->series[model->cells[cell->reference].first_row]);
	}
	return error;
}

static int compute(struct summary *summary, const struct samples *samples)
{
	const struct model *model = summary->model;
	struct work work = {.summary = summary, .model = model};
	size_t room = (model->blocks < samples->count ? model->blocks : samples->count) + 1;
	struct series_table *table = calloc(1, sizeof(*table));
	int error = table ? series_init(table, model, samples) : -ENOMEM;

	if (error) {
		free(table);
		return error;
	}
	work.table = summary->series = table;
	work.a = calloc(room, sizeof(double));
	work.b = calloc(room, sizeof(double));
	work.logs = calloc(room, sizeof(double));
	work.common = calloc(model->row_count + 1, sizeof(unsigned));
	summary->rows = calloc(model->row_count + 1, sizeof(*summary->rows));
	summary->row_count = model->row_count;
	if (!work.a || !work.b || !work.logs || !work.common || !summary->rows)
		error = -ENOMEM;
	for (unsigned i = 0; !error && i < model->cell_count; i++)
		error = compute_cell(&work, &model->cells[i]);
	if (!error)
		error = summary_judge(summary, work.common);
	if (!error)
		error = stability_find(&summary->stability, summary);
	if (!error)
		error = study_find(&summary->study, summary);
	if (!error)
		error = crossings_find(&summary->crossings, summary);
	if (!error)
		error = fits_find(&summary->fits, summary);
	if (!error)
		error = repeats_find(&summary->repeated, summary);
	if (!error && summary->study.pairs > 1)
		summary->proven = summary->study.rate.low <= ALPHA;
	free(work.a);
	free(work.b);
	free(work.logs);
	free(work.common);
	series_detach(table, model);
	return error;
}

int summary_load(struct summary *summary, const char *path, char *reason)
{
	struct summary loaded = {
		.aa = nothing, .attained_median = NAN, .attained_worst = NAN, .attained_worst_cell = ""};
	struct samples samples;
	int error;

	loaded.model = calloc(1, sizeof(*loaded.model));
	if (!loaded.model)
		return reason_set(reason, -ENOMEM, "%s: out of memory", path);
	error = model_load(loaded.model, path, reason);
	if (error)
		goto free_model;
	loaded.run = loaded.model->run;
	loaded.blocks = loaded.model->blocks;
	loaded.margin = loaded.model->margin;
	error = samples_load(&samples, loaded.model, path, reason);
	if (error)
		goto free_model;
	loaded.reasons = samples.reasons;
	samples.reasons = NULL;
	error = compute(&loaded, &samples);
	samples_exit(&samples);
	if (error) {
		reason_set(reason, error, "%s: out of memory", path);
		goto free_model;
	}
	*summary = loaded;
	return 0;

free_model:
	summary_exit(&loaded);
	return error;
}

const struct series *summary_series(const struct summary *summary, size_t row)
{
	return &summary->series->series[row];
}

void summary_exit(struct summary *summary)
{
	free(summary->rows);
	crossings_exit(&summary->crossings);
	fits_exit(&summary->fits);
	repeats_exit(&summary->repeated);
	if (summary->series)
		series_exit(summary->series);
	free(summary->series);
	if (summary->model)
		model_exit(summary->model);
	free(summary->model);
	tdestroy(summary->reasons, free);
	*summary = (struct summary){0};
}
