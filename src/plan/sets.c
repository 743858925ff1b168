/* SPDX-License-Identifier: MIT */
/* Reading rows and --set, and multiplying them out. */
#include "plan/sets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/levels.h"
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
	const char *const *lists[] = {experiment->workloads, experiment->all_workloads};

	for (size_t i = 0; i < 2; i++)
		for (const char *const *workload = lists[i]; workload && *workload; workload++)
			if (list_has(workload_find(*workload)->parameters, name))
				return true;
	return false;
}

/* The bits of "a,b,c", by their places in `all`. */
static int row_select(const struct space *space, const char *const *all, unsigned most, char *names, uint64_t *bits,
		      char *reason)
{
	const char *name;

	*bits = 0;
	while ((name = strsep(&names, ","))) {
		unsigned i = 0;

		while (all && all[i] && strcmp(all[i], name) != 0)
			i++;
		if (!all || !all[i] || i >= most)
			return reason_set(reason, -ENOENT,
					  "%s has a row for %s, which is none of its executors or placements",
					  space->experiment->name, name);
		*bits |= UINT64_C(1) << i;
	}
	return 0;
}

/* Whom a row is for; without a word of that, all. */
struct row_for {
	uint64_t executors, placements;
	bool other_workload;
};

/* Does "…;workload=a,b;…" name it? */
static bool row_names_workload(const char *row, const char *name)
{
	const char *list = strstr(row, "workload=");
	size_t length = strlen(name);

	for (const char *at = list ? list + strlen("workload=") : ""; *at && *at != ';'; at += *at == ',') {
		size_t own = strcspn(at, ",;");

		if (own == length && strncmp(at, name, length) == 0)
			return true;
		at += own;
	}
	return false;
}

/* Rows that are for some workloads say so; a workload that none of them names has them all. */
static bool row_is_for_others(const struct space *space, const char *row)
{
	const char *const *lists[] = {space->experiment->rows, space->experiment->more_rows};
	const char *name = space->workload->name;
	bool any = false;

	for (size_t i = 0; i < 2; i++)
		for (const char *const *other = lists[i]; other && *other; other++)
			any |= row_names_workload(*other, name);
	return any && strstr(row, "workload=") && !row_names_workload(row, name);
}

/* One "name=value" of a row. */
static int row_take(const struct space *space, char *part, struct parameter_set *set, struct row_for *selected,
		    char *reason)
{
	const char *name = part, *value;
	size_t place;

	strsep(&part, "=");
	if (part && strcmp(name, "executor") == 0)
		return row_select(space, levels_executor_names(), SELECTABLE_EXECUTORS, part, &selected->executors,
				  reason);
	if (part && strcmp(name, "placement") == 0)
		return row_select(space, space->experiment->placements, SELECTABLE_PLACEMENTS, part,
				  &selected->placements, reason);
	if (part && strcmp(name, "workload") == 0)
		return 0; /* see row_is_for_others */
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
	struct row_for selected = {UINT64_MAX, UINT64_MAX, row_is_for_others(space, row)};
	char *copy = strdup(row), *rest = copy, *part;
	int error = copy ? 0 : -ENOMEM;

	while (!error && *row && (part = strsep(&rest, ";")))
		error = row_take(space, part, set, &selected, reason);
	for (size_t i = 0; i < SELECTABLE_PLACEMENTS; i++)
		set->executors[i] = selected.placements >> i & 1 && !selected.other_workload ? selected.executors : 0;
	free(copy);
	return error;
}

static int rows_add(const struct space *space, const char *const *rows, struct parameter_sets *sets, char *reason)
{
	int error = 0;

	for (; !error && rows && *rows; rows++) {
		struct parameter_set *set = &sets->list[sets->count++];

		for (size_t place = 0; place < SPACE_PLACES; place++)
			if (space->at[place])
				*space_value(set, place) = space->at[place]->initial;
		error = row_read(space, *rows, set, reason);
	}
	return error;
}

static size_t rows_count(const char *const *rows)
{
	size_t count = 0;

	while (rows && rows[count])
		count++;
	return count;
}

/* One for each combination of values, for whoever has one of the rows that say it. */
static void sets_drop_repeated(struct parameter_sets *sets)
{
	size_t kept = 0;

	for (size_t i = 0; i < sets->count; i++) {
		size_t j = 0;

		while (j < kept && !space_equal(&sets->list[j], &sets->list[i]))
			j++;
		if (j == kept) {
			sets->list[kept++] = sets->list[i];
			continue;
		}
		for (size_t place = 0; place < SELECTABLE_PLACEMENTS; place++)
			sets->list[j].executors[place] |= sets->list[i].executors[place];
	}
	sets->count = kept;
}

/* The experiment's rows; without any, one of initial values. */
static int rows_read(const struct space *space, const struct plan_request *request, struct parameter_sets *sets,
		     char *reason)
{
	static const char *const initial[] = {"", NULL};
	const char *const *rows = space->experiment->rows ? space->experiment->rows : initial;
	const char *const *more = request->experiments ? space->experiment->more_rows : NULL;
	int error;

	*sets = (struct parameter_sets){.list = calloc(rows_count(rows) + rows_count(more) + 1, sizeof(*sets->list))};
	if (!sets->list)
		return -ENOMEM;
	error = rows_add(space, rows, sets, reason);
	if (!error)
		error = rows_add(space, more, sets, reason);
	sets_drop_repeated(sets);
	return error;
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
		error = rows_read(&space, request, &made, reason);
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
