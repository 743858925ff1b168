/* SPDX-License-Identifier: MIT */
/* What a group's verdicts say in words, and no more than they say. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/people.h"
#include "output/summary_page.h"
#include "output/summary_verdicts.h"

/* On executors of one group that are each compared once. */
enum { SENTENCES_MAX = 3 };

const char *summary_label(const struct summary_row *row, const struct summary_row *other, char buffer[64])
{
	bool same_executor = strcmp(row->executor, other->executor) == 0;
	const char *plural = row->workers == 1 ? "" : "s";

	if (strcmp(row->placement, other->placement) != 0)
		snprintf(buffer, 64, "placement %.30s", row->placement);
	else if (row->workers == other->workers)
		snprintf(buffer, 64, "%.30s", same_executor ? "itself" : row->executor);
	else if (same_executor)
		snprintf(buffer, 64, "%u worker%s", row->workers, plural);
	else
		snprintf(buffer, 64, "%.30s with %u worker%s", row->executor, row->workers, plural);
	return buffer;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* "fork takes 7.9× [7.6, 8.2] as long as thread" */
static void tell_one(FILE *text, const struct summary_row *row, const struct summary_row *baseline)
{
	bool is_rate = ends_with(row->unit, "/s"), is_time = !is_rate && ends_with(row->unit, "s");
	char label[64], other[64], margin[PEOPLE_BYTES];
	struct people people;

	summary_label(row, baseline, label);
	summary_label(baseline, row, other);
	people_ratio(&people, &row->ratio);
	/* Then the labels do not name it. */
	if (strcmp(row->executor, baseline->executor) == 0 && strcmp(label, "itself") != 0)
		fprintf(text, "%s: ", row->executor);
	if (row->verdict == VERDICT_EQUIVALENT)
		fprintf(text, "%s and %s differ by less than %s", label, other, people_percent(row->margin, margin));
	else if (row->verdict == VERDICT_INCONCLUSIVE)
		fprintf(text, "no difference beyond %s was shown between %s and %s (%s %s)",
			people_percent(row->margin, margin), label, other, people.estimate, people.ends);
	else
		fprintf(text, "%s %s %s %s %s %s", label,
			is_time   ? "takes"
			: is_rate ? "does"
				  : "has",
			people.estimate, people.ends, is_time ? "as long as" : "as much as", other);
}

/* Three digits of a ratio, its interval being in the table. Returns buffer. */
static const char *brief_ratio(double ratio, char buffer[PEOPLE_BYTES])
{
	snprintf(buffer, PEOPLE_BYTES, ratio < 999.5 ? "%.3g×" : "%.0f×", ratio);
	return buffer;
}

static bool is_told(const struct summary_row *row, const char *executor)
{
	return *row->baseline && isfinite(row->ratio.low) && strcmp(row->executor, executor) == 0;
}

/* " slower with 2 and 4 workers (1.12× to 1.30×)": those of one verdict; false if there is none. */
static bool tell_verdict(FILE *text, const struct group *group, const char *executor, enum verdict verdict,
			 const char *words, bool first)
{
	char one[PEOPLE_BYTES], other[PEOPLE_BYTES];
	double least = INFINITY, most = -INFINITY;
	size_t count = 0, told = 0;

	for (size_t i = 0; i < group->count; i++) {
		const struct summary_row *row = group->rows[i];

		if (!is_told(row, executor) || row->verdict != verdict)
			continue;
		count++;
		least = fmin(least, row->ratio.estimate);
		most = fmax(most, row->ratio.estimate);
	}
	if (count == 0)
		return false;
	fprintf(text, "%s %s with ", first ? "" : ";", words);
	for (size_t i = 0; i < group->count; i++) {
		const struct summary_row *row = group->rows[i];

		if (!is_told(row, executor) || row->verdict != verdict)
			continue;
		told++;
		fputs(told == 1 ? "" : told == count ? " and " : ", ", text);
		if (group->placed)
			fputs(row->placement, text);
		else
			fprintf(text, "%u", row->workers);
	}
	if (count == 1)
		fprintf(text, " (%s)", brief_ratio(least, one));
	else
		fprintf(text, " (%s to %s)", brief_ratio(least, one), brief_ratio(most, other));
	return true;
}

/* One executor with several worker counts. */
static void tell_many(FILE *text, const struct group *group, const struct summary_row *row,
		      const struct summary_row *baseline)
{
	bool as_many = row->workers == baseline->workers, first = true;
	char margin[PEOPLE_BYTES], words[PEOPLE_BYTES + 32], other[64];

	summary_label(baseline, row, other);
	fprintf(text, "%s against %s%s:", row->executor, other,
		as_many && !group->placed ? " with as many workers" : "");
	first &= !tell_verdict(text, group, row->executor, VERDICT_FASTER, "faster", first);
	first &= !tell_verdict(text, group, row->executor, VERDICT_SLOWER, "slower", first);
	people_percent(row->margin, margin);
	snprintf(words, sizeof(words), "less than %s apart", margin);
	first &= !tell_verdict(text, group, row->executor, VERDICT_EQUIVALENT, words, first);
	snprintf(words, sizeof(words), "no difference beyond %s shown", margin);
	tell_verdict(text, group, row->executor, VERDICT_INCONCLUSIVE, words, first);
}

/* A sentence on one executor: with one comparison its ratio, with several what they come to. */
static void tell_executor(struct page *page, const struct group *group, const struct summary_row *row, size_t count)
{
	const struct summary_row *baseline = summary_headline(group->summary, row->baseline);
	char *told = NULL;
	size_t length = 0;
	FILE *text = open_memstream(&told, &length);

	if (!text) {
		page->error = -ENOMEM;
		return;
	}
	if (count == 1)
		tell_one(text, row, baseline);
	else
		tell_many(text, group, row, baseline);
	if (fclose(text) == 0)
		page_paragraph(page, STYLE_PLAIN, 2, 2, "%s%s.", group->summary->proven ? "" : "Unproven: ", told);
	else
		page->error = -ENOMEM;
	free(told);
}

/* "; slower: openmp (2.7×), tbb (3.7×)": those of one verdict. Returns how many. */
static size_t tell_members(FILE *text, const struct group *group, enum verdict verdict, const char *words, bool first)
{
	size_t told = 0;

	for (size_t i = 0; i < group->count; i++) {
		const struct summary_row *row = group->rows[i];
		char label[64], ratio[PEOPLE_BYTES];

		if (!is_told(row, row->executor) || row->verdict != verdict)
			continue;
		if (told++ == 0)
			fprintf(text, "%s %s:", first ? "" : ";", words);
		fprintf(text, "%s %s (%s)", told == 1 ? "" : ",",
			summary_label(row, summary_headline(group->summary, row->baseline), label),
			brief_ratio(row->ratio.estimate, ratio));
	}
	return told;
}

/* Many executors against one: a sentence for all, where one each would be longer than the table. */
static void tell_crowd(struct page *page, const struct group *group, const char *baseline)
{
	char *told = NULL, margin[PEOPLE_BYTES], near[PEOPLE_BYTES + 32], unknown[PEOPLE_BYTES + 40];
	size_t length = 0, count = 0;
	FILE *text = open_memstream(&told, &length);

	if (!text) {
		page->error = -ENOMEM;
		return;
	}
	people_percent(group->summary->margin, margin);
	snprintf(near, sizeof(near), "less than %s apart", margin);
	snprintf(unknown, sizeof(unknown), "no difference beyond %s shown", margin);
	fprintf(text, "against %s,", baseline);
	count += tell_members(text, group, VERDICT_FASTER, "faster", count == 0);
	count += tell_members(text, group, VERDICT_SLOWER, "slower", count == 0);
	count += tell_members(text, group, VERDICT_EQUIVALENT, near, count == 0);
	tell_members(text, group, VERDICT_INCONCLUSIVE, unknown, count == 0);
	if (fclose(text) == 0)
		page_paragraph(page, STYLE_PLAIN, 2, 2, "%s%s.", group->summary->proven ? "" : "Unproven: ", told);
	else
		page->error = -ENOMEM;
	free(told);
}

/* What all are compared with, if there are many and each executor is compared once; else NULL. */
static const char *find_crowd(const struct group *group)
{
	const char *executor = NULL, *before = NULL;
	size_t count = 0;

	for (size_t i = 0; i < group->count; i++) {
		const struct summary_row *row = group->rows[i], *baseline;

		if (!is_told(row, row->executor))
			continue;
		baseline = summary_headline(group->summary, row->baseline);
		if ((executor && strcmp(executor, baseline->executor) != 0) ||
		    (before && strcmp(before, row->executor) == 0))
			return NULL;
		executor = baseline->executor;
		before = row->executor;
		count++;
	}
	return count > SENTENCES_MAX ? executor : NULL;
}

static void tell_executors(struct page *page, const struct group *group)
{
	const char *baseline = find_crowd(group);

	if (baseline) {
		tell_crowd(page, group, baseline);
		return;
	}
	for (size_t i = 0; i < group->count; i++) {
		const struct summary_row *row = group->rows[i];
		size_t before = 0, all = 0;

		if (!is_told(row, row->executor))
			continue;
		for (size_t j = 0; j < group->count; j++) {
			all += is_told(group->rows[j], row->executor);
			before += j < i && is_told(group->rows[j], row->executor);
		}
		if (before == 0)
			tell_executor(page, group, row, all);
	}
}

/* Of those that are not the reference itself the one with the highest lower end: the highest estimate would be the
 * luckiest as often as the best. */
static void tell_speedup(struct page *page, const struct group *group)
{
	const struct summary_row *best = NULL;
	struct people speedup, efficiency;

	for (size_t i = 0; i < group->count; i++)
		if (isfinite(group->rows[i]->speedup.low) && group->rows[i]->reference != group->rows[i]->cell &&
		    (!best || group->rows[i]->speedup.low > best->speedup.low))
			best = group->rows[i];
	if (!best)
		return;
	people_ratio(&speedup, &best->speedup);
	people_share(&efficiency, &best->efficiency);
	page_paragraph(page, STYLE_PLAIN, 2, 2, "Highest speed-up: %s %s, by %s with %u worker%s, an efficiency of %s.",
		       speedup.estimate, speedup.ends, best->executor, best->workers, best->workers == 1 ? "" : "s",
		       efficiency.estimate);
}

void summary_answer(struct page *page, const struct group *group)
{
	if (group->summary->blocks < VERDICT_BLOCKS_MIN)
		return;
	tell_executors(page, group);
	tell_speedup(page, group);
}
