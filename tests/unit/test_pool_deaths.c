/* SPDX-License-Identifier: MIT */
/* Workers that die, in their tasks or between them: who lost what is told, all else is done once, nothing hangs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pool_work.h"
#include "scratch.h"

enum { HANG_S = 250, WORKERS = 3, TASKS = 60 };

static const enum act_kind deaths[] = {ACT_KILL, ACT_ABORT, ACT_EXIT_0, ACT_EXIT_3};
enum { DEATHS = sizeof(deaths) / sizeof(*deaths) };

static struct tvp_pool_options death_options(const struct executor *executor)
{
	struct tvp_pool_options options = pools_options(executor, WORKERS);

	options.pipes = 1;
	return options;
}

static uint64_t lost(const struct tvp_pool *pool)
{
	struct tvp_pool_counts counts;

	tvp_pool_counts(pool, &counts);
	return counts.lost;
}

/* Tasks whose kind is a death are lost and were begun once; all the others are done. */
static void assert_only_deaths_lost(const struct work *work, const char *what)
{
	for (size_t i = 0; i < work->map.count; i++) {
		bool died = work->acts[i].kind >= ACT_KILL;

		if (died && (work->errors[i] != -EOWNERDEAD || work->ledger->runs[i] != 1))
			fail_msg("%s: task %zu was to be lost, and ended with %d, begun %u times", what, i,
				 work->errors[i], work->ledger->runs[i]);
		if (!died && (work->errors[i] || work->ledger->runs[i] != 1))
			fail_msg("%s: task %zu was to be done, and ended with %d, begun %u times", what, i,
				 work->errors[i], work->ledger->runs[i]);
		if (!died)
			work_assert_done(work, i);
	}
}

static size_t deaths_in(const struct work *work)
{
	size_t count = 0;

	for (size_t i = 0; i < work->map.count; i++)
		count += work->acts[i].kind >= ACT_KILL;
	return count;
}

/* Hands in the map of `work` and checks what came of it. */
static void check_map(struct tvp_pool *pool, struct work *work, const char *what)
{
	uint64_t before = lost(pool);
	int64_t failed = tvp_pool_map(pool, &work->map);

	if (failed != (int64_t)deaths_in(work))
		fail_msg("%s: %lld failed", what, (long long)failed);
	assert_only_deaths_lost(work, what);
	assert_int_equal(lost(pool) - before, deaths_in(work));
}

/* Outputs that come through a pipe are lost with all of the claim that they were in, and only those. */
static void check_piped_map(struct tvp_pool *pool, struct work *work, const char *what)
{
	uint64_t before = lost(pool), lost_here = 0;
	int64_t failed = tvp_pool_map(pool, &work->map);

	for (size_t i = 0; i < work->map.count; i++) {
		bool died = work->acts[i].kind >= ACT_KILL;

		if (work->ledger->runs[i] != 1 || (died && work->errors[i] != -EOWNERDEAD))
			fail_msg("%s: task %zu ended with %d, begun %u times", what, i, work->errors[i],
				 work->ledger->runs[i]);
		if (work->errors[i] == -EOWNERDEAD)
			lost_here++;
		else
			work_assert_done(work, i);
	}
	assert_in_range(lost_here, deaths_in(work), work->map.count);
	assert_int_equal(failed, lost_here);
	assert_int_equal(lost(pool) - before, lost_here);
	/* A claim of one task. */
	if (work->map.schedule == TVP_SCHEDULE_DYNAMIC && work->map.chunk <= 1)
		assert_int_equal(lost_here, deaths_in(work));
}

/* Under every schedule, by chunks of one and more, however the data travel, in either form of a task. */
static void check_one_death(struct tvp_pool *pool, unsigned schedule, size_t chunk, enum tvp_payload payload,
			    unsigned turn)
{
	struct work work;
	char what[128];

	snprintf(what, sizeof(what), "schedule %u, chunk %zu, payload %u, turn %u", schedule, chunk, payload, turn);
	work_init(&work, pool, TASKS);
	work.map.task = turn % 2 ? "act" : "act_single";
	work.map.schedule = schedule;
	work.map.chunk = chunk;
	work.map.payload = payload;
	work.acts[turn * 7 % TASKS].kind = deaths[turn % DEATHS];
	if (payload == TVP_PAYLOAD_PIPE)
		check_piped_map(pool, &work, what);
	else
		check_map(pool, &work, what);
}

