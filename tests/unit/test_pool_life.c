/* SPDX-License-Identifier: MIT */
/* Pools from beginning to end: initializers, recycling, placement, shared memory, traces; under every executor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/cpuset.h"
#include "pool_work.h"
#include "scratch.h"

enum { HANG_S = 250, WORKERS = 3, TASKS = 60 };

static struct diary diary_new(const char *name, enum diary_kind kind, uint32_t after, uint64_t value)
{
	struct diary diary = {.value = value, .kind = kind, .after = after};

	/* scratch is short: below $TMPDIR */
	snprintf(diary.path, sizeof(diary.path), "%.200s/%.40s", scratch, name);
	unlink(diary.path);
	return diary;
}

/* Every worker has begun and ended exactly once, and what it kept was there in between. */
static void each_initializer(const struct executor *executor)
{
	struct diary diary = diary_new(executor->name, DIARY_FINE, 0, 4711);
	struct tvp_pool_options options = pools_options(executor, WORKERS);
	struct whoami answers[TASKS] = {0};
	uint64_t inputs[TASKS] = {0};
	const struct tvp_map map = {.task = "whoami",
				    .count = TASKS,
				    .inputs = inputs,
				    .input_bytes = sizeof(*inputs),
				    .outputs = answers,
				    .output_bytes = sizeof(*answers)};
	struct tvp_pool *pool;

	options.initializer = "diary";
	options.argument = &diary;
	options.argument_bytes = sizeof(diary);
	pool = pools_open(&options);
	assert_int_equal(tasks_diary_lines(&diary, 'b'), options.workers);
	assert_int_equal(tvp_pool_map(pool, &map), 0);
	for (size_t i = 0; i < TASKS; i++) {
		assert_int_equal(answers[i].state, 4711);
		assert_in_range(answers[i].rank, 0, options.workers - 1);
		assert_int_equal(answers[i].pid, tvp_pool_worker_pid(pool, (unsigned)answers[i].rank));
	}
	assert_int_equal(tasks_diary_lines(&diary, 'e'), 0);
	assert_int_equal(tvp_pool_close(pool), 0);
	assert_int_equal(tvp_pool_join(pool), 0);
	assert_int_equal(tasks_diary_lines(&diary, 'e'), options.workers);
	pools_close(pool);
	assert_int_equal(tasks_diary_lines(&diary, 'b'), options.workers);
}

static void test_initializer(void **state)
{
	pools_each(each_initializer);
}

static void check_recycled(struct tvp_pool *pool, const struct diary *diary, unsigned workers, uint64_t tasks)
{
	struct tvp_pool_counts counts;

	tvp_pool_counts(pool, &counts);
	assert_int_equal(counts.workers, workers);
	assert_int_equal(counts.lost, 0);
	assert_int_equal(counts.replaced, 0);
	/* Three tasks each, but for those that are at it still. */
	assert_true(counts.recycled <= tasks / 3);
	assert_true(counts.recycled + workers >= tasks / 3);
	assert_int_equal(tvp_pool_close(pool), 0);
	assert_int_equal(tvp_pool_join(pool), 0);
	assert_int_equal(tasks_diary_lines(diary, 'b'), tasks_diary_lines(diary, 'e'));
	assert_true(tasks_diary_lines(diary, 'b') >= counts.recycled);
}

static void each_recycling(const struct executor *executor)
{
	struct diary diary = diary_new(executor->name, DIARY_FINE, 0, 1);
	struct tvp_pool_options options = pools_options(executor, WORKERS);
	struct tvp_pool *pool;
	struct work work;

	options.tasks_per_worker = 3;
	options.initializer = "diary";
	options.argument = &diary;
	options.argument_bytes = sizeof(diary);
	pool = pools_open(&options);
	work_init(&work, pool, TASKS);
	assert_int_equal(tvp_pool_map(pool, &work.map), 0);
	work_assert_all_done(&work);
	for (size_t i = 0; i < TASKS / 2; i++) {
		assert_int_equal(tvp_pool_apply(pool, "act", &work.acts[i], sizeof(*work.acts), &work.outputs[i],
						sizeof(*work.outputs), NULL),
				 0);
		assert_int_equal(work.ledger->runs[i], 2);
	}
	check_recycled(pool, &diary, options.workers, TASKS + TASKS / 2);
	pools_close(pool);
}

