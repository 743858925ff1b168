/* SPDX-License-Identifier: MIT */
/* No operation: what is measured with it is the harness and the executor, not work. */
#include <errno.h>

#include "core/workload.h"

static int noop_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	for (uint64_t i = 0; i < ops; i++) {
		worker->result++;
		__asm__ volatile("" ::: "memory"); /* each operation is a load, an add and a store of its own */
	}
	return 0;
}

static int noop_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	if (result != ops)
		return reason_set(reason, -EBADMSG, "counted %llu of %llu operations", (unsigned long long)result,
				  (unsigned long long)ops);
	return 0;
}

const struct workload workload_noop = {
	.name = "noop",
	.summary = "no operation: the cost of the harness and of the executor alone",
	.kind = WORKLOAD_CPU,
	.run = noop_run,
	.verify = noop_verify,
};