static void each_one_death(const struct executor *executor)
{
	const struct tvp_pool_options options = death_options(executor);
	struct tvp_pool *pool = pools_open(&options);
	unsigned turn = 0;

	for (unsigned schedule = 0; schedule < TVP_SCHEDULE_COUNT; schedule++)
		for (size_t chunk = 1; chunk <= 9; chunk += 4) {
			check_one_death(pool, schedule, chunk, TVP_PAYLOAD_COPY, turn++);
			check_one_death(pool, schedule, chunk, TVP_PAYLOAD_PIPE, turn++);
		}
	pools_close(pool);
}

static void test_one_death(void **state)
{
	pools_each_process(each_one_death);
}

static void each_many_deaths(const struct executor *executor)
{
	struct tvp_pool_options options = death_options(executor);
	struct tvp_pool *pool;

	pool = pools_open(&options);
	for (size_t i = 0; i < DEATHS; i++) {
		struct work work;

		work_init(&work, pool, TASKS);
		work.map.schedule = (enum tvp_schedule)(i % TVP_SCHEDULE_COUNT);
		work.map.chunk = i;
		work_set(&work, i, 7, deaths[i]);
		check_map(pool, &work, executor->name);
	}
	pools_close(pool);
}

static void test_many_deaths(void **state)
{
	pools_each_process(each_many_deaths);
}

/* The worst that tasks can do: there is an end, and the pool is as good as before. */
static void each_every_task_kills(const struct executor *executor)
{
	struct tvp_pool_options options = death_options(executor);
	struct tvp_pool_counts counts;
	struct tvp_pool *pool;
	struct work work;

	pool = pools_open(&options);
	work_init(&work, pool, TASKS);
	work_set(&work, 0, 1, ACT_KILL);
	check_map(pool, &work, executor->name);
	work_init(&work, pool, TASKS);
	check_map(pool, &work, executor->name);
	tvp_pool_counts(pool, &counts);
	assert_int_equal(counts.replaced, TASKS);
	assert_int_equal(counts.workers, WORKERS);
	pools_close(pool);
}

static void test_every_task_kills(void **state)
{
	pools_each_process(each_every_task_kills);
}

static void each_apply_deaths(const struct executor *executor)
{
	struct tvp_pool_options options = death_options(executor);
	struct tvp_async handles[TASKS];
	struct tvp_pool *pool;
	struct work work;

	pool = pools_open(&options);
	for (size_t i = 0; i < DEATHS; i++) {
		work_init(&work, pool, 2);
		work.acts[0].kind = deaths[i];
		assert_int_equal(work_apply(&work, pool, 0), 1);
		assert_int_equal(work_apply(&work, pool, 1), 0);
		assert_only_deaths_lost(&work, executor->name);
	}
	work_init(&work, pool, TASKS);
	for (size_t i = 0; i < DEATHS; i++)
		work_set(&work, i, 11, deaths[i]);
	for (size_t i = 0; i < TASKS; i++)
		assert_int_equal(work_apply_async(&work, pool, i, &handles[i]), 0);
	for (size_t i = 0; i < TASKS; i++)
		assert_int_equal(tvp_async_get(&handles[i], &work.errors[i]), work.acts[i].kind >= ACT_KILL);
	assert_only_deaths_lost(&work, executor->name);
	assert_int_equal(lost(pool), DEATHS + deaths_in(&work));
	pools_close(pool);
}

static void test_apply_deaths(void **state)
{
	pools_each_process(each_apply_deaths);
}

/* A stream of which nobody asks what became of it. */
static void each_stream_deaths(const struct executor *executor)
{
	struct tvp_pool_options options = death_options(executor);
	struct tvp_pool *pool;
	struct work work;
	void *outputs;

	pool = pools_open(&options);
	work_init(&work, pool, WORK_MAX);
	work_set(&work, 3, 20, ACT_KILL);
	assert_int_equal(tvp_pool_alloc(pool, sizeof(work.outputs), &outputs), 0);
	for (size_t i = 0; i < WORK_MAX; i++)
		assert_int_equal(tvp_pool_apply_async(pool, "act", &work.acts[i], sizeof(struct act),
						      (uint64_t *)outputs + i, sizeof(uint64_t), NULL),
				 0);
	assert_int_equal(tvp_pool_drain(pool, TVP_FOREVER), 0);
	memcpy(work.outputs, outputs, sizeof(work.outputs));
	for (size_t i = 0; i < WORK_MAX; i++)
		work.errors[i] = work.acts[i].kind >= ACT_KILL ? -EOWNERDEAD : 0;
	assert_only_deaths_lost(&work, executor->name);
	assert_int_equal(lost(pool), deaths_in(&work));
	pools_close(pool);
}

