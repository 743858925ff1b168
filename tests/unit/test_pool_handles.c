/* SPDX-License-Identifier: MIT */
/* Work in hand: handles that are waited for, got in any order or never, closing and joining; under every executor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pool_work.h"

enum { HANG_S = 250, WORKERS = 3, TASKS = 60, SHORT_NS = 20000000 };

static struct tvp_pool *open_default(const struct executor *executor)
{
	const struct tvp_pool_options options = pools_options(executor, WORKERS);

	return pools_open(&options);
}

static void each_held_map(const struct executor *executor)
{
	struct tvp_pool *pool;
	struct tvp_async handle;
	struct work work;

	pool = open_default(executor);
	work_init(&work, pool, TASKS);
	work.acts[0].kind = ACT_HOLD;
	assert_int_equal(tvp_pool_map_async(pool, &work.map, &handle), 0);
	tasks_await_held(work.ledger, 1);
	assert_int_equal(tvp_async_ready(&handle), 0);
	assert_int_equal(tvp_async_wait(&handle, 0), -ETIMEDOUT);
	assert_int_equal(tvp_async_wait(&handle, SHORT_NS), -ETIMEDOUT);
	assert_int_equal(tvp_pool_drain(pool, SHORT_NS), -ETIMEDOUT);
	work.ledger->open = 1;
	assert_int_equal(tvp_pool_drain(pool, TVP_FOREVER), 0);
	assert_int_equal(tvp_async_ready(&handle), 1);
	assert_int_equal(tvp_async_wait(&handle, 0), 0);
	assert_int_equal(tvp_async_get(&handle, NULL), 0);
	work_assert_all_done(&work);
	pools_close(pool);
}

static void test_held_map(void **state)
{
	pools_each_apart(each_held_map);
}

static void each_held_apply(const struct executor *executor)
{
	struct tvp_pool *pool;
	struct tvp_async handles[2];
	struct work work;
	int error = 1;

	pool = open_default(executor);
	work_init(&work, pool, 2);
	work.map.task = "act_single";
	work.acts[0].kind = ACT_HOLD;
	work.acts[1].kind = ACT_FAIL;
	work.acts[1].value = ENOTTY;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(work_apply_async(&work, pool, i, &handles[i]), 0);
	/* The second one does not wait for the first. */
	assert_int_equal(tvp_async_wait(&handles[1], TVP_FOREVER), 0);
	assert_int_equal(tvp_async_get(&handles[1], &error), 1);
	assert_int_equal(error, -ENOTTY);
	tasks_await_held(work.ledger, 1);
	assert_int_equal(tvp_async_ready(&handles[0]), 0);
	assert_int_equal(tvp_async_wait(&handles[0], SHORT_NS), -ETIMEDOUT);
	work.ledger->open = 1;
	assert_int_equal(tvp_async_get(&handles[0], &error), 0);
	assert_int_equal(error, 0);
	assert_int_equal(work.outputs[0], 1);
	pools_close(pool);
}

static void test_held_apply(void **state)
{
	pools_each_apart(each_held_apply);
}

/* In the order in which tasks end: the one that is held comes last. */
static void each_imap_order(const struct executor *executor)
{
	bool seen[TASKS] = {false};
	struct tvp_pool *pool;
	struct tvp_async handle;
	struct work work;
	size_t index;
	int error;

	pool = open_default(executor);
	work_init(&work, pool, TASKS);
	work.acts[0].kind = ACT_HOLD;
	assert_int_equal(tvp_pool_imap_unordered(pool, &work.map, &handle), 0);
	for (size_t i = 1; i < TASKS; i++) {
		assert_int_equal(tvp_async_next(&handle, TVP_FOREVER, &index, &error), 1);
		assert_in_range(index, 1, TASKS - 1);
		assert_false(seen[index]);
		seen[index] = true;
		assert_int_equal(error, 0);
		assert_int_equal(work.outputs[index], (index + 1) * (index + 1));
	}
	assert_int_equal(tvp_async_next(&handle, 0, &index, &error), -ETIMEDOUT);
	assert_int_equal(tvp_async_next(&handle, SHORT_NS, &index, &error), -ETIMEDOUT);
	work.ledger->open = 1;
	assert_int_equal(tvp_async_next(&handle, TVP_FOREVER, &index, &error), 1);
	assert_int_equal(index, 0);
	assert_int_equal(tvp_async_next(&handle, TVP_FOREVER, &index, &error), 0);
	assert_int_equal(tvp_async_next(&handle, 0, &index, &error), 0);
	assert_int_equal(tvp_async_get(&handle, NULL), 0);
	work_assert_all_done(&work);
	pools_close(pool);
}

static void test_imap_order(void **state)
{
	pools_each_apart(each_imap_order);
}

/* What was handed in before is still run, and can be got after the end. */
static void each_close_and_join(const struct executor *executor)
{
	struct tvp_pool *pool = open_default(executor);
	struct tvp_async map, applied[TASKS];
	struct work first, second;

	work_init(&first, pool, TASKS);
	work_init(&second, pool, TASKS);
	work_set(&first, 0, 1, ACT_SLEEP);
	work_set(&second, 0, 1, ACT_SLEEP);
	assert_int_equal(tvp_pool_map_async(pool, &first.map, &map), 0);
	for (size_t i = 0; i < TASKS; i++)
		assert_int_equal(work_apply_async(&second, pool, i, &applied[i]), 0);
	assert_int_equal(tvp_pool_join(pool), -EBUSY);
	assert_int_equal(tvp_pool_close(pool), 0);
	assert_int_equal(tvp_pool_join(pool), 0);
	assert_int_equal(tvp_async_ready(&map), 1);
	for (size_t i = 0; i < TASKS; i++)
		assert_int_equal(tvp_async_get(&applied[i], &second.errors[i]), 0);
	assert_int_equal(tvp_async_get(&map, NULL), 0);
	work_assert_all_done(&first);
	work_assert_all_done(&second);
	pools_close(pool);
}

static void test_close_and_join(void **state)
{
	pools_each(each_close_and_join);
}

/* Ended in every state, with handles that were never got. */
static void each_left_alone(const struct executor *executor)
{
	for (int how = 0; how < 4; how++) {
		struct tvp_pool *pool = open_default(executor);
		struct tvp_async handles[3];
		struct work work;

		work_init(&work, pool, TASKS);
		for (size_t i = 0; i < TASKS; i++)
			work.acts[i].kind = ACT_SLEEP;
		for (size_t i = 0; how > 0 && i < 3; i++)
			assert_int_equal(tvp_pool_map_async(pool, &work.map, &handles[i]), 0);
		if (how == 2)
			assert_int_equal(tvp_async_wait(&handles[1], TVP_FOREVER), 0);
		if (how == 3)
			assert_int_equal(tvp_pool_close(pool), 0);
		pools_close(pool);
	}
	tvp_pool_destroy(NULL);
}

static void test_left_alone(void **state)
{
	pools_each(each_left_alone);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		pools_test(test_held_map),       pools_test(test_held_apply), pools_test(test_imap_order),
		pools_test(test_close_and_join), pools_test(test_left_alone),
	};

	pools_main(argc, argv, HANG_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
