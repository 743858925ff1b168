/* SPDX-License-Identifier: MIT */
/* Coordinates of published tables: "executor=fork;memory_mib=1", in a line and in a column. */
#include "plan/repeat.h"

#include <stdio.h>
#include <string.h>

#include "plan/parameter.h"

enum { VALUE_BYTES = 64 };

/* Of a line and of a column. */
struct coordinates {
	const char *text[2];
};

/* The value that they give `name`; false: they are silent about it. */
static bool coordinates_have(const struct coordinates *coordinates, const char *name, char value[VALUE_BYTES])
{
	size_t length = strlen(name);

	for (size_t i = 0; i < 2; i++)
		for (const char *part = coordinates->text[i]; part; part = strchr(part, ';')) {
			part += *part == ';';
			if (strncmp(part, name, length) != 0 || part[length] != '=')
				continue;
			part += length + 1;
			snprintf(value, VALUE_BYTES, "%.*s", (int)strcspn(part, ";"), part);
			return true;
		}
	return false;
}

/* Is `own` what they say, or what it has to be where they are silent? */
static bool text_fits(const struct coordinates *coordinates, const char *name, const char *silent, const char *own)
{
	char value[VALUE_BYTES];

	return strcmp(own, coordinates_have(coordinates, name, value) ? value : silent) == 0;
}

static bool values_fit(const struct coordinates *coordinates, const struct parameter *list, const uint64_t *values)
{
	for (size_t i = 0; list && list[i].name; i++) {
		uint64_t wanted = list[i].initial;
		char text[VALUE_BYTES];

		if (coordinates_have(coordinates, list[i].name, text) && parameter_parse(&list[i], text, &wanted) != 0)
			return false;
		if (values[i] != wanted)
			return false;
	}
	return true;
}

int repeat_find(const struct plan *plan, const struct experiment *experiment, const struct published_part *line,
		const struct published_part *column)
{
	const struct coordinates coordinates = {{column->cell, line ? line->cell : NULL}};

	if (!column->cell || (line && !line->cell))
		return -1;
	for (unsigned i = 0; i < plan->cell_count; i++) {
		const struct cell *cell = &plan->cells[i];
		char workers[16];

		if (cell->experiment != experiment)
			continue;
		snprintf(workers, sizeof(workers), "%u", cell->workers);
		if (text_fits(&coordinates, "executor", cell->executor->name, cell->executor->name) &&
		    text_fits(&coordinates, "workload", cell->workload->name, cell->workload->name) &&
		    text_fits(&coordinates, "placement", "none", cell->placement) &&
		    text_fits(&coordinates, "workers", "1", workers) &&
		    values_fit(&coordinates, cell->workload->parameters, cell->parameters) &&
		    values_fit(&coordinates, experiment->settings, cell->settings))
			return (int)i;
	}
	return -1;
}
