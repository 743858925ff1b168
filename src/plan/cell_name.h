/* SPDX-License-Identifier: MIT */
/* The texts of a cell. */
#ifndef TVP_PLAN_CELL_NAME_H
#define TVP_PLAN_CELL_NAME_H

#include <stdbool.h>

#include "plan/plan.h"

/* Makes name, group_name and params, which plan_exit frees. 0 or -ENOMEM. */
int cell_name(struct cell *cell);

#endif
