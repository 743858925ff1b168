/* SPDX-License-Identifier: MIT */
/* Tables on a page: see table.h. */
#include "output/table.h"

#include <errno.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "output/markdown.h"
#include "output/text.h"

enum { INDENT = 2 };

static void markdown_column(struct table *table, const char *heading, bool right)
{
	fputs(table->next++ ? " " : "| ", table->markdown);
	table->failed |= markdown_text(table->markdown, heading) != 0;
	fputs(" |", table->markdown);
	fputs(right ? "---:|" : "---|", table->alignment);
}

void table_column(struct table *table, const char *heading, bool right)
{
	char *printable;

	if (table->markdown) {
		markdown_column(table, heading, right);
		return;
	}
	printable = text_printable(heading, table->utf8);
	if (!printable || !scols_table_new_column(table->columns, printable, 0, right ? SCOLS_FL_RIGHT : 0))
		table->failed = true;
	free(printable);
}

void table_column_interval(struct table *table, const char *heading, bool with_ends)
{
	table_column(table, heading, true);
	if (with_ends && !table->markdown)
		table_column(table, "95 %", false);
}

/* The line below the headings, once. */
static void markdown_align(struct table *table)
{
	if (!table->alignment)
		return;
	if (fclose(table->alignment) == 0)
		fprintf(table->markdown, "\n|%s", table->aligned);
	else
		table->failed = true;
	table->alignment = NULL;
}

void table_row(struct table *table)
{
	table->next = 0;
	if (table->markdown) {
		markdown_align(table);
		fputs("\n|", table->markdown);
		return;
	}
	table->row = table->failed ? NULL : scols_table_new_line(table->columns, NULL);
	table->failed |= !table->row;
}

void table_cell(struct table *table, const char *text, const char *colour)
{
	char *printable;

	if (table->markdown) {
		fputc(' ', table->markdown);
		table->failed |= markdown_text(table->markdown, text) != 0;
		fputs(" |", table->markdown);
		return;
	}
	printable = table->failed ? NULL : text_printable(text, table->utf8);
	if (!printable || scols_line_set_data(table->row, table->next, printable) != 0)
		table->failed = true;
	else if (colour)
		scols_cell_set_color(scols_line_get_cell(table->row, table->next), colour);
	table->next++;
	free(printable);
}

void table_interval(struct table *table, const struct people *people, bool with_ends)
{
	char both[2 * PEOPLE_BYTES + 1];

	if (!table->markdown) {
		table_cell(table, people->estimate, NULL);
		if (with_ends)
			table_cell(table, people->ends, NULL);
		return;
	}
	snprintf(both, sizeof(both), "%s%s%s", people->estimate, *people->ends ? " " : "", people->ends);
	table_cell(table, both, NULL);
}

const char *table_verdict_colour(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_FASTER:
		return "green";
	case VERDICT_SLOWER:
		return "red";
	case VERDICT_EQUIVALENT:
		return "cyan";
	case VERDICT_INCONCLUSIVE:
		break;
	}
	return "yellow";
}

/* The caller's to free; NULL if out of memory. */
static char *draw_text(const struct page *page, table_draw *draw, const void *context, unsigned detail, bool narrow,
		       bool colour)
{
	struct table table = {.columns = scols_new_table(), .utf8 = page->utf8};
	char *text = NULL;

	if (!table.columns)
		return NULL;
	scols_table_enable_colors(table.columns, colour);
	scols_table_enable_ascii(table.columns, !page->utf8);
	scols_table_set_termforce(table.columns, SCOLS_TERMFORCE_NEVER); /* nothing is cut off: the page chooses */
	scols_table_set_column_separator(table.columns, narrow ? " " : "  ");
	draw(&table, detail, context);
	if (table.failed || scols_print_table_to_string(table.columns, &text) != 0)
		text = NULL;
	scols_unref_table(table.columns);
	return text;
}

static unsigned widest_line(const char *text)
{
	char *copy = strdup(text);
	unsigned widest = 0;

	for (char *rest = copy, *line; (line = strsep(&rest, "\n"));) {
		unsigned columns = page_columns(line);

		widest = columns > widest ? columns : widest;
	}
	free(copy);
	return widest;
}

void table_print(struct page *page, table_draw *draw, const void *context, unsigned least)
{
	unsigned detail;
	char *text;

	for (detail = 0; detail < least; detail++) {
		text = draw_text(page, draw, context, detail, false, false);
		if (!text || widest_line(text) + INDENT <= page->width) {
			free(text);
			break;
		}
		free(text);
	}
	text = draw_text(page, draw, context, detail, detail == least, page->colour);
	if (text)
		page_lines(page, STYLE_BOLD, INDENT, text);
	else
		page->error = -ENOMEM;
	free(text);
}

int table_write_markdown(FILE *stream, table_draw *draw, const void *context)
{
	struct table table = {.markdown = stream, .utf8 = true};

	table.alignment = open_memstream(&table.aligned, &table.aligned_bytes);
	if (!table.alignment)
		return -ENOMEM;
	draw(&table, 0, context);
	markdown_align(&table);
	fputs("\n\n", stream);
	free(table.aligned);
	return table.failed ? -ENOMEM : 0;
}
