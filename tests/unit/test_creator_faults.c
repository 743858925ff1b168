/* SPDX-License-Identifier: MIT */
/* Shape `create` with workers that die, fail, or are where they should not be: a reason, no hang, nothing left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "child.h"
#include "creator_run.h"
#include "scratch.h"

enum { HANG_S = 120, OPS = 8, WORKERS = 8 };

/* The executor that the test's own one stands before. */
static struct {
	const struct executor *executor;
	unsigned refused_rank; /* this worker and those after it are not started, */
	unsigned victim_rank;  /* this one is killed as soon as it is, */
	unsigned fine;         /* but so many workers are first, */
	unsigned started;
	void (*entry)(const struct seat *seat, uint64_t started_ns); /* and their successors do this */
} real;

static int meddle(struct seat *seat)
{
	int error;

	if (seat->rank >= real.refused_rank)
		return reason_set(seat->crew->reason, -EAGAIN, "worker %u: on demand", seat->rank);
	if (real.started++ < real.fine)
		return real.executor->start(seat);
	/* Once: threads that were started before may read it. */
	if (real.entry && seat->crew->entry != real.entry)
		seat->crew->entry = real.entry;
	error = real.executor->start(seat);
	if (!error && seat->rank == real.victim_rank)
		assert_int_equal(kill(seat->pid, SIGKILL), 0);
	return error;
}

/* Like the executor of that name, but that `real`, to be filled in from here on, tells what goes wrong. */
static struct executor meddled(const char *name)
{
	struct executor executor = *executor_find(name);

	memset(&real, 0, sizeof(real));
	real.executor = executor_find(name);
	real.refused_rank = real.victim_rank = UINT_MAX;
	executor.start = meddle;
	return executor;
}

/* The batch fails like that; then all is over. */
static void assert_fails(struct creator_run *own, uint64_t ops, int error, const char *reason)
{
	struct sample sample;
	int got = creator_run_try_batch(own, ops, &sample);

	if (got != error || !strstr(own->reason, reason))
		fail_msg("%u of %s: %d, \"%s\", not %d, \"%s\"", own->request.workers, own->setup.executor->name, got,
			 own->reason, error, reason);
	for (unsigned rank = 0; rank < own->request.workers; rank++)
		assert_false(creator_run_creator(own)->crew.seats[rank].taken);
	creator_run_exit(own);
}

static const char *const process_executors[] = {"fork", "forkserver", "spawn"};
enum { PROCESS_EXECUTORS = sizeof(process_executors) / sizeof(*process_executors) };

/* By somebody else, while all workers stand still for their creator's writing. */
static void test_killed_by_others(void **state)
{
	for (size_t i = 0; i < PROCESS_EXECUTORS; i++)
		for (unsigned rank = 0; rank < 3; rank++) {
			struct executor executor = meddled(process_executors[i]);
			struct creator_run own;
			char reason[64];

			real.victim_rank = rank;
			real.fine = rank == 1 ? 3 : 0;
			creator_run_init(&own, &executor, 3, "");
			own.request.settings[PARENT_MEMORY_MIB] = 1;
			own.request.settings[PARENT_WRITE] = PARENT_WRITE_CREATOR;
			creator_run_open(&own);
			snprintf(reason, sizeof(reason), "worker %u was killed by signal 9", rank);
			assert_fails(&own, OPS, -ECHILD, reason);
		}
}

