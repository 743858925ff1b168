/* SPDX-License-Identifier: MIT */
/* The page that `tvp run` and `tvp summary` print: a question, its tables, its answers; then how far to trust them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/published.h"
#include "output/summary_page.h"

const struct summary_row *summary_headline(const struct summary *summary, const char *cell)
{
	int index = *cell ? model_find_cell(summary->model, cell) : -1;

	return index < 0 ? NULL : &summary->rows[summary->model->cells[index].first_row];
}

bool summary_only_others(const struct summary *summary, const struct summary_row *row)
{
	const struct summary_row *end = summary->rows + summary->row_count;

	if (strcmp(row->status, "skipped") != 0)
		return false;
	for (const struct summary_row *other = row + 1; other < end && !other->headline; other++)
		if (strcmp(other->status, "ok") == 0)
			return true;
	return false;
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

void summary_group_name(struct page *page, const struct headings *headings, const struct summary_row *row, bool placed)
{
	char *text = headings_text(headings, row->experiment, row->workload, placed ? "" : row->placement, row->params);

	if (text)
		page_paragraph(page, STYLE_PLAIN, 0, 2, "%s", text);
	else
		page->error = -ENOMEM;
	free(text);
}

static void print_group(struct page *page, const struct headings *headings, const struct group *group)
{
	if (group->count == 0)
		return;
	summary_group_name(page, headings, group->rows[0], group->placed);
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

/* Those of the experiment, from *next on: crossings are in the order of the plan, as groups are. */
static void print_crossings(struct page *page, const struct summary *summary, const struct headings *headings,
			    const char *experiment, size_t *next)
{
	const struct crossings *crossings = &summary->crossings;
	size_t count = 0;

	while (*next + count < crossings->count && crossings->list[*next + count].experiment == experiment)
		count++;
	if (count)
		summary_crossings(page, summary, headings, crossings->list + *next, count);
	*next += count;
}

/* The same of fits; what the controls have is not shown. */
static void print_fits(struct page *page, const struct summary *summary, const struct headings *headings,
		       const char *experiment, size_t *next)
{
	const struct fits *fits = &summary->fits;
	size_t count = 0;

	while (*next < fits->count && summary->model->cells[fits->list[*next].first_cell].control)
		++*next;
	while (*next + count < fits->count && fits->list[*next + count].experiment == experiment)
		count++;
	if (count)
		summary_fits(page, summary, headings, fits->list + *next, count);
	*next += count;
}

static void print_groups(struct page *page, const struct summary *summary, const struct headings *headings,
			 const struct summary_row **rows, size_t count)
{
	const struct model *model = summary->model;
	const char *experiment = NULL;
	size_t end, crossing = 0, fit = 0;

	for (size_t i = 0; i < count; i = end) {
		struct group group = {summary, rows + i, 0, false};

		for (end = i; end < count && rows[end]->group_index == rows[i]->group_index; end++) {
			group.count++;
			group.placed |= strcmp(rows[end]->placement, rows[i]->placement) != 0;
		}
		if (rows[i]->experiment != experiment)
			summary_question(
				page,
				&model->experiments[model->cells[model_find_cell(model, rows[i]->cell)].experiment]);
		experiment = rows[i]->experiment;
		print_group(page, headings, &group);
		if (end == count || rows[end]->experiment != experiment) {
			print_crossings(page, summary, headings, experiment, &crossing);
			print_fits(page, summary, headings, experiment, &fit);
			summary_published(page, summary, experiment);
		}
	}
}

int summary_print(const struct summary *summary, FILE *stream)
{
	const struct summary_row **rows = calloc(summary->row_count + 1, sizeof(*rows));
	struct headings headings;
	struct page page;

	if (!rows || headings_init(&headings, summary->model) != 0) {
		free(rows);
		return -ENOMEM;
	}
	page_init(&page, stream);
	print_heading(&page, summary);
	print_groups(&page, summary, &headings, rows, collect(summary, rows));
	summary_footer(&page, summary);
	headings_exit(&headings);
	free(rows);
	return page_exit(&page);
}
