/* SPDX-License-Identifier: MIT */
/* Requests that make no sense for the experiments they are for. */
#ifndef TVP_PLAN_CHECK_H
#define TVP_PLAN_CHECK_H

#include "plan/plan.h"

/* Is there something for each --set, and does each list apply to some experiment? 0, -EINVAL with a reason, -ENOMEM. */
int check_request(const struct experiment *const *experiments, const struct plan_request *request, char *reason);

/* Do its settings fit its shape, and are its workloads there? 0, or -ENOENT with a reason: the build is wrong. */
int check_experiment(const struct experiment *experiment, char *reason);

#endif
