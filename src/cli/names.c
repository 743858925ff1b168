/* SPDX-License-Identifier: MIT */
/* Looking names up, and helping with those that are not there. */
#include "cli/names.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/parse.h"
#include "machine/machine.h"

enum { NAMES_MAX = 256 };

void names_usage(const char *program, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", program);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(TVP_USAGE);
}

static _Noreturn void unknown(const char *program, const char *kind, const char *name, const char *const *valid)
{
	char hint[512];

	suggest_names(name, valid, hint, sizeof(hint));
	names_usage(program, "unknown %s '%s'%s", kind, name, hint);
}

/* `find` looks one name up, or ends the program. */
static void **look_up(const char *program, const char *kind, const char *text,
		      const void *(*find)(const char *program, const char *name))
{
	size_t count = 0;
	char **names;
	const void **found;

	if (parse_list(text, &names))
		names_usage(program, "--%s %s: a list of different names is wanted, such as a,b", kind, text);
	while (names[count])
		count++;
	found = calloc(count + 1, sizeof(*found));
	for (size_t i = 0; found && i < count; i++)
		found[i] = find(program, names[i]);
	parse_list_free(names);
	return (void **)found;
}

static const void *find_workload(const char *program, const char *name)
{
	const struct workload *workload = workload_find(name);
	const char *valid[NAMES_MAX] = {0};

	if (workload)
		return workload;
	for (size_t i = 0; workload_table[i] && i < NAMES_MAX - 1; i++)
		valid[i] = workload_table[i]->name;
	unknown(program, "workload", name, valid);
}

/* Subjects and peers are chosen like executors. */
static const void *find_executor(const char *program, const char *name)
{
	const struct executor *const *const tables[] = {executor_table, subject_table, peer_table};
	const struct executor *executor = executor_find(name);
	const char *valid[NAMES_MAX] = {0};
	size_t count = 0;

	if (!executor)
		executor = subject_find(name);
	if (!executor)
		executor = peer_find(name);
	if (executor)
		return executor;
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (const struct executor *const *entry = tables[i]; *entry && count < NAMES_MAX - 1; entry++)
			valid[count++] = (*entry)->name;
	unknown(program, "executor", name, valid);
}

static const void *find_placement(const char *program, const char *name)
{
	const char *valid[NAMES_MAX] = {0};

	for (size_t i = 0; placement_table[i].name && i < NAMES_MAX - 1; i++) {
		valid[i] = placement_table[i].name;
		if (strcmp(valid[i], name) == 0)
			return valid[i];
	}
	unknown(program, "placement", name, valid);
}

const struct workload **names_workloads(const char *program, const char *text)
{
	return (const struct workload **)look_up(program, "workloads", text, find_workload);
}

const struct executor **names_executors(const char *program, const char *text)
{
	return (const struct executor **)look_up(program, "executors", text, find_executor);
}

const char **names_placements(const char *program, const char *text)
{
	return (const char **)look_up(program, "placement", text, find_placement);
}

void names_add_experiment(const char *program, const char *name, const struct experiment ***list)
{
	const struct experiment *experiment = experiment_find(name);
	const char *valid[NAMES_MAX] = {0};
	size_t count = 0;

	for (size_t i = 0; experiment_table[i] && i < NAMES_MAX - 1; i++)
		valid[i] = experiment_table[i]->name;
	if (!experiment)
		unknown(program, "experiment", name, valid);
	while (*list && (*list)[count])
		if ((*list)[count++] == experiment)
			return;
	*list = realloc(*list, (count + 2) * sizeof(**list));
	(*list)[count] = experiment;
	(*list)[count + 1] = NULL;
}
