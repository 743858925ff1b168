/* SPDX-License-Identifier: MIT */
/* Headings of groups: names of groups have only what differs from the defaults, so they tell what does. */
#include "output/headings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one group; a plan's cells have no more, and a stranger's take no more memory. */
enum { NAMES_MAX = 17 };

static int by_name(const void *a, const void *b)
{
	const struct heading_name *x = a, *y = b;
	int order = strcmp(x->experiment, y->experiment);

	if (order == 0)
		order = strcmp(x->workload, y->workload);
	if (order == 0)
		order = (x->length > y->length) - (x->length < y->length);
	return order ? order : strncmp(x->text, y->text, x->length);
}

/* What comes behind "experiment/workload/placement/" in the name of a cell's group: "name=value;…[/…]"; else "". Where a
 * group has all placements it is "all" that stands there. */
static const char *changed_text(const struct model *model, const struct model_cell *cell)
{
	const char *const parts[] = {model->experiments[cell->experiment].name, cell->workload};
	const char *at = cell->group;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		size_t length = strlen(parts[i]);

		if (strncmp(at, parts[i], length) != 0 || at[length] != '/')
			return "";
		at += length + 1;
	}
	at += strcspn(at, "/");
	return *at ? at + 1 : at;
}

static int by_plain(const void *a, const void *b)
{
	const struct heading_plain *x = a, *y = b;
	int order = strcmp(x->experiment, y->experiment);

	return order ? order : strcmp(x->workload, y->workload);
}

static void add_names(struct headings *headings, const struct model *model, const struct model_cell *cell)
{
	struct heading_name name = {model->experiments[cell->experiment].name, cell->workload, "", 0};
	const char *at = changed_text(model, cell);

	if (*at)
		headings->names[headings->count++] = name; /* that there are any */
	else
		headings->plain[headings->plain_count++] =
			(struct heading_plain){name.experiment, name.workload, cell->params};
	for (unsigned i = 1; *at && i < NAMES_MAX; i++) {
		name.text = at;
		name.length = strcspn(at, "=;/");
		if (at[name.length] != '=')
			return;
		headings->names[headings->count++] = name;
		at += strcspn(at, ";/");
		if (*at != ';')
			return;
		at++;
	}
}

static void drop_twins(struct headings *headings)
{
	size_t kept = 0;

	for (size_t i = 0; i < headings->count; i++)
		if (kept == 0 || by_name(&headings->names[kept - 1], &headings->names[i]) != 0)
			headings->names[kept++] = headings->names[i];
	headings->count = kept;
}

int headings_init(struct headings *headings, const struct model *model)
{
	unsigned next = 0;

	*headings = (struct headings){
		.model = model,
		.names = calloc((size_t)model->group_count * NAMES_MAX + 1, sizeof(*headings->names)),
		.plain = calloc((size_t)model->group_count + 1, sizeof(*headings->plain)),
	};
	if (!headings->names || !headings->plain) {
		headings_exit(headings);
		return -ENOMEM;
	}
	/* groups are numbered in order of appearance: each is met with its first cell */
	for (unsigned i = 0; i < model->cell_count; i++) {
		if (model->cells[i].group_index != next)
			continue;
		next++;
		add_names(headings, model, &model->cells[i]);
	}
	qsort(headings->names, headings->count, sizeof(*headings->names), by_name);
	drop_twins(headings);
	qsort(headings->plain, headings->plain_count, sizeof(*headings->plain), by_plain);
	return 0;
}

void headings_exit(struct headings *headings)
{
	free(headings->names);
	free(headings->plain);
	*headings = (struct headings){0};
}

static bool has_name(const struct headings *headings, const struct heading_name *name)
{
	return bsearch(name, headings->names, headings->count, sizeof(*name), by_name) != NULL;
}

static bool is_setting(const struct headings *headings, const struct heading_name *name)
{
	const struct model *model = headings->model;
	const json_t *settings = NULL, *setting;
	size_t i;

	for (unsigned e = 0; e < model->experiment_count; e++)
		if (strcmp(model->experiments[e].name, name->experiment) == 0)
			settings = model->experiments[e].settings;
	json_array_foreach(settings, i, setting)
	{
		if (json_string_length(setting) == name->length &&
		    strncmp(json_string_value(setting), name->text, name->length) == 0)
			return true;
	}
	return false;
}

/* Is "name=value" among the items of "name=value;…"? */
static bool has_item(const char *params, const char *item, size_t length)
{
	for (const char *at = params; *at; at += *at == ';') {
		size_t own = strcspn(at, ";");

		if (own == length && strncmp(at, item, length) == 0)
			return true;
		at += own;
	}
	return false;
}

/* Where some groups differ: what is as in all of them is not told, nor is a setting that is as in the plain group. */
static bool is_told(const struct headings *headings, const struct heading_name *name, size_t length)
{
	const struct heading_plain wanted = {name->experiment, name->workload, ""};
	const struct heading_plain *plain;

	if (!name->length || !has_name(headings, name))
		return false;
	plain = bsearch(&wanted, headings->plain, headings->plain_count, sizeof(wanted), by_plain);
	return !plain || !is_setting(headings, name) || !has_item(plain->params, name->text, length);
}

/* The items of "name=value;…" that are to be shown, blanks between. */
static void write_params(FILE *text, const struct headings *headings, const struct heading_name *group,
			 const char *params)
{
	bool all = !has_name(headings, group);
	struct heading_name name = *group;
	unsigned count = 0;

	for (const char *at = params; *at; at += *at == ';') {
		size_t length = strcspn(at, ";");

		name.text = at;
		name.length = strcspn(at, "=;");
		if (all ? !is_setting(headings, &name) : is_told(headings, &name, length))
			fprintf(text, "%s%.*s", count++ ? " " : ", ", (int)length, at);
		at += length;
	}
}

char *headings_text(const struct headings *headings, const char *experiment, const char *workload,
		    const char *placement, const char *params)
{
	const struct heading_name group = {experiment, workload, "", 0};
	bool placed = *placement && strcmp(placement, "none") != 0;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	fprintf(stream, "%s%s%s", workload, placed ? ", placed " : "", placed ? placement : "");
	write_params(stream, headings, &group, params);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}
