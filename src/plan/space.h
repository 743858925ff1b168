/* SPDX-License-Identifier: MIT */
/* What the cells of one experiment with one workload can differ in: its parameters, then the experiment's settings. */
#ifndef TVP_PLAN_SPACE_H
#define TVP_PLAN_SPACE_H

#include "core/experiment.h"
#include "core/workload.h"

/* Rows can tell so many of them apart. */
enum { SELECTABLE_EXECUTORS = 64, SELECTABLE_PLACEMENTS = 8 };

enum { SPACE_PLACES = WORKLOAD_PARAMETERS_MAX + SETTINGS_MAX };

struct space {
	const struct experiment *experiment;
	const struct workload *workload;
	const struct parameter *at[SPACE_PLACES]; /* NULL: there is nothing at this place */
};

/* One value for each place, and who has them. */
struct parameter_set {
	uint64_t parameters[WORKLOAD_PARAMETERS_MAX];
	uint64_t settings[SETTINGS_MAX];
	/* By place in the experiment's list of placements: a bit each, by its place in levels_executor_names. */
	uint64_t executors[SELECTABLE_PLACEMENTS];
};

/* 0, or -ENOENT with a reason if the two have something of one name. */
int space_init(struct space *space, const struct experiment *experiment, const struct workload *workload, char *reason);

/* The place of a name; SPACE_PLACES if there is none. */
size_t space_find(const struct space *space, const char *name);

/* The name of the workload or the experiment whose place it is. */
const char *space_owner(const struct space *space, size_t place);

/* Are the values the same? */
bool space_equal(const struct parameter_set *a, const struct parameter_set *b);

uint64_t *space_value(struct parameter_set *set, size_t place);

#endif
