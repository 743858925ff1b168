/* SPDX-License-Identifier: MIT */
/* Workload creation: what it is told to bring up is brought up and reaped by whoever creates, and refusals are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "resources.h"
#include "scratch.h"
#include "teams.h"

/* Nobody, and nobody else that runs this test. */
#define UNUSED_USER (1000000000 + (uid_t)getpid())

#define PROGRAM       "tvp-tiny-dynamic"
#define REFUSED_SPAWN "posix_spawn of " PROGRAM
#define ELSEWHERE     "elsewhere"

enum { THREAD, FORK, SPAWN, KINDS };

static const struct workload *creation(void)
{
	return workload_find("creation");
}

static struct team_options creators(const char *executor, unsigned workers, uint64_t kind)
{
	static uint64_t parameters[WORKLOAD_PARAMETERS_MAX];
	struct team_options options = teams_options(executor_find(executor), creation(), workers, parameters);

	parameters[0] = kind;
	return options;
}

static void test_names(void **state)
{
	const struct parameter *worker = creation()->parameters;

	assert_string_equal(worker->name, "worker");
	assert_int_equal(worker->max, KINDS - 1);
	assert_string_equal(worker->names[THREAD], "thread");
	assert_string_equal(worker->names[FORK], "fork");
	assert_string_equal(worker->names[SPAWN], "spawn");
}

/* Children of a process, zombies among them; -1 if there is no such process. */
static int children_of(pid_t pid)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	int count = 0;
	bool found = false;

	while (processes && (entry = readdir(processes))) {
		char path[300], status[512] = "";
		FILE *file;
		int parent = 0;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? fopen(path, "re") : NULL;
		if (!file)
			continue;
		if (fgets(status, sizeof(status), file) && strrchr(status, ')'))
			sscanf(strrchr(status, ')'), ") %*c %d", &parent);
		fclose(file);
		count += parent == pid;
		found = found || atoi(entry->d_name) == pid;
	}
	if (processes)
		closedir(processes);
	return found ? count : -1;
}

/* While the team stands: neither a thread nor a process of this one is left that is no creator, and no process of theirs. */
static void check_reaped(const struct team *team, int threads)
{
	int creators = 0;

	for (unsigned rank = 0; rank < team->workers; rank++) {
		pid_t pid = team->crew.seats[rank].pid;

		creators += pid != 0;
		assert_int_equal(pid ? children_of(pid) : 0, 0);
	}
	if (!team->crew.template_pid)
		assert_int_equal(children_of(getpid()), creators);
	assert_int_equal(resources_threads_settled(threads), threads);
}

static void check_creators(const char *executor, unsigned workers, uint64_t kind)
{
	enum { OPS = 40, BATCHES = 3 };
	struct team_options options = creators(executor, workers, kind);
	int descriptors = resources_descriptors(), before = resources_threads(), threads;
	struct team team;

	if (team_init(&team, &options) || team_start(&team))
		fail_msg("%u of %s: %s", workers, executor, team.reason);
	threads = resources_threads();
	for (int i = 0; i < BATCHES; i++) {
		struct team_batch batch;
		uint64_t done = 0;

		if (team_run(&team, OPS + (uint64_t)i, &batch))
			fail_msg("%u of %s, kind %d: %s", workers, executor, (int)kind, team.reason);
		for (unsigned rank = 0; rank < workers; rank++) {
			done += team_slot(&team, rank)->ops;
			assert_int_equal(team_slot(&team, rank)->result, team_slot(&team, rank)->ops);
		}
		assert_int_equal(done, OPS + i);
	}
	check_reaped(&team, threads);
	assert_int_equal(team_stop(&team), 0);
	team_exit(&team);
	assert_true(resources_no_children());
	assert_int_equal(resources_threads_settled(before), before);
	assert_int_equal(resources_descriptors(), descriptors);
}

static void *nothing(void *unused)
{
	return unused;
}

