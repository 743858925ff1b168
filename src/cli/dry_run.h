/* SPDX-License-Identifier: MIT */
/* `tvp run --dry-run`: what would be measured, and how long that takes. */
#ifndef TVP_CLI_DRY_RUN_H
#define TVP_CLI_DRY_RUN_H

#include <stdio.h>

#include "plan/plan.h"
#include "plan/schedule.h"

void dry_run_print(FILE *stream, const struct plan *plan, const struct schedule *schedule, uint64_t budget_ns);

#endif
