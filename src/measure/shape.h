/* SPDX-License-Identifier: MIT */
/* The timed regions: one short function a shape, the same for every executor. */
#ifndef TVP_MEASURE_SHAPE_H
#define TVP_MEASURE_SHAPE_H

#include <stdbool.h>

#include "core/experiment.h"
#include "core/team.h"

struct shape_ops {
	enum team_mode mode;
	bool shared_out; /* the workers share a batch's operations out among them */
	/* Before the first batch, after team_init. 0 or a negative errno with team->reason, as for all. */
	int (*open)(struct team *team);
	/* One batch of `ops` operations, verified. */
	int (*batch)(struct team *team, uint64_t ops, struct sample *sample);
	int (*close)(struct team *team);
};

/* Indexed by enum shape. */
extern const struct shape_ops *const shape_table[];

extern const struct shape_ops shape_create;
extern const struct shape_ops shape_loop;

#endif