/* Whoever creates, whatever is created, alone and at the same time as others. */
static void test_every_creator_brings_up_everything(void **state)
{
	pthread_t thread;

	/* ThreadSanitizer's own thread comes with the first one, and is there to be counted from now on. */
	assert_int_equal(pthread_create(&thread, NULL, nothing, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	for (const struct executor *const *executor = executor_table; *executor; executor++)
		for (uint64_t kind = 0; kind < KINDS; kind++) {
			check_creators((*executor)->name, 1, kind);
			if (!(*executor)->max_workers)
				check_creators((*executor)->name, 3, kind);
		}
}

static void test_verify_counts(void **state)
{
	for (uint64_t kind = 0; kind < KINDS; kind++) {
		const struct job job = {.parameters = {kind}};

		for (uint64_t ran = 0; ran < 20; ran++) {
			char reason[REASON_BYTES] = "";
			int error = creation()->verify(&job, NULL, 10, ran, reason);

			assert_int_equal(error, ran == 10 ? 0 : -EBADMSG);
			assert_int_equal(strstr(reason, "10 workers") != NULL, ran != 10);
		}
	}
}

/* In a child: the next batch is to fail with this error, and to say why; nothing stays behind. */
static void check_refused(struct team *team, int error, const char *part_of_reason, const char *why)
{
	struct team_batch batch;
	int got = team_run(team, 5, &batch);

	if (got == 0 && error == -EAGAIN)
		child_skip("this user's limits do not bind");
	if (got != error || !strstr(team->reason, part_of_reason) || !strstr(team->reason, why))
		fprintf(stderr, "%d: %s\n", got, team->reason);
	child_check(got == error);
	child_check(strncmp(team->reason, "worker 0: ", 10) == 0);
	child_check(strstr(team->reason, part_of_reason));
	child_check(strstr(team->reason, why));
	team_exit(team);
	child_check(resources_no_children());
}

/* The creator is there before its user changes, who may not be able to walk to the program. */
static void no_task_left(void *context)
{
	static const char *const calls[] = {"pthread_create", "fork", REFUSED_SPAWN};
	uint64_t kind = *(const uint64_t *)context;
	struct team_options options = creators("serial", 1, kind);
	uid_t user = UNUSED_USER;
	struct rlimit limit;
	struct team team;
	bool alone;

	child_check(team_init(&team, &options) == 0 && team_start(&team) == 0);
	alone = geteuid() == 0 && setresuid(user, user, user) == 0;
	limit.rlim_cur = limit.rlim_max = alone ? (rlim_t)resources_threads() : 0;
	child_check(setrlimit(RLIMIT_NPROC, &limit) == 0);
	check_refused(&team, -EAGAIN, calls[kind], strerror(EAGAIN));
}

static void test_no_task_left(void **state)
{
	for (uint64_t kind = 0; kind < KINDS; kind++)
		assert_child(no_task_left, &kind);
}

/* What this program does in a folder without the program that is to be spawned: it must say so. Then that is there, but
 * ends with status 3, by a signal, or cannot be executed. */
static int elsewhere(const char *folder)
{
	static const struct {
		const char *content;
		int error;
		const char *why;
	} programs[] = {
		{"#!/bin/sh\nexit 3\n", -ECHILD, "exited with status 3"},
		{"#!/bin/sh\nkill -9 $$\n", -ECHILD, "killed by signal 9"},
		{"#!/no/such/program\n", -ENOENT, REFUSED_SPAWN},
	};
	struct team_options options = creators("serial", 1, SPAWN);
	char path[PATH_MAX];
	struct team team;

	child_check(team_init(&team, &options) == 0);
	child_check(team_start(&team) == -ENOENT);
	child_check(strstr(team.reason, PROGRAM " is missing"));
	team_exit(&team);
	snprintf(path, sizeof(path), "%s/%s", folder, PROGRAM);
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		FILE *file = fopen(path, "we");

		child_check(file && fputs(programs[i].content, file) >= 0 && fclose(file) == 0);
		child_check(chmod(path, 0700) == 0);
		child_check(team_init(&team, &options) == 0 && team_start(&team) == 0);
		check_refused(&team, programs[i].error, programs[i].why, "");
	}
	return 0;
}

static void copy_program(const char *to)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), copy = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	ssize_t sent;

	child_check(from >= 0 && copy >= 0);
	while ((sent = sendfile(copy, from, NULL, 1 << 20)) > 0)
		;
	child_check(sent == 0 && close(copy) == 0 && close(from) == 0);
}

static void go_elsewhere(void *context)
{
	char copy[PATH_MAX + 16];

	snprintf(copy, sizeof(copy), "%s/copy", scratch);
	copy_program(copy);
	execl(copy, copy, ELSEWHERE, scratch, (char *)NULL);
	child_check(!"executed");
}

static void test_programs_that_are_not_what_they_should_be(void **state)
{
	assert_child(go_elsewhere, NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_every_creator_brings_up_everything),
		cmocka_unit_test(test_verify_counts),
		cmocka_unit_test(test_no_task_left),
		cmocka_unit_test(test_programs_that_are_not_what_they_should_be),
	};

	if (argc == 3 && strcmp(argv[1], ELSEWHERE) == 0)
		return elsewhere(argv[2]);
	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
