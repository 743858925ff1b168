/* SPDX-License-Identifier: MIT */
/* What a reader must know before believing the tables: control, precision, what went wrong, warnings. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/people.h"
#include "output/summary_page.h"
#include "output/summary_verdicts.h"

/* What many pairs of one cell say. */
static void print_study(struct page *page, const struct summary *summary)
{
	const struct study *study = &summary->study;
	char rate[PEOPLE_BYTES], low[PEOPLE_BYTES], high[PEOPLE_BYTES], detectable[PEOPLE_BYTES];

	people_percent(study->rate.estimate, rate);
	people_percent(study->rate.low, low);
	people_percent(study->rate.high, high);
	people_percent(study->detectable, detectable);
	page_paragraph(
		page, summary->proven ? STYLE_PLAIN : STYLE_WARNING, 0, 11,
		"A/A study  of %zu pairs of one and the same cell %zu had an interval that excludes 1: %s [%s, %s], "
		"where 5 %% is the price of 95 %% intervals%s",
		study->pairs, study->excluded, rate, low, high,
		summary->proven ? "" : "; this machine finds differences where there are none");
	page_paragraph(page, STYLE_PLAIN, 0, 11,
		       "Detects    differences of %s or more, nine times in ten, with these %u blocks of this cell",
		       detectable, summary->blocks);
}

static void print_control(struct page *page, const struct summary *summary)
{
	char margin[PEOPLE_BYTES];
	struct people ratio;

	if (summary->study.pairs > 1) {
		print_study(page, summary);
		return;
	}
	people_ratio(&ratio, &summary->aa);
	people_percent(summary->margin, margin);
	if (summary->proven)
		page_paragraph(page, STYLE_PLAIN, 0, 11,
			       "Control    the same cell twice (A/A): %s %s holds 1, so the run is "
			       "proven; verdicts ask for more than %s",
			       ratio.estimate, ratio.ends, margin);
	else if (!summary->aa_cell)
		page_paragraph(page, STYLE_WARNING, 0, 11,
			       "Control    UNPROVEN: this run has no A/A pair, so nothing shows that it "
			       "does not find differences where there are none");
	else if (!isfinite(summary->aa.low))
		page_paragraph(page, STYLE_WARNING, 0, 11,
			       "Control    UNPROVEN: the A/A pair has too few common blocks for an "
			       "interval: run longer (--budget, --min-blocks)");
	else
		page_paragraph(
			page, STYLE_WARNING, 0, 11,
			"Control    UNPROVEN: the same cell twice (A/A) gave %s %s, which excludes "
			"1: this run finds differences where there are none; quieten the machine (`tvp env`) and "
			"measure again; verdicts ask for more than %s",
			ratio.estimate, ratio.ends, margin);
}

/* Is a cell of its group, whose rows lie next to each other, compared with another? */
static bool is_compared(const struct summary *summary, size_t row)
{
	unsigned group = summary->rows[row].group_index;

	while (row > 0 && summary->rows[row - 1].group_index == group)
		row--;
	for (; row < summary->row_count && summary->rows[row].group_index == group; row++)
		if (*summary->rows[row].baseline)
			return true;
	return false;
}

/* Control experiments that compare nothing: what the harness itself costs. */
static void print_constants(struct page *page, const struct summary *summary)
{
	struct people people;

	for (size_t i = 0; i < summary->row_count; i++) {
		const struct summary_row *row = &summary->rows[i];

		people_value(&people, &row->median, row->unit);
		if (row->control && !*row->baseline && *people.estimate && !is_compared(summary, i))
			page_paragraph(page, STYLE_PLAIN, 0, 11, "%-10s %s: %s%s%s", row->experiment, row->workload,
				       people.estimate, *people.ends ? " " : "", people.ends);
	}
}

static void print_precision(struct page *page, const struct summary *summary)
{
	const json_t *target = json_object_get(json_object_get(summary->run, "precision"), "target");
	char median[PEOPLE_BYTES], worst[PEOPLE_BYTES], wanted[PEOPLE_BYTES];

	if (summary->blocks < VERDICT_BLOCKS_MIN)
		page_paragraph(page, STYLE_WARNING, 0, 11,
			       "No verdict before %d blocks; this run has %u: give it a longer "
			       "--budget",
			       VERDICT_BLOCKS_MIN, summary->blocks);
	if (!isfinite(summary->attained_worst))
		return;
	people_percent(summary->attained_median, median);
	people_percent(summary->attained_worst, worst);
	page_paragraph(page, STYLE_PLAIN, 0, 11, "Precision  ratios are known to ±%s (median), ±%s at worst (%s)%s%s",
		       median, worst, summary->attained_worst_cell, json_is_number(target) ? "; asked for: ±" : "",
		       json_is_number(target) ? people_percent(json_number_value(target), wanted) : "");
}

