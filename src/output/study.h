/* SPDX-License-Identifier: MIT */
/* An A/A study: what many pairs of one and the same cell say of the machine and of the method. */
#ifndef TVP_OUTPUT_STUDY_H
#define TVP_OUTPUT_STUDY_H

#include <stddef.h>

#include "stats/stats.h"

struct summary;

struct study {
	size_t pairs;         /* with an interval; fewer than 2 are no study */
	size_t excluded;      /* of them, those whose interval excludes 1: false positives */
	struct interval rate; /* their share, with its Clopper-Pearson interval */
	/* The smallest difference, as a share, that an interval of the pairs' median width excludes 1 for nine times in
	 * ten: half the width, times 1 + 1.28 / 1.96 (normal quantiles of power and confidence). */
	double detectable;
};

/* From a summary whose rows are known. 0 or -ENOMEM. */
int study_find(struct study *study, const struct summary *summary);

#endif
