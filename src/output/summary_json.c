/* SPDX-License-Identifier: MIT */
/* The summary for programs: one JSON object with what `tvp summary` prints; not measured is null. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "output/json_values.h"
#include "output/model.h"
#include "output/published.h"
#include "output/summary.h"

static void set_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, text && *text ? json_text(text) : json_null());
}

static json_t *row_value(const struct summary_row *row)
{
	json_t *object = json_object();

	set_text(object, "experiment", row->experiment);
	set_text(object, "group", row->group);
	set_text(object, "cell", row->cell);
	set_text(object, "workload", row->workload);
	set_text(object, "executor", row->executor);
	json_object_set_new(object, "workers", json_integer(row->workers));
	set_text(object, "placement", row->placement);
	set_text(object, "params", row->params);
	set_text(object, "figure", row->figure);
	set_text(object, "unit", row->unit);
	set_text(object, "better", row->better);
	json_object_set_new(object, "blocks", json_integer(row->blocks));
	json_object_set_new(object, "samples", json_integer(row->samples));
	json_object_set_new(object, "failed", json_integer(row->failed));
	json_object_set_new(object, "median", json_interval(&row->median));
	json_object_set_new(object, "min", json_number(row->minimum));
	json_object_set_new(object, "mad", json_number(row->mad));
	json_object_set_new(object, "p90", json_number(row->p90));
	json_object_set_new(object, "p99", json_number(row->p99));
	set_text(object, "baseline", row->baseline);
	json_object_set_new(object, "ratio", json_interval(&row->ratio));
	json_object_set_new(object, "p_value", json_number(row->p_value));
	json_object_set_new(object, "margin", json_number(row->margin));
	set_text(object, "verdict", *row->baseline ? verdict_name(row->verdict) : NULL);
	set_text(object, "reference", row->reference);
	json_object_set_new(object, "speedup", json_interval(&row->speedup));
	json_object_set_new(object, "efficiency", json_interval(&row->efficiency));
	set_text(object, "status", row->status);
	set_text(object, "reason", row->reason);
	json_object_set_new(object, "operations",
			    json_integer((json_int_t)(row->operations > INT64_MAX ? INT64_MAX : row->operations)));
	return object;
}

static json_t *crossing_value(const struct crossing *crossing)
{
	json_t *object = json_object();

	set_text(object, "experiment", crossing->experiment);
	set_text(object, "workload", crossing->workload);
	set_text(object, "executor", crossing->executor);
	json_object_set_new(object, "workers", json_integer(crossing->workers));
	set_text(object, "placement", crossing->placement);
	set_text(object, "params", crossing->params);
	set_text(object, "figure", crossing->figure);
	set_text(object, "parameter", crossing->parameter);
	set_text(object, "unit", crossing->unit);
	json_object_set_new(object, "value", json_interval(&crossing->value));
	json_object_set_new(object, "blocks", json_integer(crossing->blocks));
	set_text(object, "status", crossing_status_name(crossing->status));
	return object;
}

static json_t *crossings_value(const struct crossings *crossings)
{
	json_t *array = json_array();

	for (size_t i = 0; i < crossings->count; i++)
		json_array_append_new(array, crossing_value(&crossings->list[i]));
	return array;
}

static json_t *control_value(const struct summary *summary)
{
	if (!summary->aa_cell)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "cell", json_text(summary->aa_cell), "baseline",
			 json_text(summary->aa_baseline), "ratio", json_interval(&summary->aa));
}

static json_t *precision_value(const struct summary *summary)
{
	json_t *object = json_pack("{s:o, s:o}", "attained_median", json_number(summary->attained_median),
				   "attained_worst", json_number(summary->attained_worst));

	set_text(object, "attained_worst_cell", summary->attained_worst_cell);
	return object;
}

/* Everything but the rows; NULL if out of memory. */
static char *head_text(const struct summary *summary)
{
	json_t *object = json_object();
	char *text;

	json_object_set_new(object, "schema", json_integer(1));
	set_text(object, "run_id", summary->model->run_id);
	set_text(object, "machine_id", summary->model->machine_id);
	set_text(object, "status", summary->model->status);
	json_object_set_new(object, "blocks", json_integer(summary->blocks));
	json_object_set_new(object, "margin", json_number(summary->margin));
	json_object_set_new(object, "proven", json_boolean(summary->proven));
	json_object_set_new(object, "aa", control_value(summary));
	json_object_set_new(object, "precision", precision_value(summary));
	json_object_set_new(object, "crossings", crossings_value(&summary->crossings));
	json_object_set_new(object, "fits", fits_json(&summary->fits));
	json_object_set_new(object, "published", summary_published_value(summary));
	json_object_set(object, "warnings", json_object_get(summary->run, "warnings"));
	text = json_dumps(object, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(object);
	return text;
}

/* In ASCII: what strangers have put into a run could steer a terminal otherwise. Rows are made one by one, as there may
 * be many. */
int summary_print_json(const struct summary *summary, FILE *stream)
{
	char *head = head_text(summary);
	int error = 0;

	if (!head)
		return -ENOMEM;
	fprintf(stream, "%.*s,\n  \"rows\": [", (int)strlen(head) - 2, head); /* without its "\n}" */
	for (size_t i = 0; !error && i < summary->row_count; i++) {
		json_t *row = row_value(&summary->rows[i]);

		fputs(i ? ",\n    " : "\n    ", stream);
		if (!row || json_dumpf(row, stream, JSON_ENSURE_ASCII) != 0)
			error = ferror(stream) ? -EIO : -ENOMEM;
		json_decref(row);
	}
	fputs("\n  ]\n}\n", stream);
	free(head);
	return error ? error : ferror(stream) ? -EIO : 0;
}
