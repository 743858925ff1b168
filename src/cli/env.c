/* SPDX-License-Identifier: MIT */
/* `tvp env`: this machine, as a run would record it. */
#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/names.h"
#include "core/workload.h"
#include "machine/machine.h"
#include "output/json_values.h"

enum { KEY_JSON = 0x100 };

static error_t read_option(int key, char *text, struct argp_state *state)
{
	if (key == KEY_JSON)
		*(bool *)state->input = true;
	else if (key == ARGP_KEY_ARG)
		names_usage(state->name, "takes no argument: %s", text);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static void print_facts(const char *title, const struct facts *facts)
{
	printf("%s\n", title);
	for (size_t i = 0; i < facts->count; i++)
		printf("  %-28s %s\n", facts->list[i].name, *facts->list[i].value ? facts->list[i].value : "unknown");
}

static void print_all(const char *id, const struct facts *environment, const struct facts *noise, bool json)
{
	json_t *all;

	if (!json) {
		printf("Machine id: %s\n\n", id);
		print_facts("What it is", environment);
		print_facts("\nWhat goes on now", noise);
		return;
	}
	all = json_pack("{s:s, s:o, s:o}", "machine_id", id, "environment", json_facts(environment), "noise",
			json_facts(noise));
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
}

int command_env(int argc, char **argv)
{
	static const struct argp_option table[] = {{"json", KEY_JSON, 0, 0, "print JSON", 0}, {0}};
	static const struct argp argp = {
		.options = table,
		.parser = read_option,
		.doc = "Tells this machine's processor, kernel and limits as a run records them, and what goes on now.",
	};
	struct facts environment = {0}, noise = {0};
	struct machine *machine;
	char reason[REASON_BYTES], *id;
	bool json = false;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	if (machine_open(&machine, reason) != 0)
		return cli_error(TVP_FAILED, "env", "%s", reason);
	id = machine_id(machine);
	if (!id || machine_environment(machine, &environment) || machine_noise(&noise)) {
		machine_close(machine);
		return cli_error(TVP_FAILED, "env", "out of memory");
	}
	print_all(id, &environment, &noise, json);
	free(id);
	facts_exit(&environment);
	facts_exit(&noise);
	machine_close(machine);
	return TVP_OK;
}
