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

static json_t *list_experiments(void)
{
	json_t *list = json_array();

	for (const struct experiment *const *entry = experiment_table; *entry; entry++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:b}", "name", (*entry)->name, "summary",
						      (*entry)->question, "operation", (*entry)->summary, "fairness",
						      (*entry)->fairness, "in_every_run", (int)(*entry)->control));
	return list;
}

static json_t *list_parameters(const struct parameter *parameters)
{
	json_t *list = json_array();

	for (const struct parameter *p = parameters; p && p->name; p++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "name", p->name, "unit",
						      p->unit, "summary", p->summary, "default", (json_int_t)p->initial,
						      "min", (json_int_t)p->min, "max", (json_int_t)p->max));
	return list;
}

static json_t *list_workloads(void)
{
	static const char *const kinds[] = {"cpu", "memory", "io", "kernel"};
	json_t *list = json_array();

	for (const struct workload *const *entry = workload_table; *entry; entry++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o}", "name", (*entry)->name, "summary",
						      (*entry)->summary, "kind", kinds[(*entry)->kind], "parameters",
						      list_parameters((*entry)->parameters)));
	return list;
}

static json_t *list_executors(void)
{
	static const char *const sharing[] = {"same", "copied", "fresh"};
	json_t *list = json_array();

	for (const struct executor *const *entry = executor_table; *entry; entry++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", (*entry)->name, "summary",
						      (*entry)->summary, "address_space", sharing[(*entry)->sharing]));
	return list;
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
	{"experiments", list_experiments},
	{"workloads", list_workloads},
	{"executors", list_executors},
	{"placements", list_placements},
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

static void print_text(int kind, bool heading)
{
	json_t *list = kinds[kind].make(), *entry, *parameter;
	size_t i, j;

	if (heading)
		printf("%s%s\n", kind ? "\n" : "", kinds[kind].name);
	json_array_foreach(list, i, entry)
	{
		printf("  %-11s %s\n", json_string_value(json_object_get(entry, "name")),
		       json_string_value(json_object_get(entry, "summary")));
		json_array_foreach(json_object_get(entry, "parameters"), j, parameter)
		{
			const char *unit = json_string_value(json_object_get(parameter, "unit"));

			printf("  %-11s   %s=%lld%s%s: %s\n", "", json_string_value(json_object_get(parameter, "name")),
			       (long long)json_integer_value(json_object_get(parameter, "default")), *unit ? " " : "",
			       unit, json_string_value(json_object_get(parameter, "summary")));
		}
	}
	json_decref(list);
}

int command_list(int argc, char **argv)
{
	static const struct argp_option table[] = {{"json", KEY_JSON, 0, 0, "print JSON", 0}, {0}};
	static const struct argp argp = {
		.options = table,
		.parser = read_option,
		.args_doc = "[experiments|workloads|executors|placements]",
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
