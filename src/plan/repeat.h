/* SPDX-License-Identifier: MIT */
/* Which cell repeats a value of a published table. */
#ifndef TVP_PLAN_REPEAT_H
#define TVP_PLAN_REPEAT_H

#include "core/published.h"
#include "plan/plan.h"

/* The index of the experiment's cell that has the coordinates of a line (NULL: the table has a single one) and of a
 * column; -1 if the plan has none, or the table says that it is not repeated. */
int repeat_find(const struct plan *plan, const struct experiment *experiment, const struct published_part *line,
		const struct published_part *column);

#endif
