/* SPDX-License-Identifier: MIT */
/* Workers that are killed from outside, at work or idle; their template, and their owner. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <sys/syscall.h>

#include "child.h"
#include "pool_work.h"

enum { HANG_S = 250, WORKERS = 3, TASKS = 60 };

static struct tvp_pool *open_default(const struct executor *executor)
{
	const struct tvp_pool_options options = pools_options(executor, WORKERS);

	return pools_open(&options);
}

/* Until all threads of the process have ended, whether it was reaped or not: a first thread that is a zombie is no proof
 * of that, as a sanitizer has a thread of its own in each process. That is the death that a pool sees. */
static void await_end(pid_t pid)
{
	struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};

	if (end.fd < 0) {
		assert_int_equal(errno, ESRCH);
		return;
	}
	while (poll(&end, 1, -1) != 1)
		assert_int_equal(errno, EINTR);
	close(end.fd);
}

static void kill_and_see(pid_t pid)
{
	assert_true(pid > 0 && pid != getpid());
	assert_int_equal(kill(pid, SIGKILL), 0);
	await_end(pid);
}

/* `victims` of the workers are killed while all of them hold a task and others wait behind those. */
static void check_killed_at_work(const struct executor *executor, unsigned victims)
{
	struct tvp_pool *pool = open_default(executor);
	struct tvp_pool_counts counts;
	struct tvp_async handle;
	struct work work;
	unsigned lost = 0;

	work_init(&work, pool, TASKS);
	work_set(&work, 0, 1, ACT_HOLD);
	assert_int_equal(tvp_pool_map_async(pool, &work.map, &handle), 0);
	tasks_await_held(work.ledger, WORKERS);
	for (unsigned rank = 0; rank < victims; rank++)
		kill_and_see(tvp_pool_worker_pid(pool, rank));
	work.ledger->open = 1;
	assert_int_equal(tvp_async_get(&handle, NULL), victims);
	for (size_t i = 0; i < TASKS; i++)
		if (work.errors[i] == -EOWNERDEAD) {
			assert_int_equal(work.ledger->runs[i], 1);
			lost++;
		} else {
			work_assert_done(&work, i);
		}
	assert_int_equal(lost, victims);
	work_init(&work, pool, TASKS);
	assert_int_equal(tvp_pool_map(pool, &work.map), 0);
	tvp_pool_counts(pool, &counts);
	assert_int_equal(counts.lost, victims);
	assert_int_equal(counts.replaced, victims);
	pools_close(pool);
}

static void each_killed_at_work(const struct executor *executor)
{
	for (unsigned victims = 1; victims <= WORKERS; victims++)
		check_killed_at_work(executor, victims);
}

static void test_killed_at_work(void **state)
{
	pools_each_process(each_killed_at_work);
}

