/* SPDX-License-Identifier: MIT */
/* The break-even tables of an experiment: from which value of a parameter on each executor is better. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/model.h"
#include "output/people.h"
#include "output/summary_page.h"
#include "output/summary_verdicts.h"
#include "output/table.h"

/* Crossings of one table. */
struct rows {
	const struct crossing *list;
	size_t count;
};

static bool one_table(const struct crossing *a, const struct crossing *b)
{
	return strcmp(a->workload, b->workload) == 0 && strcmp(a->placement, b->placement) == 0 &&
	       strcmp(a->params, b->params) == 0 && strcmp(a->reference->executor, b->reference->executor) == 0 &&
	       a->reference->workers == b->reference->workers;
}

static void write_level(char *text, const char *words, uint64_t level, const char *unit)
{
	struct people people;
	double value = (double)level;

	people_value(&people, &(struct interval){value, value, value}, unit);
	snprintf(text, PEOPLE_BYTES, "%s %.50s", words, people.estimate);
}

/* What the column has, "2.10 us", "below 100 ns". */
static void describe(const struct crossing *crossing, struct people *people)
{
	*people = (struct people){0};
	switch (crossing->status) {
	case CROSSING_CROSSED:
		people_value(people, &crossing->value, crossing->unit);
		break;
	case CROSSING_ALWAYS:
		write_level(people->estimate, "below", crossing->least, crossing->unit);
		break;
	case CROSSING_NEVER:
		write_level(people->estimate, "above", crossing->most, crossing->unit);
		break;
	case CROSSING_UNCLEAR:
		strcpy(people->estimate, "unclear");
		break;
	}
}

static void draw(struct table *table, unsigned detail, const void *context)
{
	const struct rows *rows = context;
	struct people people;
	char workers[16];

	(void)detail;
	table_column(table, "executor", false);
	table_column(table, "workers", true);
	table_column_interval(table, rows->list[0].parameter, true);
	for (size_t i = 0; i < rows->count; i++) {
		const struct crossing *crossing = &rows->list[i];

		snprintf(workers, sizeof(workers), "%u", crossing->workers);
		describe(crossing, &people);
		table_row(table);
		table_cell(table, crossing->executor, NULL);
		table_cell(table, workers, NULL);
		table_interval(table, &people, true);
	}
}

static void print_title(struct page *page, const struct summary *summary, const struct headings *headings,
			const struct crossing *crossing)
{
	const struct model_cell *reference = crossing->reference;
	char *text = headings_text(headings, crossing->experiment, crossing->workload, crossing->placement,
				   crossing->params);

	if (text)
		page_paragraph(page, STYLE_PLAIN, 0, 2, "%s%s, break-even: better than %s%s from this %s on",
			       summary->proven ? "" : "Unproven: ", text, reference->executor,
			       reference->workers == 1 ? "" : " with as many workers", crossing->parameter);
	else
		page->error = -ENOMEM;
	free(text);
}

void summary_crossings(struct page *page, const struct summary *summary, const struct headings *headings,
		       const struct crossing *first, size_t count)
{
	size_t end;

	if (summary->blocks < VERDICT_BLOCKS_MIN)
		return;
	for (size_t i = 0; i < count; i = end) {
		struct rows rows = {first + i, 0};

		for (end = i; end < count && one_table(&first[i], &first[end]); end++)
			rows.count++;
		print_title(page, summary, headings, &first[i]);
		table_print(page, draw, &rows, 1);
		page_gap(page);
	}
}
