/* SPDX-License-Identifier: MIT */
/* What executors and subjects say when the kernel refuses a worker, and when the program that is to be one is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"
#include "creations.h"
#include "resources.h"
#include "scratch.h"

enum { HANG_S = 60 };

/* Nobody, and nobody else that runs this test. */
#define UNUSED_USER (1000000000 + (uid_t)getpid())

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* How a name begins, and what its reasons name. */
static const struct {
	const char *name;
	const char *call;
} calls[] = {
	{"thread", "pthread_create of"},
	{"forkserver", "posix_spawn of"},
	{"fork", "fork of"},
	{"spawn", "posix_spawn of"},
	{"vfork", "vfork of"},
	{"system", "system for"},
	{"popen", "popen for"},
	{"clone3", "clone3 of"},
};

static const char *call_of(const struct executor *executor)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (strncmp(executor->name, calls[i].name, strlen(calls[i].name)) == 0)
			return calls[i].call;
	return "";
}

/* The reason of one that is brought up must hold `part`. */
static int check_refusal(const struct executor *executor, int expected, const char *part)
{
	struct creations creations;
	int error = creations_init(&creations, executor, 1);

	if (!error) {
		error = creations_once(&creations, false);
		creations_exit(&creations);
	}
	if (error == expected && strstr(creations.crew.reason, part))
		return 0;
	fprintf(stderr, "%s: %d (%s), and not %d (… %s …)\n", executor->name, error, creations.crew.reason, expected,
		part);
	return 1;
}

/* Limits and the lack of rights do not hold for root. */
static void be_nobody(void)
{
	if (getuid() == 0 && (setgid(UNUSED_USER) != 0 || setuid(UNUSED_USER) != 0))
		child_skip("cannot be another user");
}

static void body_no_processes(void *context)
{
	const struct rlimit none = {0, 0};
	const struct executor *executor;
	int failures = 0;

	be_nobody();
	child_check(setrlimit(RLIMIT_NPROC, &none) == 0);
	for (size_t i = 0; (executor = creations_executor(i)); i++)
		if (!executor->lends && creations_possible(executor))
			/* glibc's popen says the same of every refusal. */
			failures += check_refusal(executor, strcmp(executor->name, "popen") ? -EAGAIN : -ENOMEM,
						  call_of(executor));
	child_check(failures == 0);
	child_check(resources_no_children());
}

static void test_no_processes(void **state)
{
	assert_child(body_no_processes, NULL);
}

/* Room for the program, but not for a large stack. */
static void body_no_memory(void *context)
{
	struct rlimit limit = {0};
	unsigned long pages;
	FILE *file = fopen("/proc/self/statm", "re");

	child_check(file && fscanf(file, "%lu", &pages) == 1);
	fclose(file);
	limit.rlim_cur = limit.rlim_max = (pages * (rlim_t)sysconf(_SC_PAGESIZE)) + (32 << 20);
	child_check(setrlimit(RLIMIT_AS, &limit) == 0);
	child_check(check_refusal(subject_find("thread-cold"), -EAGAIN, "pthread_create of worker 0 with a stack of") ==
		    0);
}

static void test_no_memory(void **state)
{
	if (SANITIZED)
		skip();
	assert_child(body_no_memory, NULL);
}

/* Makes one system call fail with this error. */
static void forbid(long call, int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(filter) / sizeof(*filter), .filter = filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		child_skip("no seccomp filters");
}

/* As old kernels and sandboxes answer. */
static void body_no_clone3(void *context)
{
	int error = *(const int *)context, subjects = 0;
	char reason[REASON_BYTES], expected[80];

	snprintf(expected, sizeof(expected), "clone3: %s", strerror(error));
	forbid(SYS_clone3, error);
	for (size_t i = 0; subject_table[i]; i++)
		if (strncmp(subject_table[i]->name, "clone3-", strlen("clone3-")) == 0) {
			child_check(subject_table[i]->probe(reason) == -error);
			child_check(strstr(reason, expected));
			subjects++;
		}
	child_check(subjects == 5);
}

