/* SPDX-License-Identifier: MIT */
/* stress-ng's stressor "pthread": its threads make some forty system calls, most of them wrong on purpose, and get a
 * signal. By default 1024 are there before the first may end; here it is one at a time, as with ours. */
#include "core/executor.h"
#include "subject/common/subject_stress_ng.h"

static int stress_ng_pthread_batch(struct crew *crew, uint64_t ops, uint64_t *elapsed_ns)
{
	static const char *const one_at_a_time[] = {"--pthread-max", "1"};

	return stress_ng_batch(crew, "pthread", one_at_a_time, ops, elapsed_ns);
}

const struct executor subject_stress_ng_pthread = {
	.name = "stress-ng-pthread",
	.summary = "stress-ng's own figure for pthread_create, some forty calls, and pthread_join (--pthread-max 1)",
	.sharing = SHARING_OUTSIDE,
	.max_workers = 1,
	.probe = stress_ng_probe,
	.batch = stress_ng_pthread_batch,
	.batch_turn = 512, /* as for stress-ng-fork, and these are quicker */
};
