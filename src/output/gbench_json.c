/* SPDX-License-Identifier: MIT */
/*
 * Writes gbench.json: a run in the format of Google Benchmark 1.7, for its compare.py and for readers of that format.
 * One entry is one cell in one block. Blocks that failed are listed beside the benchmarks, not among them: a failed
 * entry has no time, compare.py stops at one without, and would take a time of 0 for a measurement.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/workload.h"
#include "output/model.h"
#include "output/output.h"
#include "output/replace.h"
#include "output/samples.h"
#include "output/series.h"
#include "stats/stats.h"

/* What is written, entry by entry, so that a long run is never in memory as JSON. */
struct writer {
	FILE *stream;
	const struct model *model;
	struct series_table table;
	double *wall, *cpu; /* ns per operation of a block's batches */
	bool first;
	int error;
};

static void write_entry(struct writer *writer, json_t *entry)
{
	fputs(writer->first ? "\n    " : ",\n    ", writer->stream);
	writer->first = false;
	if (!entry || json_dumpf(entry, writer->stream, JSON_COMPACT) != 0)
		writer->error = -ENOMEM; /* or the stream's own error, which replace_end finds */
	json_decref(entry);
}

static json_t *get_number(const json_t *facts, const char *name)
{
	json_t *value = json_object_get(facts, name);

	return json_is_number(value) ? value : NULL;
}

static json_t *context_value(const struct model *model)
{
	const json_t *environment = json_object_get(model->run, "environment");
	const json_t *before = json_object_get(json_object_get(model->run, "noise"), "before");
	const char *const loads[] = {"load_1min", "load_5min", "load_15min"};
	const char *governor = json_string_value(json_object_get(environment, "frequency_governor"));
	json_t *khz = get_number(environment, "frequency_max_khz"), *load = json_array(), *context;

	context = json_pack("{s:O?, s:s, s:s, s:O?}", "date", json_object_get(model->run, "started"), "host_name", "",
			    "executable", "tvp", "num_cpus", get_number(environment, "cpus_online"));
	if (khz && json_number_value(khz) > 0 && json_number_value(khz) < 1e12)
		json_object_set_new(context, "mhz_per_cpu", json_integer((json_int_t)(json_number_value(khz) / 1000)));
	if (governor && *governor)
		json_object_set_new(context, "cpu_scaling_enabled", json_boolean(strcmp(governor, "performance") != 0));
	for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++)
		json_array_append(load, get_number(before, loads[i]));
	json_object_set_new(context, "caches", json_array());
	json_object_set_new(context, "load_avg", load);
	json_object_set_new(context, "library_build_type", json_string("release"));
	json_object_set_new(context, "tvp_run_id", json_string(model->run_id));
	json_object_set_new(context, "tvp_machine_id", json_string(model->machine_id));
	json_object_set_new(context, "tvp_status", json_string(model->status));
	return context;
}

/* The block values of the cell's figures, as counters. */
static void set_counters(const struct writer *writer, const struct model_cell *cell, uint32_t block, json_t *entry)
{
	const struct model_experiment *experiment = &writer->model->experiments[cell->experiment];
	char name[80];
	double value;

	for (unsigned figure = 0; figure < experiment->figure_count; figure++) {
		const struct series *series = &writer->table.series[cell->first_row + figure];

		snprintf(name, sizeof(name), "tvp_%s", experiment->figures[figure].name);
		value = series_at(series, block);
		if (isfinite(value))
			json_object_set_new(entry, name, json_real(value));
	}
}

static json_t *identity_value(const struct writer *writer, unsigned cell)
{
	const struct model_cell *cells = writer->model->cells;

	return json_pack("{s:s, s:I, s:I, s:s, s:s}", "name", cells[cell].name, "family_index",
			 (json_int_t)cells[cell].experiment, "per_family_instance_index", (json_int_t)cell, "run_name",
			 cells[cell].name, "run_type", "iteration");
}

