/* SPDX-License-Identifier: MIT */
/* What the shapes over a team have in common. */
#ifndef TVP_MEASURE_SHAPE_TEAM_H
#define TVP_MEASURE_SHAPE_TEAM_H

#include "core/team.h"
#include "measure/shape.h"

/* Makes a team, then calls `begin` on it (team_start, …). The shape's state is the team. */
int shape_team_open(struct shape_run *run, const struct shape_setup *setup, enum team_mode mode,
		    int (*begin)(struct team *team), char *reason);
void shape_team_exit(struct shape_run *run);
int shape_team_whereabouts(const struct shape_run *run, char **cpusets, char **cpus);

/* Passes `error` on, with the team's reason if there is one. */
int shape_team_error(const struct shape_run *run, int error, char *reason);

#endif
