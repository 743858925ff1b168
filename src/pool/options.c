/* SPDX-License-Identifier: MIT */
/* What a pool is asked to be: checked, and filled in where the caller has left it open. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "core/cpuset.h"
#include "core/executor.h"
#include "core/program.h"
#include "machine/cgroup.h"
#include "pool/private.h"

enum { QUEUE_TASKS = 4096, QUEUE_TASKS_MAX = 1 << 24, WORKERS_MAX = 1 << 16 };

/* The CPUs that this process may use: those that it may run on, and no more than its quota pays for. */
unsigned usable_cpus(void)
{
	size_t bytes = cpuset_size_bytes();
	cpu_set_t *set = malloc(bytes);
	double quota = cgroup_cpu_cores();
	int count = 1;

	if (set && cpuset_get(set, bytes) == 0)
		count = CPU_COUNT_S(bytes, set);
	free(set);
	if (quota > 0 && quota < count)
		count = quota < 1 ? 1 : (int)quota;
	return count < 1 ? 1 : (unsigned)count;
}

/* The registry's tasks, counted; or an error if a name is missing, too long or there twice. */
static int registry_count(const struct tvp_registry *registry, uint32_t *count)
{
	uint32_t tasks = 0;

	for (const struct tvp_task *const *task = registry->tasks; task && *task; task++, tasks++) {
		if (!(*task)->name || !((*task)->run || (*task)->run_range) || strlen((*task)->name) >= POOL_NAME_BYTES)
			return -EINVAL;
		for (const struct tvp_task *const *other = registry->tasks; other < task; other++)
			if (strcmp((*other)->name, (*task)->name) == 0)
				return -EEXIST;
	}
	*count = tasks;
	return 0;
}

static bool has_initializer(const struct tvp_registry *registry, const char *name)
{
	for (const struct tvp_initializer *const *entry = registry->initializers; entry && *entry; entry++)
		if (strcmp((*entry)->name, name) == 0)
			return strlen(name) < POOL_NAME_BYTES;
	return false;
}

static int options_check(const struct tvp_pool_options *options, const struct executor *executor, char *reason)
{
	if (!executor)
		return reason_set(reason, -ENOENT, "there is no executor of the name %s", options->executor);
	if (!options->registry)
		return reason_set(reason, -EINVAL, "a pool needs a registry of tasks");
	if (options->workers > WORKERS_MAX)
		return reason_set(reason, -EINVAL, "%u workers: at most %u are possible", options->workers,
				  (unsigned)WORKERS_MAX);
	if (options->queue_tasks > QUEUE_TASKS_MAX)
		return reason_set(reason, -EINVAL, "a queue of %zu tasks: at most %u are possible",
				  options->queue_tasks, (unsigned)QUEUE_TASKS_MAX);
	if (options->argument_bytes > UINT32_MAX || (options->argument_bytes && !options->argument))
		return reason_set(reason, -EINVAL, "the initializer's argument is missing or too large");
	if (options->initializer && !has_initializer(options->registry, options->initializer))
		return reason_set(reason, -ENOENT, "there is no initializer of the name %s", options->initializer);
	if (executor->concurrent)
		return reason_set(reason, -EOPNOTSUPP, "%s has no workers for a pool", executor->name);
	if (options->pipes && executor->lends)
		return reason_set(reason, -EOPNOTSUPP, "%s has no workers to connect by pipes", executor->name);
	if (executor->probe && executor->probe(reason) != 0)
		return -ENOTSUP;
	if (getenv(PROGRAM_VARIABLE))
		return reason_set(reason, -ELOOP,
				  "this process was started to be a worker: its main must begin with tvp_pool_worker");
	return 0;
}

int options_complete(struct tvp_pool_options *options, const struct executor **executor, uint32_t *tasks, char *reason)
{
	int error;

	if (!options->executor)
		options->executor = "thread";
	*executor = executor_find(options->executor);
	error = options_check(options, *executor, reason);
	if (error)
		return error;
	error = registry_count(options->registry, tasks);
	if (error)
		return reason_set(reason, error, "a task without name or function, or two of the same name");
	if (!options->workers)
		options->workers = usable_cpus();
	if ((*executor)->max_workers && options->workers > (*executor)->max_workers)
		options->workers = (*executor)->max_workers;
	if (!options->queue_tasks)
		options->queue_tasks = QUEUE_TASKS;
	return 0;
}
