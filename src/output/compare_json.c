/* SPDX-License-Identifier: MIT */
/* A comparison for programs, with all that a picture of it needs; results/README.md has the members. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "output/compare_parts.h"
#include "output/json_values.h"
#include "output/model.h"

static const char *const modes[] = {"runs", "machines"};
static const char *const quantities[] = {"value", "ratio", "speedup"};

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static void set_text(json_t *object, const char *key, const char *text)
{
	set(object, key, text && *text ? json_text(text) : json_null());
}

static void set_whole(json_t *object, const char *key, size_t value)
{
	set(object, key, json_integer((json_int_t)value));
}

static void set_ratio(json_t *object, const struct interval *ratio)
{
	set(object, "ratio", json_number(ratio->estimate));
	set(object, "low", json_number(ratio->low));
	set(object, "high", json_number(ratio->high));
}

static json_t *run_value(const struct compare_run *run, bool first)
{
	const struct summary *summary = &run->summary;
	json_t *object = json_object();

	set_text(object, "label", run->label);
	set_text(object, "folder", run->folder);
	set_text(object, "run_id", summary->model->run_id);
	set_text(object, "machine_id", summary->model->machine_id);
	set_text(object, "status", summary->model->status);
	set_text(object, "plan_hash", run->plan_hash);
	set_whole(object, "blocks", summary->blocks);
	set(object, "proven", json_boolean(summary->proven));
	set(object, "aa", summary->aa_cell ? json_interval(&summary->aa) : json_null());
	set(object, "margin", first ? json_null() : json_number(run->margin));
	set(object, "limit", first ? json_null() : json_number(run->limit));
	set(object, "regressions", first ? json_null() : json_integer(run->regressions));
	set(object, "unjudged", first ? json_null() : json_integer(run->unjudged));
	return object;
}

static void set_identity(json_t *object, const struct comparison *comparison, const struct compare_line *line)
{
	const struct summary_row *row = line->row;
	char text[COMPARE_TEXT_BYTES];

	set_text(object, "label", compare_label(comparison, line, text));
	set_text(object, "quantity", quantities[line->quantity]);
	set_text(object, "over",
		 line->quantity == COMPARE_VALUE   ? NULL
		 : line->quantity == COMPARE_RATIO ? row->baseline
						   : row->reference);
	set_text(object, "experiment", row->experiment);
	set_text(object, "group", row->group);
	set_text(object, "cell", row->cell);
	set_text(object, "workload", row->workload);
	set_text(object, "executor", row->executor);
	set_whole(object, "workers", row->workers);
	set_text(object, "placement", row->placement);
	set_text(object, "params", row->params);
	set_text(object, "figure", row->figure);
	set(object, "headline", json_boolean(row->headline));
	set_text(object, "unit", row->unit);
	set_text(object, "better", line->quantity == COMPARE_SPEEDUP ? "higher" : row->better);
}

static json_t *entry_value(const struct compare_entry *entry)
{
	json_t *object = json_object();

	set_text(object, "status", entry->row ? entry->row->status : NULL);
	set_text(object, "reason", entry->row ? entry->row->reason : NULL);
	set_whole(object, "blocks", entry->blocks);
	set(object, "effective_blocks", entry->effective > 0 ? json_real(entry->effective) : json_null());
	set(object, "value", json_number(entry->value.estimate));
	set(object, "low", json_number(entry->value.low));
	set(object, "high", json_number(entry->value.high));
	return object;
}

/* One line of one further run. */
static json_t *row_value(const struct comparison *comparison, const struct compare_line *line, size_t index,
			 bool judged)
{
	const struct compare_entry *entry = &line->entries[index];
	const struct compare_run *run = &comparison->runs[index];
	bool compared = isfinite(entry->ratio.estimate);
	json_t *object = json_object();

	set_text(object, "run", run->label);
	set_text(object, "over_run", comparison->runs[0].label);
	set_identity(object, comparison, line);
	set(object, "first", entry_value(&line->entries[0]));
	set(object, "this", entry_value(entry));
	set_ratio(object, &entry->ratio);
	set(object, "p_value", json_number(entry->p_value));
	if (!judged)
		return object;
	set(object, "margin", json_number(run->margin));
	set_text(object, "verdict", compared ? verdict_name(entry->verdict) : NULL);
	set_text(object, "why", entry->why);
	set(object, "blocks_needed",
	    entry->blocks_needed ? json_integer((json_int_t)entry->blocks_needed) : json_null());
	set(object, "regression", json_boolean(entry->regression));
	return object;
}

