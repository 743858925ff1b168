/* SPDX-License-Identifier: MIT */
/* Workloads over files where they fail: full folders and limits, wrong data, O_DIRECT refused, and io_uring refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "child.h"
#include "resources.h"
#include "scratch.h"
#include "teams.h"

static struct team_options options_of(const char *workload, const char *executor, unsigned workers, uint64_t size_kib,
				      uint64_t block_kib, uint64_t third)
{
	static uint64_t parameters[WORKLOAD_PARAMETERS_MAX];
	struct team_options options =
		teams_options(executor_find(executor), workload_find(workload), workers, parameters);

	parameters[0] = size_kib;
	parameters[1] = block_kib;
	parameters[2] = third;
	options.directory = scratch;
	return options;
}

/* Works in a child too. The error of whatever went wrong first; the reason in team->reason. */
static int try(const struct team_options *options, uint64_t ops, struct team *team)
{
	struct team_batch batch;
	int error = team_init(team, options);

	if (error)
		return error;
	error = team_start(team);
	if (!error)
		error = team_run(team, ops, &batch);
	team_exit(team);
	return error;
}

static bool refuses(const struct team_options *options, int error, const char *part)
{
	struct team team;
	int got = try(options, 20, &team);

	if (got == error && strstr(team.reason, part))
		return true;
	fprintf(stderr, "%s by %s: %d instead of %d: %s\n", options->workload->name, options->executor->name, got,
		error, got ? team.reason : "");
	return false;
}

static bool has_ring(void)
{
	struct team_options options = options_of("file-write", "event-loop", 1, 8, 4, 0);
	struct team team;
	int error = try(&options, 1, &team);

	if (error != 0 && error != -EOPNOTSUPP)
		fail_msg("%s", team.reason);
	return !error;
}

static const char *const both[] = {"serial", "event-loop"};

/* What the team's worker, which is this thread, writes to from now on: all files of its. */
static unsigned divert(const char *target)
{
	unsigned diverted = 0;

	for (int fd = 0; fd < 256; fd++) {
		char path[64], name[PATH_MAX] = "";
		int other;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (readlink(path, name, sizeof(name) - 1) < 0 || !strstr(name, "/file-write-"))
			continue;
		other = open(target, O_RDWR | O_CLOEXEC);
		assert_true(other >= 0 && dup2(other, fd) == fd);
		close(other);
		diverted++;
	}
	return diverted;
}

static void check_diverted(const char *executor, uint64_t sync, const char *target, int expected, const char *part)
{
	struct team_options options = options_of("file-write", executor, 3, 64, 8, sync);
	struct team_batch batch;
	struct team team;

	options.workers = strcmp(executor, "serial") ? 3 : 1;
	if (team_init(&team, &options) || team_start(&team) || team_run(&team, 30, &batch))
		fail_msg("%s: %s", executor, team.reason);
	assert_int_equal(divert(target), options.workers);
	assert_int_equal(team_run(&team, 30, &batch), expected);
	if (!strstr(team.reason, part))
		fail_msg("\"%s\" does not say \"%s\"", team.reason, part);
	team_exit(&team);
}

/* A device that takes everything and keeps nothing, one that cannot be synchronised, and one that is full. */
static void test_what_was_not_kept(void **state)
{
	for (int i = 0; i < 1 + has_ring(); i++) {
		check_diverted(both[i], 0, "/dev/zero", -EBADMSG, "did not hold what was written");
		check_diverted(both[i], 1, "/dev/zero", -EINVAL, "cannot write 8 KiB");
		check_diverted(both[i], 0, "/dev/full", -ENOSPC, "set TMPDIR");
		check_diverted(both[i], 1, "/dev/full", -ENOSPC, "set TMPDIR");
	}
}

static void test_sizes_that_make_no_sense(void **state)
{
	struct team_options options = options_of("file-write", "serial", 1, 4, 8, 0);

	assert_true(refuses(&options, -EINVAL, "smaller than"));
	options = options_of("file-write", "serial", 1, 8, 5, 0);
	assert_true(refuses(&options, -EINVAL, "multiples of 4 KiB"));
	options = options_of("file-write", "serial", 1, 8, 4, 0);
	options.directory = "/nonexistent/folder";
	assert_true(refuses(&options, -ENOENT, "/nonexistent/folder"));
}

/* The last block of a file may be shorter than the others: then it is none. */
static void test_sizes_that_do_not_divide(void **state)
{
	struct team_options options = options_of("file-write", "thread", 2, 50, 12, 0);
	struct team team;

	assert_int_equal(try(&options, 300, &team), 0);
}

static void has_a_limit(void *context)
{
	const struct rlimit limit = {100000, 100000};
	struct team_options options = options_of("file-write", "serial", 1, 256, 64, 0);

	signal(SIGXFSZ, SIG_IGN);
	child_check(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	child_check(refuses(&options, -EFBIG, "RLIMIT_FSIZE"));
	child_check(scratch_files("", 0) == 0);
}

static void test_a_limit_on_files(void **state)
{
	assert_child(has_a_limit, NULL);
}

/* In a mount namespace of the child's own, which ends with it. */
static void mount_here(const char *type, const char *data)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tvp-unit", scratch, type, 0, data) < 0)
		child_skip("no mounts of one's own here");
}