static void test_recycling(void **state)
{
	pools_each(each_recycling);
}

/* Chunks larger than a worker may run, under every schedule: all done, once. */
static void each_recycling_and_schedules(const struct executor *executor)
{
	struct tvp_pool_options options = pools_options(executor, WORKERS);
	struct tvp_pool *pool;

	options.tasks_per_worker = 7;
	pool = pools_open(&options);
	for (unsigned schedule = 0; schedule < TVP_SCHEDULE_COUNT; schedule++) {
		struct work work;

		work_init(&work, pool, TASKS);
		work.map.schedule = schedule;
		work.map.chunk = 5;
		assert_int_equal(tvp_pool_map(pool, &work.map), 0);
		work_assert_all_done(&work);
	}
	pools_close(pool);
}

static void test_recycling_and_schedules(void **state)
{
	pools_each(each_recycling_and_schedules);
}

/* More than there is room for, in total: what is freed is there again. */
static void each_shared_memory(const struct executor *executor)
{
	struct tvp_pool_options options = pools_options(executor, 1);
	char *pieces[8] = {NULL};
	struct tvp_pool *pool;

	options.memory_bytes = 4 << 20;
	pool = pools_open(&options);
	for (size_t i = 0; i < 2000; i++) {
		size_t bytes = 1 + i * 7919 % 200000;
		void *memory;

		tvp_pool_free(pool, pieces[i % 8]);
		assert_int_equal(tvp_pool_alloc(pool, bytes, &memory), 0);
		assert_int_equal((uintptr_t)memory % 64, 0);
		pieces[i % 8] = memset(memory, (int)(i % 8), bytes);
		pieces[i % 8][bytes - 1] = (char)(i % 8);
	}
	for (int i = 0; i < 8; i++)
		assert_int_equal(pieces[i][0], i);
	for (int i = 0; i < 8; i++)
		tvp_pool_free(pool, pieces[i]);
	tvp_pool_free(pool, NULL);
	pools_close(pool);
}

static void test_shared_memory(void **state)
{
	pools_each(each_shared_memory);
}

static void each_worker_pids(const struct executor *executor)
{
	struct tvp_pool_options options = pools_options(executor, WORKERS);
	struct tvp_pool *pool = pools_open(&options);

	for (unsigned rank = 0; rank < options.workers; rank++) {
		pid_t pid = tvp_pool_worker_pid(pool, rank);

		assert_true(pid > 0 && kill(pid, 0) == 0);
		assert_true((pid != getpid()) == pools_processes(executor));
		for (unsigned other = 0; other < rank && pools_processes(executor); other++)
			assert_int_not_equal(pid, tvp_pool_worker_pid(pool, other));
	}
	assert_int_equal(tvp_pool_worker_pid(pool, options.workers), 0);
	assert_int_equal(tvp_pool_worker_pid(pool, UINT32_MAX), 0);
	pools_close(pool);
}

static void test_worker_pids(void **state)
{
	pools_each(each_worker_pids);
}

/* As many as there are CPUs to use. */
static void test_default_workers(void **state)
{
	size_t bytes = cpuset_size_bytes();
	cpu_set_t *set = malloc(bytes);
	struct tvp_pool_options options = {.registry = &tasks_registry, .placement = ""};
	struct tvp_pool_counts counts;
	struct tvp_pool *pool;

	assert_non_null(set);
	assert_int_equal(cpuset_get(set, bytes), 0);
	pool = pools_open(&options);
	tvp_pool_counts(pool, &counts);
	assert_in_range(counts.workers, 1, CPU_COUNT_S(bytes, set));
	pools_close(pool);
	free(set);
}