static json_t *rows_value(const struct comparison *comparison, const struct compare_lines *lines, bool judged)
{
	json_t *array = json_array();

	for (size_t run = 1; run < comparison->run_count; run++)
		for (size_t i = 0; i < lines->count; i++)
			if (lines->list[i].entries[run].row)
				json_array_append_new(array, row_value(comparison, &lines->list[i], run, judged));
	return array;
}

static json_t *means_value(const struct comparison *comparison)
{
	json_t *array = json_array();

	for (size_t i = 1; i < comparison->run_count; i++)
		for (size_t j = 0; j < comparison->runs[i].mean_count; j++) {
			const struct compare_mean *mean = &comparison->runs[i].means[j];
			json_t *object = json_object();

			set_text(object, "run", comparison->runs[i].label);
			set_text(object, "over_run", comparison->runs[0].label);
			set_text(object, "experiment", mean->row->experiment);
			set_text(object, "figure", mean->row->figure);
			set_text(object, "better", mean->row->better);
			set_ratio(object, &mean->ratio);
			set_whole(object, "lines", mean->lines);
			set_whole(object, "of", mean->all);
			json_array_append_new(array, object);
		}
	return array;
}

static void add_lones(json_t *array, const struct compare_lones *lones, const char *here, const char *missing)
{
	for (size_t i = 0; i < lones->count; i++) {
		json_t *object = json_object();

		set_text(object, "cell", lones->list[i].row->cell);
		set_text(object, "figure", lones->list[i].figure_only ? lones->list[i].row->figure : NULL);
		set_text(object, "in", here);
		set_text(object, "not_in", missing);
		json_array_append_new(array, object);
	}
}

static json_t *lones_value(const struct comparison *comparison)
{
	const char *first = comparison->runs[0].label;
	json_t *array = json_array();

	for (size_t i = 1; i < comparison->run_count; i++) {
		const struct compare_run *run = &comparison->runs[i];

		add_lones(array, &run->only_first, first, run->label);
		add_lones(array, &run->only_here, run->label, first);
	}
	return array;
}

static json_t *differences_value(const struct comparison *comparison)
{
	json_t *array = json_array();

	for (size_t i = 0; i < comparison->difference_count; i++) {
		const struct compare_difference *difference = &comparison->differences[i];
		json_t *object = json_object(), *values = json_object();

		set_text(object, "section", difference->section);
		set_text(object, "name", difference->name);
		for (size_t run = 0; run < comparison->run_count; run++)
			if (difference->values[run])
				set(values, comparison->runs[run].label, json_copy((json_t *)difference->values[run]));
		set(object, "values", values);
		json_array_append_new(array, object);
	}
	return array;
}

int compare_print_json(const struct comparison *comparison, FILE *stream)
{
	json_t *object = json_object(), *runs = json_array();
	int error = 0;

	for (size_t i = 0; i < comparison->run_count; i++)
		json_array_append_new(runs, run_value(&comparison->runs[i], i == 0));
	set(object, "schema", json_integer(1));
	set_text(object, "mode", modes[comparison->mode]);
	set(object, "fail_on", json_number(comparison->options.fail_on));
	set(object, "runs", runs);
	set(object, "rows", rows_value(comparison, &comparison->lines, true));
	set(object, "means", means_value(comparison));
	set(object, "kernels", rows_value(comparison, &comparison->kernels, false));
	set(object, "controls", rows_value(comparison, &comparison->controls, false));
	set(object, "missing", lones_value(comparison));
	set(object, "differences", differences_value(comparison));
	set_whole(object, "regressions", compare_regressions(comparison));
	/* jansson's setters ignore a NULL value: out of memory shows as a member that is not there */
	if (json_object_size(object) != 11 || json_array_size(runs) != comparison->run_count)
		error = -ENOMEM;
	if (!error && (json_dumpf(object, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(15) | JSON_ENSURE_ASCII) != 0 ||
		       fputc('\n', stream) == EOF))
		error = -EIO;
	json_decref(object);
	return error;
}
