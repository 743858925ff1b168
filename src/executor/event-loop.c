/* SPDX-License-Identifier: MIT */
/*
 * The third way: no workers, but one thread that waits for many operations at once. It is the caller, as with `serial`; what
 * others have as a number of workers it has as a number of operations under way.
 */
#include "core/crew.h"
#include "core/executor.h"

static int event_loop_nothing(struct seat *seat)
{
	return 0;
}

const struct executor executor_event_loop = {
	.name = "event-loop",
	.summary = "one thread that keeps as many operations under way as others have workers",
	.sharing = SHARING_SAME,
	.max_workers = 1,
	.start = event_loop_nothing,
	.reap = event_loop_nothing,
	.lends = true,
	.concurrent = true,
};
