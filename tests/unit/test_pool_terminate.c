/* SPDX-License-Identifier: MIT */
/* Pools that are terminated at work, at any moment, and waits that a signal interrupts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "pool_work.h"

enum { HANG_S = 250, WORKERS = 3, TASKS = 60, TICK_NS = 2000000 };

static struct tvp_pool *open_default(const struct executor *executor)
{
	const struct tvp_pool_options options = pools_options(executor, WORKERS);

	return pools_open(&options);
}

/* Every task has one of three ends, and its ledger agrees. Returns how many were done. */
static unsigned assert_terminated(const struct work *work)
{
	unsigned done = 0;

	for (size_t i = 0; i < work->map.count; i++)
		switch (work->errors[i]) {
		case 0:
			work_assert_done(work, i);
			done++;
			break;
		case -EOWNERDEAD:
			/* Claimed; perhaps it had not yet told its ledger. */
			assert_true(work->ledger->runs[i] <= 1);
			break;
		default:
			assert_int_equal(work->errors[i], -ECANCELED);
			assert_int_equal(work->ledger->runs[i], 0);
		}
	return done;
}

static void each_terminated_at_work(const struct executor *executor)
{
	struct tvp_async handles[2], applied[TASKS];
	struct work works[2], single;
	struct tvp_pool *pool;

	pool = open_default(executor);
	for (size_t i = 0; i < 2; i++) {
		work_init(&works[i], pool, TASKS);
		work_set(&works[i], 0, 1, ACT_HOLD);
		assert_int_equal(tvp_pool_map_async(pool, &works[i].map, &handles[i]), 0);
	}
	work_init(&single, pool, TASKS);
	for (size_t i = 0; i < TASKS; i++)
		assert_int_equal(work_apply_async(&single, pool, i, &applied[i]), 0);
	tasks_await_held(works[0].ledger, 1);
	assert_int_equal(tvp_pool_terminate(pool), 0);
	assert_int_equal(tvp_async_ready(&handles[1]), 1);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(tvp_async_get(&handles[i], NULL), TASKS);
		assert_int_equal(assert_terminated(&works[i]), 0);
	}
	for (size_t i = 0; i < TASKS; i++)
		assert_in_range(tvp_async_get(&applied[i], &single.errors[i]), 0, 1);
	assert_terminated(&single);
	assert_int_equal(tvp_pool_join(pool), 0);
	pools_close(pool);
}

static void test_terminated_at_work(void **state)
{
	pools_each_process(each_terminated_at_work);
}

/* At some moment between the first task and the last one's end. */
static void each_terminated_at_random(const struct executor *executor)
{
	for (unsigned round = 0; round < 12; round++) {
		struct tvp_pool *pool = open_default(executor);
		struct tvp_async handle;
		struct work work;
		int64_t failed;

		work_init(&work, pool, WORK_MAX);
		work.map.schedule = (enum tvp_schedule)(round % TVP_SCHEDULE_COUNT);
		work.map.chunk = round % 3;
		work_set(&work, 0, 3, ACT_SLEEP);
		assert_int_equal(round % 2 ? tvp_pool_map_async(pool, &work.map, &handle)
					   : tvp_pool_imap_unordered(pool, &work.map, &handle),
				 0);
		tvp_async_wait(&handle, round * round * UINT64_C(40000));
		assert_int_equal(tvp_pool_terminate(pool), 0);
		failed = tvp_async_get(&handle, NULL);
		assert_int_equal(assert_terminated(&work) + failed, WORK_MAX);
		pools_close(pool);
	}
}

static void test_terminated_at_random(void **state)
{
	pools_each(each_terminated_at_random);
}

/* A signal may be handled by any thread. */
static _Atomic int ticks;

static void count_tick(int signal)
{
	ticks++;
}

/* SIGUSR1 again and again, as one that comes before the wait would be missed. */
static timer_t start_ticking(int flags)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	const struct itimerspec interval = {{0, TICK_NS}, {0, TICK_NS}};
	struct sigaction action = {.sa_handler = count_tick, .sa_flags = flags};
	timer_t timer;

	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	assert_int_equal(timer_settime(timer, 0, &interval, NULL), 0);
	return timer;
}

static void stop_ticking(timer_t timer)
{
	timer_delete(timer);
	signal(SIGUSR1, SIG_IGN);
}

static void each_interrupted_waits(const struct executor *executor)
{
	struct tvp_async handle;
	struct tvp_pool *pool;
	struct work work;
	timer_t timer;
	size_t index;
	int error;

	pool = open_default(executor);
	work_init(&work, pool, TASKS);
	work_set(&work, 0, 1, ACT_HOLD);
	assert_int_equal(tvp_pool_imap_unordered(pool, &work.map, &handle), 0);
	timer = start_ticking(0);
	assert_int_equal(tvp_async_wait(&handle, TVP_FOREVER), -EINTR);
	assert_int_equal(tvp_async_next(&handle, TVP_FOREVER, &index, &error), -EINTR);
	assert_int_equal(tvp_pool_drain(pool, TVP_FOREVER), -EINTR);
	assert_int_equal(tvp_pool_close(pool), 0);
	assert_int_equal(tvp_pool_join(pool), -EINTR);
	/* Threads have to be let go. */
	if (!pools_processes(executor))
		work.ledger->open = 1;
	assert_int_equal(tvp_pool_terminate(pool), 0);
	assert_true(tvp_async_get(&handle, NULL) >= 0);
	assert_terminated(&work);
	pools_close(pool);
	stop_ticking(timer);
}

static void test_interrupted_waits(void **state)
{
	pools_each_apart(each_interrupted_waits);
}

/* What does not give up when a signal comes. */
static void each_waits_through_signals(const struct executor *executor)
{
	for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
		timer_t timer = start_ticking(flags);
		struct tvp_pool *pool = open_default(executor);
		struct tvp_async handle;
		struct work work;

		ticks = 0;
		for (int round = 0; round < 2; round++) {
			work_init(&work, pool, TASKS);
			work_set(&work, 0, 1, ACT_SLEEP);
			for (size_t i = 0; i < TASKS; i++)
				work.acts[i].value = 500;
			if (round) {
				assert_int_equal(tvp_pool_map_async(pool, &work.map, &handle), 0);
				assert_int_equal(tvp_async_get(&handle, NULL), 0);
			} else {
				assert_int_equal(tvp_pool_map(pool, &work.map), 0);
			}
			work_assert_all_done(&work);
		}
		assert_true(ticks > 0);
		pools_close(pool);
		stop_ticking(timer);
	}
}

static void test_waits_through_signals(void **state)
{
	pools_each(each_waits_through_signals);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		pools_test(test_terminated_at_work),
		pools_test(test_terminated_at_random),
		pools_test(test_interrupted_waits),
		pools_test(test_waits_through_signals),
	};

	pools_main(argc, argv, HANG_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
