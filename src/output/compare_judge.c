/* SPDX-License-Identifier: MIT */
/* What follows from a run's ratios taken together: Holm's adjustment, verdicts, regressions, geometric means. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "output/compare_parts.h"
#include "output/summary_verdicts.h"

#define ALPHA 0.05

static const struct interval nothing = {NAN, NAN, NAN};

/* Holm's adjustment over all lines of a run. */
static int adjust(const struct compare_lines *lines, size_t run)
{
	double *p_values = calloc(lines->count + 1, sizeof(*p_values));
	size_t count = 0, next = 0;
	int error = 0;

	if (!p_values)
		return -ENOMEM;
	for (size_t i = 0; i < lines->count; i++)
		if (isfinite(lines->list[i].entries[run].p_value))
			p_values[count++] = lines->list[i].entries[run].p_value;
	if (count)
		error = stats_holm(p_values, count);
	for (size_t i = 0; !error && i < lines->count; i++)
		if (isfinite(lines->list[i].entries[run].p_value))
			lines->list[i].entries[run].p_value = p_values[next++];
	free(p_values);
	return error;
}

/* In each of both runs, for an interval that leaves the margin's edge out if the estimate stays where it is; where that
 * is near the edge, for one half as wide as the margin. Widths go with 1/m + 1/n, hence the harmonic mean. */
static size_t find_blocks_needed(const struct compare_entry *first, const struct compare_entry *entry, double margin)
{
	double harmonic = 2 / (1 / (double)first->blocks + 1 / (double)entry->blocks);
	double edge = log1p(margin);
	double wanted = fmax(fabs(fabs(log(entry->ratio.estimate)) - edge), edge / 2);
	size_t needed = 0;

	if (stats_blocks_needed(stats_half_width(&entry->ratio), (size_t)harmonic, wanted, &needed) != 0)
		needed = 0; /* too few for an interval, or there is no margin */
	return needed == SIZE_MAX ? 0 : needed;
}

static bool lower_is_better(const struct compare_line *line)
{
	return line->quantity != COMPARE_SPEEDUP && line->row->better[0] == 'l';
}

static void judge_entry(const struct compare_run *run, const struct compare_line *line, struct compare_entry *entry)
{
	const struct compare_entry *first = &line->entries[0];
	bool enough = first->blocks >= VERDICT_BLOCKS_MIN && entry->blocks >= VERDICT_BLOCKS_MIN;
	bool significant = entry->p_value <= ALPHA;
	enum verdict verdict = stats_verdict(&entry->ratio, run->margin, lower_is_better(line));
	bool differs = verdict == VERDICT_FASTER || verdict == VERDICT_SLOWER;

	if (!enough)
		entry->why = "fewer than 10 blocks";
	else if (differs && !significant)
		entry->why = "may be chance";
	else
		entry->verdict = verdict;
	if (!enough || verdict == VERDICT_INCONCLUSIVE)
		entry->blocks_needed = find_blocks_needed(first, entry, run->margin);
	if (!enough && entry->blocks_needed < VERDICT_BLOCKS_MIN)
		entry->blocks_needed = VERDICT_BLOCKS_MIN;
	entry->regression = enough && significant &&
			    stats_verdict(&entry->ratio, run->limit, lower_is_better(line)) == VERDICT_SLOWER;
}

/* What was measured and now fails is worse than any ratio. */
static bool has_broken(const struct compare_run *run, const struct compare_line *line,
		       const struct compare_entry *entry)
{
	return !isnan(run->limit) && entry->row && strcmp(line->row->status, "ok") == 0 &&
	       strcmp(entry->row->status, "failed") == 0;
}

static void judge(const struct compare_lines *lines, struct compare_run *run, size_t index)
{
	for (size_t i = 0; i < lines->count; i++) {
		const struct compare_line *line = &lines->list[i];
		struct compare_entry *entry = &line->entries[index];

		if (isfinite(entry->ratio.estimate))
			judge_entry(run, line, entry);
		else
			entry->regression = has_broken(run, line, entry);
		run->regressions += entry->regression;
		run->unjudged += entry->row && entry->verdict == VERDICT_INCONCLUSIVE;
	}
}

/* The A/A cell that differs most between the two runs. */
static const struct compare_line *find_drift(const struct compare_lines *controls, size_t run)
{
	const struct compare_line *furthest = NULL;
	double most = -1;

	for (size_t i = 0; i < controls->count; i++) {
		double estimate = controls->list[i].entries[run].ratio.estimate;

		if (!isfinite(estimate) || fabs(log(estimate)) <= most)
			continue;
		most = fabs(log(estimate));
		furthest = &controls->list[i];
	}
	return furthest;
}

static int by_figure(const void *a, const void *b)
{
	const struct compare_line *x = *(const struct compare_line *const *)a,
				  *y = *(const struct compare_line *const *)b;

	if (x->row->experiment != y->row->experiment)
		return x->row->experiment < y->row->experiment ? -1 : 1;
	if (x->row->figure_index != y->row->figure_index)
		return x->row->figure_index < y->row->figure_index ? -1 : 1;
	return (x > y) - (x < y);
}

static int by_line(const void *a, const void *b)
{
	const struct compare_mean *x = a, *y = b;

	return (x->row > y->row) - (x->row < y->row);
}

/* The lines from first on that are of one experiment and figure. `room` is for the ratios. The errors are taken to be
 * wholly in common, as the machine's state is: the mean is then no better known than its parts. */
static size_t find_mean(const struct compare_line *const *lines, size_t count, size_t run, struct interval *room,
			struct compare_mean *mean)
{
	size_t used = 0, end = 0;

	*mean = (struct compare_mean){.row = lines[0]->row, .ratio = nothing};
	for (; end < count && lines[end]->row->experiment == lines[0]->row->experiment &&
	       lines[end]->row->figure_index == lines[0]->row->figure_index;
	     end++) {
		const struct interval *ratio = &lines[end]->entries[run].ratio;

		mean->all++;
		if (isfinite(ratio->low) && isfinite(ratio->high))
			room[used++] = *ratio;
	}
	mean->lines = (unsigned)used;
	if (used && stats_geometric_mean(room, used, 1, &mean->ratio) != 0)
		mean->ratio = nothing;
	return end;
}

static int compute_means(const struct compare_lines *lines, struct compare_run *run, size_t index)
{
	const struct compare_line **order = calloc(lines->count + 1, sizeof(struct compare_line *));
	struct interval *room = calloc(lines->count + 1, sizeof(*room));

	run->means = calloc(lines->count + 1, sizeof(*run->means));
	if (order && room && run->means) {
		for (size_t i = 0; i < lines->count; i++)
			order[i] = &lines->list[i];
		qsort(order, lines->count, sizeof(*order), by_figure);
		for (size_t i = 0; i < lines->count;)
			i += find_mean(order + i, lines->count - i, index, room, &run->means[run->mean_count++]);
		qsort(run->means, run->mean_count, sizeof(*run->means), by_line);
	}
	free(room);
	free(order);
	return order && room && run->means ? 0 : -ENOMEM;
}

int compare_judge(struct comparison *comparison, size_t run)
{
	struct compare_run *judged = &comparison->runs[run];
	int error = adjust(&comparison->lines, run);

	if (error)
		return error;
	judge(&comparison->lines, judged, run);
	judged->drift = find_drift(&comparison->controls, run);
	return comparison->mode == COMPARE_RUNS ? compute_means(&comparison->lines, judged, run) : 0;
}
