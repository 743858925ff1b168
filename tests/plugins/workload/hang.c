/* SPDX-License-Identifier: MIT */
/* For the tests: a worker that never comes back, and does not listen to SIGTERM. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "core/workload.h"

static int hang_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	signal(SIGTERM, SIG_IGN);
	while (pause() < 0)
		continue;
	return 0;
}

static int hang_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	return reason_set(reason, -EBADMSG, "it came back");
}

const struct workload workload_hang = {
	.name = "hang",
	.summary = "never comes back",
	.kind = WORKLOAD_IO,
	.run = hang_run,
	.verify = hang_verify,
};
