/* SPDX-License-Identifier: MIT */
/* The page that `tvp compare` prints: the runs, a table for each group, then how far to trust it and what else differs. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "output/compare_parts.h"
#include "output/model.h"
#include "output/summary_page.h"
#include "output/summary_verdicts.h"

enum { HANGING = 11 };

static void print_run(struct page *page, const struct comparison *comparison, const struct compare_run *run)
{
	const struct summary *summary = &run->summary;
	const struct model *model = summary->model, *first = comparison->runs[0].summary.model;
	bool is_first = run == comparison->runs, same_machine = strcmp(model->machine_id, first->machine_id) == 0;
	char caveat[COMPARE_TEXT_BYTES];

	compare_caveat(run, caveat);
	page_paragraph(page, *caveat ? STYLE_WARNING : STYLE_PLAIN, 2, 4, "%-2s run %s%s%s, %u block%s%s%s", run->label,
		       model->run_id, comparison->mode == COMPARE_MACHINES ? " on " : "",
		       comparison->mode == COMPARE_MACHINES ? model->machine_id : "", summary->blocks,
		       summary->blocks == 1 ? "" : "s", *caveat ? ": " : "", caveat);
	if (!is_first && same_machine && strcmp(model->run_id, first->run_id) == 0)
		page_paragraph(page, STYLE_WARNING, 2, 4, "%-2s is the very run that %s is", run->label,
			       comparison->runs[0].label);
	else if (!is_first && same_machine && comparison->mode == COMPARE_MACHINES)
		page_paragraph(page, STYLE_PLAIN, 2, 4, "%-2s is another run of %s's machine", run->label,
			       comparison->runs[0].label);
	if (!is_first && strcmp(run->plan_hash, comparison->runs[0].plan_hash) != 0)
		page_paragraph(page, STYLE_PLAIN, 2, 4,
			       "%-2s has another plan than %s: only what both have is compared", run->label,
			       comparison->runs[0].label);
}

static void print_heading(struct page *page, const struct comparison *comparison)
{
	const char *first = comparison->runs[0].label;

	if (comparison->mode == COMPARE_RUNS)
		page_paragraph(page, STYLE_BOLD, 0, 0, "Runs of %s, each over %s",
			       comparison->runs[0].summary.model->machine_id, first);
	else
		page_paragraph(page, STYLE_BOLD, 0, 0,
			       "Machines: what a cell comes to over its baseline on each, and that over %s's", first);
	for (size_t i = 0; i < comparison->run_count; i++)
		print_run(page, comparison, &comparison->runs[i]);
	page_gap(page);
}

static bool has_quantity(const struct compare_layout *layout, enum compare_quantity quantity)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->lines[i].quantity == quantity)
			return true;
	return false;
}

static void print_group(struct page *page, const struct comparison *comparison, const struct headings *headings,
			const struct compare_line *lines, size_t count)
{
	static const enum compare_quantity quantities[] = {COMPARE_VALUE, COMPARE_RATIO, COMPARE_SPEEDUP};
	struct compare_layout layout = {comparison, lines, count, COMPARE_VALUE, false, false};

	for (size_t i = 1; i < count; i++)
		layout.placed |= strcmp(lines[i].row->placement, lines[0].row->placement) != 0;
	summary_group_name(page, headings, lines[0].row, layout.placed);
	for (size_t i = 0; i < sizeof(quantities) / sizeof(*quantities); i++) {
		layout.quantity = quantities[i];
		if (!has_quantity(&layout, quantities[i]))
			continue;
		if (quantities[i] == COMPARE_SPEEDUP)
			page_paragraph(page, STYLE_PLAIN, 0, 2, "speed-up");
		table_print(page, compare_table, &layout, COMPARE_DETAIL_LEAST);
	}
	page_gap(page);
}

static const struct model_experiment *find_experiment(const struct comparison *comparison,
						      const struct summary_row *row)
{
	const struct model *model = comparison->runs[0].summary.model;

	return &model->experiments[model->cells[model_find_cell(model, row->cell)].experiment];
}

static void print_groups(struct page *page, const struct comparison *comparison)
{
	static const struct model_experiment yardstick = {
		.name = "yardstick", .question = "How fast are the machines at what everything here is made of?"};
	const struct compare_lines *lines = &comparison->lines, *kernels = &comparison->kernels;
	struct compare_layout calibration = {comparison, kernels->list, kernels->count, COMPARE_VALUE, true, false};
	const char *experiment = NULL;
	struct headings headings;
	size_t count;

	if (headings_init(&headings, comparison->runs[0].summary.model) != 0) {
		page->error = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < lines->count; i += count) {
		const struct summary_row *row = lines->list[i].row;

		count = compare_group(lines->list + i, lines->count - i);
		if (row->experiment != experiment)
			summary_question(page, find_experiment(comparison, row));
		experiment = row->experiment;
		print_group(page, comparison, &headings, lines->list + i, count);
	}
	headings_exit(&headings);
	if (kernels->count == 0)
		return;
	summary_question(page, &yardstick);
	table_print(page, compare_table, &calibration, COMPARE_DETAIL_LEAST);
	page_gap(page);
}

static void print_means(struct page *page, const struct comparison *comparison, const struct compare_run *run)
{
	struct people people;

	for (size_t i = 0; i < run->mean_count; i++) {
		const struct compare_mean *mean = &run->means[i];

		if (mean->lines == 0)
			continue;
		people_ratio(&people, &mean->ratio);
		page_paragraph(page, STYLE_PLAIN, 0, HANGING, "%-10s %s, %s: %s/%s %s %s, geometric mean of %u of %u",
			       "Mean", mean->row->experiment, mean->row->figure, run->label, comparison->runs[0].label,
			       people.estimate, people.ends, mean->lines, mean->all);
	}
}

static void print_control(struct page *page, const struct comparison *comparison, const struct compare_run *run)
{
	const char *first = comparison->runs[0].label;
	const struct compare_line *drift = run->drift;
	struct people people;

	if (!drift)
		return;
	const struct interval *ratio = &drift->entries[run - comparison->runs].ratio;
	bool steady = compare_is_steady(ratio);

	people_ratio(&people, ratio);
	page_paragraph(page, steady ? STYLE_PLAIN : STYLE_WARNING, 0, HANGING,
		       "%-10s the control's own cell, %s/%s: %s %s%s", "Control", run->label, first, people.estimate,
		       people.ends,
		       steady ? ""
			      : ", which excludes 1: machine or build were not the same, so a difference of that "
				"size need not come from what was changed");
}

static void print_trust(struct page *page, const struct comparison *comparison, const struct compare_run *run)
{
	const char *first = comparison->runs[0].label;
	char margin[PEOPLE_BYTES];

	page_paragraph(page, STYLE_PLAIN, 0, HANGING,
		       "%-10s verdicts on %s/%s ask for more than %s, and p <= 0.05 after Holm over all lines",
		       "Margin", run->label, first, people_percent(run->margin, margin));
	if (run->unjudged)
		page_paragraph(page, STYLE_PLAIN, 0, HANGING,
			       "%-10s %u of %zu lines of %s have no verdict; none is given before %d blocks", "Open",
			       run->unjudged, comparison->lines.count, run->label, VERDICT_BLOCKS_MIN);
}

static void print_lones(struct page *page, const struct compare_lones *lones, const char *here, const char *missing)
{
	char names[COMPARE_NAMES_BYTES];

	if (lones->count)
		page_paragraph(page, STYLE_PLAIN, 0, HANGING, "%-10s only in %s, not in %s: %s", "Missing", here,
			       missing, compare_names(lones, names));
}

static void print_differences(struct page *page, const struct comparison *comparison)
{
	char fact[COMPARE_TEXT_BYTES], told[2048];

	for (size_t i = 0; i < comparison->difference_count; i++) {
		const struct compare_difference *difference = &comparison->differences[i];
		size_t used = 0;

		for (size_t run = 0; run < comparison->run_count && used + COMPARE_TEXT_BYTES + 16 < sizeof(told);
		     run++)
			used += (size_t)snprintf(told + used, sizeof(told) - used, "%s%s %s", run ? ", " : "",
						 comparison->runs[run].label,
						 compare_fact(difference->values[run], fact));
		page_paragraph(page, STYLE_PLAIN, 0, HANGING, "%-10s %s %s: %s", "Differs", difference->section,
			       difference->name, told);
	}
}

static void print_regressions(struct page *page, const struct comparison *comparison, size_t run)
{
	const char *label = comparison->runs[run].label, *first = comparison->runs[0].label;
	char limit[PEOPLE_BYTES];
	struct people people;

	people_percent(comparison->runs[run].limit, limit);
	for (size_t i = 0; i < comparison->lines.count; i++) {
		const struct compare_line *line = &comparison->lines.list[i];
		const struct compare_entry *entry = &line->entries[run];

		if (!entry->regression)
			continue;
		people_ratio(&people, &entry->ratio);
		if (*people.estimate)
			page_paragraph(page, STYLE_WARNING, 0, HANGING, "%-10s %s, %s: %s/%s %s %s, by more than %s",
				       "Worse", line->row->cell, line->row->figure, label, first, people.estimate,
				       people.ends, limit);
		else
			page_paragraph(page, STYLE_WARNING, 0, HANGING, "%-10s %s, %s: %s in %s: %s", "Worse",
				       line->row->cell, line->row->figure, entry->why, label, entry->row->reason);
	}
	if (comparison->runs[run].regressions == 0)
		page_paragraph(page, STYLE_PLAIN, 0, HANGING,
			       "%-10s nothing in %s has got worse by more than %s with confidence", "Fine", label,
			       limit);
}

int compare_print(const struct comparison *comparison, FILE *stream)
{
	const char *first = comparison->runs[0].label;
	struct page page;

	page_init(&page, stream);
	print_heading(&page, comparison);
	print_groups(&page, comparison);
	for (size_t i = 1; i < comparison->run_count; i++) {
		const struct compare_run *run = &comparison->runs[i];

		print_means(&page, comparison, run);
		print_control(&page, comparison, run);
		print_trust(&page, comparison, run);
		print_lones(&page, &run->only_first, first, run->label);
		print_lones(&page, &run->only_here, run->label, first);
	}
	print_differences(&page, comparison);
	for (size_t i = 1; i < comparison->run_count && !isnan(comparison->options.fail_on); i++)
		print_regressions(&page, comparison, i);
	return page_exit(&page);
}
