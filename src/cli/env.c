/* SPDX-License-Identifier: MIT */
/* `tvp env`: this machine, as a run would record it, and what will disturb a measurement on it. */
#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/names.h"
#include "core/workload.h"
#include "machine/advice.h"
#include "machine/machine.h"
#include "machine/rules.h"
#include "output/json_values.h"
#include "output/page.h"

enum { KEY_JSON = 0x100, WIDTH_FOR_READING = 80 };

/* Everything that the command tells. */
struct env {
	char *id;
	struct facts environment, noise;
	struct advice_list advice;
	unsigned unchecked; /* of noise_rules */
};

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

static bool env_collect(struct env *env, const struct machine *machine)
{
	struct noise_reading before, after;

	noise_read(&before);
	env->id = machine_id(machine);
	if (!env->id || machine_environment(machine, &env->environment) || machine_noise(&env->noise) ||
	    machine_advise(&env->environment, &env->noise, &env->advice))
		return false;
	noise_read(&after);
	env->unchecked = noise_unchecked(&before, &after);
	return true;
}

static void env_exit(struct env *env)
{
	advice_exit(&env->advice);
	facts_exit(&env->environment);
	facts_exit(&env->noise);
	free(env->id);
}

static json_t *rules_json(unsigned unchecked)
{
	json_t *rules = json_array();

	for (unsigned i = 0; noise_rules[i].name; i++) {
		const struct noise_rule *rule = &noise_rules[i];

		json_array_append_new(rules,
				      json_pack("{s:s, s:s, s:s, s:f, s:s, s:b}", "rule", rule->name, "looks_at",
						rule->looks_at, "unit", rule->unit + (*rule->unit == ' '), "limit",
						rule->limit, "why", rule->why, "checked", !(unchecked >> i & 1)));
	}
	return rules;
}

static json_t *cure_json(const struct advice *advice)
{
	if (!advice->cure)
		return json_null();
	return advice->command ? json_sprintf("%s %s", advice->cure, advice->command) : json_string(advice->cure);
}

static json_t *advice_json(const struct advice_list *advice)
{
	json_t *array = json_array();

	for (size_t i = 0; i < advice->count; i++) {
		const struct advice *entry = &advice->list[i];
		bool unknown = entry->severity == ADVICE_UNKNOWN;

		json_array_append_new(
			array, json_pack("{s:s, s:s, s:o, s:o, s:s?}", "check", entry->check, "severity",
					 advice_severity_name(entry->severity), "text",
					 json_sprintf("%s%s", unknown ? "could not be found out: " : "", entry->text),
					 "cure", cure_json(entry), "command", entry->command));
	}
	return array;
}

static void print_json(const struct env *env)
{
	json_t *all = json_pack("{s:s, s:o, s:o, s:o, s:o, s:I}", "machine_id", env->id, "environment",
				json_facts(&env->environment), "noise", json_facts(&env->noise), "rules",
				rules_json(env->unchecked), "advice", advice_json(&env->advice), "checks_passed",
				(json_int_t)env->advice.passed);

	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
}

static void print_facts(struct page *page, const char *title, const struct facts *facts)
{
	page_gap(page);
	page_paragraph(page, STYLE_BOLD, 0, 0, "%s", title);
	for (size_t i = 0; i < facts->count; i++)
		fprintf(page->stream, "  %-28s %s\n", facts->list[i].name,
			*facts->list[i].value ? facts->list[i].value : "unknown");
}

static void print_rules(struct page *page, unsigned unchecked)
{
	page_gap(page);
	page_paragraph(page, STYLE_BOLD, 0, 0, "When a block does not count and is measured again");
	for (unsigned i = 0; noise_rules[i].name; i++) {
		const struct noise_rule *rule = &noise_rules[i];

		page_paragraph(page, STYLE_PLAIN, 2, 11, "%-10s %s: more than %g%s%s", rule->name, rule->looks_at,
			       rule->limit, rule->unit, unchecked >> i & 1 ? " (cannot be checked here)" : "");
	}
}

static void print_finding(struct page *page, const struct advice *advice)
{
	page_paragraph(page, STYLE_PLAIN, 2, 2, "%s: %s", advice->check, advice->text);
	page_paragraph(page, STYLE_PLAIN, 4, 0, "What to do: %s", advice->cure);
	if (advice->command)
		fprintf(page->stream, "    $ %s\n", advice->command);
}

/* One sentence for all that is unknown. `first` is the first of them; they come last. */
static void print_unknown(struct page *page, const struct advice_list *advice, size_t first)
{
	char *list = NULL;
	size_t size;
	FILE *stream = open_memstream(&list, &size);

	for (size_t i = first; stream && i < advice->count; i++)
		fprintf(stream, "%s%s", i > first ? "; " : "", advice->list[i].text);
	if (stream && fclose(stream) == 0) {
		page_paragraph(page, STYLE_PLAIN, 2, 2, "Could not be found out: %s.", list);
		page_paragraph(page, STYLE_PLAIN, 2, 2,
			       "Unknown is not fine: each of these may disturb without showing it.");
	}
	free(list);
}

static void print_advice(struct page *page, const struct advice_list *advice)
{
	static const char *const titles[] = {"Disturbs", "May disturb", "Recorded: makes machines differ", "Unknown"};

	page_gap(page);
	page_paragraph(page, STYLE_BOLD, 0, 0, "What will disturb a measurement here");
	for (size_t i = 0; i < advice->count; i++) {
		enum advice_severity severity = advice->list[i].severity;

		if (i == 0 || severity != advice->list[i - 1].severity) {
			page_gap(page);
			page_paragraph(page, severity == ADVICE_DISTURBS ? STYLE_WARNING : STYLE_BOLD, 0, 0, "%s",
				       titles[severity]);
		}
		if (severity == ADVICE_UNKNOWN) {
			print_unknown(page, advice, i);
			break;
		}
		print_finding(page, &advice->list[i]);
	}
	page_gap(page);
	page_paragraph(page, STYLE_PLAIN, 0, 0, "%zu check%s passed.", advice->passed, advice->passed == 1 ? "" : "s");
}

static void print_text(const struct env *env)
{
	struct page page;

	page_init(&page, stdout);
	if (page.width > WIDTH_FOR_READING)
		page.width = WIDTH_FOR_READING;
	page_paragraph(&page, STYLE_PLAIN, 0, 0, "Machine id: %s", env->id);
	print_facts(&page, "What it is", &env->environment);
	print_facts(&page, "What goes on now", &env->noise);
	print_rules(&page, env->unchecked);
	print_advice(&page, &env->advice);
	page_exit(&page);
}

int command_env(int argc, char **argv)
{
	static const struct argp_option table[] = {{"json", KEY_JSON, 0, 0, "print JSON", 0}, {0}};
	static const struct argp argp = {
		.options = table,
		.parser = read_option,
		.doc = "Tells this machine's processor, kernel and limits as a run records them, what goes on now, and "
		       "what will disturb a measurement here, with what cures it.",
	};
	struct env env = {0};
	struct machine *machine;
	char reason[REASON_BYTES];
	bool json = false, collected;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	if (machine_open(&machine, reason) != 0)
		return cli_error(TVP_FAILED, "env", "%s", reason);
	collected = env_collect(&env, machine);
	machine_close(machine);
	if (collected && json)
		print_json(&env);
	else if (collected)
		print_text(&env);
	env_exit(&env);
	return collected ? TVP_OK : cli_error(TVP_FAILED, "env", "out of memory");
}