static void each_placement(const struct executor *executor)
{
	struct tvp_pool_options options = pools_options(executor, 2);
	size_t bytes = cpuset_size_bytes(), cpu = 0;
	cpu_set_t *before = malloc(bytes);
	uint64_t inputs[TASKS] = {0};
	struct whoami answers[TASKS];
	const struct tvp_map map = {.task = "whoami",
				    .count = TASKS,
				    .inputs = inputs,
				    .input_bytes = sizeof(*inputs),
				    .outputs = answers,
				    .output_bytes = sizeof(*answers)};
	char lists[64];
	struct tvp_pool *pool;

	assert_non_null(before);
	assert_int_equal(cpuset_get(before, bytes), 0);
	while (!CPU_ISSET_S(cpu, bytes, before))
		cpu++;
	snprintf(lists, sizeof(lists), options.workers == 2 ? "%zu;%zu" : "%zu", cpu, cpu);
	options.placement = lists;
	pool = pools_open(&options);
	assert_int_equal(tvp_pool_map(pool, &map), 0);
	for (size_t i = 0; i < TASKS; i++)
		assert_int_equal(answers[i].bound_to, 1);
	pools_close(pool);
	/* An executor whose one worker is the caller has bound it. */
	assert_int_equal(cpuset_bind(before, bytes), 0);
	free(before);
}

static void test_placement(void **state)
{
	pools_each(each_placement);
}

static void each_trace(const struct executor *executor)
{
	struct tvp_pool_options options = pools_options(executor, WORKERS);
	const struct tvp_trace_event *events;
	unsigned times[TASKS] = {0}, applied = 0;
	struct tvp_pool *pool;
	struct work work;

	options.trace_events = 4 * TASKS;
	pool = pools_open(&options);
	work_init(&work, pool, TASKS);
	assert_int_equal(tvp_pool_map(pool, &work.map), 0);
	assert_int_equal(work_apply(&work, pool, 0), 0);
	for (unsigned rank = 0; rank < options.workers; rank++) {
		uint64_t before_ns = 0;
		size_t count = tvp_pool_trace(pool, rank, &events);

		for (size_t i = 0; i < count; i++) {
			assert_true(events[i].begin_ns >= before_ns);
			assert_true(events[i].end_ns >= events[i].begin_ns);
			before_ns = events[i].end_ns;
			if (events[i].task == UINT64_MAX) {
				applied++;
				continue;
			}
			assert_in_range(events[i].task, 0, TASKS - 1);
			times[events[i].task]++;
		}
	}
	for (size_t i = 0; i < TASKS; i++)
		assert_int_equal(times[i], 1);
	assert_int_equal(applied, 1);
	tvp_pool_trace_clear(pool);
	for (unsigned rank = 0; rank < options.workers; rank++)
		assert_int_equal(tvp_pool_trace(pool, rank, &events), 0);
	pools_close(pool);
}

static void test_trace(void **state)
{
	pools_each(each_trace);
}

/* Pools of all kinds at once. */
static struct tvp_pool *beside[16];
static unsigned beside_count;

static void open_two(const struct executor *executor)
{
	struct tvp_pool_options options = pools_options(executor, 2);

	options.pipes = !executor->lends;
	for (int i = 0; i < 2; i++) {
		assert_in_range(beside_count, 0, 15);
		beside[beside_count++] = pools_open(&options);
	}
}

static void open_two_without_processes(const struct executor *executor)
{
	if (!pools_processes(executor))
		open_two(executor);
}

/* One pool does not keep another one's workers, pipes or descriptors alive. Process pools first: no fork with threads. */
static void test_pools_beside_each_other(void **state)
{
	beside_count = 0;
	pools_each_process(open_two);
	pools_each(open_two_without_processes);
	/* The oldest first, whose descriptors all the others may have. */
	for (unsigned i = 0; i < beside_count; i++) {
		for (unsigned j = i; j < beside_count; j++) {
			struct work work;

			work_init(&work, beside[j], TASKS);
			assert_int_equal(tvp_pool_map(beside[j], &work.map), 0);
			work_assert_all_done(&work);
		}
		if (i % 2 == 0) {
			assert_int_equal(tvp_pool_close(beside[i]), 0);
			assert_int_equal(tvp_pool_join(beside[i]), 0);
		}
		pools_close(beside[i]);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		pools_test(test_initializer),   pools_test(test_recycling),   pools_test(test_recycling_and_schedules),
		pools_test(test_shared_memory), pools_test(test_worker_pids), pools_test(test_default_workers),
		pools_test(test_placement),     pools_test(test_trace),       pools_test(test_pools_beside_each_other),
	};

	pools_main(argc, argv, HANG_S);
	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
