/* SPDX-License-Identifier: MIT */
/* From a measurement to rows of samples.csv; results/README.md says what each column means. */
#include "output/samples_write.h"

#include <math.h>
#include <stddef.h>

enum { SCHEMA = 1 };

/* Columns are only ever appended. */
static const char *const columns[] = {
	"schema",
	"run_id",
	"machine_id",
	"experiment",
	"group",
	"cell",
	"workload",
	"executor",
	"workers",
	"placement",
	"params",
	"block",
	"position",
	"batch",
	"start_ns",
	"ops",
	"wall_ns",
	"user_ns",
	"sys_ns",
	"minor_faults",
	"major_faults",
	"voluntary_switches",
	"involuntary_switches",
	"figure",
	"value",
	"unit",
	"better",
	"status",
	"reason",
	"cpuset",
	"cpu",
};

void samples_write_header(struct csv_buffer *buffer)
{
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		csv_text(buffer, columns[i]);
	csv_end_row(buffer);
}

static void write_identity(struct csv_buffer *buffer, const struct run_record *record,
			   const struct measurement *measurement, unsigned batch)
{
	const struct cell *cell = &record->plan->cells[measurement->cell];

	csv_whole(buffer, SCHEMA);
	csv_text(buffer, record->run_id);
	csv_text(buffer, record->machine_id);
	csv_text(buffer, cell->experiment->name);
	csv_text(buffer, cell->group_name);
	csv_text(buffer, cell->name);
	csv_text(buffer, cell->workload->name);
	csv_text(buffer, cell->executor->name);
	csv_whole(buffer, cell->workers);
	csv_text(buffer, cell->placement);
	csv_text(buffer, cell->params);
	csv_whole(buffer, measurement->block);
	csv_whole(buffer, measurement->position);
	csv_whole(buffer, batch);
}

static void write_measured(struct csv_buffer *buffer, const struct sample *sample)
{
	if (!sample) {
		csv_empty(buffer, 9);
		return;
	}
	csv_whole(buffer, sample->start_ns);
	csv_whole(buffer, sample->ops);
	csv_whole(buffer, sample->wall_ns);
	if (sample->usage_unknown) {
		csv_empty(buffer, 6);
		return;
	}
	csv_whole(buffer, sample->usage.user_ns);
	csv_whole(buffer, sample->usage.sys_ns);
	csv_whole(buffer, sample->usage.minor_faults);
	csv_whole(buffer, sample->usage.major_faults);
	csv_whole(buffer, sample->usage.voluntary_switches);
	csv_whole(buffer, sample->usage.involuntary_switches);
}

static void write_row(struct csv_buffer *buffer, const struct run_record *record, const struct measurement *measurement,
		      unsigned batch, const struct figure *figure)
{
	const struct sample *sample = measurement->sample_count ? &measurement->samples[batch] : NULL;
	double value = sample ? figure->value(sample) : NAN;
	enum status status = measurement->status;
	const char *reason = measurement->reason;
	const char *missing = record->plan->cells[measurement->cell].experiment->missing;

	if (status == STATUS_OK && sample && isnan(value)) {
		status = STATUS_SKIPPED;
		reason = missing ? missing : "not measured in a cell like this";
	} else if (status == STATUS_OK && !isfinite(value)) {
		status = STATUS_FAILED;
		reason = sample ? "this sample gives the figure no finite value" : "the measurer sent no sample";
	}
	write_identity(buffer, record, measurement, batch);
	write_measured(buffer, sample);
	csv_text(buffer, figure->name);
	csv_real(buffer, value);
	csv_text(buffer, figure->unit);
	csv_text(buffer, figure->better == BETTER_HIGHER ? "higher" : "lower");
	csv_text(buffer, status_name(status));
	csv_text(buffer, reason);
	csv_text(buffer, measurement->cpusets ? measurement->cpusets : "");
	csv_text(buffer, measurement->cpus ? measurement->cpus : "");
	csv_end_row(buffer);
}

void samples_write(struct csv_buffer *buffer, const struct run_record *record, const struct measurement *measurement)
{
	const struct figure *figures = record->plan->cells[measurement->cell].experiment->figures;
	unsigned batches = measurement->sample_count ? measurement->sample_count : 1;

	for (unsigned batch = 0; batch < batches; batch++)
		for (const struct figure *figure = figures; figure->name; figure++)
			write_row(buffer, record, measurement, batch, figure);
}
