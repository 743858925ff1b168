/* SPDX-License-Identifier: MIT */
/* Programs that make it hard for their pools: signals ignored, descriptors missing, other programs for workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <spawn.h>
#include <stdio.h>

#include "child.h"
#include "pool_work.h"

enum { HANG_S = 250, WORKERS = 3, TASKS = 60 };

/* In a child: a pool that works, loses a task, works again, and ends in order. */
static void live_and_die(const struct executor *executor)
{
	const struct tvp_pool_options options = pools_options(executor, WORKERS);
	char reason[TVP_REASON_BYTES] = "";
	struct tvp_pool *pool;
	struct work work;

	if (tvp_pool_create(&pool, &options, reason)) {
		fprintf(stderr, "%s: %s\n", executor->name, reason);
		child_check(!"a pool could not be made");
	}
	for (size_t deaths = 0; deaths < 3; deaths++) {
		work_init(&work, pool, TASKS);
		for (size_t i = 0; i < deaths && pools_processes(executor); i++)
			work.acts[7 * i].kind = ACT_KILL;
		child_check(tvp_pool_map(pool, &work.map) == (pools_processes(executor) ? (int64_t)deaths : 0));
		for (size_t i = 0; i < TASKS; i++)
			child_check(work.errors[i] == (work.acts[i].kind == ACT_KILL ? -EOWNERDEAD : 0));
	}
	child_check(tvp_pool_close(pool) == 0);
	child_check(tvp_pool_join(pool) == 0);
	tvp_pool_destroy(pool);
	child_check(resources_no_children());
}

/* Then the kernel reaps children by itself, and nobody is told how they ended. */
static void children_ignored(void *executor)
{
	signal(SIGCHLD, SIG_IGN);
	live_and_die(executor);
}

static void each_children_ignored(const struct executor *executor)
{
	assert_child(children_ignored, (void *)executor);
}

static void test_children_ignored(void **state)
{
	pools_each(each_children_ignored);
}

/* As in a daemon: what the pool opens gets the numbers of standard input, output and error. */
static void standard_descriptors_closed(void *executor)
{
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	live_and_die(executor);
}

static void each_standard_descriptors_closed(const struct executor *executor)
{
	assert_child(standard_descriptors_closed, (void *)executor);
}

static void test_standard_descriptors_closed(void **state)
{
	pools_each(each_standard_descriptors_closed);
}

/* Enough for the pool, but not to watch each of its workers. */
static void few_descriptors(void *executor)
{
	struct rlimit limit;
	int used = dup(0);

	close(used);
	child_check(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = (rlim_t)used + 6;
	child_check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	live_and_die(executor);
}

static void each_few_descriptors(const struct executor *executor)
{
	assert_child(few_descriptors, (void *)executor);
}

static void test_few_descriptors(void **state)
{
	pools_each(each_few_descriptors);
}

/* The test programs of the pool lie beside this one. */
static const char *program_path(const char *name)
{
	static char path[PATH_MAX + 64];
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	assert_true(length > 0);
	path[length] = '\0';
	slash = strrchr(path, '/');
	snprintf(slash + 1, sizeof(path) - (size_t)(slash + 1 - path), "test/%s", name);
	return path;
}

/* One that has the same tasks, and one that has others. */
static void each_other_program(const struct executor *executor)
{
	struct tvp_pool_options options = pools_options(executor, WORKERS);
	char reason[TVP_REASON_BYTES] = "";
	struct tvp_pool *pool = NULL;
	struct work work;

	if (executor->sharing != SHARING_FRESH)
		return;
	options.program = program_path("pool-stress");
	pool = pools_open(&options);
	work_init(&work, pool, TASKS);
	assert_int_equal(tvp_pool_map(pool, &work.map), 0);
	work_assert_all_done(&work);
	pools_close(pool);
	options.program = program_path("pool-torture");
	assert_int_equal(tvp_pool_create(&pool, &options, reason), -ENOENT);
	if (!strstr(reason, "square"))
		fail_msg("\"%s\" does not name the task that is missing", reason);
}

static void test_other_programs(void **state)
{
	pools_each_process(each_other_program);
}

static void each_forgetful_program(const struct executor *executor)
{
	const char *path = program_path("pool-forgetful");
	char *argv[] = {(char *)path, NULL};
	pid_t pid;

	if (executor->sharing != SHARING_FRESH)
		return;
	assert_int_equal(setenv("FORGETFUL_EXECUTOR", executor->name, 1), 0);
	assert_int_equal(posix_spawn(&pid, path, NULL, NULL, argv, environ), 0);
	assert_int_equal(unsetenv("FORGETFUL_EXECUTOR"), 0);
	assert_int_equal(child_wait(pid), 0);
}

/* A main without tvp_pool_worker is told so, and does not become the first of many. */
static void test_forgetful_programs(void **state)
{
	pools_each_process(each_forgetful_program);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		pools_test(test_children_ignored),   pools_test(test_standard_descriptors_closed),
		pools_test(test_few_descriptors),    pools_test(test_other_programs),
		pools_test(test_forgetful_programs),
	};

	pools_main(argc, argv, HANG_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
