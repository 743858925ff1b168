/* SPDX-License-Identifier: MIT */
/* Writes fits.csv: one row a series; results/README.md says what each column means. */
#include "output/csv.h"
#include "output/model.h"
#include "output/replace.h"
#include "output/summary.h"

enum { SCHEMA = 1 };

/* Columns are only ever appended. */
static const char *const columns[] = {
	"schema",     "run_id",    "machine_id", "experiment", "workload", "executor",  "workers",
	"placement",  "params",    "figure",     "parameter",  "least",    "most",      "levels",
	"fixed",      "fixed_low", "fixed_high", "fixed_unit", "slope",    "slope_low", "slope_high",
	"slope_unit", "off",       "blocks",     "status",
};

static void write_interval(struct csv_buffer *buffer, const struct interval *interval, const char *unit)
{
	csv_real(buffer, interval->estimate);
	csv_real(buffer, interval->low);
	csv_real(buffer, interval->high);
	csv_text(buffer, unit);
}

static void write_row(struct csv_buffer *buffer, const struct summary *summary, const struct fit *fit)
{
	csv_whole(buffer, SCHEMA);
	csv_text(buffer, summary->model->run_id);
	csv_text(buffer, summary->model->machine_id);
	csv_text(buffer, fit->experiment);
	csv_text(buffer, fit->workload);
	csv_text(buffer, fit->executor);
	csv_whole(buffer, fit->workers);
	csv_text(buffer, fit->placement);
	csv_text(buffer, fit->params);
	csv_text(buffer, fit->figure);
	csv_text(buffer, fit->parameter);
	csv_whole(buffer, fit->least);
	csv_whole(buffer, fit->most);
	csv_whole(buffer, fit->levels);
	write_interval(buffer, &fit->fixed, fit->fixed_unit);
	write_interval(buffer, &fit->slope, fit->slope_unit);
	csv_real(buffer, fit->off);
	csv_whole(buffer, fit->blocks);
	csv_text(buffer, fit_status_name(fit));
	csv_end_row(buffer);
}

int fits_write_csv(const struct summary *summary, const char *path, char *reason)
{
	struct csv_buffer buffer = {0};
	int error;

	if (summary->fits.count == 0)
		return 0;
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		csv_text(&buffer, columns[i]);
	csv_end_row(&buffer);
	for (size_t i = 0; i < summary->fits.count; i++)
		write_row(&buffer, summary, &summary->fits.list[i]);
	error = replace_with_rows(path, "fits.csv", &buffer, reason);
	csv_buffer_exit(&buffer);
	return error;
}
