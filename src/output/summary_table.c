/* SPDX-License-Identifier: MIT */
/* The table of one group: the headline figure with its ratios, beside it the other figures' medians. */
#include <math.h>
#include <string.h>

#include "output/people.h"
#include "output/summary_page.h"
#include "output/table.h"

/* What is left out to fit the page, step by step: the ends of the efficiency, of the figure, of the speed-up with the
 * other figures, at last the efficiency itself: it is the speed-up over the workers. */
enum { DETAIL_LEAST = 4, TEXT_BYTES = 48 };

struct layout {
	const struct group *group;
	bool compared, scaled;
	bool others[MODEL_FIGURES]; /* by place behind the headline: does any cell have this figure? */
};

static const char *verdict_colour(const struct summary_row *row)
{
	return strcmp(row->status, "ok") == 0 ? table_verdict_colour(row->verdict) : "magenta";
}

static const char *verdict_text(const struct layout *layout, const struct summary_row *row, char text[TEXT_BYTES])
{
	if (summary_only_others(layout->group->summary, row)) {
		snprintf(text, TEXT_BYTES, "no %.40s", row->figure);
		return text;
	}
	if (strcmp(row->status, "ok") != 0)
		return row->status;
	return *row->baseline ? verdict_name(row->verdict) : "";
}

/* "vs thread" if that is true of every row, with whatever number of workers; "vs 2 workers", with whatever executor. */
static const char *ratio_heading(const struct group *group, char heading[80])
{
	char label[64], common[64] = "";
	const char *executor = NULL;
	bool one_label = true, one_executor = true;

	for (size_t i = 0; i < group->count; i++) {
		const struct summary_row *baseline = summary_headline(group->summary, group->rows[i]->baseline);

		if (!baseline)
			continue;
		summary_label(baseline, group->rows[i], label);
		one_label &= !executor || strcmp(label, common) == 0;
		one_executor &= !executor || strcmp(baseline->executor, executor) == 0;
		executor = baseline->executor;
		strcpy(common, label);
	}
	if (!one_label && !one_executor)
		return "ratio";
	snprintf(heading, 80, "vs %.60s", one_label ? common : executor);
	return heading;
}

/* A cell's other figures follow its headline. */
static bool is_other(const struct layout *layout, const struct summary_row *row)
{
	return row < layout->group->summary->rows + layout->group->summary->row_count && !row->headline;
}

static void add_heading(struct table *table, const struct layout *layout, unsigned detail)
{
	const struct summary_row *first = layout->group->rows[0];
	char heading[80];

	table_column(table, "executor", false);
	table_column(table, "workers", true);
	if (layout->group->placed)
		table_column(table, "placement", false);
	table_column(table, first->figure, true);
	if (detail < 2)
		table_column(table, "95 %", false);
	if (layout->compared) {
		table_column(table, ratio_heading(layout->group, heading), true);
		table_column(table, "95 %", false);
	}
	table_column(table, layout->compared ? "verdict" : "", false);
	if (layout->scaled) {
		table_column(table, "speed-up", true);
		if (detail < 3)
			table_column(table, "95 %", false);
		if (detail < 4)
			table_column(table, "efficiency", true);
		if (detail < 1)
			table_column(table, "95 %", false);
	}
	for (const struct summary_row *other = first + 1; detail < 3 && is_other(layout, other); other++)
		if (layout->others[other - first])
			table_column(table, other->figure, true);
}

static void add_pair(struct table *table, const struct people *people, bool with_ends)
{
	table_cell(table, people->estimate, NULL);
	if (with_ends)
		table_cell(table, people->ends, NULL);
}

static void add_others(struct table *table, const struct layout *layout, const struct summary_row *row)
{
	struct people people;

	for (const struct summary_row *other = row + 1; is_other(layout, other); other++) {
		people_value(&people, &other->median, other->unit);
		if (layout->others[other - row])
			add_pair(table, &people, false);
	}
}

static void add_row(struct table *table, const struct layout *layout, const struct summary_row *row, unsigned detail)
{
	struct people people;
	char workers[16], verdict[TEXT_BYTES];
	const char *text = verdict_text(layout, row, verdict);

	snprintf(workers, sizeof(workers), "%u", row->workers);
	table_row(table);
	table_cell(table, row->executor, NULL);
	table_cell(table, workers, NULL);
	if (layout->group->placed)
		table_cell(table, row->placement, NULL);
	people_value(&people, &row->median, row->unit);
	add_pair(table, &people, detail < 2);
	if (layout->compared) {
		people_ratio(&people, &row->ratio);
		add_pair(table, &people, true);
	}
	table_cell(table, text, *text ? verdict_colour(row) : NULL);
	if (layout->scaled) {
		people_ratio(&people, &row->speedup);
		add_pair(table, &people, detail < 3);
		people_share(&people, &row->efficiency);
		if (detail < 4)
			add_pair(table, &people, detail < 1);
	}
	if (detail < 3)
		add_others(table, layout, row);
}

static void draw(struct table *table, unsigned detail, const void *context)
{
	const struct layout *layout = context;

	add_heading(table, layout, detail);
	for (size_t i = 0; i < layout->group->count; i++)
		add_row(table, layout, layout->group->rows[i], detail);
}

/* A column of a figure that no cell has would tell nothing. */
static void note_others(struct layout *layout, const struct summary_row *row)
{
	for (const struct summary_row *other = row + 1; is_other(layout, other); other++)
		layout->others[other - row] |= isfinite(other->median.estimate);
}

void summary_table(struct page *page, const struct group *group)
{
	struct layout layout = {.group = group};

	for (size_t i = 0; i < group->count; i++) {
		layout.compared |= *group->rows[i]->baseline != '\0';
		layout.scaled |= isfinite(group->rows[i]->speedup.estimate);
		note_others(&layout, group->rows[i]);
	}
	table_print(page, draw, &layout, DETAIL_LEAST);
}
