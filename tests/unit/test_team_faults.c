/* SPDX-License-Identifier: MIT */
/* Teams that cannot be made, or lose a worker: the reason is told, and nothing stays behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "core/clock.h"
#include "resources.h"
#include "scratch.h"
#include "teams.h"

enum { HANG_S = 250, WORKERS = 8 };

/* Nobody, and nobody else that runs this test. */
#define UNUSED_USER (1000000000 + (uid_t)getpid())

/* The address space of a sanitizer is its own affair: limits on it end the program. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ADDRESS_SPACE_IS_OURS false
#else
#define ADDRESS_SPACE_IS_OURS true
#endif

static struct team_options options_of(const char *executor, const char *workload, unsigned workers)
{
	static uint64_t parameters[WORKLOAD_PARAMETERS_MAX];

	return teams_options(executor_find(executor), workload_find(workload), workers, parameters);
}

/* In a child: a team that is refused by the kernel, of whose workers at least `fewest` came to be. */
static void refused(const struct team_options *options, int error, unsigned fewest)
{
	int descriptors = resources_descriptors(), got;
	const char *number;
	struct team team;

	child_check(team_init(&team, options) == 0);
	got = team_start(&team);
	if (got == 0 && fewest == 0)
		child_skip("this user's limits do not bind");
	child_check(got == error);
	child_check(teams_started(&team) == 0);
	number = strstr(team.reason, "worker ");
	child_check(number && strstr(team.reason, strerror(-error)));
	child_check(strtoul(number + strlen("worker "), NULL, 10) >= fewest);
	child_check(strtoul(number + strlen("worker "), NULL, 10) < options->workers);
	child_check(resources_no_children());
	team_exit(&team);
	child_check(resources_descriptors() == descriptors);
	child_check(resources_mappings("memfd:tvp-arena") == 0);
}

static void limit(int resource, rlim_t value)
{
	const struct rlimit both = {value, value};

	child_check(setrlimit(resource, &both) == 0);
}

/* A user who has no other process has room for this one and two more (or one that is run with a sanitizer's own thread);
 * any other user has no room at all. */
static void too_many_processes(void *context)
{
	struct team_options options = options_of(context, "noop", WORKERS);
	rlim_t own = (rlim_t)resources_threads();
	uid_t user = UNUSED_USER;
	char worker[64];
	bool alone;

	/* The new user may not be able to walk to the worker's folder. */
	snprintf(worker, sizeof(worker), "/proc/self/fd/%d", open(options.worker_path, O_RDONLY));
	options.worker_path = worker;
	alone = geteuid() == 0 && setresuid(user, user, user) == 0;
	limit(RLIMIT_NPROC, alone ? own + 2 : 0);
	refused(&options, -EAGAIN, alone ? 1 : 0);
}

static void test_too_many_threads(void **state)
{
	assert_child(too_many_processes, (void *)"thread");
}

static void test_too_many_forks(void **state)
{
	assert_child(too_many_processes, (void *)"fork");
}

static void test_too_many_spawns(void **state)
{
	assert_child(too_many_processes, (void *)"spawn");
}

/* Room for some stacks, but not for all. */
static void too_many_stacks(void *context)
{
	struct team_options options = options_of("thread", "noop", 2 * WORKERS);
	unsigned long pages = 0;
	FILE *statm = fopen("/proc/self/statm", "re");

	child_check(statm && fscanf(statm, "%lu", &pages) == 1);
	fclose(statm);
	limit(RLIMIT_AS, pages * (rlim_t)sysconf(_SC_PAGESIZE) + ((rlim_t)WORKERS << 23));
	refused(&options, -EAGAIN, 1);
}

static void test_too_many_stacks(void **state)
{
	if (!ADDRESS_SPACE_IS_OURS)
		skip();
	assert_child(too_many_stacks, NULL);
}

static const struct executor *real;

static int start_some(struct seat *seat)
{
	if (seat->rank < WORKERS / 2)
		return real->start(seat);
	return reason_set(seat->crew->reason, -EAGAIN, "worker %u: on demand", seat->rank);
}

/* The same without limits, for every executor and often. */
static void test_given_up_midway(void **state)
{
	for (const struct executor *const *entry = executor_table; *entry; entry++) {
		struct executor short_of_one = **entry;
		struct team_options options = options_of((*entry)->name, "noop", WORKERS);
		int descriptors = resources_descriptors();

		real = *entry;
		short_of_one.start = start_some;
		options.executor = &short_of_one;
		for (int round = 0; round < 20 && !real->max_workers; round++) {
			struct team team;

			assert_int_equal(team_init(&team, &options), 0);
			assert_int_equal(team_start(&team), -EAGAIN);
			assert_int_equal(teams_started(&team), 0);
			assert_string_equal(team.reason, "worker 4: on demand");
			team_exit(&team);
			assert_true(resources_no_children());
		}
		assert_int_equal(resources_descriptors(), descriptors);
		assert_int_equal(resources_mappings("memfd:tvp-arena"), 0);
	}
}

static const char *const process_executors[] = {"fork", "forkserver", "spawn"};

static void assert_noticed(struct team *team, int error, unsigned rank, const char *how)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "worker %u %s", rank, how);
	assert_int_equal(error, -ECHILD);
	if (!strstr(team->reason, expected))
		fail_msg("\"%s\" does not say \"%s\"", team->reason, expected);
}

