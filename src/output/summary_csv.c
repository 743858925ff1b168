/* SPDX-License-Identifier: MIT */
/* Writes summary.csv: one row per cell and figure; results/README.md says what each column means. */
#include "output/csv.h"
#include "output/model.h"
#include "output/replace.h"
#include "output/summary.h"

enum { SCHEMA = 1 };

/* Columns are only ever appended. */
static const char *const columns[] = {
	"schema",         "run_id",          "machine_id", "experiment",  "group",        "cell",
	"workload",       "executor",        "workers",    "placement",   "params",       "figure",
	"unit",           "better",          "blocks",     "samples",     "failed",       "median",
	"median_low",     "median_high",     "min",        "mad",         "p90",          "p99",
	"baseline",       "ratio",           "ratio_low",  "ratio_high",  "p_value",      "margin",
	"verdict",        "reference",       "speedup",    "speedup_low", "speedup_high", "efficiency",
	"efficiency_low", "efficiency_high", "status",     "reason",      "operations",
};

static void write_interval(struct csv_buffer *buffer, const struct interval *interval)
{
	csv_real(buffer, interval->estimate);
	csv_real(buffer, interval->low);
	csv_real(buffer, interval->high);
}

static void write_row(struct csv_buffer *buffer, const struct summary *summary, const struct summary_row *row)
{
	const char *const identity[] = {row->experiment, row->group, row->cell, row->workload, row->executor};
	const char *const figure[] = {row->placement, row->params, row->figure, row->unit, row->better};

	csv_whole(buffer, SCHEMA);
	csv_text(buffer, summary->model->run_id);
	csv_text(buffer, summary->model->machine_id);
	for (size_t i = 0; i < sizeof(identity) / sizeof(*identity); i++)
		csv_text(buffer, identity[i]);
	csv_whole(buffer, row->workers);
	for (size_t i = 0; i < sizeof(figure) / sizeof(*figure); i++)
		csv_text(buffer, figure[i]);
	csv_whole(buffer, row->blocks);
	csv_whole(buffer, row->samples);
	csv_whole(buffer, row->failed);
	write_interval(buffer, &row->median);
	csv_real(buffer, row->minimum);
	csv_real(buffer, row->mad);
	csv_real(buffer, row->p90);
	csv_real(buffer, row->p99);
	csv_text(buffer, row->baseline);
	write_interval(buffer, &row->ratio);
	csv_real(buffer, row->p_value);
	csv_real(buffer, row->margin);
	csv_text(buffer, *row->baseline ? verdict_name(row->verdict) : "");
	csv_text(buffer, row->reference);
	write_interval(buffer, &row->speedup);
	write_interval(buffer, &row->efficiency);
	csv_text(buffer, row->status);
	csv_text(buffer, row->reason);
	csv_whole(buffer, row->operations);
	csv_end_row(buffer);
}

int summary_write_csv(const struct summary *summary, const char *path, char *reason)
{
	struct csv_buffer buffer = {0};
	int error;

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		csv_text(&buffer, columns[i]);
	csv_end_row(&buffer);
	for (size_t i = 0; i < summary->row_count; i++)
		write_row(&buffer, summary, &summary->rows[i]);
	error = replace_with_rows(path, "summary.csv", &buffer, reason);
	csv_buffer_exit(&buffer);
	return error;
}
