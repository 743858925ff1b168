/* SPDX-License-Identifier: MIT */
/* What the workers of a pool can run: the tasks of all workloads, each by its own name. */
#ifndef TVP_CORE_REGISTRY_H
#define TVP_CORE_REGISTRY_H

#include <stdlib.h>

#include "core/workload.h"
#include "tvp/task.h"

/* Made from workload_table by the first caller, for good. NULL: no memory. Here, and not in a file of its own, because
 * only programs that have workloads can have it: the pool's library has none. */
static inline const struct tvp_registry *registry_of_workloads(void)
{
	static struct tvp_registry registry;
	const struct tvp_task **tasks;
	size_t count = 0;

	if (registry.tasks)
		return &registry;
	while (workload_table[count])
		count++;
	tasks = calloc(count + 1, sizeof(*tasks));
	if (!tasks)
		return NULL;
	registry.tasks = tasks;
	for (size_t i = 0; i < count; i++)
		if (workload_table[i]->task)
			*tasks++ = workload_table[i]->task;
	return &registry;
}

#endif
