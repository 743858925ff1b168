/* SPDX-License-Identifier: MIT */
/* Pools that cannot be made: wrong options, limits of the kernel, initializers that fail. A reason, and nothing left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>

#include "child.h"
#include "pools.h"
#include "scratch.h"

enum { HANG_S = 250, WORKERS = 3, CROWD = 8 };

/* Nobody, and nobody else that runs this test. */
#define UNUSED_USER (1000000000 + (uid_t)getpid())

/* The last field says what the reason must hold; NULL: anything but nothing. */
static void assert_refused(const struct tvp_pool_options *options, int error, const char *part)
{
	char reason[TVP_REASON_BYTES] = "";
	struct tvp_pool *pool = (struct tvp_pool *)reason;
	int got = tvp_pool_create(&pool, options, reason);

	if (got != error)
		fail_msg("%d (%s) instead of %d", got, reason, error);
	if (!*reason || (part && !strstr(reason, part)))
		fail_msg("\"%s\" does not say \"%s\"", reason, part ? part : "why");
	/* Set only on success; and the reason is not wanted by everybody. */
	assert_ptr_equal(pool, reason);
	assert_int_equal(tvp_pool_create(&pool, options, NULL), error);
}

static void each_options(const struct executor *executor)
{
	const struct tvp_pool_options good = pools_options(executor, WORKERS);
	struct tvp_pool_options options;
	struct tvp_pool *pool;

#define REFUSED(error, part, ...)                                                                                      \
	do {                                                                                                           \
		options = good;                                                                                        \
		__VA_ARGS__;                                                                                           \
		assert_refused(&options, error, part);                                                                 \
	} while (0)

	REFUSED(-EINVAL, NULL, options.registry = NULL);
	REFUSED(-ENOENT, "no-such-executor", options.executor = "no-such-executor");
	REFUSED(-ENOENT, "no-such-initializer", options.initializer = "no-such-initializer");
	REFUSED(-EINVAL, NULL, options.initializer = "diary"; options.argument_bytes = 1);
	REFUSED(-EINVAL, "x", options.placement = "x");
	REFUSED(-EINVAL, NULL, options.placement = "0;0;0;0;0;0");
	REFUSED(-ENOSPC, NULL, options.memory_bytes = 1);
	REFUSED(-ENOSPC, NULL, options.queue_tasks = 1 << 20; options.memory_bytes = 1 << 20);
	REFUSED(-ENOSPC, NULL, options.trace_events = 1 << 20; options.memory_bytes = 1 << 20);
	REFUSED(-EINVAL, NULL, options.queue_tasks = SIZE_MAX);
	REFUSED(-EOVERFLOW, NULL, options.trace_events = SIZE_MAX);
	REFUSED(-EOVERFLOW, NULL, options.memory_bytes = SIZE_MAX);
	REFUSED(-EINVAL, NULL, options.argument = &options; options.argument_bytes = SIZE_MAX);
	REFUSED(-EINVAL, NULL, options.workers = UINT32_MAX);
#undef REFUSED
	assert_int_equal(tvp_pool_create(NULL, &good, NULL), -EINVAL);
	assert_int_equal(tvp_pool_create(&pool, NULL, NULL), -EINVAL);
}

static void test_options(void **state)
{
	pools_each(each_options);
}

static int nothing(struct tvp_worker *worker, const void *input, size_t input_bytes, void *output, size_t output_bytes)
{
	return 0;
}

/* Registries that name things badly. */
static void each_registries(const struct executor *executor)
{
	static const char *const names[] = {NULL, "a-name-of-sixty-four-characters--which-is-one-more-than-possible"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct tvp_pool_options options = pools_options(executor, 1);
		const struct tvp_task task = {.name = names[i], .run = nothing};
		const struct tvp_task *const tasks[] = {&task, NULL};
		const struct tvp_registry registry = {.tasks = tasks};

		options.registry = &registry;
		assert_refused(&options, -EINVAL, NULL);
	}
}

static void test_registries(void **state)
{
	pools_each(each_registries);
}

/* What is executed is not there, is no program, or is one that knows nothing of pools. */
static void each_programs(const struct executor *executor)
{
	static const struct {
		const char *path;
		int error;
	} programs[] = {
		{"/nonexistent/program", -ENOENT},
		{"/dev/null", -EACCES},
		{"/bin/true", -ECHILD},
		{"/bin/false", -ECHILD},
	};

	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		struct tvp_pool_options options = pools_options(executor, WORKERS);

		options.program = programs[i].path;
		if (executor->sharing == SHARING_FRESH)
			assert_refused(&options, programs[i].error, NULL);
	}
}

