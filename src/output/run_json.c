/* SPDX-License-Identifier: MIT */
/* Writes run.json: what was run, where and how far it got; results/README.md says what each member means. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "machine/rules.h"
#include "output/json_values.h"
#include "output/output.h"
#include "output/published.h"
#include "output/replace.h"
#include "output/summary.h"
#include "output/text.h"

static json_t *borrowed(json_t *value, json_t *otherwise)
{
	if (!value)
		return otherwise;
	json_decref(otherwise);
	return json_incref(value);
}

/* The command's options, with the margin that the verdicts are to use. */
static json_t *options_value(const struct run_record *record)
{
	json_t *options = record->options ? json_copy(record->options) : json_object();

	json_object_set_new(options, "margin", json_number(record->margin));
	return options;
}

static json_t *aa_value(const struct summary *summary)
{
	if (!summary || !summary->aa_cell)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:b}", "cell", json_text(summary->aa_cell), "baseline",
			 json_text(summary->aa_baseline), "ratio", json_number(summary->aa.estimate), "low",
			 json_number(summary->aa.low), "high", json_number(summary->aa.high), "proven",
			 (int)summary->proven);
}

static json_t *study_value(const struct summary *summary)
{
	const struct study *study = summary ? &summary->study : NULL;

	if (!study || study->pairs < 2)
		return json_null();
	return json_pack("{s:I, s:I, s:o, s:o}", "pairs", (json_int_t)study->pairs, "excluded",
			 (json_int_t)study->excluded, "rate", json_interval(&study->rate), "detectable",
			 json_number(study->detectable));
}

static json_t *stability_value(const struct summary *summary)
{
	const struct stability *stability = summary ? &summary->stability : NULL;

	if (!stability || !stability->blocks)
		return json_null();
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:b, s:o, s:b}", "warmup_blocks",
			 (json_int_t)stability->warmup_blocks, "drift", json_number(stability->drift.ratio.estimate),
			 "drift_low", json_number(stability->drift.ratio.low), "drift_high",
			 json_number(stability->drift.ratio.high), "drift_p", json_number(stability->drift.p_value),
			 "drifted", (int)stability->drifted, "lag1", json_number(stability->lag1), "correlated",
			 (int)stability->correlated);
}

static json_t *precision_value(const struct run_record *record)
{
	const struct summary *summary = record->summary;
	bool known = summary && isfinite(summary->attained_worst);

	return json_pack("{s:o, s:o, s:o, s:o}", "target", json_number(record->precision_target), "attained_median",
			 known ? json_number(summary->attained_median) : json_null(), "attained_worst",
			 known ? json_number(summary->attained_worst) : json_null(), "attained_worst_cell",
			 known ? json_text(summary->attained_worst_cell) : json_null());
}

static json_t *figures_value(const struct figure *figures)
{
	json_t *array = json_array();

	for (const struct figure *figure = figures; figure->name; figure++)
		json_array_append_new(array, json_pack("{s:o, s:o, s:s, s:o}", "name", json_text(figure->name), "unit",
						       json_text(figure->unit), "better",
						       figure->better == BETTER_HIGHER ? "higher" : "lower", "summary",
						       json_text(figure->summary ? figure->summary : "")));
	return array;
}

/* The unit of a parameter of the cell's workload or of its experiment. */
static const char *parameter_unit(const struct cell *cell, const char *name)
{
	const struct parameter *const lists[] = {cell->workload->parameters, cell->experiment->settings};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (const struct parameter *parameter = lists[i]; parameter && parameter->name; parameter++)
			if (strcmp(parameter->name, name) == 0)
				return parameter->unit;
	return NULL;
}

/* The parameter along which the cells are looked at, with its unit: workloads that have it all mean the same by it. */
static json_t *along_value(const struct plan *plan, const struct experiment *experiment, const char *parameter)
{
	const char *unit = NULL;

	if (!parameter)
		return json_null();
	for (unsigned i = 0; !unit && i < plan->cell_count; i++)
		if (plan->cells[i].experiment == experiment)
			unit = parameter_unit(&plan->cells[i], parameter);
	return json_pack("{s:o, s:o}", "parameter", json_text(parameter), "unit", json_text(unit ? unit : ""));
}

static json_t *settings_value(const struct experiment *experiment)
{
	json_t *array = json_array();

	for (const struct parameter *setting = experiment->settings; setting && setting->name; setting++)
		json_array_append_new(array, json_text(setting->name));
	return array;
}

/* Each experiment of the plan once; their cells lie next to each other. */
static json_t *experiments_value(const struct plan *plan)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < plan->cell_count; i++) {
		const struct experiment *experiment = plan->cells[i].experiment;

		if (i > 0 && experiment == plan->cells[i - 1].experiment)
			continue;
		json_array_append_new(
			array,
			json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", json_text(experiment->name),
				  "question", json_text(experiment->question), "summary",
				  json_text(experiment->summary), "fairness", json_text(experiment->fairness),
				  "figures", figures_value(experiment->figures), "settings", settings_value(experiment),
				  "crossing", along_value(plan, experiment, experiment->crossing), "slope",
				  along_value(plan, experiment, experiment->slope), "published",
				  published_value(plan, experiment)));
	}
	return array;
}

