/* SPDX-License-Identifier: MIT */
/* The levels of a plan's factors: which workloads, executors, placements and worker counts. */
#ifndef TVP_PLAN_LEVELS_H
#define TVP_PLAN_LEVELS_H

#include "plan/plan.h"
#include "plan/space.h"

/* All executors and subjects by name; ends with NULL. */
const char *const *levels_executor_names(void);

/* Can this experiment run it? One over a pool wants a task. */
bool levels_workload_fits(const struct experiment *experiment, const struct workload *workload);

/* Each returns a list that the caller frees and that ends with NULL or 0; NULL if out of memory. */

/* Without those asked for that do not fit. */
const struct workload **levels_workloads(const struct experiment *experiment, const struct plan_request *request);
/* For cells like this one, whose parameter set is `set`. In order of what they share (all, a copy, nothing), which is also
 * the order of their cost; then the peers. */
const struct executor **levels_executors(const struct cell *cell, const struct parameter_set *set,
					 const struct plan_request *request);
const char **levels_placements(const struct experiment *experiment, const struct plan_request *request);
unsigned *levels_workers(const struct experiment *experiment, const struct plan_request *request, unsigned cores);

#endif
