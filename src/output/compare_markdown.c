/* SPDX-License-Identifier: MIT */
/* A comparison as a comment on a pull request: what GitHub's Markdown makes tables of. */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "output/compare_parts.h"
#include "output/markdown.h"
#include "output/model.h"

struct paper {
	FILE *stream;
	int error;
};

/* Strangers' text. */
static void put(struct paper *paper, const char *text)
{
	int error = markdown_text(paper->stream, text);

	paper->error = paper->error ? paper->error : error;
}

static void say_list(struct paper *paper, const char *format, va_list arguments)
{
	for (const char *at = format; *at; at++) {
		if (at[0] == '%' && at[1] == 's') {
			put(paper, va_arg(arguments, const char *));
			at++;
		} else {
			fputc(*at, paper->stream);
		}
	}
}

/* The format is our own Markdown; what each "%s" stands for, and there is nothing else, is treated as a stranger's. */
static void say(struct paper *paper, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_list(paper, format, arguments);
	va_end(arguments);
}

static void draw(struct paper *paper, const struct compare_layout *layout)
{
	int error = table_write_markdown(paper->stream, compare_table, layout);

	paper->error = paper->error ? paper->error : error;
}

static void write_runs(struct paper *paper, const struct comparison *comparison)
{
	if (comparison->mode == COMPARE_RUNS)
		say(paper, "Runs of %s, each over %s.\n\n", comparison->runs[0].summary.model->machine_id,
		    comparison->runs[0].label);
	else
		say(paper, "Machines: what a cell comes to over its baseline on each, and that over %s's.\n\n",
		    comparison->runs[0].label);
	say(paper, "| | run | machine | blocks | plan | |\n|---|---|---|---:|---|---|\n");
	for (size_t i = 0; i < comparison->run_count; i++) {
		const struct compare_run *run = &comparison->runs[i];
		char caveat[COMPARE_TEXT_BYTES], blocks[16];

		snprintf(blocks, sizeof(blocks), "%u", run->summary.blocks);
		say(paper, "| %s | %s | %s | %s | %s | %s |\n", run->label, run->summary.model->run_id,
		    run->summary.model->machine_id, blocks, run->plan_hash, compare_caveat(run, caveat));
	}
	say(paper, "\n");
}

static void write_group(struct paper *paper, const struct comparison *comparison, const struct compare_line *lines,
			size_t count)
{
	static const enum compare_quantity quantities[] = {COMPARE_VALUE, COMPARE_RATIO, COMPARE_SPEEDUP};
	struct compare_layout layout = {comparison, lines, count, COMPARE_VALUE, false, false};

	for (size_t i = 0; i < sizeof(quantities) / sizeof(*quantities); i++) {
		bool has = false;

		layout.quantity = quantities[i];
		for (size_t j = 0; j < count; j++)
			has |= lines[j].quantity == quantities[i];
		if (!has)
			continue;
		say(paper, "**%s** %s%s\n\n", lines[0].row->experiment, lines[0].row->group,
		    quantities[i] == COMPARE_SPEEDUP ? ", speed-up" : "");
		draw(paper, &layout);
	}
}

static void write_groups(struct paper *paper, const struct comparison *comparison)
{
	const struct compare_lines *lines = &comparison->lines, *kernels = &comparison->kernels;
	struct compare_layout calibration = {comparison, kernels->list, kernels->count, COMPARE_VALUE, true, false};
	size_t count;

	for (size_t i = 0; i < lines->count; i += count) {
		count = compare_group(lines->list + i, lines->count - i);
		write_group(paper, comparison, lines->list + i, count);
	}
	if (kernels->count == 0)
		return;
	say(paper, "**yardstick** How fast are the machines at what everything here is made of?\n\n");
	draw(paper, &calibration);
}

static void write_ratio(struct paper *paper, const struct interval *ratio)
{
	struct people people;

	people_ratio(&people, ratio);
	say(paper, "%s %s", people.estimate, people.ends);
}

static void write_control(struct paper *paper, const struct comparison *comparison, const struct compare_run *run)
{
	const struct interval *ratio;

	if (!run->drift)
		return;
	ratio = &run->drift->entries[run - comparison->runs].ratio;
	say(paper, "- the control's own cell, %s/%s: ", run->label, comparison->runs[0].label);
	write_ratio(paper, ratio);
	if (!compare_is_steady(ratio))
		say(paper, ", which excludes 1: machine or build were not the same");
	say(paper, "\n");
}

