/* SPDX-License-Identifier: MIT */
/* What follows from the ratios of a run taken together: the control, the margin, the verdicts, the precision. */
#ifndef TVP_OUTPUT_SUMMARY_VERDICTS_H
#define TVP_OUTPUT_SUMMARY_VERDICTS_H

#include "output/summary.h"

enum { VERDICT_BLOCKS_MIN = 10 };

/* How far the A/A pair is off, as a share: no verdict asks for less. 0 without a pair, or if it has no ratio. */
double summary_floor(const struct summary *summary);

/* common[row]: blocks that the row shares with its baseline. 0 or -ENOMEM. */
int summary_judge(struct summary *summary, const unsigned *common);

#endif
