/* SPDX-License-Identifier: MIT */
/* Reading rows and --set, and multiplying them out. */
#include "plan/sets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/parameter.h"

enum { SETS_MAX = 10000 };

static bool list_has(const struct parameter *list, const char *name)
{
	while (list && list->name)
		if (strcmp(list++->name, name) == 0)
			return true;
	return false;
}

/* Rows are written for the experiment's own workloads; this one need not have all of their parameters. */
static bool row_name_is_known(const struct experiment *experiment, const char *name)
{
	for (const char *const *workload = experiment->workloads; *workload; workload++)
		if (list_has(workload_find(*workload)->parameters, name))
			return true;
	return false;
}

/* One "name=value" of a row. */
static int row_take(const struct space *space, char *part, struct parameter_set *set, char *reason)
{
	const char *name = part, *value;
	size_t place;

	strsep(&part, "=");
	value = part ? part : "";
	place = space_find(space, name);
	if (place == SPACE_PLACES && row_name_is_known(space->experiment, name))
		return 0;
	if (place == SPACE_PLACES)
		return reason_set(reason, -ENOENT, "%s has a row with %s, which is none of its settings and parameters",
				  space->experiment->name, name);
	if (parameter_parse(space->at[place], value, space_value(set, place)) == 0)
		return 0;
	return reason_set(reason, -EINVAL, "%s has a row with %s=%s, which %s does not take", space->experiment->name,
			  name, value, space_owner(space, place));
}

static int row_read(const struct space *space, const char *row, struct parameter_set *set, char *reason)
{
	char *copy = strdup(row), *rest = copy, *part;
	int error = copy ? 0 : -ENOMEM;

	while (!error && *row && (part = strsep(&rest, ";")))
		error = row_take(space, part, set, reason);
	free(copy);
	return error;
}

/* The experiment's rows; without any, one of initial values. */
static int rows_read(const struct space *space, struct parameter_sets *sets, char *reason)
{
	static const char *const initial[] = {"", NULL};
	const char *const *rows = space->experiment->rows ? space->experiment->rows : initial;
	int error = 0;

	*sets = (struct parameter_sets){0};
	while (rows[sets->count])
		sets->count++;
	sets->list = calloc(sets->count, sizeof(*sets->list));
	if (!sets->list)
		return -ENOMEM;
	for (size_t i = 0; !error && i < sets->count; i++) {
		for (size_t place = 0; place < SPACE_PLACES; place++)
			if (space->at[place])
				*space_value(&sets->list[i], place) = space->at[place]->initial;
		error = row_read(space, rows[i], &sets->list[i], reason);
	}
	return error;
}

static void sets_drop_repeated(struct parameter_sets *sets)
{
	size_t kept = 0;

	for (size_t i = 0; i < sets->count; i++) {
		size_t j = 0;

		while (j < kept && memcmp(&sets->list[j], &sets->list[i], sizeof(*sets->list)) != 0)
			j++;
		if (j == kept)
			sets->list[kept++] = sets->list[i];
	}
	sets->count = kept;
}

/* What --set asks for at one place; nothing at most of them. */
struct asked {
	uint64_t *values;
	size_t count;
};

/* --set as it was written, shortened. */
static const char *setting_text(const struct plan_setting *setting, char text[100])
{
	enum { SHOWN = 60 };

	snprintf(text, 100, "--set %.20s=%.*s%s", setting->name, SHOWN, setting->values,
		 strlen(setting->values) > SHOWN ? "…" : "");
	return text;
}

static int asked_add(const struct space *space, size_t place, const struct plan_setting *setting, const char *text,
		     struct asked *asked, char *reason)
{
	uint64_t *value = &asked->values[asked->count];
	int error = parameter_parse(space->at[place], text, value);
	char whole[100];

	if (error == -EINVAL)
		return reason_set(reason, error, "%s: %.60s is not a whole number", setting_text(setting, whole), text);
	if (error)
		return parameter_refuse(space->at[place], space_owner(space, place), text, reason);
	for (size_t i = 0; i < asked->count; i++)
		if (asked->values[i] == *value)
			return reason_set(reason, -EINVAL, "%s: %s is there twice", setting_text(setting, whole), text);
	asked->count++;
	return 0;
}

/* Reads one --set; it replaces an earlier one of the same name. */
static int asked_read(const struct space *space, size_t place, const struct plan_setting *setting, struct asked *asked,
		      char *reason)
{
	char *copy = strdup(setting->values), *rest = copy, *text;
	size_t commas = 0;
	int error;

	for (const char *c = setting->values; *c; c++)
		commas += *c == ',';
	free(asked->values);
	asked->count = 0;
	asked->values = calloc(commas + 1, sizeof(*asked->values));
	error = copy && asked->values ? 0 : -ENOMEM;
	if (commas >= SETS_MAX)
		error = reason_set(reason, -EINVAL, "--set makes more than %d combinations", SETS_MAX);
	while (!error && (text = strsep(&rest, ",")))
		error = asked_add(space, place, setting, text, asked, reason);
	free(copy);
	return error;
}

/* Multiplies what is there by the values of one place. */
static int sets_multiply(struct parameter_sets *sets, size_t place, const struct asked *asked, char *reason)
{
	size_t count = sets->count * asked->count;
	struct parameter_set *grown;

	if (count > SETS_MAX)
		return reason_set(reason, -EINVAL, "--set makes more than %d combinations", SETS_MAX);
	grown = calloc(count, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		grown[i] = sets->list[i / asked->count];
		*space_value(&grown[i], place) = asked->values[i % asked->count];
	}
	free(sets->list);
	sets->list = grown;
	sets->count = count;
	return 0;
}

/* What --set replaces is blanked first: rows that differ in nothing else are one row then, and each is multiplied. */
static int sets_replace(struct parameter_sets *sets, const struct asked asked[SPACE_PLACES], char *reason)
{
	int error = 0;

	for (size_t place = 0; place < SPACE_PLACES; place++)
		for (size_t i = 0; asked[place].count && i < sets->count; i++)
			*space_value(&sets->list[i], place) = 0;
	sets_drop_repeated(sets);
	for (size_t place = 0; !error && place < SPACE_PLACES; place++)
		if (asked[place].count)
			error = sets_multiply(sets, place, &asked[place], reason);
	return error;
}

int sets_make(struct parameter_sets *sets, const struct experiment *experiment, const struct workload *workload,
	      const struct plan_request *request, char *reason)
{
	struct parameter_sets made = {0};
	struct asked asked[SPACE_PLACES] = {0};
	struct space space;
	int error = space_init(&space, experiment, workload, reason);

	if (!error)
		error = rows_read(&space, &made, reason);
	for (size_t i = 0; !error && !experiment->control && i < request->setting_count; i++) {
		size_t place = space_find(&space, request->settings[i].name);

		if (place < SPACE_PLACES)
			error = asked_read(&space, place, &request->settings[i], &asked[place], reason);
	}
	if (!error)
		error = sets_replace(&made, asked, reason);
	for (size_t place = 0; place < SPACE_PLACES; place++)
		free(asked[place].values);
	if (error)
		free(made.list);
	else
		*sets = made;
	return error;
}