static void test_programs(void **state)
{
	pools_each(each_programs);
}

static void check_initializer(const struct executor *executor, enum diary_kind kind, uint32_t after, int error)
{
	struct tvp_pool_options options = pools_options(executor, WORKERS);
	struct diary diary = {.kind = kind, .after = after, .value = EACCES};

	snprintf(diary.path, sizeof(diary.path), "%.200s/diary", scratch);
	unlink(diary.path);
	options.initializer = "diary";
	options.argument = &diary;
	options.argument_bytes = sizeof(diary);
	if (options.workers > after)
		assert_refused(&options, error, NULL);
	/* Those that had begun have ended in order, unless the end came from outside. */
	assert_true(tasks_diary_lines(&diary, 'e') <= tasks_diary_lines(&diary, 'b'));
}

/* In all workers, or in the last one. */
static void each_initializers(const struct executor *executor)
{
	for (uint32_t after = 0; after < WORKERS; after += WORKERS - 1) {
		check_initializer(executor, DIARY_FAIL, after, -EACCES);
		if (!pools_processes(executor))
			continue;
		check_initializer(executor, DIARY_ABORT, after, -ECHILD);
		check_initializer(executor, DIARY_EXIT_0, after, -ECHILD);
	}
}

static void test_initializers(void **state)
{
	pools_each(each_initializers);
}

static void limit(int resource, rlim_t value)
{
	const struct rlimit both = {value, value};

	child_check(setrlimit(resource, &both) == 0);
}

/* In a child: the kernel refuses before all of the crowd are there. Some may be, and are gone afterwards. */
static void refused_by_kernel(const struct tvp_pool_options *options, int error)
{
	int descriptors = resources_descriptors(), threads = resources_threads(), got;
	char reason[TVP_REASON_BYTES] = "";
	struct tvp_pool *pool;

	got = tvp_pool_create(&pool, options, reason);
	if (got == 0)
		child_skip("this user's limits do not bind");
	if (got != error || !*reason)
		fprintf(stderr, "%s: %d (%s)\n", options->executor, got, reason);
	child_check(got == error);
	child_check(*reason);
	child_check(resources_no_children());
	child_check(resources_descriptors() == descriptors);
	child_check(resources_threads_settled(threads) == threads);
	child_check(resources_mappings("memfd:") == 0);
}

/* A user who has no other process has room for this one and three more; any other user has no room at all. */
static void too_many_processes(void *context)
{
	struct tvp_pool_options options = pools_options(context, CROWD);
	rlim_t own = (rlim_t)resources_threads();
	uid_t user = UNUSED_USER;
	char program[64];
	bool alone;

	/* The new user may not be able to walk to this program's folder. */
	snprintf(program, sizeof(program), "/proc/self/fd/%d", open("/proc/self/exe", O_RDONLY));
	options.program = program;
	alone = geteuid() == 0 && setresuid(user, user, user) == 0;
	limit(RLIMIT_NPROC, alone ? own + 3 : 0);
	refused_by_kernel(&options, -EAGAIN);
}

/* Room for a few descriptors: what is short then depends on how far it comes. */
static void too_few_descriptors(void *context)
{
	struct tvp_pool_options options = pools_options(context, CROWD);

	options.pipes = 1;
	limit(RLIMIT_NOFILE, (rlim_t)resources_descriptors() + 8);
	refused_by_kernel(&options, -EMFILE);
}

static void each_limits(const struct executor *executor)
{
	int status;

	status = child_run(too_many_processes, (void *)executor);
	if (status != CHILD_SKIPPED && status != 0)
		fail_msg("%s: too many processes: %d", executor->name, status);
	status = child_run(too_few_descriptors, (void *)executor);
	if (status)
		fail_msg("%s: too few descriptors: %d", executor->name, status);
}

static void test_limits(void **state)
{
	pools_each_apart(each_limits);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		pools_test(test_options),      pools_test(test_registries), pools_test(test_programs),
		pools_test(test_initializers), pools_test(test_limits),
	};

	pools_main(argc, argv, HANG_S);
	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
