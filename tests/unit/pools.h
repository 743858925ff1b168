/* SPDX-License-Identifier: MIT */
/* Pools for tests: over every executor that there is, and what must be gone when they are. */
#ifndef TVP_TESTS_POOLS_H
#define TVP_TESTS_POOLS_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../pool/tasks.h"
#include "core/executor.h"
#include "core/workload.h"
#include "resources.h"

#ifdef __SANITIZE_THREAD__
static void *pools_nothing(void *argument)
{
	return argument;
}
#endif

/* First in main: this program is its own worker. Everything that it starts is in its process group, to be counted. */
static inline void pools_main(int argc, char **argv, unsigned hang_s)
{
	const struct rlimit none = {0, 0};
#ifdef __SANITIZE_THREAD__
	pthread_t thread;
#endif

	tvp_pool_worker(argc, argv, &tasks_registry);
	alarm(hang_s);
	setpgid(0, 0);
	setrlimit(RLIMIT_CORE, &none);
#ifdef __SANITIZE_THREAD__
	/* It has a thread of its own from the first that is made: before anybody counts. */
	if (pthread_create(&thread, NULL, pools_nothing, NULL) == 0)
		pthread_join(thread, NULL);
#endif
}

/* Its workers can die without this process. */
static inline bool pools_processes(const struct executor *executor)
{
	return executor->sharing != SHARING_SAME;
}

static inline bool pools_executor(const struct executor *executor)
{
	char reason[REASON_BYTES];

	return !executor->concurrent && (!executor->probe || executor->probe(reason) == 0);
}

typedef void pools_check_fn(const struct executor *executor);

/* With every executor that works here, one after the other. */
static inline void pools_each(pools_check_fn *check)
{
	for (const struct executor *const *executor = executor_table; *executor; executor++)
		if (pools_executor(*executor))
			check(*executor);
}

static inline void pools_each_process(pools_check_fn *check)
{
	for (const struct executor *const *executor = executor_table; *executor; executor++)
		if (pools_executor(*executor) && pools_processes(*executor))
			check(*executor);
}

/* With those whose workers run while the caller does something else. */
static inline void pools_each_apart(pools_check_fn *check)
{
	for (const struct executor *const *executor = executor_table; *executor; executor++)
		if (pools_executor(*executor) && !(*executor)->lends)
			check(*executor);
}

static inline struct tvp_pool_options pools_options(const struct executor *executor, unsigned workers)
{
	struct tvp_pool_options options = {0};

	options.executor = executor->name;
	options.workers = executor->max_workers && executor->max_workers < workers ? executor->max_workers : workers;
	options.registry = &tasks_registry;
	return options;
}

/* Those of the test that runs; what a failed one leaves behind must not make the next ones fail. */
enum { POOLS_MAX = 16 };
static struct tvp_pool *pools_opened[POOLS_MAX];
static unsigned pools_count;

/* Fails the test if it cannot be made. To be closed by pools_close. */
static inline struct tvp_pool *pools_open(const struct tvp_pool_options *options)
{
	char reason[TVP_REASON_BYTES] = "";
	struct tvp_pool *pool = NULL;
	int error = tvp_pool_create(&pool, options, reason);

	if (error)
		fail_msg("a pool of %u workers by %s: %s (%d)", options->workers, options->executor, reason, error);
	assert_non_null(pool);
	assert_in_range(pools_count, 0, POOLS_MAX - 1);
	return pools_opened[pools_count++] = pool;
}

static inline void pools_close(struct tvp_pool *pool)
{
	unsigned i = 0;

	while (i + 1 < pools_count && pools_opened[i] != pool)
		i++;
	pools_opened[i] = pools_opened[--pools_count];
	tvp_pool_destroy(pool);
}

/* What the process held when a test began, to be the same at its end. For cmocka_unit_test_setup_teardown. */
static struct {
	int descriptors, threads, arenas;
} pools_before;

static inline int pools_setup(void **state)
{
	pools_before.descriptors = resources_descriptors();
	pools_before.threads = resources_threads();
	pools_before.arenas = resources_mappings("memfd:");
	return 0;
}

static inline int pools_teardown(void **state)
{
	if (pools_count) {
		while (pools_count)
			pools_close(pools_opened[0]);
		return 0;
	}
	if (resources_descriptors() != pools_before.descriptors)
		print_error("%d descriptors became %d\n", pools_before.descriptors, resources_descriptors());
	else if (resources_threads_settled(pools_before.threads) != pools_before.threads)
		print_error("%d threads became %d\n", pools_before.threads, resources_threads());
	else if (resources_mappings("memfd:") != pools_before.arenas)
		print_error("%d shared mappings became %d\n", pools_before.arenas, resources_mappings("memfd:"));
	else if (!resources_no_children())
		print_error("children were left behind\n");
	else if (resources_group_settled() != 1)
		print_error("%d processes were left behind\n", resources_group() - 1);
	else
		return 0;
	return -1;
}

#define pools_test(test) cmocka_unit_test_setup_teardown(test, pools_setup, pools_teardown)

#endif