static void write_trust(struct paper *paper, const struct comparison *comparison, const struct compare_run *run)
{
	const char *first = comparison->runs[0].label;
	char margin[PEOPLE_BYTES], counts[2][24];

	for (size_t i = 0; i < run->mean_count; i++) {
		const struct compare_mean *mean = &run->means[i];

		if (mean->lines == 0)
			continue;
		say(paper, "- geometric mean, %s %s, %s/%s: ", mean->row->experiment, mean->row->figure, run->label,
		    first);
		write_ratio(paper, &mean->ratio);
		say(paper, "\n");
	}
	write_control(paper, comparison, run);
	say(paper, "- verdicts on %s/%s ask for more than %s, and p <= 0.05 after Holm over all lines", run->label,
	    first, people_percent(run->margin, margin));
	snprintf(counts[0], sizeof(counts[0]), "%u", run->unjudged);
	snprintf(counts[1], sizeof(counts[1]), "%zu", comparison->lines.count);
	if (run->unjudged)
		say(paper, "; %s of %s lines have none", counts[0], counts[1]);
	say(paper, "\n");
}

static void write_lones(struct paper *paper, const struct compare_lones *lones, const char *here, const char *missing)
{
	char names[COMPARE_NAMES_BYTES];

	if (lones->count)
		say(paper, "- only in %s, not in %s: %s\n", here, missing, compare_names(lones, names));
}

static void write_differences(struct paper *paper, const struct comparison *comparison)
{
	char fact[COMPARE_TEXT_BYTES];

	if (comparison->difference_count == 0)
		return;
	say(paper, "\n<details><summary>What else differs</summary>\n\n| |");
	for (size_t run = 0; run < comparison->run_count; run++)
		say(paper, " %s |", comparison->runs[run].label);
	say(paper, "\n|---|");
	for (size_t run = 0; run < comparison->run_count; run++)
		say(paper, "---|");
	for (size_t i = 0; i < comparison->difference_count; i++) {
		const struct compare_difference *difference = &comparison->differences[i];

		say(paper, "\n| %s %s |", difference->section, difference->name);
		for (size_t run = 0; run < comparison->run_count; run++)
			say(paper, " %s |", compare_fact(difference->values[run], fact));
	}
	say(paper, "\n\n</details>\n");
}

static void write_regressions(struct paper *paper, const struct comparison *comparison, size_t run)
{
	const char *label = comparison->runs[run].label, *first = comparison->runs[0].label;
	char limit[PEOPLE_BYTES];

	people_percent(comparison->runs[run].limit, limit);
	if (comparison->runs[run].regressions == 0)
		say(paper, "\n**Nothing in %s has got worse by more than %s** with confidence.\n", label, limit);
	else
		say(paper, "\n**Worse in %s by more than %s:**\n\n", label, limit);
	for (size_t i = 0; i < comparison->lines.count; i++) {
		const struct compare_line *line = &comparison->lines.list[i];
		const struct compare_entry *entry = &line->entries[run];

		if (!entry->regression)
			continue;
		say(paper, "- %s %s, %s/%s: ", line->row->cell, line->row->figure, label, first);
		if (isfinite(entry->ratio.estimate))
			write_ratio(paper, &entry->ratio);
		else
			say(paper, "%s, %s", entry->why, entry->row->reason);
		say(paper, "\n");
	}
}

int compare_print_markdown(const struct comparison *comparison, FILE *stream)
{
	locale_t plain = newlocale(LC_NUMERIC_MASK, "C", duplocale(LC_GLOBAL_LOCALE)), before = (locale_t)0;
	struct paper paper = {.stream = stream};

	if (plain)
		before = uselocale(plain);
	say(&paper, "### tvp compare\n\n");
	write_runs(&paper, comparison);
	write_groups(&paper, comparison);
	for (size_t i = 1; i < comparison->run_count; i++) {
		const struct compare_run *run = &comparison->runs[i];

		write_trust(&paper, comparison, run);
		write_lones(&paper, &run->only_first, comparison->runs[0].label, run->label);
		write_lones(&paper, &run->only_here, run->label, comparison->runs[0].label);
	}
	write_differences(&paper, comparison);
	for (size_t i = 1; i < comparison->run_count && !isnan(comparison->options.fail_on); i++)
		write_regressions(&paper, comparison, i);
	if (plain) {
		uselocale(before);
		freelocale(plain);
	}
	if (fflush(stream) != 0 || ferror(stream))
		return paper.error ? paper.error : -EIO;
	return paper.error;
}