static void end_by_segv(const struct seat *seat, uint64_t started_ns)
{
	/* Not as a sanitizer would have it. */
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

static void end_by_kill(const struct seat *seat, uint64_t started_ns)
{
	kill(getpid(), SIGKILL);
}

static void end_by_exit(const struct seat *seat, uint64_t started_ns)
{
	_exit(3);
}

static void end_at_once(const struct seat *seat, uint64_t started_ns)
{
}

static void end_in_half(const struct seat *seat, uint64_t started_ns)
{
	creation_slot(seat->crew->arena, seat->rank)->started_ns = started_ns;
}

/* In the midst of its work, be it the first worker, a later one, or one whose creator waits for the work itself: the first
 * of those comes after all others of a batch. */
static void test_crashes(void **state)
{
	static const struct {
		void (*entry)(const struct seat *seat, uint64_t started_ns);
		int error;
		const char *reaped, *awaited;
	} ways[] = {
		{end_by_segv, -ECHILD, "was killed by signal 11", "was killed by signal 11"},
		{end_by_kill, -ECHILD, "was killed by signal 9", "was killed by signal 9"},
		{end_by_exit, -ECHILD, "exited with status 3", "exited with status 3 before its work was done"},
		{end_at_once, -EPROTO, "ended before its work was done", "exited with status 0 before its work was"},
		{end_in_half, -EPROTO, "ended before its work was done", "exited with status 0 before its work was"},
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		for (unsigned workers = 1; workers <= 2; workers++)
			for (unsigned fine = 0; fine <= OPS; fine += OPS / 2) {
				struct executor executor = meddled("fork");
				bool awaited = fine == OPS;
				struct creator_run own;

				creator_run_init(&own, &executor, workers, "");
				creator_run_open(&own);
				real.entry = ways[i].entry;
				real.fine = fine * workers;
				assert_fails(&own, OPS, awaited ? -ECHILD : ways[i].error,
					     awaited ? ways[i].awaited : ways[i].reaped);
			}
}

/* Threads and the caller itself cannot die alone; but they can forget to work. */
static void test_work_that_is_not_done(void **state)
{
	static const char *const names[] = {"serial", "thread"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct executor executor = meddled(names[i]);
		struct creator_run own;

		creator_run_init(&own, &executor, 1, "");
		creator_run_open(&own);
		real.entry = i ? end_in_half : end_at_once;
		assert_fails(&own, 1, -EPROTO, "worker 0 ended before its work was done");
	}
}

static void test_given_up_midway(void **state)
{
	for (const struct executor *const *entry = executor_table; *entry; entry++)
		for (int round = 0; round < 20 && !(*entry)->max_workers; round++) {
			struct executor executor = meddled((*entry)->name);
			struct creator_run own;

			creator_run_init(&own, &executor, 4, "");
			own.request.settings[PARENT_WRITE] = round % 2 ? PARENT_WRITE_CREATOR : PARENT_WRITE_NONE;
			creator_run_open(&own);
			real.refused_rank = 2;
			assert_fails(&own, 1, -EAGAIN, "worker 2: on demand");
		}
}

/* With it die those that it has forked. */
static void kill_template(const struct seat *seat)
{
	assert_int_equal(kill(seat->crew->template_pid, SIGKILL), 0);
}

static int start_then_kill_template(struct seat *seat)
{
	int error = real.executor->start(seat);

	if (!error && ++real.started == 3)
		kill_template(seat);
	return error;
}

static void test_template_killed(void **state)
{
	struct executor executor = meddled("forkserver");
	struct creator_run own;

	executor.start = start_then_kill_template;
	creator_run_init(&own, &executor, 3, "");
	own.request.settings[PARENT_WRITE] = PARENT_WRITE_CREATOR;
	creator_run_open(&own);
	assert_fails(&own, OPS, -ECHILD, "template has ended");
}

/* Something else in the worker program's place that ends at once, well or not. */
static void test_another_worker_program(void **state)
{
	static const struct {
		const char *shell, *reason;
		int error;
	} others[] = {
		{"exit 0", "worker 0 ended before its work was done", -EPROTO},
		{"exit 3", "worker 0 exited with status 3", -ECHILD},
		{"kill -9 $$", "worker 0 was killed by signal 9", -ECHILD},
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		for (int by_template = 0; by_template <= 1; by_template++) {
			struct creator_run own;
			FILE *script;

			creator_run_init(&own, executor_find(by_template ? "forkserver" : "spawn"), 1, "");
			snprintf(own.request.worker_path, 512, "%.400s/script", scratch);
			script = fopen(own.request.worker_path, "we");
			assert_non_null(script);
			fprintf(script, "#!/bin/sh\n%s\n", others[i].shell);
			assert_int_equal(fclose(script), 0);
			assert_int_equal(chmod(own.request.worker_path, 0700), 0);
			creator_run_open(&own);
			assert_fails(&own, 1, by_template ? -ECHILD : others[i].error,
				     by_template ? "template has ended" : others[i].reason);
		}
}

static void test_no_worker_program(void **state)
{
	struct creator_run own;

	creator_run_init(&own, executor_find("spawn"), 2, "");
	strcpy(own.request.worker_path, "/nonexistent/tvp-worker");
	creator_run_open(&own);
	assert_fails(&own, 1, -ENOENT, "/nonexistent/tvp-worker");
	creator_run_init(&own, executor_find("forkserver"), 2, "");
	strcpy(own.request.worker_path, "/nonexistent/tvp-worker");
	assert_int_equal(creator_run_try(&own), -ENOENT);
	assert_non_null(strstr(own.reason, "/nonexistent/tvp-worker"));
}

/* Leaves the CPU that it was bound to before it works. */
static void work_elsewhere(const struct seat *seat, uint64_t started_ns)
{
	const struct creation_slot *slot = creation_slot(seat->crew->arena, seat->rank);
	const struct creator *creator =
		(const struct creator *)((const char *)seat->crew - offsetof(struct creator, crew));
	unsigned other = seat->rank == 0 ? 1 : 0;

	if (slot->cpuset_offset == ARENA_NOTHING)
		cpuset_bind(creator->wanted[other], creator->cpuset_bytes);
	creation_work(seat->crew->arena, seat->rank, NULL, 0, started_ns);
}

static void test_worker_on_another_cpu(void **state)
{
	static const char *const names[] = {"thread", "fork"};
	size_t first = creator_run_cpu(false), last = creator_run_cpu(true);
	char cpusets[64], reason[80];

	if (first == last)
		skip();
	snprintf(cpusets, sizeof(cpusets), "%zu;%zu", first, last);
	snprintf(reason, sizeof(reason), "worker 0 ran on CPU %zu, to which it was not bound", last);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct executor executor = meddled(names[i]);
		struct creator_run own;

		creator_run_init(&own, &executor, 2, cpusets);
		creator_run_open(&own);
		real.entry = work_elsewhere;
		assert_fails(&own, 1, -EXDEV, reason);
	}
}

/* A set that can be read, but that this kernel has no CPU for: refused to the creator, and to a worker of its own. */
static void test_cpus_that_do_not_exist(void **state)
{
	size_t first = creator_run_cpu(false), beyond = cpuset_size_bytes() * 8 - 1;
	char cpusets[64];

	if ((size_t)sysconf(_SC_NPROCESSORS_CONF) > beyond)
		skip();
	for (const struct executor *const *entry = executor_table; *entry; entry++) {
		struct creator_run own;

		snprintf(cpusets, sizeof(cpusets), "%zu", beyond);
		creator_run_init(&own, *entry, 1, cpusets);
		assert_int_equal(creator_run_try(&own), -EINVAL);
		assert_non_null(strstr(own.reason, cpusets));
		if ((*entry)->max_workers)
			continue;
		snprintf(cpusets, sizeof(cpusets), "%zu;%zu", first, beyond);
		creator_run_init(&own, *entry, 2, cpusets);
		creator_run_open(&own);
		assert_fails(&own, 1, -EINVAL, "worker 1: cannot be bound to its CPU");
	}
}

/* Nobody, and nobody else that runs this test. */
#define UNUSED_USER (1000000000 + (uid_t)getpid())

/* A user who has no other process has room for this one and two more (or one that is run with a sanitizer's own thread);
 * any other user has no room at all. Workers that wait for their creator to write are there at the same time. */
static void no_process_left(void *context)
{
	uid_t user = UNUSED_USER;
	rlim_t own_tasks = (rlim_t)resources_threads();
	const char *name = context;
	struct creator_run own;
	struct sample sample;
	struct rlimit limit;
	unsigned rank = 0;
	bool alone;
	int error;

	creator_run_init(&own, executor_find(name), WORKERS, "");
	own.request.settings[PARENT_WRITE] = PARENT_WRITE_CREATOR;
	snprintf(own.request.worker_path, 64, "/proc/self/fd/%d", open(own.request.worker_path, O_RDONLY));
	child_check(own.run.ops->open(&own.run, &own.setup, own.reason) == 0);
	alone = geteuid() == 0 && setresuid(user, user, user) == 0;
	limit.rlim_cur = limit.rlim_max = alone ? own_tasks + 2 : 0;
	child_check(setrlimit(RLIMIT_NPROC, &limit) == 0);
	error = own.run.ops->batch(&own.run, OPS, &sample, own.reason);
	if (error == 0 && !alone)
		child_skip("this user's limits do not bind");
	child_check(error == -EAGAIN);
	child_check(strstr(own.reason, "worker ") && strstr(own.reason, strerror(EAGAIN)));
	child_check(sscanf(strstr(own.reason, "worker "), "worker %u", &rank) == 1);
	child_check(alone ? rank > 0 && rank < WORKERS : rank == 0);
	own.run.ops->exit(&own.run);
	child_check(resources_no_children());
	child_check(resources_mappings("memfd:tvp-arena") == 0);
}

static void test_no_process_left(void **state)
{
	assert_child(no_process_left, (void *)"fork");
	assert_child(no_process_left, (void *)"spawn");
}

static void test_no_thread_left(void **state)
{
	assert_child(no_process_left, (void *)"thread");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		creator_run_test(test_killed_by_others),       creator_run_test(test_crashes),
		creator_run_test(test_work_that_is_not_done),  creator_run_test(test_given_up_midway),
		creator_run_test(test_template_killed),        creator_run_test(test_another_worker_program),
		creator_run_test(test_no_worker_program),      creator_run_test(test_worker_on_another_cpu),
		creator_run_test(test_cpus_that_do_not_exist), creator_run_test(test_no_process_left),
		creator_run_test(test_no_thread_left),
	};
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	alarm(HANG_S);
	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
