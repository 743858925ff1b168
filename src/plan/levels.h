/* SPDX-License-Identifier: MIT */
/* The levels of a plan's factors: which executors, worker counts and parameter values. */
#ifndef TVP_PLAN_LEVELS_H
#define TVP_PLAN_LEVELS_H

#include "plan/plan.h"

/* Each returns a list that the caller frees and that ends with NULL or 0; NULL if out of memory. */
const struct workload **levels_workloads(const struct experiment *experiment, const struct plan_request *request);
/* In order of what they share (all, a copy, nothing), which is also the order of their cost. */
const struct executor **levels_executors(const struct experiment *experiment, const struct plan_request *request);
const char **levels_placements(const struct experiment *experiment, const struct plan_request *request);
unsigned *levels_workers(const struct experiment *experiment, const struct plan_request *request, unsigned cores);

/* All combinations of a workload's parameters: sets of WORKLOAD_PARAMETERS_MAX values. */
struct parameter_sets {
	uint64_t (*sets)[WORKLOAD_PARAMETERS_MAX];
	size_t count;
};

/* 0, -EINVAL with a reason for a value out of its range, or -ENOMEM. The caller frees sets->sets. */
int levels_parameters(const struct experiment *experiment, const struct workload *workload,
		      const struct plan_request *request, struct parameter_sets *sets, char *reason);

/* Is there a selected workload for each --set, and does each list apply to some experiment? 0 or -EINVAL. */
int levels_check(const struct experiment *const *experiments, const struct plan_request *request, char *reason);

#endif
