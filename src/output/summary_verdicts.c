/* SPDX-License-Identifier: MIT */
/* Judges a run's ratios: the A/A pair sets the margin, Holm's adjustment guards the families, then the verdicts. */
#include "output/summary_verdicts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "output/model.h"

#define ALPHA 0.05

static bool holds_one(const struct interval *interval)
{
	return interval->low <= 1 && interval->high >= 1;
}

static double distance(const struct interval *ratio)
{
	return isfinite(ratio->estimate) ? fabs(log(ratio->estimate)) : INFINITY;
}

/* Every control cell with a baseline is an A/A pair; one that excludes 1 counts before one that does not. */
static void judge_control(struct summary *summary)
{
	for (size_t i = 0; i < summary->row_count; i++) {
		const struct summary_row *row = &summary->rows[i];
		bool proven = holds_one(&row->ratio);

		if (!row->control || !row->headline || !*row->baseline)
			continue;
		if (summary->aa_cell && (proven > summary->proven || (proven == summary->proven &&
								      distance(&row->ratio) <= distance(&summary->aa))))
			continue;
		summary->aa = row->ratio;
		summary->aa_cell = row->cell;
		summary->aa_baseline = row->baseline;
		summary->proven = proven;
	}
	summary->margin = fmax(summary->margin, summary_floor(summary));
}

double summary_floor(const struct summary *summary)
{
	return isfinite(summary->aa.estimate) ? fabs(summary->aa.estimate - 1) : 0;
}

static int by_family(const void *a, const void *b, void *rows)
{
	const struct summary_row *x = (const struct summary_row *)rows + *(const size_t *)a;
	const struct summary_row *y = (const struct summary_row *)rows + *(const size_t *)b;

	if (x->group_index != y->group_index)
		return x->group_index < y->group_index ? -1 : 1;
	return (x->figure_index > y->figure_index) - (x->figure_index < y->figure_index);
}

/* Holm's adjustment within each group and figure. */
static int adjust(struct summary *summary)
{
	size_t *order = calloc(summary->row_count + 1, sizeof(*order)), count = 0, end;
	double *p_values = calloc(summary->row_count + 1, sizeof(*p_values));
	int error = order && p_values ? 0 : -ENOMEM;

	for (size_t i = 0; !error && i < summary->row_count; i++)
		if (isfinite(summary->rows[i].p_value))
			order[count++] = i;
	if (!error && count)
		qsort_r(order, count, sizeof(*order), by_family, summary->rows);
	for (size_t i = 0; !error && i < count; i = end) {
		for (end = i; end < count && by_family(&order[i], &order[end], summary->rows) == 0; end++)
			p_values[end] = summary->rows[order[end]].p_value;
		error = stats_holm(p_values + i, end - i);
		for (size_t j = i; !error && j < end; j++)
			summary->rows[order[j]].p_value = p_values[j];
	}
	free(order);
	free(p_values);
	return error;
}

static enum verdict judge_row(const struct summary_row *row, unsigned common)
{
	bool lower_is_better = row->better[0] == 'l';
	enum verdict verdict;

	if (common < VERDICT_BLOCKS_MIN)
		return VERDICT_INCONCLUSIVE;
	verdict = stats_verdict(&row->ratio, row->margin, lower_is_better);
	if ((verdict == VERDICT_FASTER || verdict == VERDICT_SLOWER) && !(row->p_value <= ALPHA))
		return VERDICT_INCONCLUSIVE;
	return verdict;
}

/* The control is left out: it judges the run, it is no result of it. */
static int attain(struct summary *summary)
{
	double *widths = calloc(summary->row_count + 1, sizeof(*widths));
	size_t count = 0;
	int error = 0;

	if (!widths)
		return -ENOMEM;
	for (size_t i = 0; i < summary->row_count; i++) {
		const struct summary_row *row = &summary->rows[i];
		double width = stats_half_width(&row->ratio);

		if (!row->headline || row->control || !isfinite(width))
			continue;
		if (count == 0 || width > summary->attained_worst) {
			summary->attained_worst = width;
			summary->attained_worst_cell = row->cell;
		}
		widths[count++] = width;
	}
	if (count)
		error = stats_median(widths, count, &summary->attained_median);
	free(widths);
	return error;
}

int summary_judge(struct summary *summary, const unsigned *common)
{
	int error = adjust(summary);

	if (error)
		return error;
	judge_control(summary);
	for (size_t i = 0; i < summary->row_count; i++) {
		summary->rows[i].margin = summary->margin;
		summary->rows[i].verdict = judge_row(&summary->rows[i], common[i]);
	}
	return attain(summary);
}
