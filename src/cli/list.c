/* SPDX-License-Identifier: MIT */
/* `tvp list`: what there is to measure, and with what. */
#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/names.h"
#include "cli/parse.h"
#include "core/executor.h"
#include "core/experiment.h"
#include "core/workload.h"
#include "machine/machine.h"

static json_t *list_names(const struct parameter *parameter)
{
	json_t *list = json_array();

	for (uint64_t i = 0; i <= parameter->max; i++)
		json_array_append_new(list, json_string(parameter->names[i]));
	return list;
}

/* One has either names or limits. */
static json_t *list_parameter(const struct parameter *p)
{
	json_t *entry = json_pack("{s:s, s:s, s:s}", "name", p->name, "unit", p->unit, "summary", p->summary);

	if (p->names) {
		json_object_set_new(entry, "default", json_string(p->names[p->initial]));
		json_object_set_new(entry, "values", list_names(p));
	} else {
		json_object_set_new(entry, "default", json_integer((json_int_t)p->initial));
		json_object_set_new(entry, "min", json_integer((json_int_t)p->min));
		json_object_set_new(entry, "max", json_integer((json_int_t)p->max));
	}
	return entry;
}

static json_t *list_parameters(const struct parameter *parameters)
{
	json_t *list = json_array();

	for (const struct parameter *p = parameters; p && p->name; p++)
		json_array_append_new(list, list_parameter(p));
	return list;
}

static json_t *list_experiments(void)
{
	json_t *list = json_array();

	for (const struct experiment *const *entry = experiment_table; *entry; entry++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:o}", "name", (*entry)->name,
						"summary", (*entry)->question, "operation", (*entry)->summary,
						"fairness", (*entry)->fairness, "in_every_run", (int)(*entry)->control,
						"pool", (*entry)->shape == SHAPE_FARM, "peers", (int)(*entry)->peers,
						"settings", list_parameters((*entry)->settings)));
	return list;
}

/* NULL: nothing is. */
static const char *missing(const struct workload *workload, char *reason)
{
	if (!workload->missing)
		return NULL;
	snprintf(reason, REASON_BYTES, "install %s, and build again", workload->missing);
	return reason;
}

static const char *shares(const struct workload *workload)
{
	if (workload->missing)
		return NULL;
	return workload->shares ? workload->shares : "nothing";
}

static json_t *list_workloads(void)
{
	char reason[REASON_BYTES];
	static const char *const kinds[] = {"cpu", "memory", "io", "kernel"};
	json_t *list = json_array();

	for (const struct workload *const *entry = workload_table; *entry; entry++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s*, s:s, s:b, s:b, s:b, s:s*, s:o}", "name",
						(*entry)->name, "summary", (*entry)->summary, "shares", shares(*entry),
						"kind", kinds[(*entry)->kind], "task", (*entry)->task != NULL,
						"event_loop", (*entry)->run_concurrent != NULL, "available",
						(*entry)->missing == NULL, "reason", missing(*entry, reason),
						"parameters", list_parameters((*entry)->parameters)));
	return list;
}

static json_t *list_workers(const struct executor *const *table)
{
	static const char *const sharing[] = {"same", "copied", "fresh", "outside"};
	json_t *list = json_array();

	for (const struct executor *const *entry = table; *entry; entry++) {
		char reason[REASON_BYTES] = "";
		bool available = !(*entry)->probe || (*entry)->probe(reason) == 0;

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:b, s:s*}", "name", (*entry)->name, "summary",
						(*entry)->summary, "address_space", sharing[(*entry)->sharing],
						"available", (int)available, "reason", available ? NULL : reason));
	}
	return list;
}

static json_t *list_executors(void)
{
	return list_workers(executor_table);
}

static json_t *list_subjects(void)
{
	return list_workers(subject_table);
}

static json_t *list_peers(void)
{
	return list_workers(peer_table);
}

static json_t *list_placements(void)
{
	json_t *list = json_array();

	for (const struct placement *entry = placement_table; entry->name; entry++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "name", entry->name, "summary", entry->summary));
	return list;
}

static const struct {
	const char *name;
	json_t *(*make)(void);
} kinds[] = {
	{"experiments", list_experiments}, {"workloads", list_workloads}, {"executors", list_executors},
	{"subjects", list_subjects},       {"peers", list_peers},         {"placements", list_placements},
};

enum { KIND_COUNT = sizeof(kinds) / sizeof(*kinds), KEY_JSON = 0x100 };

