/* SPDX-License-Identifier: MIT */
/* Following an experiment's rules for baselines and references within a group. */
#ifndef TVP_PLAN_RULES_H
#define TVP_PLAN_RULES_H

#include <stdbool.h>

#include "plan/plan.h"

/* The cell that a rule (NULL: none) points at from here; -1 if there is none, or it is the cell itself and that is not
 * wanted. */
int rule_follow(const struct plan *plan, const char *rule, unsigned from, bool itself);

#endif
