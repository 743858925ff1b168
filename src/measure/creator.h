/* SPDX-License-Identifier: MIT */
/* Who brings workers up, again and again, in a parent that is what the settings say. */
#ifndef TVP_MEASURE_CREATOR_H
#define TVP_MEASURE_CREATOR_H

#include <sched.h>

#include "core/creation.h"
#include "core/crew.h"
#include "measure/parent.h"
#include "measure/shape.h"

struct creator {
	struct crew crew;
	struct arena arena;
	struct parent parent;
	uint64_t write; /* enum parent_write */
	size_t cpuset_bytes;
	cpu_set_t **wanted; /* of each worker, where it has to be; in the arena; NULL: anywhere */
};

/* Makes the parent, binds the calling thread like worker 0, and opens the executor; starts nobody. 0 or a negative errno
 * with REASON_BYTES of reason; after an error there is nothing to end. */
int creator_init(struct creator *creator, const struct shape_setup *setup, char *reason);
/* Ends workers that are still there, and frees everything. */
void creator_exit(struct creator *creator);

/* Ends the workers that are there: asks those to leave who cannot be ended. */
void creator_abandon(struct creator *creator);

/* As in struct shape_ops. */
int creator_whereabouts(const struct creator *creator, char **cpusets, char **cpus);

#endif
