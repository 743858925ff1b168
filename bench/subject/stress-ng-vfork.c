/* SPDX-License-Identifier: MIT */
/* stress-ng's stressor "vfork": its children end at once. */
#include "core/executor.h"
#include "subject/common/subject_stress_ng.h"

static int stress_ng_vfork_batch(struct crew *crew, uint64_t ops, uint64_t *elapsed_ns)
{
	return stress_ng_batch(crew, "vfork", NULL, ops, elapsed_ns);
}

const struct executor subject_stress_ng_vfork = {
	.name = "stress-ng-vfork",
	.summary = "stress-ng's own figure for vfork, _exit and wait, in a parent of its own",
	.sharing = SHARING_OUTSIDE,
	.max_workers = 1,
	.probe = stress_ng_probe,
	.batch = stress_ng_vfork_batch,
	.batch_turn = 2048, /* as for stress-ng-fork, and these are quicker */
};
