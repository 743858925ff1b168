/* SPDX-License-Identifier: MIT */
/* What several runs' run.json do not agree on: the environment, the program, how long a batch was. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "output/compare_parts.h"

/* Members that are looked into; with `only`, just those of its members. */
struct section {
	const char *name;   /* as it is told */
	const char *member; /* of run.json */
	const char *inside; /* a member of that; NULL: itself */
	const char *const *only;
};

static const struct section sections[] = {
	{"environment", "environment", NULL, NULL},
	{"tool", "tool", NULL, (const char *const[]){"name", "version", "git", "compiler", "build_type", NULL}},
	{"library", "tool", "libraries", NULL},
	{"option", "options", NULL, (const char *const[]){"batch_seconds", "batches", "warmup_batches", "quick", NULL}},
	{"measurer", "measurer", NULL, (const char *const[]){"gbench_loop", NULL}},
};

enum { SECTIONS = sizeof(sections) / sizeof(*sections) };

static const json_t *find_section(const struct compare_run *run, const struct section *section)
{
	const json_t *object = json_object_get(run->summary.run, section->member);

	return section->inside ? json_object_get(object, section->inside) : object;
}

static bool is_wanted(const struct section *section, const char *name)
{
	if (!section->only)
		return true;
	for (size_t i = 0; section->only[i]; i++)
		if (strcmp(section->only[i], name) == 0)
			return true;
	return false;
}

/* How many members all runs have together, counted once a run. */
static size_t count_members(const struct comparison *comparison)
{
	size_t count = 0;

	for (size_t i = 0; i < SECTIONS; i++)
		for (size_t run = 0; run < comparison->run_count; run++)
			count += json_object_size(find_section(&comparison->runs[run], &sections[i]));
	return count;
}

static bool same(const json_t *a, const json_t *b)
{
	return a == b || (a && b && json_equal(a, b));
}

/* Keeps the member if the runs do not agree on it. */
static void add_member(struct comparison *comparison, const struct section *section, const char *name)
{
	struct compare_difference *difference = &comparison->differences[comparison->difference_count];
	bool differs = false;

	difference->section = section->name;
	difference->name = name;
	difference->values = comparison->difference_values + comparison->difference_count * comparison->run_count;
	for (size_t run = 0; run < comparison->run_count; run++) {
		difference->values[run] = json_object_get(find_section(&comparison->runs[run], section), name);
		differs |= !same(difference->values[run], difference->values[0]);
	}
	comparison->difference_count += differs;
}

/* Members that this run is the first to have. */
static void add_members(struct comparison *comparison, const struct section *section, size_t run)
{
	/* jansson's iterator does not change an object, though it is not const */
	json_t *object = (json_t *)find_section(&comparison->runs[run], section);
	json_t *value;
	const char *name;

	json_object_foreach(object, name, value)
	{
		bool told = !is_wanted(section, name);

		for (size_t before = 0; !told && before < run; before++)
			told = json_object_get(find_section(&comparison->runs[before], section), name) != NULL;
		if (!told)
			add_member(comparison, section, name);
	}
}

int compare_differ(struct comparison *comparison)
{
	size_t room = count_members(comparison) + 1;

	comparison->differences = calloc(room, sizeof(*comparison->differences));
	comparison->difference_values = calloc(room, comparison->run_count * sizeof(json_t *));
	if (!comparison->differences || !comparison->difference_values)
		return -ENOMEM;
	for (size_t i = 0; i < SECTIONS; i++)
		for (size_t run = 0; run < comparison->run_count; run++)
			add_members(comparison, &sections[i], run);
	return 0;
}
