/* SPDX-License-Identifier: MIT */
/* The list of the farm's settings; names are in the order of the enums of core/farm.h and tvp/pool.h. */
#include "core/farm.h"

#include <stddef.h>

static const char *const entries[] = {"map", "map-async", "apply", "apply-async", "imap-unordered", NULL};
static const char *const schedules[] = {"auto", "dynamic", "guided", "static", "chunked", NULL};
static const char *const payloads[] = {"auto", "shared", "pointer", "copy", "pipe", NULL};

const struct parameter farm_settings[] = {
	[FARM_ENTRY] = {"entry", "", "the call that hands the tasks in", 0, 0, 4, entries},
	[FARM_SCHEDULE] = {"schedule", "", "how a map is shared out", 0, 0, 4, schedules},
	[FARM_CHUNK] = {"chunk", "tasks", "claimed at a time; 0: as the schedule does it", 0, 0, 1 << 30, NULL},
	[FARM_PAYLOAD] = {"payload", "", "how inputs and outputs travel", 0, 0, 4, payloads},
	[FARM_RECYCLE] = {"recycle", "tasks", "after which a worker is replaced; 0: never", 0, 0, 1 << 30, NULL},
	[FARM_SPIN_US] = {"spin_us", "us",
			  "that an idle worker looks for work before it sleeps; 1000000: the pool's own",
			  FARM_SPIN_DEFAULT, 0, FARM_SPIN_DEFAULT, NULL},
	[FARM_TASKS] = {"tasks", "", "of one map, for each worker; 0: as many as make a batch", 0, 0, UINT64_C(1) << 32,
			NULL},
	{0},
};