/* Only what a reader has to know; that all held still is no news. */
static void print_stability(struct page *page, const struct summary *summary)
{
	const struct stability *stability = &summary->stability;
	struct people ratio;

	people_ratio(&ratio, &stability->drift.ratio);
	if (stability->warmup_blocks)
		page_paragraph(page, STYLE_WARNING, 0, 11,
			       "Warm-up    the first %zu block%s unlike all later ones: labelled, not left out, as "
			       "pairs within "
			       "a block bear it",
			       stability->warmup_blocks, stability->warmup_blocks == 1 ? " was" : "s were");
	if (stability->drifted)
		page_paragraph(
			page, STYLE_WARNING, 0, 11,
			"Drift      the later three quarters of the run took %s %s as long as the first: medians "
			"belong to no one moment, ratios within blocks bear it",
			ratio.estimate, ratio.ends);
	if (stability->correlated)
		page_paragraph(
			page, STYLE_PLAIN, 0, 11,
			"Memory     blocks resemble the ones before them (lag-1 correlation %.2f): what disturbs this "
			"machine lasts longer than a block",
			stability->lag1);
}

static void print_extent(struct page *page, const struct summary *summary)
{
	double seconds = json_number_value(json_object_get(summary->run, "wall_seconds"));
	double share = json_number_value(json_object_get(summary->run, "measuring_share"));
	char clock[PEOPLE_BYTES], percent[PEOPLE_BYTES];

	page_paragraph(page, STYLE_PLAIN, 0, 11, "Blocks     %u in %s min, of which %s measuring", summary->blocks,
		       people_clock(seconds, clock), people_percent(share, percent));
}

static bool is_trouble(const struct summary_row *row)
{
	return row->headline && (row->failed > 0 || strcmp(row->status, "ok") != 0);
}

/* 0: told together. */
static int compare_trouble(const struct summary_row *a, const struct summary_row *b)
{
	int order = strcmp(a->status, b->status);

	if (order == 0)
		order = strcmp(a->reason, b->reason);
	if (order == 0)
		order = strcmp(a->experiment, b->experiment);
	return order ? order : (a->failed > 0) - (b->failed > 0);
}

static int by_trouble(const void *a, const void *b)
{
	const struct summary_row *x = *(const struct summary_row *const *)a, *y = *(const struct summary_row *const *)b;
	int order = compare_trouble(x, y);

	return order ? order : (x > y) - (x < y);
}

/* Cells with one reason: the first of them stands for all. */
struct trouble {
	const struct summary_row *row;
	size_t cells;
};

static int by_row(const void *a, const void *b)
{
	const struct trouble *x = a, *y = b;

	return (x->row > y->row) - (x->row < y->row);
}

static void print_trouble(struct page *page, const struct summary *summary, const struct trouble *trouble)
{
	const struct summary_row *row = trouble->row;
	char others[48] = "";

	if (trouble->cells > 1)
		snprintf(others, sizeof(others), " and %zu other cell%s", trouble->cells - 1,
			 trouble->cells == 2 ? "" : "s");
	if (strcmp(row->status, "ok") == 0)
		page_paragraph(page, STYLE_PLAIN, 0, 11, "Failed     %s, %u of %u samples%s: %s", row->cell,
			       row->failed, row->failed + row->samples, others, row->reason);
	else if (summary_only_others(summary, row))
		page_paragraph(page, STYLE_PLAIN, 0, 11, "Unknown    %s of %s%s: %s", row->figure, row->cell, others,
			       row->reason);
	else
		page_paragraph(page, STYLE_PLAIN, 0, 11, "%-10s %s%s: %s",
			       strcmp(row->status, "skipped") == 0   ? "Skipped"
			       : strcmp(row->status, "invalid") == 0 ? "Invalid"
								     : "Failed",
			       row->cell, others, row->reason);
}

/* Each reason once, in the order in which the plan comes to them. */
static void print_troubles(struct page *page, const struct summary *summary)
{
	const struct summary_row **rows = calloc(summary->row_count + 1, sizeof(*rows));
	struct trouble *troubles = calloc(summary->row_count + 1, sizeof(*troubles));
	size_t count = 0, told = 0;

	if (!rows || !troubles)
		page->error = -ENOMEM;
	for (size_t i = 0; !page->error && i < summary->row_count; i++)
		if (is_trouble(&summary->rows[i]))
			rows[count++] = &summary->rows[i];
	if (count)
		qsort(rows, count, sizeof(*rows), by_trouble);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || compare_trouble(rows[i - 1], rows[i]) != 0)
			troubles[told++].row = rows[i];
		troubles[told - 1].cells++;
	}
	if (told)
		qsort(troubles, told, sizeof(*troubles), by_row);
	for (size_t i = 0; i < told; i++)
		print_trouble(page, summary, &troubles[i]);
	free(rows);
	free(troubles);
}

static void print_warnings(struct page *page, const struct summary *summary)
{
	const json_t *warnings = json_object_get(summary->run, "warnings"), *warning;
	size_t i;

	json_array_foreach(warnings, i, warning)
	{
		if (json_is_string(warning))
			page_paragraph(page, STYLE_WARNING, 0, 11, "Warning    %s", json_string_value(warning));
	}
}

void summary_footer(struct page *page, const struct summary *summary)
{
	print_control(page, summary);
	print_constants(page, summary);
	print_precision(page, summary);
	print_stability(page, summary);
	print_extent(page, summary);
	print_troubles(page, summary);
	print_warnings(page, summary);
}
