/* SPDX-License-Identifier: MIT */
/* What a cell, its group and its values are called. */
#include "plan/cell_name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan/parameter.h"

/* Appends "name=value;…"; only those that are not at their initial value if `changed` is set. */
static void values_text(FILE *stream, const struct parameter *list, const uint64_t *values, bool changed, bool *first)
{
	for (size_t i = 0; list && list[i].name; i++) {
		if (changed && values[i] == list[i].initial)
			continue;
		fprintf(stream, "%s%s=", *first ? "" : ";", list[i].name);
		parameter_print(stream, &list[i], values[i]);
		*first = false;
	}
}

static char *cell_text(const struct cell *cell, bool changed)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	bool first = true;

	if (!stream)
		return NULL;
	values_text(stream, cell->workload->parameters, cell->parameters, changed, &first);
	values_text(stream, cell->experiment->settings, cell->settings, changed, &first);
	return fclose(stream) == 0 ? text : NULL;
}

int cell_name(struct cell *cell)
{
	char *changed = cell_text(cell, true);
	char pair[24] = "", replicate[16] = "";
	const char *slash;

	if (!changed)
		return -ENOMEM;
	slash = *changed ? "/" : "";
	if (cell->pair)
		snprintf(pair, sizeof(pair), "/pair=%u", cell->pair);
	if (cell->experiment->replicates > 1)
		snprintf(replicate, sizeof(replicate), "#%c", 'a' + (int)cell->replicate);
	if (asprintf(&cell->name, "%s/%s/%s/%u/%s%s%s%s%s", cell->experiment->name, cell->workload->name,
		     cell->executor->name, cell->workers, cell->placement, slash, changed, pair, replicate) < 0)
		cell->name = NULL;
	if (asprintf(&cell->group_name, "%s/%s/%s%s%s%s", cell->experiment->name, cell->workload->name,
		     cell->experiment->placements_compared ? "all" : cell->placement, slash, changed, pair) < 0)
		cell->group_name = NULL;
	free(changed);
	cell->params = cell_text(cell, false);
	return cell->name && cell->group_name && cell->params ? 0 : -ENOMEM;
}
