/* SPDX-License-Identifier: MIT */
/* Nothing: what is measured with it is the harness and the executor, not work. */
#include <errno.h>

#include "core/workload.h"

static int null_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	for (uint64_t i = 0; i < ops; i++) {
		worker->result++;
		__asm__ volatile("" ::: "memory"); /* each operation is a load, an add and a store of its own */
	}
	return 0;
}

static int null_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	if (result != ops)
		return reason_set(reason, -EBADMSG, "counted %llu of %llu operations", (unsigned long long)result,
				  (unsigned long long)ops);
	return 0;
}

const struct workload workload_null = {
	.name = "null",
	.summary = "nothing: the cost of the harness and of the executor alone",
	.kind = WORKLOAD_CPU,
	.run = null_run,
	.verify = null_verify,
};
