/* SPDX-License-Identifier: MIT */
/* stress-ng's stressor "fork": its children begin a session of their own and make a few calls more before they end. */
#include "core/executor.h"
#include "subject/common/subject_stress_ng.h"

static int stress_ng_fork_batch(struct crew *crew, uint64_t ops, uint64_t *elapsed_ns)
{
	return stress_ng_batch(crew, "fork", NULL, ops, elapsed_ns);
}

const struct executor subject_stress_ng_fork = {
	.name = "stress-ng-fork",
	.summary = "stress-ng's own figure for fork, setsid, a few calls more, _exit and wait, in a parent of its own",
	.sharing = SHARING_OUTSIDE,
	.max_workers = 1,
	.probe = stress_ng_probe,
	.batch = stress_ng_fork_batch,
	.batch_turn = 256, /* what it counts of its start, 0.2 to 0.6 ms, is then about 1 % */
};
