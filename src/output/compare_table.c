/* SPDX-License-Identifier: MIT */
/* The table of one group of lines: two runs side by side, more of them below one another. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "output/compare_parts.h"

size_t compare_group(const struct compare_line *lines, size_t count)
{
	size_t end = 1;

	while (end < count && lines[end].row->group_index == lines[0].row->group_index)
		end++;
	return end;
}

static bool is_pair(const struct compare_layout *layout)
{
	return layout->comparison->run_count == 2;
}

/* "reaped A", or just "A" where the figure has a column of its own or the table says which quantity it is. */
static void value_column(struct table *table, const struct compare_layout *layout, const struct compare_run *run,
			 bool with_ends)
{
	char heading[COMPARE_TEXT_BYTES];
	bool named = layout->quantity == COMPARE_VALUE && !layout->comparison->options.all_figures && !layout->kernels;

	snprintf(heading, sizeof(heading), "%.60s%s%s", named ? layout->lines[0].row->figure : "", named ? " " : "",
		 run->label);
	table_column_interval(table, heading, with_ends);
}

static void name_columns(struct table *table, const struct compare_layout *layout)
{
	if (layout->kernels) {
		table_column(table, "kernel", false);
		return;
	}
	table_column(table, "executor", false);
	table_column(table, "workers", true);
	if (layout->placed)
		table_column(table, "placement", false);
	if (layout->quantity != COMPARE_VALUE)
		table_column(table, "over", false);
	if (layout->comparison->options.all_figures)
		table_column(table, "figure", false);
}

/* Left out step by step: the ends of the values, p, the values. */
static void headings(struct table *table, unsigned detail, const struct compare_layout *layout)
{
	const struct comparison *comparison = layout->comparison;
	char heading[COMPARE_TEXT_BYTES];

	name_columns(table, layout);
	if (is_pair(layout)) {
		for (size_t i = 0; detail < 3 && i < 2; i++)
			value_column(table, layout, &comparison->runs[i], detail < 1);
		snprintf(heading, sizeof(heading), "%s/%s", comparison->runs[1].label, comparison->runs[0].label);
	} else {
		table_column(table, "run", false);
		if (detail < 3)
			table_column_interval(table, layout->kernels ? "value" : "figure", detail < 1);
		snprintf(heading, sizeof(heading), "over %s", comparison->runs[0].label);
	}
	table_column_interval(table, heading, true);
	if (layout->kernels)
		return;
	if (detail < 2)
		table_column(table, "p", true);
	table_column(table, "verdict", false);
}

static void name_cells(struct table *table, const struct compare_layout *layout, const struct compare_line *line,
		       bool again)
{
	char workers[16], partner[COMPARE_TEXT_BYTES];

	if (layout->kernels) {
		table_cell(table, again ? "" : line->row->workload, NULL);
		return;
	}
	snprintf(workers, sizeof(workers), "%u", line->row->workers);
	table_cell(table, again ? "" : line->row->executor, NULL);
	table_cell(table, again ? "" : workers, NULL);
	if (layout->placed)
		table_cell(table, again ? "" : line->row->placement, NULL);
	if (layout->quantity != COMPARE_VALUE)
		table_cell(table, again ? "" : compare_partner(layout->comparison, line, partner), NULL);
	if (layout->comparison->options.all_figures)
		table_cell(table, again ? "" : line->row->figure, NULL);
}

static void value_cells(struct table *table, const struct compare_line *line, const struct compare_entry *entry,
			unsigned detail)
{
	struct people people;

	compare_value(&people, line, entry);
	if (detail < 3)
		table_interval(table, &people, detail < 1);
}

static void verdict_cells(struct table *table, const struct compare_layout *layout, const struct compare_entry *entry,
			  unsigned detail)
{
	char text[COMPARE_TEXT_BYTES], p_value[16] = "";
	struct people people;
	bool compared = isfinite(entry->ratio.estimate);

	people_ratio(&people, &entry->ratio);
	table_interval(table, &people, true);
	if (layout->kernels)
		return;
	if (isfinite(entry->p_value))
		snprintf(p_value, sizeof(p_value), "%.2g", entry->p_value);
	if (detail < 2)
		table_cell(table, p_value, NULL);
	table_cell(table, compare_verdict_text(entry, text),
		   compared ? table_verdict_colour(entry->verdict) : "magenta");
}

static void pair_row(struct table *table, const struct compare_layout *layout, const struct compare_line *line,
		     unsigned detail)
{
	table_row(table);
	name_cells(table, layout, line, false);
	value_cells(table, line, &line->entries[0], detail);
	value_cells(table, line, &line->entries[1], detail);
	verdict_cells(table, layout, &line->entries[1], detail);
}

static void run_rows(struct table *table, const struct compare_layout *layout, const struct compare_line *line,
		     unsigned detail)
{
	static const struct compare_entry none = {.ratio = {NAN, NAN, NAN}, .p_value = NAN, .why = ""};
	const struct comparison *comparison = layout->comparison;

	for (size_t i = 0; i < comparison->run_count; i++) {
		table_row(table);
		name_cells(table, layout, line, i > 0);
		table_cell(table, comparison->runs[i].label, NULL);
		value_cells(table, line, &line->entries[i], detail);
		verdict_cells(table, layout, i > 0 ? &line->entries[i] : &none, detail);
	}
}

void compare_table(struct table *table, unsigned detail, const void *context)
{
	const struct compare_layout *layout = context;

	headings(table, detail, layout);
	for (size_t i = 0; i < layout->count; i++) {
		if (layout->lines[i].quantity != layout->quantity)
			continue;
		if (is_pair(layout))
			pair_row(table, layout, &layout->lines[i], detail);
		else
			run_rows(table, layout, &layout->lines[i], detail);
	}
}