static void fills_the_folder(void *context)
{
	static const char *const names[] = {"serial", "thread", "fork", "event-loop"};

	mount_here("tmpfs", "size=512k");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct team_options options = options_of("file-write", names[i], i ? 3 : 1, i ? 256 : 1024, 64, 0);
		struct team team;

		child_check(refuses(&options, -ENOSPC, "set TMPDIR"));
		child_check(scratch_files("", 0) == 0);
		/* And its room is free again. */
		options = options_of("file-write", "serial", 1, 448, 64, 0);
		child_check(try(&options, 20, &team) == 0);
	}
	child_check(resources_no_children());
}

static void test_a_full_folder(void **state)
{
	assert_child(fills_the_folder, NULL);
	assert_int_equal(scratch_files("", 0), 0);
}

static void lacks_direct(void *context)
{
	struct team_options options = options_of("file-read", "serial", 1, 64, 4, 1);
	char path[PATH_MAX + 16];
	int fd;

	mount_here("ramfs", NULL);
	snprintf(path, sizeof(path), "%s/direct", scratch);
	fd = open(path, O_CREAT | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);
	if (fd >= 0)
		child_skip("this kernel's ramfs has O_DIRECT");
	child_check(refuses(&options, -EOPNOTSUPP, "no O_DIRECT"));
}

static void test_no_direct(void **state)
{
	assert_child(lacks_direct, NULL);
}

/* As containers do it. */
static void forbid_ring(int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		child_skip("no seccomp here");
}

static void lacks_ring(void *context)
{
	static const char *const names[] = {"file-read", "file-write"};

	forbid_ring(*(int *)context);
	for (size_t i = 0; i < 2; i++) {
		struct team_options options = options_of(names[i], "event-loop", 3, 64, 4, 0);

		child_check(refuses(&options, -EOPNOTSUPP, "uring"));
	}
}

static void test_no_ring(void **state)
{
	static int errors[] = {EPERM, ENOSYS};

	for (size_t i = 0; i < 2; i++)
		assert_child(lacks_ring, &errors[i]);
	scratch_files("", 1);
}

/* Reads by a ring notice what plain reads notice. */
static void check_damaged(off_t length, int expected, const char *part)
{
	struct team_options options = options_of("file-read", "event-loop", 3, 64, 4, 0);
	char path[PATH_MAX + 64];
	struct team team;
	int fd;

	assert_int_equal(try(&options, 50, &team), 0);
	snprintf(path, sizeof(path), "%s/file-read-64KiB", scratch);
	fd = open(path, O_RDWR | O_CLOEXEC);
	for (off_t at = 4088; at < 65536; at += 4096)
		assert_int_equal(pwrite(fd, "", 1, at + 7), 1);
	assert_int_equal(ftruncate(fd, length), 0);
	close(fd);
	assert_true(refuses(&options, expected, part));
	scratch_files("", 1);
}

static void test_damaged_files(void **state)
{
	if (!has_ring())
		skip();
	check_damaged(65536, -EBADMSG, "did not hold what was written");
	check_damaged(30, -EIO, "through io_uring");
}

/* More than a ring has entries. */
static void test_very_many_at_a_time(void **state)
{
	struct team_options options = options_of("file-read", "event-loop", 5000, 256, 4, 0);
	struct team team;

	if (!has_ring())
		skip();
	if (try(&options, 12000, &team))
		fail_msg("%s", team.reason);
	scratch_files("", 1);
}

static void test_direct_reads(void **state)
{
	struct team_options options = options_of("file-read", "event-loop", 4, 256, 16, 1);
	struct team team;
	int error;

	if (!has_ring())
		skip();
	error = try(&options, 200, &team);
	if (error && !(error == -EOPNOTSUPP && strstr(team.reason, "O_DIRECT")))
		fail_msg("%s", team.reason);
	scratch_files("", 1);
}

static void test_nothing_is_left(void **state)
{
	static const char *const names[] = {"serial", "thread", "fork", "event-loop"};
	int descriptors = resources_descriptors();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) - !has_ring(); i++) {
		struct team_options options = options_of("file-write", names[i], i ? 4 : 1, 16, 4, 0);
		struct team team;

		for (int round = 0; round < 5; round++)
			assert_int_equal(try(&options, 50, &team), 0);
		assert_int_equal(scratch_files("", 0), 0);
		assert_true(resources_no_children());
	}
	assert_int_equal(resources_descriptors(), descriptors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_not_kept),
		cmocka_unit_test(test_sizes_that_make_no_sense),
		cmocka_unit_test(test_sizes_that_do_not_divide),
		cmocka_unit_test(test_a_limit_on_files),
		cmocka_unit_test(test_a_full_folder),
		cmocka_unit_test(test_no_direct),
		cmocka_unit_test(test_no_ring),
		cmocka_unit_test(test_damaged_files),
		cmocka_unit_test(test_very_many_at_a_time),
		cmocka_unit_test(test_direct_reads),
		cmocka_unit_test(test_nothing_is_left),
	};

	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