static json_t *cell_name(const struct plan *plan, int index)
{
	return index < 0 ? json_null() : json_text(plan->cells[index].name);
}

static json_t *cells_value(const struct run_record *record)
{
	const struct plan *plan = record->plan;
	const uint64_t *ops = record->ops, *constants = record->constants;
	json_t *array = json_array();

	for (unsigned i = 0; i < plan->cell_count; i++) {
		const struct cell *cell = &plan->cells[i];

		json_array_append_new(
			array,
			json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "cell",
				  json_text(cell->name), "group", json_text(cell->group_name), "experiment",
				  json_text(cell->experiment->name), "workload", json_text(cell->workload->name),
				  "executor", json_text(cell->executor->name), "workers", (json_int_t)cell->workers,
				  "placement", json_text(cell->placement), "params", json_text(cell->params), "ops",
				  ops && ops[i] ? json_integer((json_int_t)ops[i]) : json_null(), "constant",
				  constants && constants[i] ? json_integer((json_int_t)constants[i]) : json_null(),
				  "baseline", cell_name(plan, cell->baseline), "reference",
				  cell_name(plan, cell->reference), "skip", json_text(cell->skip), "control",
				  (int)cell->experiment->control));
	}
	return array;
}

static void set_progress(json_t *run, const struct run_folder *folder, const struct run_record *record)
{
	char hash[17];

	snprintf(hash, sizeof(hash), "%016" PRIx64, plan_hash(record->plan));
	json_object_set_new(run, "plan_hash", json_string(hash));
	json_object_set_new(run, "blocks", json_integer(folder->blocks));
	json_object_set_new(run, "samples_bytes", json_integer((json_int_t)folder->samples_bytes));
	json_object_set_new(
		run, "measuring_share",
		json_number(record->wall_seconds > 0 ? (double)record->busy_ns / 1e9 / record->wall_seconds : NAN));
	json_object_set_new(run, "measurer",
			    json_pack("{s:I, s:o, s:b}", "resident_bytes_max", (json_int_t)record->resident_bytes_max,
				      "gbench_context_ms", json_number(record->gbench_context_ms), "gbench_loop",
				      (int)record->gbench_loop));
}

/* The rules that were declared before the run, and whether this machine lets them be checked. */
static json_t *rules_value(const struct run_record *record)
{
	json_t *array = json_array();

	for (unsigned i = 0; noise_rules[i].name; i++)
		json_array_append_new(array, json_pack("{s:s, s:s, s:f, s:b}", "name", noise_rules[i].name, "looks_at",
						       noise_rules[i].looks_at, "limit", noise_rules[i].limit,
						       "checked", !(record->rules_unchecked >> i & 1)));
	return array;
}

static json_t *noise_value(const struct run_record *record)
{
	return json_pack("{s:o, s:o, s:o, s:I}", "before", json_facts(record->noise_before), "after",
			 json_facts(record->noise_after), "rules", rules_value(record), "blocks_invalid",
			 (json_int_t)record->blocks_invalid);
}

static json_t *run_value(const struct run_folder *folder, const struct run_record *record)
{
	json_t *run = json_object();

	json_object_set_new(run, "schema", json_integer(1));
	json_object_set_new(run, "tool", borrowed(record->tool, json_object()));
	json_object_set_new(run, "run_id", json_text(record->run_id));
	json_object_set_new(run, "machine_id", json_text(record->machine_id));
	json_object_set_new(run, "status", json_text(record->status));
	json_object_set_new(run, "started", json_text(record->started));
	json_object_set_new(run, "wall_seconds", json_number(record->wall_seconds));
	json_object_set_new(run, "options", options_value(record));
	set_progress(run, folder, record);
	json_object_set_new(run, "environment", json_facts(record->environment));
	json_object_set_new(run, "noise", noise_value(record));
	json_object_set_new(run, "aa", aa_value(record->summary));
	json_object_set_new(run, "aa_study", study_value(record->summary));
	json_object_set_new(run, "precision", precision_value(record));
	json_object_set_new(run, "stability", stability_value(record->summary));
	json_object_set_new(run, "warnings", borrowed(record->warnings, json_array()));
	json_object_set_new(run, "experiments", experiments_value(record->plan));
	json_object_set_new(run, "cells", cells_value(record));
	return run;
}

/* jansson's setters ignore a NULL value: out of memory shows as a member or an element that is not there. */
static bool is_whole(const json_t *run, const struct plan *plan)
{
	return json_object_size(run) == 22 && json_array_size(json_object_get(run, "cells")) == plan->cell_count;
}

int run_folder_save(struct run_folder *folder, const struct run_record *record, char *reason)
{
	struct replacement file;
	json_t *run = run_value(folder, record);
	int error = 0;

	if (!run || !is_whole(run, record->plan)) {
		error = reason_set(reason, -ENOMEM, "%s/run.json: out of memory", folder->path);
		goto free_run;
	}
	error = replace_begin(&file, folder->path, "run.json", reason);
	if (error)
		goto free_run;
	if (json_dumpf(run, file.stream, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0)
		fputc('\n', file.stream);
	else if (!ferror(file.stream))
		error = reason_set(reason, -ENOMEM, "%s/run.json: out of memory", folder->path);
	error = replace_end(&file, error, reason);
free_run:
	json_decref(run);
	return error;
}