/* Batches first … end - 1 of the headline figure are one block's. */
static void write_block(struct writer *writer, const struct series *series, size_t first, size_t end, size_t repetition)
{
	const struct sample_record *records = series->records;
	uint64_t iterations = 0;
	bool cpu_known = true;
	double wall, cpu;
	size_t ok = 0;
	json_t *entry;

	for (size_t i = first; i < end; i++) {
		if (records[i].status != STATUS_OK)
			continue;
		writer->wall[ok] = (double)records[i].wall_ns / (double)records[i].ops;
		writer->cpu[ok++] = (double)records[i].cpu_ns / (double)records[i].ops;
		cpu_known &= records[i].cpu_ns != SAMPLES_UNKNOWN;
		iterations += records[i].ops;
	}
	if (stats_median(writer->wall, ok, &wall) != 0 || stats_median(writer->cpu, ok, &cpu) != 0) {
		writer->error = -ENOMEM;
		return;
	}
	entry = identity_value(writer, records[first].cell);
	json_object_set_new(entry, "repetitions", json_integer((json_int_t)series->count));
	json_object_set_new(entry, "repetition_index", json_integer((json_int_t)repetition));
	json_object_set_new(entry, "threads", json_integer(1));
	json_object_set_new(entry, "iterations", json_integer((json_int_t)(iterations & INT64_MAX)));
	json_object_set_new(entry, "real_time", json_real(wall));
	/* compare.py stops at an entry without it, and would take 0 for a measurement */
	json_object_set_new(entry, "cpu_time", json_real(cpu_known ? cpu : wall));
	if (!cpu_known)
		json_object_set_new(entry, "tvp_cpu_unknown", json_true());
	json_object_set_new(entry, "time_unit", json_string("ns"));
	json_object_set_new(entry, "tvp_block", json_integer(records[first].block));
	set_counters(writer, &writer->model->cells[records[first].cell], records[first].block, entry);
	write_entry(writer, entry);
}

static void write_failure(struct writer *writer, const struct sample_record *record)
{
	json_t *entry = identity_value(writer, record->cell);
	json_t *message = json_string(record->reason);

	json_object_set_new(entry, "tvp_block", json_integer(record->block));
	json_object_set_new(entry, "tvp_status", json_string(status_name((enum status)record->status)));
	json_object_set_new(entry, "error_occurred", json_true());
	json_object_set_new(entry, "error_message", message ? message : json_string("(not UTF-8)"));
	write_entry(writer, entry);
}

/* Goes through the blocks of a cell's headline figure and writes those that have an ok sample, or those that do not. */
static void write_cell(struct writer *writer, const struct series *series, bool failed)
{
	size_t end, repetition = 0;

	for (size_t i = 0; !writer->error && i < series->record_count; i = end) {
		bool ok = false;

		for (end = i; end < series->record_count && series->records[end].block == series->records[i].block;
		     end++)
			ok |= series->records[end].status == STATUS_OK;
		if (failed && !ok)
			write_failure(writer, &series->records[i]);
		else if (!failed && ok)
			write_block(writer, series, i, end, repetition++);
	}
}

static void write_all(struct writer *writer)
{
	json_t *context = context_value(writer->model);

	fputs("{\n  \"context\": ", writer->stream);
	if (!context || json_dumpf(context, writer->stream, JSON_COMPACT) != 0)
		writer->error = -ENOMEM;
	json_decref(context);
	for (int failed = 0; failed < 2; failed++) {
		fprintf(writer->stream, ",\n  \"%s\": [", failed ? "tvp_failed" : "benchmarks");
		writer->first = true;
		for (unsigned i = 0; !writer->error && i < writer->model->cell_count; i++)
			write_cell(writer, &writer->table.series[writer->model->cells[i].first_row], failed);
		fputs("\n  ]", writer->stream);
	}
	fputs("\n}\n", writer->stream);
}

static int write_file(struct writer *writer, const struct samples *samples, const char *path, char *reason)
{
	struct replacement file;
	int error = series_init(&writer->table, writer->model, samples);

	if (error)
		return reason_set(reason, error, "gbench.json: out of memory");
	writer->wall = calloc(samples->count + 1, sizeof(double));
	writer->cpu = calloc(samples->count + 1, sizeof(double));
	error = writer->wall && writer->cpu ? replace_begin(&file, path, "gbench.json", reason)
					    : reason_set(reason, -ENOMEM, "gbench.json: out of memory");
	if (!error) {
		writer->stream = file.stream;
		write_all(writer);
		if (writer->error && !ferror(file.stream))
			error = reason_set(reason, writer->error, "gbench.json: out of memory");
		error = replace_end(&file, error, reason);
	}
	free(writer->wall);
	free(writer->cpu);
	series_exit(&writer->table);
	return error;
}

int gbench_json_write(const char *path, char *reason)
{
	struct model model;
	struct samples samples;
	struct writer writer = {.model = &model};
	int error = model_load(&model, path, reason);

	if (error)
		return error;
	error = samples_load(&samples, &model, path, reason);
	if (!error) {
		error = write_file(&writer, &samples, path, reason);
		samples_exit(&samples);
	}
	model_exit(&model);
	return error;
}