struct list_options {
	int kind; /* -1: all */
	bool json;
};

static error_t read_option(int key, char *text, struct argp_state *state)
{
	struct list_options *options = state->input;
	const char *valid[KIND_COUNT + 1] = {0};
	char hint[256];

	switch (key) {
	case KEY_JSON:
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->kind >= 0)
			names_usage(state->name, "one kind at a time, or none for all");
		for (int i = 0; i < KIND_COUNT; i++) {
			valid[i] = kinds[i].name;
			if (strcmp(kinds[i].name, text) == 0)
				options->kind = i;
		}
		if (options->kind < 0) {
			suggest_names(text, valid, hint, sizeof(hint));
			names_usage(state->name, "unknown kind '%s'%s", text, hint);
		}
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* "  NAME=DEFAULT UNIT: SUMMARY (its values)" */
static void print_parameter(const json_t *parameter, int indent)
{
	const json_t *initial = json_object_get(parameter, "default"), *value;
	const char *unit = text_of(parameter, "unit");
	size_t i;

	printf("%*s%s=", indent, "", text_of(parameter, "name"));
	if (json_is_string(initial))
		printf("%s: %s (", json_string_value(initial), text_of(parameter, "summary"));
	else
		printf("%lld%s%s: %s (%lld to %lld", (long long)json_integer_value(initial), *unit ? " " : "", unit,
		       text_of(parameter, "summary"), (long long)json_integer_value(json_object_get(parameter, "min")),
		       (long long)json_integer_value(json_object_get(parameter, "max")));
	json_array_foreach(json_object_get(parameter, "values"), i, value)
		printf("%s%s", i ? ", " : "", json_string_value(value));
	puts(")");
}

/* Settings that an entry above has in just the same way are not told again. */
static void print_settings(const json_t *list, size_t index, int indent)
{
	const json_t *settings = json_object_get(json_array_get(list, index), "settings"), *setting;
	size_t i;

	if (json_array_size(settings) == 0)
		return;
	for (i = 0; i < index; i++)
		if (json_equal(json_object_get(json_array_get(list, i), "settings"), settings)) {
			printf("%*sthe settings of %s\n", indent, "", text_of(json_array_get(list, i), "name"));
			return;
		}
	json_array_foreach(settings, i, setting) print_parameter(setting, indent);
}

static void print_text(int kind, bool heading)
{
	json_t *list = kinds[kind].make(), *entry, *parameter;
	int width = 11;
	size_t i, j;

	if (heading)
		printf("%s%s\n", kind ? "\n" : "", kinds[kind].name);
	json_array_foreach(list, i, entry) if ((int)strlen(text_of(entry, "name")) > width) width =
		(int)strlen(text_of(entry, "name"));
	json_array_foreach(list, i, entry)
	{
		const char *reason = text_of(entry, "reason"), *shares = text_of(entry, "shares");

		printf("  %-*s %s%s\n", width, text_of(entry, "name"), text_of(entry, "summary"),
		       json_is_true(json_object_get(entry, "task"))         ? " (also as a task of pools)"
		       : json_is_true(json_object_get(entry, "event_loop")) ? " (also in an event loop)"
									    : "");
		if (shares)
			printf("%*sworkers share %s\n", width + 5, "", shares);
		if (reason)
			printf("%*snot available: %s\n", width + 5, "", reason);
		json_array_foreach(json_object_get(entry, "parameters"), j, parameter)
			print_parameter(parameter, width + 5);
		print_settings(list, i, width + 5);
	}
	json_decref(list);
}

int command_list(int argc, char **argv)
{
	static const struct argp_option table[] = {{"json", KEY_JSON, 0, 0, "print JSON", 0}, {0}};
	static const struct argp argp = {
		.options = table,
		.parser = read_option,
		.args_doc = "[experiments|workloads|executors|subjects|peers|placements]",
		.doc = "Lists what `tvp run` can be given.",
	};
	struct list_options options = {.kind = -1};
	json_t *all;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (!options.json) {
		for (int i = 0; i < KIND_COUNT; i++)
			if (options.kind < 0 || options.kind == i)
				print_text(i, options.kind < 0);
		return TVP_OK;
	}
	all = json_object();
	for (int i = 0; i < KIND_COUNT; i++)
		if (options.kind < 0 || options.kind == i)
			json_object_set_new(all, kinds[i].name, kinds[i].make());
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
	return TVP_OK;
}
