/* SPDX-License-Identifier: MIT */
/* Counting false positives among the pairs of the control. */
#include "output/study.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "output/summary.h"

#define ALPHA        0.05
#define POWER_FACTOR (1 + 1.2816 / 1.9600)

int study_find(struct study *study, const struct summary *summary)
{
	struct study found = {.rate = {NAN, NAN, NAN}, .detectable = NAN};
	double *widths = malloc((summary->row_count + 1) * sizeof(*widths)), width;

	if (!widths)
		return -ENOMEM;
	for (size_t i = 0; i < summary->row_count; i++) {
		const struct summary_row *row = &summary->rows[i];

		if (!row->control || !row->headline || !*row->baseline || !isfinite(row->ratio.low))
			continue;
		widths[found.pairs++] = stats_half_width(&row->ratio);
		found.excluded += row->ratio.low > 1 || row->ratio.high < 1;
	}
	if (found.pairs > 1) {
		stats_binomial_interval(found.excluded, found.pairs, ALPHA, &found.rate);
		if (stats_median(widths, found.pairs, &width) == 0)
			found.detectable = expm1(width * POWER_FACTOR);
	}
	free(widths);
	*study = found;
	return 0;
}
