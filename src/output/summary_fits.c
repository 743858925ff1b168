/* SPDX-License-Identifier: MIT */
/* The cost tables of an experiment: what each executor costs at all, and what each unit of a parameter adds. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/model.h"
#include "output/people.h"
#include "output/summary_page.h"
#include "output/summary_verdicts.h"
#include "output/table.h"

/* Fits of one table. */
struct rows {
	const struct fit *list;
	size_t count;
	bool alone; /* all have one worker */
};

/* A slope over memory in the unit that people have memory in. */
static void describe_slope(const struct fit *fit, struct people *people)
{
	const struct interval *slope = &fit->slope;
	const double factor = 1024 * 1e-6; /* ns/MiB to ms/GiB */

	if (strcmp(fit->slope_unit, "ns/MiB") == 0)
		people_signed(people,
			      &(struct interval){slope->estimate * factor, slope->low * factor, slope->high * factor},
			      "ms/GiB");
	else
		people_signed(people, slope, fit->slope_unit);
}

static void draw_row(struct table *table, const struct rows *rows, const struct fit *fit)
{
	struct people fixed = {0}, slope = {0};
	char workers[16], off[PEOPLE_BYTES] = "";

	snprintf(workers, sizeof(workers), "%u", fit->workers);
	if (fit->fitted) {
		people_signed(&fixed, &fit->fixed, fit->fixed_unit);
		describe_slope(fit, &slope);
		snprintf(off, sizeof(off), "%.*f %%", fit->off < 0.0995 ? 1 : 0, 100 * fit->off);
	} else {
		strcpy(fixed.estimate, "unclear");
	}
	table_row(table);
	table_cell(table, fit->executor, NULL);
	if (!rows->alone)
		table_cell(table, workers, NULL);
	table_interval(table, &fixed, true);
	table_interval(table, &slope, true);
	table_cell(table, off, NULL);
}

static void draw(struct table *table, unsigned detail, const void *context)
{
	const struct rows *rows = context;

	(void)detail;
	table_column(table, "executor", false);
	if (!rows->alone)
		table_column(table, "workers", true);
	table_column_interval(table, "fixed", true);
	table_column_interval(table, "slope", true);
	table_column(table, "worst level off", true);
	for (size_t i = 0; i < rows->count; i++)
		draw_row(table, rows, &rows->list[i]);
}

static void print_title(struct page *page, const struct summary *summary, const struct headings *headings,
			const struct fit *fit)
{
	char *text = headings_text(headings, fit->experiment, fit->workload, fit->placement, fit->params);

	if (text)
		page_paragraph(page, STYLE_PLAIN, 0, 2, "%s%s: cost = fixed + slope × %s",
			       summary->proven ? "" : "Unproven: ", text, fit->parameter);
	else
		page->error = -ENOMEM;
	free(text);
}

/* Which of them are not of this form. */
static void print_misfits(struct page *page, const struct rows *rows)
{
	size_t bytes, count = 0;
	char *text = NULL;
	FILE *list = open_memstream(&text, &bytes);

	for (size_t i = 0; list && i < rows->count; i++) {
		const struct fit *fit = &rows->list[i];

		if (!(fit->fitted && fit->off > FIT_OFF_MAX))
			continue;
		fprintf(list, "%s%s", count++ ? ", " : "", fit->executor);
		if (!rows->alone)
			fprintf(list, " with %u", fit->workers);
	}
	if (!list || fclose(list) != 0)
		page->error = -ENOMEM;
	else if (count)
		page_paragraph(page, STYLE_PLAIN, 2, 2, "No line fits %s: look at the single levels.", text);
	free(text);
}

void summary_fits(struct page *page, const struct summary *summary, const struct headings *headings,
		  const struct fit *first, size_t count)
{
	size_t end;

	if (summary->blocks < VERDICT_BLOCKS_MIN)
		return;
	for (size_t i = 0; i < count; i = end) {
		struct rows rows = {first + i, 0, true};

		for (end = i; end < count && first[end].table_cell == first[i].table_cell; end++) {
			rows.count++;
			rows.alone = rows.alone && first[end].workers == 1;
		}
		print_title(page, summary, headings, &first[i]);
		table_print(page, draw, &rows, 1);
		print_misfits(page, &rows);
		page_gap(page);
	}
}