static void test_no_clone3(void **state)
{
	int errors[] = {ENOSYS, EPERM};

#ifdef __SANITIZE_THREAD__
	skip();
#endif
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		assert_child(body_no_clone3, &errors[i]);
}

/* Without the right to make namespaces the subject is refused, and if that is not heeded the call's error is told. */
static void body_no_namespaces(void *context)
{
	const struct executor *namespaces = subject_find("clone3-namespaces");
	char reason[REASON_BYTES] = "";
	int error;

	be_nobody();
	error = namespaces->probe(reason);
	if (error == -EOPNOTSUPP)
		child_skip("refused under this sanitizer");
	child_check(error == -EPERM);
	child_check(strstr(reason, "CAP_SYS_ADMIN"));
	child_check(check_refusal(namespaces, -EPERM, "clone3 of worker 0: Operation not permitted") == 0);
}

static void test_no_namespaces(void **state)
{
	assert_child(body_no_namespaces, NULL);
}

static void test_small_stacks(void **state)
{
	char reason[REASON_BYTES] = "";
	int error = subject_find("thread-64k")->probe(reason);

	if (sysconf(_SC_THREAD_STACK_MIN) <= 65536) {
		assert_int_equal(error, 0);
	} else {
		assert_int_equal(error, -EOPNOTSUPP);
		assert_non_null(strstr(reason, "PTHREAD_STACK_MIN"));
	}
}

/* The program that a subject executes, and what it says when that has gone after its crew was opened. */
static const struct {
	const char *subject;
	const char *program;
	int error;
	const char *gone;
} executed[] = {
	{"spawn-static", "tvp-tiny-static", -ENOENT, "posix_spawn of tvp-tiny-static for worker 0: No such file"},
	{"spawn-dynamic", "tvp-tiny-dynamic", -ENOENT, "posix_spawn of tvp-tiny-dynamic for worker 0: No such file"},
	{"vfork-exec", "tvp-tiny-static", -ECHILD, "execve of tvp-tiny-static for worker 0: No such file"},
	{"fork-exec", "tvp-tiny-static", -ECHILD, "execve of tvp-tiny-static for worker 0: No such file"},
	{"system", "tvp-tiny-static", -ECHILD, "system for worker 0: the shell could not run tvp-tiny-static"},
	{"popen", "tvp-tiny-static", -ECHILD, "popen for worker 0: the shell could not run tvp-tiny-static"},
};
enum { EXECUTED = sizeof(executed) / sizeof(*executed) };

/* The first is not executed, but found with each crew. */
static const char *const programs[] = {"tvp-worker", "tvp-tiny-static", "tvp-tiny-dynamic"};
enum { PROGRAMS = sizeof(programs) / sizeof(*programs) };

/* In a process whose programs are missing. */
static int alone_missing(void)
{
	for (size_t i = 0; i < EXECUTED; i++) {
		const struct executor *subject = subject_find(executed[i].subject);
		char reason[REASON_BYTES] = "";

		child_check(subject->probe(reason) == -ENOENT);
		child_check(strstr(reason, executed[i].program) && strstr(reason, "is missing"));
		child_check(check_refusal(subject, -ENOENT, executed[i].program) == 0);
	}
	return 0;
}

/* In one whose programs are where it is, in a folder with a name that a shell would make something else of. */
static int alone_found(void)
{
	for (size_t i = 0; i < EXECUTED; i++) {
		struct creations creations;

		child_check(creations_init(&creations, subject_find(executed[i].subject), 2) == 0);
		for (int j = 0; j < 3; j++) {
			child_check(creations_once(&creations, j % 2) == 0);
			child_check(creation_slot(&creations.arena, 0)->done == 1);
			child_check(creation_slot(&creations.arena, 1)->done == 1);
		}
		creations_exit(&creations);
	}
	return 0;
}

