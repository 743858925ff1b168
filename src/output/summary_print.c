/* SPDX-License-Identifier: MIT */
/* The page that `tvp run` and `tvp summary` print: a question, its tables, its answers; then how far to trust them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/summary_page.h"

const struct summary_row *summary_headline(const struct summary *summary, const char *cell)
{
	int index = *cell ? model_find_cell(summary->model, cell) : -1;

	return index < 0 ? NULL : &summary->rows[summary->model->cells[index].first_row];
}

static void print_heading(struct page *page, const struct summary *summary)
{
	const char *status = summary->model->status, *plural = summary->blocks == 1 ? "" : "s";

	if (strcmp(status, "interrupted") == 0)
		page_paragraph(page, STYLE_WARNING, 0, 0, "This run was interrupted: %u whole block%s.",
			       summary->blocks, plural);
	else if (strcmp(status, "failed") == 0)
		page_paragraph(page, STYLE_WARNING, 0, 0, "This run failed: %u whole block%s.", summary->blocks,
			       plural);
	else if (!summary->model->complete)
		page_paragraph(page, STYLE_WARNING, 0, 0, "This run has not ended, or was killed: %u whole block%s.",
			       summary->blocks, plural);
	if (!summary->proven)
		page_paragraph(page, STYLE_WARNING, 0, 0, "This run is UNPROVEN: see the control below the tables.");
	page_paragraph(page, STYLE_DIM, 0, 0, "run %s on %s", summary->model->run_id, summary->model->machine_id);
	page_gap(page);
}

void summary_question(struct page *page, const struct model_experiment *experiment)
{
	unsigned columns = page_columns(experiment->name) + 2;

	if (experiment->question) {
		columns += page_columns(experiment->question) + 1;
		page_paragraph(page, STYLE_BOLD, 0, columns < page->width ? 0 : 2, "%s · %s", experiment->name,
			       experiment->question);
	} else {
		page_paragraph(page, STYLE_BOLD, 0, 0, "%s", experiment->name);
	}
	page_rule(page, columns);
}

void summary_group_name(struct page *page, const struct summary_row *row)
{
	bool placed = strcmp(row->placement, "none") != 0 && *row->placement;
	char *params = strdup(row->params);

	for (char *at = params; at && (at = strchr(at, ';'));)
		*at = ' ';
	page_paragraph(page, STYLE_PLAIN, 0, 2, "%s%s%s%s%s", row->workload, placed ? ", placed " : "",
		       placed ? row->placement : "", params && *params ? ", " : "", params ? params : "");
	free(params);
}

static void print_group(struct page *page, const struct group *group)
{
	if (group->count == 0)
		return;
	summary_group_name(page, group->rows[0]);
	summary_table(page, group);
	summary_answer(page, group);
	page_gap(page);
}

static int by_group(const void *a, const void *b)
{
	const struct summary_row *x = *(const struct summary_row *const *)a, *y = *(const struct summary_row *const *)b;

	if (x->group_index != y->group_index)
		return x->group_index < y->group_index ? -1 : 1;
	return (x > y) - (x < y);
}

/* The headline rows that are to be shown, group by group; the control has a line of its own. */
static size_t collect(const struct summary *summary, const struct summary_row **rows)
{
	size_t count = 0;

	for (size_t i = 0; i < summary->row_count; i++)
		if (summary->rows[i].headline && !summary->rows[i].control)
			rows[count++] = &summary->rows[i];
	qsort(rows, count, sizeof(*rows), by_group);
	return count;
}

static void print_groups(struct page *page, const struct summary *summary, const struct summary_row **rows,
			 size_t count)
{
	const struct model *model = summary->model;
	const char *experiment = NULL;
	size_t end;

	for (size_t i = 0; i < count; i = end) {
		struct group group = {summary, rows + i, 0};

		for (end = i; end < count && rows[end]->group_index == rows[i]->group_index; end++)
			group.count++;
		if (rows[i]->experiment != experiment)
			summary_question(
				page,
				&model->experiments[model->cells[model_find_cell(model, rows[i]->cell)].experiment]);
		experiment = rows[i]->experiment;
		print_group(page, &group);
	}
}

int summary_print(const struct summary *summary, FILE *stream)
{
	const struct summary_row **rows = calloc(summary->row_count + 1, sizeof(*rows));
	struct page page;

	if (!rows)
		return -ENOMEM;
	page_init(&page, stream);
	print_heading(&page, summary);
	print_groups(&page, summary, rows, collect(summary, rows));
	summary_footer(&page, summary);
	free(rows);
	return page_exit(&page);
}
