/* SPDX-License-Identifier: MIT */
/* Writes crossings.csv: one row a series; results/README.md says what each column means. */
#include "output/csv.h"
#include "output/model.h"
#include "output/replace.h"
#include "output/summary.h"

enum { SCHEMA = 1 };

/* Columns are only ever appended. */
static const char *const columns[] = {
	"schema", "run_id",    "machine_id", "experiment", "workload", "executor", "workers", "placement", "params",
	"figure", "parameter", "unit",       "value",      "low",      "high",     "blocks",  "status",
};

static void write_row(struct csv_buffer *buffer, const struct summary *summary, const struct crossing *crossing)
{
	csv_whole(buffer, SCHEMA);
	csv_text(buffer, summary->model->run_id);
	csv_text(buffer, summary->model->machine_id);
	csv_text(buffer, crossing->experiment);
	csv_text(buffer, crossing->workload);
	csv_text(buffer, crossing->executor);
	csv_whole(buffer, crossing->workers);
	csv_text(buffer, crossing->placement);
	csv_text(buffer, crossing->params);
	csv_text(buffer, crossing->figure);
	csv_text(buffer, crossing->parameter);
	csv_text(buffer, crossing->unit);
	csv_real(buffer, crossing->value.estimate);
	csv_real(buffer, crossing->value.low);
	csv_real(buffer, crossing->value.high);
	csv_whole(buffer, crossing->blocks);
	csv_text(buffer, crossing_status_name(crossing->status));
	csv_end_row(buffer);
}

int crossings_write_csv(const struct summary *summary, const char *path, char *reason)
{
	struct csv_buffer buffer = {0};
	int error;

	if (summary->crossings.count == 0)
		return 0;
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		csv_text(&buffer, columns[i]);
	csv_end_row(&buffer);
	for (size_t i = 0; i < summary->crossings.count; i++)
		write_row(&buffer, summary, &summary->crossings.list[i]);
	error = replace_with_rows(path, "crossings.csv", &buffer, reason);
	csv_buffer_exit(&buffer);
	return error;
}
