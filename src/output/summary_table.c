/* SPDX-License-Identifier: MIT */
/* The table of one group (libsmartcols): the headline figure with its ratios, beside it the other figures' medians. */
#include <errno.h>
#include <libsmartcols.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/people.h"
#include "output/summary_page.h"
#include "output/text.h"

enum {
	COLUMNS_MAX = 12 + MODEL_FIGURES,
	INDENT = 2,
	/* What is left out to fit the page, step by step: the ends of the efficiency, of the figure, of the speed-up with
	 * the other figures, at last the efficiency itself (it is the speed-up over the workers) and every second blank. */
	DETAIL_LEAST = 4
};

/* One row or the heading on its way into the table. */
struct line {
	char *texts[COLUMNS_MAX];
	const char *colours[COLUMNS_MAX];
	int flags[COLUMNS_MAX];
	unsigned count;
	bool failed;
};

struct layout {
	const struct group *group;
	bool utf8;
	unsigned detail; /* 0: everything */
	bool compared, scaled;
};

static void add(struct line *line, const struct layout *layout, int flags, const char *text)
{
	char *printable = text_printable(text, layout->utf8);

	if (!printable)
		line->failed = true;
	line->flags[line->count] = flags;
	line->colours[line->count] = NULL;
	line->texts[line->count++] = printable;
}

static const char *verdict_colour(const struct summary_row *row)
{
	if (strcmp(row->status, "ok") != 0)
		return "magenta";
	switch (row->verdict) {
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

static const char *verdict_text(const struct summary_row *row)
{
	if (strcmp(row->status, "ok") != 0)
		return row->status;
	return *row->baseline ? verdict_name(row->verdict) : "";
}

/* "vs thread" if that is true of every row. */
static const char *ratio_heading(const struct group *group, char heading[80])
{
	char label[64], common[64] = "";

	for (size_t i = 0; i < group->count; i++) {
		const struct summary_row *baseline = summary_headline(group->summary, group->rows[i]->baseline);

		if (!baseline)
			continue;
		summary_label(baseline, group->rows[i], label);
		if (*common && strcmp(label, common) != 0)
			return "ratio";
		strcpy(common, label);
	}
	snprintf(heading, 80, "vs %s", common);
	return heading;
}

/* A cell's other figures follow its headline. */
static bool is_other(const struct layout *layout, const struct summary_row *row)
{
	return row < layout->group->summary->rows + layout->group->summary->row_count && !row->headline;
}

static void add_heading(struct line *line, const struct layout *layout)
{
	const struct summary_row *first = layout->group->rows[0];
	char heading[80];

	add(line, layout, 0, "executor");
	add(line, layout, SCOLS_FL_RIGHT, "workers");
	add(line, layout, SCOLS_FL_RIGHT, first->figure);
	if (layout->detail < 2)
		add(line, layout, 0, "95 %");
	if (layout->compared) {
		add(line, layout, SCOLS_FL_RIGHT, ratio_heading(layout->group, heading));
		add(line, layout, 0, "95 %");
	}
	add(line, layout, 0, layout->compared ? "verdict" : "");
	if (layout->scaled) {
		add(line, layout, SCOLS_FL_RIGHT, "speed-up");
		if (layout->detail < 3)
			add(line, layout, 0, "95 %");
		if (layout->detail < 4)
			add(line, layout, SCOLS_FL_RIGHT, "efficiency");
		if (layout->detail < 1)
			add(line, layout, 0, "95 %");
	}
	for (const struct summary_row *other = first + 1; layout->detail < 3 && is_other(layout, other); other++)
		add(line, layout, SCOLS_FL_RIGHT, other->figure);
}

static void add_pair(struct line *line, const struct layout *layout, const struct people *people, bool with_ends)
{
	add(line, layout, 0, people->estimate);
	if (with_ends)
		add(line, layout, 0, people->ends);
}

static void add_others(struct line *line, const struct layout *layout, const struct summary_row *row)
{
	struct people people;

	for (row++; is_other(layout, row); row++) {
		people_value(&people, &row->median, row->unit);
		add_pair(line, layout, &people, false);
	}
}

static void add_row(struct line *line, const struct layout *layout, const struct summary_row *row)
{
	struct people people;
	char workers[16];

	snprintf(workers, sizeof(workers), "%u", row->workers);
	add(line, layout, 0, row->executor);
	add(line, layout, 0, workers);
	people_value(&people, &row->median, row->unit);
	add_pair(line, layout, &people, layout->detail < 2);
	if (layout->compared) {
		people_ratio(&people, &row->ratio);
		add_pair(line, layout, &people, true);
	}
	add(line, layout, 0, verdict_text(row));
	line->colours[line->count - 1] = *verdict_text(row) ? verdict_colour(row) : NULL;
	if (layout->scaled) {
		people_ratio(&people, &row->speedup);
		add_pair(line, layout, &people, layout->detail < 3);
		people_share(&people, &row->efficiency);
		if (layout->detail < 4)
			add_pair(line, layout, &people, layout->detail < 1);
	}
	if (layout->detail < 3)
		add_others(line, layout, row);
}

/* Hands the texts over to the table and forgets them. */
static int put_line(struct libscols_table *table, struct line *line, bool heading)
{
	struct libscols_line *row = heading || line->failed ? NULL : scols_table_new_line(table, NULL);
	int error = line->failed || (!heading && !row) ? -ENOMEM : 0;

	for (unsigned i = 0; i < line->count; i++) {
		if (!error && heading && !scols_table_new_column(table, line->texts[i], 0, line->flags[i]))
			error = -ENOMEM;
		if (!error && !heading && scols_line_set_data(row, i, line->texts[i]) != 0)
			error = -ENOMEM;
		if (!error && !heading && line->colours[i])
			scols_cell_set_color(scols_line_get_cell(row, i), line->colours[i]);
		free(line->texts[i]);
	}
	*line = (struct line){0};
	return error;
}

static char *draw(const struct page *page, const struct layout *layout, bool colour)
{
	struct libscols_table *table = scols_new_table();
	struct line line = {0};
	char *text = NULL;
	int error;

	if (!table)
		return NULL;
	scols_table_enable_colors(table, colour);
	scols_table_enable_ascii(table, !page->utf8);
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER); /* nothing is cut off: the page chooses the detail */
	scols_table_set_column_separator(table, layout->detail < DETAIL_LEAST ? "  " : " ");
	add_heading(&line, layout);
	error = put_line(table, &line, true);
	for (size_t i = 0; !error && i < layout->group->count; i++) {
		add_row(&line, layout, layout->group->rows[i]);
		error = put_line(table, &line, false);
	}
	if (!error && scols_print_table_to_string(table, &text) != 0)
		text = NULL;
	scols_unref_table(table);
	return text;
}

/* Columns of the widest line. */
static unsigned find_columns(const char *text)
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

void summary_table(struct page *page, const struct group *group)
{
	struct layout layout = {.group = group, .utf8 = page->utf8};
	char *text = NULL;

	for (size_t i = 0; i < group->count; i++) {
		layout.compared |= *group->rows[i]->baseline != '\0';
		layout.scaled |= isfinite(group->rows[i]->speedup.estimate);
	}
	while (layout.detail < DETAIL_LEAST) {
		text = draw(page, &layout, false);
		if (!text || find_columns(text) + INDENT <= page->width)
			break;
		free(text);
		layout.detail++;
	}
	if (layout.detail < DETAIL_LEAST)
		free(text);
	text = draw(page, &layout, page->colour);
	if (text)
		page_lines(page, STYLE_BOLD, INDENT, text);
	else
		page->error = -ENOMEM;
	free(text);
}