static void test_stream_deaths(void **state)
{
	pools_each_process(each_stream_deaths);
}

static void each_imap_deaths(const struct executor *executor)
{
	struct tvp_pool_options options = death_options(executor);
	unsigned given[TASKS] = {0};
	struct tvp_async handle;
	struct tvp_pool *pool;
	struct work work;
	size_t index;
	int error;

	pool = pools_open(&options);
	work_init(&work, pool, TASKS);
	work_set(&work, 0, 9, ACT_ABORT);
	assert_int_equal(tvp_pool_imap_unordered(pool, &work.map, &handle), 0);
	while (tvp_async_next(&handle, TVP_FOREVER, &index, &error) == 1) {
		given[index]++;
		assert_int_equal(error, work.acts[index].kind >= ACT_KILL ? -EOWNERDEAD : 0);
	}
	for (size_t i = 0; i < TASKS; i++)
		assert_int_equal(given[i], 1);
	assert_int_equal(tvp_async_get(&handle, NULL), deaths_in(&work));
	assert_only_deaths_lost(&work, executor->name);
	pools_close(pool);
}

static void test_imap_deaths(void **state)
{
	pools_each_process(each_imap_deaths);
}

/* An initializer that fails or dies in whoever comes after the first: the pool gives up, and says so. */
static void check_no_successor(const struct executor *executor, enum diary_kind kind)
{
	struct tvp_pool_options options = death_options(executor);
	struct diary diary = {.kind = kind, .after = WORKERS, .value = EACCES};
	struct tvp_pool *pool;
	struct work work;
	int64_t failed;

	snprintf(diary.path, sizeof(diary.path), "%.200s/diary", scratch);
	unlink(diary.path);
	options.initializer = "diary";
	options.argument = &diary;
	options.argument_bytes = sizeof(diary);
	pool = pools_open(&options);
	work_init(&work, pool, TASKS);
	/* Nobody is left. */
	work_set(&work, 0, 1, ACT_KILL);
	failed = tvp_pool_map(pool, &work.map);
	assert_int_equal(failed, TASKS);
	assert_in_range(lost(pool), 1, WORKERS);
	for (size_t i = 0; i < TASKS; i++)
		assert_int_equal(work.errors[i], work.ledger->runs[i] ? -EOWNERDEAD : -ECHILD);
	work_init(&work, pool, 1);
	assert_int_equal(tvp_pool_map(pool, &work.map), -ECHILD);
	assert_int_equal(work_apply(&work, pool, 0), -ECHILD);
	assert_int_equal(work.ledger->runs[0], 0);
	tvp_pool_close(pool);
	assert_int_equal(tvp_pool_join(pool), 0);
	pools_close(pool);
}

static void each_no_successors(const struct executor *executor)
{
	for (int kind = DIARY_FAIL; kind <= DIARY_EXIT_0; kind++)
		check_no_successor(executor, (enum diary_kind)kind);
}

static void test_no_successors(void **state)
{
	pools_each_process(each_no_successors);
}

/* Workers come and go as they do when all is well, and die besides. */
static void each_deaths_and_recycling(const struct executor *executor)
{
	struct tvp_pool_options options = death_options(executor);
	struct tvp_pool *pool;
	struct work work;

	options.tasks_per_worker = 5;
	pool = pools_open(&options);
	for (size_t i = 0; i < 3; i++) {
		work_init(&work, pool, TASKS);
		work_set(&work, i, 13, deaths[i]);
		check_map(pool, &work, executor->name);
	}
	pools_close(pool);
}

static void test_deaths_and_recycling(void **state)
{
	pools_each_process(each_deaths_and_recycling);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		pools_test(test_one_death),        pools_test(test_many_deaths),
		pools_test(test_every_task_kills), pools_test(test_apply_deaths),
		pools_test(test_stream_deaths),    pools_test(test_imap_deaths),
		pools_test(test_no_successors),    pools_test(test_deaths_and_recycling),
	};

	pools_main(argc, argv, HANG_S);
	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