/* Somebody who waits for the worker's word hears that it will never come. */
static bool alive_ends(struct creations *creations)
{
	bool ended = false;

	if (crew_start(&creations->crew) != 0)
		return true;
	for (int i = 0; i < 5000 && !ended; i++) {
		ended = crew_alive(&creations->crew) < 0;
		if (!ended)
			usleep(1000);
	}
	return crew_reap(&creations->crew) < 0 && ended;
}

/* In one whose programs go when all is open. */
static int alone_gone(const char *folder)
{
	struct creations creations[EXECUTED];
	int failures = 0;

	for (size_t i = 0; i < EXECUTED; i++)
		child_check(creations_init(&creations[i], subject_find(executed[i].subject), 1) == 0);
	child_check(chdir(folder) == 0);
	for (size_t i = 0; i < PROGRAMS; i++)
		child_check(unlink(programs[i]) == 0);
	child_check(freopen("/dev/null", "w", stderr)); /* the shells' */
	for (size_t i = 0; i < EXECUTED; i++) {
		int error = creations_once(&creations[i], false);

		if (error != executed[i].error || !strstr(creations[i].crew.reason, executed[i].gone) ||
		    !alive_ends(&creations[i])) {
			printf("%s: %d (%s)\n", executed[i].subject, error, creations[i].crew.reason);
			failures++;
		}
		creations_exit(&creations[i]);
	}
	return failures;
}

static int alone(const char *mode, const char *folder)
{
	int result = strcmp(mode, "missing") == 0 ? alone_missing()
		     : strcmp(mode, "found") == 0 ? alone_found()
						  : alone_gone(folder);

	return result || !resources_no_children();
}

/* This program in a folder of its own, with links to so many others. */
static void copy_into(const char *folder, size_t links)
{
	char own[PATH_MAX], path[2 * PATH_MAX], target[2 * PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;
	struct stat status;

	assert_true(length > 0 && from >= 0 && fstat(from, &status) == 0);
	own[length] = '\0';
	*strrchr(own, '/') = '\0';
	snprintf(path, sizeof(path), "%s/alone", folder);
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	assert_true(to >= 0);
	for (off_t at = 0; at < status.st_size;)
		assert_true(sendfile(to, from, &at, (size_t)(status.st_size - at)) > 0);
	close(from);
	close(to);
	for (size_t i = 0; i < links; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, programs[i]);
		snprintf(target, sizeof(target), "%s/%s", own, programs[i]);
		assert_int_equal(symlink(target, path), 0);
	}
}

static void body_alone(void *context)
{
	const char *const *arguments = context;
	char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/alone", arguments[1]);
	execl(path, path, arguments[0], arguments[1], (char *)NULL);
	child_check(!"executed");
}

static void run_alone(const char *mode)
{
	char folder[PATH_MAX + 64], path[PATH_MAX + 128];
	const char *arguments[] = {mode, folder};
	int status;

	snprintf(folder, sizeof(folder), "%s/it's $HOME; `a` \"b\"  \\c #", scratch);
	assert_int_equal(mkdir(folder, 0700), 0);
	copy_into(folder, strcmp(mode, "missing") == 0 ? 1 : PROGRAMS);
	status = child_run(body_alone, arguments);
	for (size_t i = 0; i < PROGRAMS; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, programs[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/alone", folder);
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(status, 0);
}

static void test_programs_missing(void **state)
{
	run_alone("missing");
}

static void test_programs_in_an_odd_folder(void **state)
{
	run_alone("found");
}

static void test_programs_gone(void **state)
{
	run_alone("gone");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_processes),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_no_clone3),
		cmocka_unit_test(test_no_namespaces),
		cmocka_unit_test(test_small_stacks),
		cmocka_unit_test(test_programs_missing),
		cmocka_unit_test(test_programs_in_an_odd_folder),
		cmocka_unit_test(test_programs_gone),
	};

	alarm(HANG_S);
	if (argc == 3)
		return alone(argv[1], argv[2]);
	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
