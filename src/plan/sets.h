/* SPDX-License-Identifier: MIT */
/* The combinations of values that an experiment is run with: its rows, or initial values, and what --set puts in. */
#ifndef TVP_PLAN_SETS_H
#define TVP_PLAN_SETS_H

#include "plan/plan.h"
#include "plan/space.h"

struct parameter_sets {
	struct parameter_set *list;
	size_t count;
};

/* All combinations, each once. 0; -EINVAL with a reason for values that cannot be; -ENOENT with a reason if the
 * experiment's rows or settings name what there is not; -ENOMEM. The caller frees sets->list. */
int sets_make(struct parameter_sets *sets, const struct experiment *experiment, const struct workload *workload,
	      const struct plan_request *request, char *reason);

#endif
