/* SPDX-License-Identifier: MIT */
/* The settings of experiments over a pool (shape `farm`), in the order of farm_settings. */
#ifndef TVP_CORE_FARM_H
#define TVP_CORE_FARM_H

#include "core/workload.h"

enum farm_setting {
	FARM_ENTRY,    /* enum farm_entry */
	FARM_SCHEDULE, /* enum tvp_schedule */
	FARM_CHUNK,    /* tasks; 0: by schedule */
	FARM_PAYLOAD,  /* enum tvp_payload */
	FARM_RECYCLE,  /* tasks per worker; 0: workers stay */
	FARM_SPIN_US,  /* an idle worker looks for work so long before it sleeps; FARM_SPIN_DEFAULT: the pool's own */
	FARM_TASKS     /* of one map, for each worker; 0: as many as make a batch */
};

enum { FARM_SPIN_DEFAULT = 1000000 };

/* Which call hands the tasks in. */
enum farm_entry {
	FARM_MAP,
	FARM_MAP_ASYNC,
	FARM_APPLY,       /* one task, waited for: a round trip */
	FARM_APPLY_ASYNC, /* a stream from one producer, then one wait for all */
	FARM_IMAP_UNORDERED
};

extern const struct parameter farm_settings[];

#endif
