/* SPDX-License-Identifier: MIT */
/* The published tables that an experiment repeats, with a row of this machine below those of others. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/model.h"
#include "output/people.h"
#include "output/published.h"
#include "output/repeats.h"
#include "output/summary_page.h"
#include "output/table.h"

enum { NUMBER_BYTES = 32 };

/* To fit the page the ends of ratios are left out; then intervals have a row of their own instead of columns; then there
 * are none, and at last gaps are narrow. */
enum { DETAIL_BELOW = 2, DETAIL_VALUES = 3, DETAIL_LEAST = 4 };

static const char this_machine[] = "this machine";

/* "12,400" */
static const char *grouped(uint64_t number, char buffer[NUMBER_BYTES])
{
	char digits[NUMBER_BYTES];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);
	char *to = buffer;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return buffer;
}

/* A line's name is shown where there are several. */
static bool has_lines(const struct model_table *table)
{
	return table->line_count > 1 || *table->lines[0];
}

static void add_heading(struct table *table, const struct model_table *published, unsigned detail)
{
	bool with_ends = detail < DETAIL_BELOW;
	char heading[600];

	if (has_lines(published))
		table_column(table, "", false);
	table_column(table, "machine", false);
	for (unsigned i = 0; i < published->column_count; i++)
		table_column_interval(table, published->columns[i], with_ends);
	if (published->ratio_of < 0)
		return;
	snprintf(heading, sizeof(heading), "%s : %s", published->columns[published->ratio_of],
		 published->columns[published->ratio_over]);
	table_column_interval(table, heading, detail == 0);
}

static void add_row(struct table *table, const struct model_table *published, const struct model_table_row *row,
		    unsigned detail)
{
	bool with_ends = detail < DETAIL_BELOW;
	double quotient = published_ratio(published, row);
	struct people people;

	table_row(table);
	if (has_lines(published))
		table_cell(table, published->lines[row->line], NULL);
	table_cell(table, row->machine, NULL);
	for (unsigned i = 0; i < published->column_count; i++) {
		people = (struct people){0};
		if (isfinite(row->values[i]))
			snprintf(people.estimate, PEOPLE_BYTES, "%.*f", (int)published->decimals, row->values[i]);
		table_interval(table, &people, with_ends);
	}
	people_ratio(&people, &(struct interval){quotient, NAN, NAN});
	if (published->ratio_of >= 0)
		table_interval(table, &people, detail == 0);
}

static void add_this_machine(struct table *table, const struct repeated_table *repeated, unsigned line, unsigned detail)
{
	const struct model_table *published = repeated->table;
	const struct repeat *repeats = &repeated->repeats[(size_t)line * published->column_count];
	bool with_ends = detail < DETAIL_BELOW;
	struct people people;

	table_row(table);
	if (has_lines(published))
		table_cell(table, published->lines[line], NULL);
	table_cell(table, this_machine, "green");
	for (unsigned i = 0; i < published->column_count; i++) {
		people_value(&people, &repeats[i].value, "");
		table_interval(table, &people, with_ends);
	}
	people_ratio(&people, &repeated->ratios[line]);
	if (published->ratio_of >= 0)
		table_interval(table, &people, detail == 0);
}

/* The ends of this machine's intervals, below its values. */
static void add_ends(struct table *table, const struct repeated_table *repeated, unsigned line)
{
	const struct model_table *published = repeated->table;
	const struct repeat *repeats = &repeated->repeats[(size_t)line * published->column_count];
	struct people people;

	table_row(table);
	if (has_lines(published))
		table_cell(table, "", NULL);
	table_cell(table, "95 %", NULL);
	for (unsigned i = 0; i < published->column_count; i++) {
		people_value(&people, &repeats[i].value, "");
		table_cell(table, people.ends, NULL);
	}
	people_ratio(&people, &repeated->ratios[line]);
	if (published->ratio_of >= 0)
		table_cell(table, people.ends, NULL);
}

static void draw(struct table *table, unsigned detail, const void *context)
{
	const struct repeated_table *repeated = context;
	const struct model_table *published = repeated->table;

	add_heading(table, published, detail);
	for (unsigned line = 0; line < published->line_count; line++) {
		for (unsigned i = 0; i < published->row_count; i++)
			if (published->rows[i].line == line)
				add_row(table, published, &published->rows[i], detail);
		add_this_machine(table, repeated, line, detail);
		if (detail == DETAIL_BELOW)
			add_ends(table, repeated, line);
	}
}

/* The extrapolated one of a line (by lines) or of a column that rests on the fewest operations; NULL: there is none. */
static const struct repeat *least(const struct repeated_table *repeated, unsigned index, bool by_lines)
{
	const struct model_table *table = repeated->table;
	unsigned count = by_lines ? table->column_count : table->line_count;
	const struct repeat *found = NULL;

	for (unsigned i = 0; i < count; i++) {
		unsigned line = by_lines ? index : i, column = by_lines ? i : index;
		const struct repeat *repeat = &repeated->repeats[(size_t)line * table->column_count + column];

		if (repeat->extrapolated && (!found || repeat->operations < found->operations))
			found = repeat;
	}
	return found;
}

/* What was not done as often as the table says, by lines where they have names. The caller's to free; NULL if out of
 * memory. */
static char *extrapolation_text(const struct repeated_table *repeated)
{
	const struct model_table *table = repeated->table;
	bool by_lines = has_lines(table), any = false;
	unsigned count = by_lines ? table->line_count : table->column_count;
	char *text = NULL, number[NUMBER_BYTES];
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	for (unsigned i = 0; i < count; i++) {
		const struct repeat *repeat = least(repeated, i, by_lines);

		if (!repeat)
			continue;
		fprintf(stream, "%s%s", any ? ", " : "extrapolated from ", grouped(repeat->operations, number));
		if (!any)
			fprintf(stream, " %s", table->counted);
		fprintf(stream, " (%s)", by_lines ? table->lines[i] : table->columns[i]);
		any = true;
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static void print_notes(struct page *page, const struct repeated_table *repeated)
{
	const struct model_table *table = repeated->table;
	char *text = extrapolation_text(repeated), number[NUMBER_BYTES];

	if (!text) {
		page->error = -ENOMEM;
		return;
	}
	if (table->operations > 1)
		page_paragraph(page, STYLE_PLAIN, 2, 0, "This machine: median time of one, times %s%s%s.",
			       grouped(table->operations, number), *text ? "; " : "", text);
	page_paragraph(page, STYLE_DIM, 2, 0, "Source: %s.", table->source);
	if (*table->note)
		page_paragraph(page, STYLE_DIM, 2, 0, "%s", table->note);
	free(text);
}

static void print_table(struct page *page, const struct summary *summary, const struct repeated_table *repeated)
{
	const struct model_table *table = repeated->table;

	page_paragraph(page, STYLE_PLAIN, 0, 2, "%s%s: %s, in %s", summary->proven ? "" : "Unproven: ", table->name,
		       table->title, table->unit);
	table_print(page, draw, repeated, DETAIL_LEAST);
	print_notes(page, repeated);
	page_gap(page);
}

void summary_published(struct page *page, const struct summary *summary, const char *experiment)
{
	for (size_t i = 0; i < summary->repeated.count; i++) {
		const struct repeated_table *repeated = &summary->repeated.list[i];

		if (summary->model->experiments[repeated->table->experiment].name == experiment)
			print_table(page, summary, repeated);
	}
}
