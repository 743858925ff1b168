/* SPDX-License-Identifier: MIT */
/* Which cells and figures of several runs are the same, by name; and that one name means one thing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/workload.h"
#include "output/compare_parts.h"
#include "output/model.h"
#include "output/text.h"

static int refuse(const char *cell, const char *what, const char *here, const char *first, char *reason)
{
	char name[TEXT_BRIEF_BYTES], other[TEXT_BRIEF_BYTES], one[TEXT_BRIEF_BYTES];

	return reason_set(reason, -EINVAL,
			  "cell %s is not the same in both: its %s is \"%s\" here, \"%s\" in the first",
			  text_brief(cell, name), what, text_brief(here, other), text_brief(first, one));
}

/* The figure of this name, in a cell; NULL if it has none. */
static const struct summary_row *find_figure(const struct summary *summary, const struct model_cell *cell,
					     const char *figure)
{
	unsigned figures = summary->model->experiments[cell->experiment].figure_count;

	for (unsigned i = 0; i < figures; i++)
		if (strcmp(summary->rows[cell->first_row + i].figure, figure) == 0)
			return &summary->rows[cell->first_row + i];
	return NULL;
}

static int refuse_unlike_figures(const struct summary *first, const struct model_cell *a, const struct summary *other,
				 const struct model_cell *b, char *reason)
{
	char what[TEXT_BRIEF_BYTES + 32], name[TEXT_BRIEF_BYTES];

	for (unsigned i = 0; i < first->model->experiments[a->experiment].figure_count; i++) {
		const struct summary_row *one = &first->rows[a->first_row + i], *two;

		two = find_figure(other, b, one->figure);
		if (!two)
			continue;
		snprintf(what, sizeof(what), "%.60s unit", text_brief(one->figure, name));
		if (strcmp(one->unit, two->unit) != 0)
			return refuse(a->name, what, two->unit, one->unit, reason);
		snprintf(what, sizeof(what), "%.60s `better`", text_brief(one->figure, name));
		if (strcmp(one->better, two->better) != 0)
			return refuse(a->name, what, two->better, one->better, reason);
	}
	return 0;
}

/* Ratios are only alike if they are over the same cell. */
static int refuse_unlike_partners(const struct summary_row *one, const struct summary_row *two, char *reason)
{
	if (strcmp(one->baseline, two->baseline) != 0)
		return refuse(one->cell, "baseline", two->baseline, one->baseline, reason);
	if (strcmp(one->reference, two->reference) != 0)
		return refuse(one->cell, "reference", two->reference, one->reference, reason);
	return 0;
}

static int refuse_unlike(const struct comparison *comparison, const struct model_cell *a, const struct summary *other,
			 const struct model_cell *b, char *reason)
{
	const struct summary *first = &comparison->runs[0].summary;
	const struct summary_row *one = &first->rows[a->first_row], *two = &other->rows[b->first_row];
	const struct {
		const char *what, *here, *first;
	} texts[] = {
		{"params", b->params, a->params},
		{"experiment", two->experiment, one->experiment},
		{"workload", b->workload, a->workload},
		{"executor", b->executor, a->executor},
		{"placement", b->placement, a->placement},
		{"control", b->control ? "true" : "false", a->control ? "true" : "false"},
	};
	char here[16], there[16];
	int error;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strcmp(texts[i].here, texts[i].first) != 0)
			return refuse(a->name, texts[i].what, texts[i].here, texts[i].first, reason);
	snprintf(here, sizeof(here), "%u", b->workers);
	snprintf(there, sizeof(there), "%u", a->workers);
	if (a->workers != b->workers)
		return refuse(a->name, "number of workers", here, there, reason);
	error = refuse_unlike_figures(first, a, other, b, reason);
	if (!error && comparison->mode == COMPARE_MACHINES)
		error = refuse_unlike_partners(one, two, reason);
	return error;
}

static const struct model_cell *find_partner(const struct summary *summary, const struct model_cell *cell)
{
	int index = model_find_cell(summary->model, cell->name);

	return index < 0 ? NULL : &summary->model->cells[index];
}

/* The same, where values are to be compared: operations that were calibrated differently are other work. */
static const struct model_cell *find_equal(const struct comparison *comparison, const struct summary *summary,
					   const struct model_cell *cell)
{
	const struct model_cell *partner = find_partner(summary, cell);
	bool equal = partner && (comparison->mode == COMPARE_MACHINES || partner->constant == cell->constant);

	return equal ? partner : NULL;
}

/* A control that stands alone is a yardstick; one of a pair judges its own run. */
static bool is_kernel(const struct model_cell *cell)
{
	return cell->control && !cell->paired;
}

/* Each cell of `from`, and each of its figures, that `other` has not. The control depends on the machine. */
static int find_lone(const struct comparison *comparison, const struct summary *from, const struct summary *other,
		     struct compare_lones *lones)
{
	const struct model *model = from->model;

	lones->list = calloc(model->row_count + 1, sizeof(*lones->list));
	if (!lones->list)
		return -ENOMEM;
	for (unsigned i = 0; i < model->cell_count; i++) {
		const struct model_cell *cell = &model->cells[i];
		const struct model_cell *partner = find_equal(comparison, other, cell);
		const struct summary_row *rows = &from->rows[cell->first_row];

		if (cell->control && !is_kernel(cell))
			continue;
		if (!partner)
			lones->list[lones->count++].row = rows;
		for (unsigned f = 0; partner && f < model->experiments[cell->experiment].figure_count; f++)
			if (!find_figure(other, partner, rows[f].figure))
				lones->list[lones->count++] = (struct compare_lone){&rows[f], true};
	}
	return 0;
}

