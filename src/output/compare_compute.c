/* SPDX-License-Identifier: MIT */
/* The ratios of a comparison: docs/methodology.md says why they are computed so. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/compare_parts.h"
#include "output/model.h"
#include "output/series.h"
#include "stats/stream.h"

#define ALPHA 0.05

static const struct interval nothing = {NAN, NAN, NAN};

/* Statistics refuse what they are not defined for (-EINVAL, -EDOM): that is a NaN, not an error. */
static int fatal(int error)
{
	return error == -ENOMEM ? error : 0;
}

static const struct series *series_of(const struct summary *summary, const struct summary_row *row)
{
	return summary_series(summary, (size_t)(row - summary->rows));
}

/* The cell's own values, or those over its partner's of the same block: how many times as much, or as good. */
static int gather(const struct summary *summary, const struct summary_row *row, enum compare_quantity quantity,
		  double *values, size_t *count)
{
	const char *partner_name = quantity == COMPARE_RATIO ? row->baseline : row->reference;
	const struct series *series = series_of(summary, row), *partner;
	bool turned = quantity == COMPARE_SPEEDUP && row->better[0] == 'l';
	const struct model_cell *cell;
	double *others;

	*count = series->count;
	if (quantity == COMPARE_VALUE) {
		memcpy(values, series->values, series->count * sizeof(*values));
		return 0;
	}
	cell = &summary->model->cells[model_find_cell(summary->model, partner_name)];
	partner = summary_series(summary, cell->first_row + row->figure_index);
	others = calloc(partner->count + series->count + 1, sizeof(*others));
	if (!others)
		return -ENOMEM;
	*count = series_pair(series, partner, values, others);
	for (size_t i = 0; i < *count; i++)
		values[i] = turned ? others[i] / values[i] : values[i] / others[i];
	free(others);
	return 0;
}

/* How many independent values they are worth, judged on logarithms as the ratios are; 0: unknown. */
static double find_effective(const double *values, size_t count)
{
	double *logarithms = calloc(count + 1, sizeof(*logarithms)), correlation = NAN;

	if (!logarithms)
		return 0;
	for (size_t i = 0; i < count; i++)
		logarithms[i] = log(values[i]);
	if (stats_lag1(logarithms, count, &correlation) != 0)
		correlation = NAN;
	free(logarithms);
	return count ? stats_effective_count(count, correlation) : 0;
}

/* What one run says of a line; stream->values is the caller's to free. */
static int describe(const struct summary *summary, const struct compare_line *line, struct compare_entry *entry,
		    struct stream *stream)
{
	const struct summary_row *row = entry->row;
	double *values;
	int error;

	*stream = (struct stream){0};
	entry->value = entry->ratio = nothing;
	entry->p_value = NAN;
	entry->verdict = VERDICT_INCONCLUSIVE;
	entry->why = "";
	if (!row)
		return 0;
	entry->value = line->quantity == COMPARE_VALUE   ? row->median
		       : line->quantity == COMPARE_RATIO ? row->ratio
							 : row->speedup;
	values = calloc(series_of(summary, row)->count + 1, sizeof(*values));
	if (!values)
		return -ENOMEM;
	stream->values = values;
	error = gather(summary, row, line->quantity, values, &stream->count);
	stream->effective = error ? 0 : find_effective(values, stream->count);
	entry->blocks = stream->count;
	entry->effective = stream->effective;
	return error;
}

/* Why there is no ratio; "" if there is one. */
static const char *find_why(const struct compare_entry *first, const struct compare_entry *entry)
{
	if (!entry->row)
		return "is not there";
	if (strcmp(entry->row->status, "ok") != 0)
		return entry->row->status;
	if (strcmp(first->row->status, "ok") != 0)
		return "the first has no value";
	if (!isfinite(entry->ratio.estimate))
		return "a value is missing, or not above 0";
	return "";
}

static int relate(const struct compare_line *line, struct compare_entry *entry, const struct stream *first,
		  const struct stream *other)
{
	int error = 0;

	if (first->count == 0 || other->count == 0)
		return 0;
	if (line->quantity == COMPARE_VALUE)
		error = stats_unpaired_ratio(other, first, ALPHA, &entry->ratio);
	else if (isfinite(entry->value.estimate) && isfinite(line->entries[0].value.estimate))
		error = stats_ratio_of_ratios(&entry->value, &line->entries[0].value, &entry->ratio);
	if (!error)
		error = stats_mann_whitney(other, first, &entry->p_value);
	return fatal(error);
}

static int compute_line(const struct comparison *comparison, const struct compare_line *line)
{
	struct stream first, other;
	int error = describe(&comparison->runs[0].summary, line, &line->entries[0], &first);

	for (size_t i = 1; !error && i < comparison->run_count; i++) {
		struct compare_entry *entry = &line->entries[i];

		error = describe(&comparison->runs[i].summary, line, entry, &other);
		if (!error)
			error = relate(line, entry, &first, &other);
		free((void *)other.values);
		entry->why = find_why(&line->entries[0], entry);
	}
	free((void *)first.values);
	return error;
}

static int compute_lines(const struct comparison *comparison, const struct compare_lines *lines)
{
	int error = 0;

	for (size_t i = 0; !error && i < lines->count; i++)
		error = compute_line(comparison, &lines->list[i]);
	return error;
}

int compare_compute(struct comparison *comparison)
{
	int error = compute_lines(comparison, &comparison->lines);

	if (!error)
		error = compute_lines(comparison, &comparison->kernels);
	if (!error)
		error = compute_lines(comparison, &comparison->controls);
	for (size_t i = 1; !error && i < comparison->run_count; i++)
		error = compare_judge(comparison, i);
	return error;
}
