/* SPDX-License-Identifier: MIT */
/* No worker at all: the caller does the work itself. The plain loop that everything else is compared with. */
#include "core/crew.h"
#include "core/executor.h"

static int serial_nothing(struct seat *seat)
{
	return 0;
}

const struct executor executor_serial = {
	.name = "serial",
	.summary = "the calling thread does the work itself",
	.sharing = SHARING_SAME,
	.max_workers = 1,
	.start = serial_nothing,
	.reap = serial_nothing,
	.lends = true,
};