/* A worker dies while the queue has no place for what it leaves behind: that waits for one, and is run all the same. */
static void each_killed_with_a_full_queue(const struct executor *executor)
{
	struct tvp_pool_options options = pools_options(executor, WORKERS);
	struct tvp_async handle, applied[3];
	struct work work, behind;
	struct tvp_pool *pool;
	unsigned lost = 0;

	options.queue_tasks = 4;
	pool = pools_open(&options);
	work_init(&work, pool, TASKS);
	work.map.chunk = TASKS / WORKERS;
	work_set(&work, 0, TASKS / WORKERS, ACT_HOLD);
	assert_int_equal(tvp_pool_map_async(pool, &work.map, &handle), 0);
	tasks_await_held(work.ledger, WORKERS);
	/* The map has one of the four places until somebody leaves it. */
	work_init(&behind, pool, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(work_apply_async(&behind, pool, i, &applied[i]), 0);
	kill_and_see(tvp_pool_worker_pid(pool, 0));
	assert_int_equal(tvp_async_wait(&handle, 20000000), -ETIMEDOUT);
	work.ledger->open = 1;
	assert_int_equal(tvp_async_get(&handle, NULL), 1);
	for (size_t i = 0; i < TASKS; i++)
		if (work.errors[i] == -EOWNERDEAD)
			lost++;
		else
			work_assert_done(&work, i);
	assert_int_equal(lost, 1);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(tvp_async_get(&applied[i], &behind.errors[i]), 0);
	work_assert_all_done(&behind);
	pools_close(pool);
}

static void test_killed_with_a_full_queue(void **state)
{
	pools_each_process(each_killed_with_a_full_queue);
}

/* Nothing is lost, and whoever was killed is somebody else. */
static void check_killed_idle(const struct executor *executor, unsigned victims)
{
	struct tvp_pool *pool = open_default(executor);
	struct tvp_pool_counts counts;
	pid_t before[WORKERS];
	struct work work;

	for (int round = 0; round < 3; round++) {
		for (unsigned rank = 0; rank < victims; rank++) {
			before[rank] = tvp_pool_worker_pid(pool, rank);
			kill_and_see(before[rank]);
		}
		work_init(&work, pool, TASKS);
		/* Long enough for every worker to have a part. */
		work_set(&work, 0, 3, ACT_SLEEP);
		assert_int_equal(tvp_pool_map(pool, &work.map), 0);
		work_assert_all_done(&work);
	}
	for (unsigned rank = 0; rank < victims; rank++)
		assert_int_not_equal(tvp_pool_worker_pid(pool, rank), before[rank]);
	tvp_pool_counts(pool, &counts);
	assert_int_equal(counts.lost, 0);
	assert_int_equal(counts.replaced, 3 * victims);
	pools_close(pool);
}

static void each_killed_idle(const struct executor *executor)
{
	for (unsigned victims = 1; victims <= WORKERS; victims++)
		check_killed_idle(executor, victims);
}

static void test_killed_idle(void **state)
{
	pools_each_process(each_killed_idle);
}

/* Workers that are dead, or do not answer, when the end comes. */
static void check_end(const struct executor *executor, int signal, bool orderly)
{
	struct tvp_pool *pool = open_default(executor);

	for (unsigned rank = 0; rank < WORKERS; rank++)
		assert_int_equal(kill(tvp_pool_worker_pid(pool, rank), signal), 0);
	if (orderly) {
		assert_int_equal(tvp_pool_close(pool), 0);
		assert_int_equal(tvp_pool_join(pool), 0);
	}
	pools_close(pool);
}

static void each_killed_before_the_end(const struct executor *executor)
{
	check_end(executor, SIGKILL, true);
	check_end(executor, SIGKILL, false);
	check_end(executor, SIGTERM, true);
	check_end(executor, SIGSTOP, false);
}

static void test_killed_before_the_end(void **state)
{
	pools_each_process(each_killed_before_the_end);
}

/* A child of this process that is no worker: what its workers are forked by. 0: there is none. */
static pid_t find_template(const struct tvp_pool *pool)
{
	FILE *children = fopen("/proc/thread-self/children", "re");
	pid_t found = 0;
	int pid;

	if (!children)
		return 0;
	while (!found && fscanf(children, "%d", &pid) == 1) {
		found = pid;
		for (unsigned rank = 0; rank < WORKERS; rank++)
			found = tvp_pool_worker_pid(pool, rank) == pid ? 0 : found;
	}
	fclose(children);
	return found;
}

/* Its workers end with it, and what was theirs is lost; but it is made anew, and so are they. */
static void each_template_killed(const struct executor *executor)
{
	struct tvp_pool *pool = open_default(executor);
	pid_t template = find_template(pool);
	struct tvp_async handle;
	struct work work;

	if (!template) {
		pools_close(pool);
		return;
	}
	work_init(&work, pool, TASKS);
	work_set(&work, 0, 1, ACT_HOLD);
	assert_int_equal(tvp_pool_map_async(pool, &work.map, &handle), 0);
	tasks_await_held(work.ledger, WORKERS);
	kill_and_see(template);
	work.ledger->open = 1;
	assert_int_equal(tvp_async_wait(&handle, TVP_FOREVER), 0);
	assert_in_range(tvp_async_get(&handle, NULL), 0, WORKERS);
	for (size_t i = 0; i < TASKS; i++)
		if (work.errors[i] != -EOWNERDEAD)
			work_assert_done(&work, i);
	for (int round = 0; round < 2; round++) {
		work_init(&work, pool, TASKS);
		assert_int_equal(tvp_pool_map(pool, &work.map), 0);
		work_assert_all_done(&work);
		kill_and_see(find_template(pool));
	}
	pools_close(pool);
}

static void test_template_killed(void **state)
{
	pools_each_process(each_template_killed);
}

/* In a child: makes a pool, tells its workers' pids, and waits for the end. */
struct owner {
	const struct executor *executor;
	int pids;
};

static void owner_main(void *context)
{
	const struct owner *owner = context;
	const struct tvp_pool_options options = pools_options(owner->executor, WORKERS);
	struct tvp_pool *pool;
	struct tvp_async handle;
	struct work work;

	child_check(tvp_pool_create(&pool, &options, NULL) == 0);
	for (unsigned rank = 0; rank < WORKERS; rank++) {
		pid_t pid = tvp_pool_worker_pid(pool, rank);

		child_check(write(owner->pids, &pid, sizeof(pid)) == sizeof(pid));
	}
	work_init(&work, pool, TASKS);
	work_set(&work, 0, 2, ACT_HOLD);
	child_check(tvp_pool_map_async(pool, &work.map, &handle) == 0);
	tasks_await_held(work.ledger, 1);
	kill(getpid(), SIGKILL);
}

/* Workers, at work or asleep, do not outlive their owner. */
static void each_owner_killed(const struct executor *executor)
{
	struct owner owner = {.executor = executor};
	pid_t pids[WORKERS];
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	owner.pids = fds[1];
	assert_int_equal(child_run(owner_main, &owner), -SIGKILL);
	assert_int_equal(read(fds[0], pids, sizeof(pids)), sizeof(pids));
	for (unsigned rank = 0; rank < WORKERS; rank++)
		await_end(pids[rank]);
	close(fds[0]);
	close(fds[1]);
	/* A fork server's template, too. */
	while (resources_group() != 1)
		usleep(500);
}

static void test_owner_killed(void **state)
{
	pools_each_process(each_owner_killed);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		pools_test(test_killed_at_work),
		pools_test(test_killed_idle),
		pools_test(test_killed_with_a_full_queue),
		pools_test(test_killed_before_the_end),
		pools_test(test_owner_killed),
		pools_test(test_template_killed),
	};

	pools_main(argc, argv, HANG_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