/* Every cell that both have, and what only one of them has. */
static int match_run(const struct comparison *comparison, struct compare_run *run, char *reason)
{
	const struct summary *first = &comparison->runs[0].summary;
	int error = 0;

	for (unsigned i = 0; !error && i < first->model->cell_count; i++) {
		const struct model_cell *cell = &first->model->cells[i], *partner = find_partner(&run->summary, cell);

		if (partner)
			error = refuse_unlike(comparison, cell, &run->summary, partner, reason);
	}
	if (error)
		return error;
	error = find_lone(comparison, &run->summary, first, &run->only_here);
	if (!error)
		error = find_lone(comparison, first, &run->summary, &run->only_first);
	return error ? reason_set(reason, error, "out of memory") : 0;
}

/* Room for `count` lines. */
static int lines_init(struct compare_lines *lines, size_t count, size_t runs)
{
	lines->list = calloc(count + 1, sizeof(*lines->list));
	lines->entries = calloc(count + 1, runs * sizeof(*lines->entries));
	return lines->list && lines->entries ? 0 : -ENOMEM;
}

/* A line, if any other run has such a row. */
static void add_line(const struct comparison *comparison, struct compare_lines *lines, enum compare_quantity quantity,
		     const struct model_cell *cell, const struct summary_row *row)
{
	struct compare_line *line = &lines->list[lines->count];
	bool shared = false;

	*line = (struct compare_line){quantity, row, lines->entries + lines->count * comparison->run_count};
	line->entries[0].row = row;
	for (size_t i = 1; i < comparison->run_count; i++) {
		const struct summary *other = &comparison->runs[i].summary;
		const struct model_cell *partner = find_equal(comparison, other, cell);

		line->entries[i].row = partner ? find_figure(other, partner, row->figure) : NULL;
		shared |= line->entries[i].row != NULL;
	}
	lines->count += shared;
}

static void add_cell(struct comparison *comparison, const struct model_cell *cell)
{
	const struct summary *first = &comparison->runs[0].summary;
	unsigned figures = first->model->experiments[cell->experiment].figure_count;
	const struct summary_row *rows = &first->rows[cell->first_row];

	if (is_kernel(cell))
		add_line(comparison, &comparison->kernels, COMPARE_VALUE, cell, rows);
	else if (cell->control && *rows->baseline && comparison->mode == COMPARE_RUNS)
		add_line(comparison, &comparison->controls, COMPARE_VALUE, cell, rows);
	if (cell->control)
		return;
	for (unsigned f = 0; f < (comparison->options.all_figures ? figures : 1); f++) {
		if (comparison->mode == COMPARE_RUNS)
			add_line(comparison, &comparison->lines, COMPARE_VALUE, cell, &rows[f]);
		else if (*rows[f].baseline)
			add_line(comparison, &comparison->lines, COMPARE_RATIO, cell, &rows[f]);
	}
	if (comparison->mode == COMPARE_MACHINES && *rows->reference && strcmp(rows->reference, rows->cell) != 0)
		add_line(comparison, &comparison->lines, COMPARE_SPEEDUP, cell, rows);
}

static int by_group(const void *a, const void *b)
{
	const struct model_cell *x = *(const struct model_cell *const *)a, *y = *(const struct model_cell *const *)b;

	if (x->group_index != y->group_index)
		return x->group_index < y->group_index ? -1 : 1;
	return (x > y) - (x < y);
}

/* In the order of the first run's summary: group by group. */
static int add_cells(struct comparison *comparison)
{
	const struct model *model = comparison->runs[0].summary.model;
	const struct model_cell **order = calloc(model->cell_count + 1, sizeof(struct model_cell *));

	if (!order)
		return -ENOMEM;
	for (unsigned i = 0; i < model->cell_count; i++)
		order[i] = &model->cells[i];
	qsort(order, model->cell_count, sizeof(*order), by_group);
	for (unsigned i = 0; i < model->cell_count; i++)
		add_cell(comparison, order[i]);
	free(order);
	return 0;
}

static int refuse_strangers(const struct comparison *comparison, size_t run, char *reason)
{
	for (size_t i = 0; i < comparison->lines.count; i++)
		if (comparison->lines.list[i].entries[run].row)
			return 0;
	if (comparison->mode == COMPARE_MACHINES)
		return reason_set(reason, -EINVAL,
				  "another machine than the first's, and no cell with a baseline in common "
				  "(such as fork beside thread): nothing to compare");
	return reason_set(reason, -EINVAL, "has no cell in common with the first: nothing to compare");
}

int compare_match(struct comparison *comparison, size_t *at, char *reason)
{
	size_t room = comparison->runs[0].summary.row_count + comparison->runs[0].summary.model->cell_count;
	int error = 0;

	for (*at = 1; *at < comparison->run_count; ++*at) {
		error = match_run(comparison, &comparison->runs[*at], reason);
		if (error)
			return error;
	}
	if (lines_init(&comparison->lines, room, comparison->run_count) != 0 ||
	    lines_init(&comparison->kernels, room, comparison->run_count) != 0 ||
	    lines_init(&comparison->controls, room, comparison->run_count) != 0 || add_cells(comparison) != 0)
		error = reason_set(reason, -ENOMEM, "out of memory");
	for (*at = 1; !error && *at < comparison->run_count; ++*at) {
		error = refuse_strangers(comparison, *at, reason);
		if (error)
			return error;
	}
	*at = 0;
	return error;
}