static void test_killed_between_batches(void **state)
{
	for (size_t i = 0; i < sizeof(process_executors) / sizeof(*process_executors); i++)
		for (unsigned rank = 0; rank < 3; rank++) {
			struct team_options options = options_of(process_executors[i], "noop", 3);
			struct team_batch batch;
			struct team team;

			assert_int_equal(team_init(&team, &options), 0);
			assert_int_equal(team_start(&team), 0);
			assert_int_equal(team_run(&team, 10, &batch), 0);
			assert_int_equal(kill(team.crew.seats[rank].pid, SIGKILL), 0);
			assert_noticed(&team, team_run(&team, 10, &batch), rank, "was killed by signal 9");
			team_exit(&team);
			assert_true(resources_no_children());
		}
}

static void test_killed_before_the_stop(void **state)
{
	for (size_t i = 0; i < sizeof(process_executors) / sizeof(*process_executors); i++) {
		struct team_options options = options_of(process_executors[i], "noop", 3);
		struct team team;

		assert_int_equal(team_init(&team, &options), 0);
		assert_int_equal(team_start(&team), 0);
		assert_int_equal(kill(team.crew.seats[1].pid, SIGTERM), 0);
		assert_noticed(&team, team_stop(&team), 1, "was killed by signal 15");
		team_exit(&team);
		assert_true(resources_no_children());
	}
}

/* From outside, as the kernel's out-of-memory killer would. */
static pid_t kill_later(pid_t victim)
{
	pid_t killer = fork();

	assert_true(killer >= 0);
	if (killer == 0) {
		usleep(30000);
		_exit(kill(victim, SIGKILL) == 0 ? 0 : CHILD_FAILED);
	}
	return killer;
}

/* The batch would last minutes; the others are asleep in it when their team is ended. */
static void test_killed_in_a_batch(void **state)
{
	for (size_t i = 0; i < sizeof(process_executors) / sizeof(*process_executors); i++) {
		struct team_options options = options_of(process_executors[i], "sleep", 3);
		uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {10000000};
		struct team_batch batch;
		struct team team;
		pid_t killer;

		options.parameters = parameters;
		assert_int_equal(team_init(&team, &options), 0);
		assert_int_equal(team_start(&team), 0);
		killer = kill_later(team.crew.seats[2].pid);
		assert_noticed(&team, team_run(&team, 100, &batch), 2, "was killed by signal 9");
		assert_int_equal(child_wait(killer), 0);
		team_exit(&team);
		assert_true(resources_no_children());
	}
}

static void assert_not_spawned(const char *path, int error)
{
	struct team_options options = options_of("spawn", "noop", 3);
	struct team team;

	options.worker_path = path;
	assert_int_equal(team_init(&team, &options), 0);
	assert_int_equal(team_start(&team), error);
	assert_non_null(strstr(team.reason, path));
	assert_non_null(strstr(team.reason, strerror(-error)));
	assert_int_equal(teams_started(&team), 0);
	team_exit(&team);
	assert_true(resources_no_children());
}

static void test_no_worker_program(void **state)
{
	char path[PATH_MAX + 16];
	int fd;

	assert_not_spawned("/nonexistent/tvp-worker", -ENOENT);
	assert_not_spawned("/dev/null/tvp-worker", -ENOTDIR);
	snprintf(path, sizeof(path), "%s/not-executable", scratch);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_not_spawned(path, -EACCES);
	assert_int_equal(fchmod(fd, 0700), 0);
	assert_int_equal(write(fd, "no program", 10), 10);
	close(fd);
	assert_not_spawned(path, -ENOEXEC);
}

/* Something else in its place that ends at once, well or not. */
static void test_another_worker_program(void **state)
{
	static const struct {
		const char *shell;
		const char *how;
	} others[] = {
		{"exit 0", "exited with status 0 before"},
		{"exit 3", "exited with status 3"},
		{"kill -9 $$", "was killed by signal 9"},
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct team_options options = options_of("spawn", "noop", 1);
		char path[PATH_MAX + 16];
		struct team team;
		FILE *script;

		snprintf(path, sizeof(path), "%s/script-%zu", scratch, i);
		script = fopen(path, "we");
		assert_non_null(script);
		fprintf(script, "#!/bin/sh\n%s\n", others[i].shell);
		assert_int_equal(fclose(script), 0);
		assert_int_equal(chmod(path, 0700), 0);
		options.worker_path = path;
		assert_int_equal(team_init(&team, &options), 0);
		assert_noticed(&team, team_start(&team), 0, others[i].how);
		team_exit(&team);
		assert_true(resources_no_children());
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_many_threads),       cmocka_unit_test(test_too_many_forks),
		cmocka_unit_test(test_too_many_spawns),        cmocka_unit_test(test_too_many_stacks),
		cmocka_unit_test(test_given_up_midway),        cmocka_unit_test(test_killed_between_batches),
		cmocka_unit_test(test_killed_before_the_stop), cmocka_unit_test(test_killed_in_a_batch),
		cmocka_unit_test(test_no_worker_program),      cmocka_unit_test(test_another_worker_program),
	};

	alarm(HANG_S);
	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
