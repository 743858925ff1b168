/* SPDX-License-Identifier: MIT */
/* The workload file-read, where files can fail: full, unwritable and odd folders, damaged files, O_DIRECT. */
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
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "child.h"
#include "resources.h"
#include "scratch.h"
#include "teams.h"

enum { SIZE_KIB = 256, BLOCK_KIB = 4, UNUSED_USER = 61234 };

static struct team_options options_in(const char *directory, uint64_t size_kib, uint64_t block_kib, uint64_t direct)
{
	static uint64_t parameters[WORKLOAD_PARAMETERS_MAX];
	struct team_options options = teams_options(executor_find("serial"), workload_find("file-read"), 1, parameters);

	parameters[0] = size_kib;
	parameters[1] = block_kib;
	parameters[2] = direct;
	options.directory = directory;
	return options;
}

/* Works in cmocka's process and in a child. */
static bool is_refused(const char *directory, uint64_t size_kib, int error, const char *part_of_reason)
{
	struct team_options options = options_in(directory, size_kib, BLOCK_KIB, 0);
	struct team team;
	int got = team_init(&team, &options);

	if (got == 0)
		team_exit(&team);
	else if (got != error || !strstr(team.reason, part_of_reason) || !strstr(team.reason, strerror(-error)))
		fprintf(stderr, "%d instead of %d: %s\n", got, error, team.reason);
	return got == error && strstr(team.reason, part_of_reason) && strstr(team.reason, strerror(-error));
}

/* 0, or the error of starting. */
static int reads(uint64_t direct, char *reason)
{
	struct team_options options = options_in(scratch, SIZE_KIB, BLOCK_KIB, direct);
	struct team_batch batch;
	struct team team;
	int error;

	assert_int_equal(team_init(&team, &options), 0);
	error = team_start(&team);
	if (!error)
		error = team_run(&team, 200, &batch);
	memcpy(reason, team.reason, REASON_BYTES);
	team_exit(&team);
	return error;
}

static void test_the_file_is_made_once(void **state)
{
	char path[PATH_MAX + 64], reason[REASON_BYTES];
	struct stat first, second;

	snprintf(path, sizeof(path), "%s/file-read-%dKiB", scratch, SIZE_KIB);
	assert_int_equal(reads(0, reason), 0);
	assert_int_equal(stat(path, &first), 0);
	assert_int_equal(first.st_size, SIZE_KIB * 1024);
	assert_int_equal(reads(0, reason), 0);
	assert_int_equal(stat(path, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);
	assert_int_equal(scratch_files("", 1), 1);
}

/* Half of the work of an earlier process that was killed is no obstacle. */
static void test_an_old_part_is_replaced(void **state)
{
	char path[PATH_MAX + 64], reason[REASON_BYTES];
	int fd;

	snprintf(path, sizeof(path), "%s/file-read-%dKiB.part", scratch, SIZE_KIB);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "half", 4), 4);
	close(fd);
	assert_int_equal(reads(0, reason), 0);
	assert_int_equal(scratch_files(".part", 0), 0);
	scratch_files("", 1);
}

static bool has_direct(void)
{
	char path[PATH_MAX + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/direct", scratch);
	fd = open(path, O_CREAT | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);
	unlink(path);
	return fd >= 0 && close(fd) == 0;
}

static void test_past_the_page_cache(void **state)
{
	char reason[REASON_BYTES] = "";
	int error = reads(1, reason);

	if (has_direct()) {
		if (error)
			fail_msg("%s", reason);
	} else {
		assert_int_equal(error, -EOPNOTSUPP);
		assert_non_null(strstr(reason, "has no O_DIRECT"));
	}
	scratch_files("", 1);
}

static void test_a_block_longer_than_the_file(void **state)
{
	struct team_options options = options_in(scratch, 64, 65, 0);
	struct team team;

	assert_int_equal(team_init(&team, &options), -EINVAL);
	assert_non_null(strstr(team.reason, "smaller than"));
	assert_int_equal(scratch_files("", 0), 0);
}

/* Blocks that no device could read past the page cache are refused everywhere, not just where a read would fail. */
static void test_blocks_that_are_not_aligned(void **state)
{
	struct team_options options = options_in(scratch, 64, 5, 1);
	struct team team;

	assert_int_equal(team_init(&team, &options), -EINVAL);
	assert_non_null(strstr(team.reason, "direct=1"));
	assert_int_equal(scratch_files("", 0), 0);
	options = options_in(scratch, 64, 5, 0);
	assert_int_equal(team_init(&team, &options), 0);
	team_exit(&team);
	scratch_files("", 1);
}

static void test_no_such_folder(void **state)
{
	assert_true(is_refused("/nonexistent/folder", SIZE_KIB, -ENOENT, "/nonexistent/folder/file-read"));
	assert_true(is_refused("/dev/null", SIZE_KIB, -ENOTDIR, "/dev/null/file-read"));
}

static void damaged(uint64_t offset, off_t length, const char *part_of_reason)
{
	char path[PATH_MAX + 64], reason[REASON_BYTES] = "";
	uint64_t word = 1;
	int fd;

	assert_int_equal(reads(0, reason), 0);
	snprintf(path, sizeof(path), "%s/file-read-%dKiB", scratch, SIZE_KIB);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	for (; offset < SIZE_KIB * 1024; offset += BLOCK_KIB * 1024)
		assert_int_equal(pwrite(fd, &word, sizeof(word), (off_t)offset), sizeof(word));
	assert_int_equal(ftruncate(fd, length), 0);
	close(fd);
	assert_true(reads(0, reason) < 0);
	if (!strstr(reason, part_of_reason))
		fail_msg("\"%s\" does not say \"%s\"", reason, part_of_reason);
	scratch_files("", 1);
}

static void test_damaged_files(void **state)
{
	enum { WHOLE = SIZE_KIB * 1024 };

	damaged(0, WHOLE, "did not hold what was written");
	damaged(BLOCK_KIB * 1024 - sizeof(uint64_t), WHOLE, "did not hold what was written");
	damaged(WHOLE, WHOLE / 2, "pread gave 0 of");
	damaged(WHOLE, WHOLE / 2 + 10, "pread gave");
}

/* The writes fail after some of them have been done. */
static void stops_at_a_limit(void *context)
{
	const struct rlimit limit = {100000, 100000};

	signal(SIGXFSZ, SIG_IGN);
	child_check(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	/* A write that is cut short says no more than that. */
	child_check(is_refused(scratch, SIZE_KIB, -ENOSPC, "cannot write 256 KiB") ||
		    is_refused(scratch, SIZE_KIB, -EFBIG, "cannot write 256 KiB"));
	child_check(scratch_files("", 0) == 0);
}

static void test_a_limit_on_files(void **state)
{
	assert_child(stops_at_a_limit, NULL);
}

/* In a mount namespace of the child's own, which ends with it. */
static void fills_the_folder(void *context)
{
	struct team_options small;
	struct team team;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tvp-unit", scratch, "tmpfs", 0, "size=128k") < 0)
		child_skip("no mounts of one's own here");
	child_check(is_refused(scratch, SIZE_KIB, -ENOSPC, "set TMPDIR"));
	child_check(scratch_files("", 0) == 0);
	/* What fits is still made there. */
	small = options_in(scratch, 64, BLOCK_KIB, 0);
	child_check(team_init(&team, &small) == 0);
	child_check(scratch_files("file-read-64KiB", 0) == 1);
}

static void test_a_full_folder(void **state)
{
	assert_child(fills_the_folder, NULL);
	assert_int_equal(scratch_files("", 0), 0);
}

static void may_not_write(void *context)
{
	child_check(chmod(scratch, 0555) == 0);
	if (geteuid() == 0 && setresuid(UNUSED_USER, UNUSED_USER, UNUSED_USER) < 0)
		child_skip("root writes everywhere");
	child_check(is_refused(scratch, SIZE_KIB, -EACCES, "cannot make"));
}

static void test_an_unwritable_folder(void **state)
{
	int status = child_run(may_not_write, NULL);

	assert_int_equal(chmod(scratch, 0700), 0);
	assert_int_equal(scratch_files("", 0), 0);
	if (status == CHILD_SKIPPED)
		skip();
	assert_int_equal(status, 0);
}

static void test_nothing_is_left_open(void **state)
{
	int descriptors = resources_descriptors();
	char reason[REASON_BYTES];

	for (int i = 0; i < 20; i++) {
		assert_true(is_refused("/nonexistent", SIZE_KIB, -ENOENT, "cannot make"));
		assert_int_equal(reads(0, reason), 0);
		assert_int_equal(scratch_files("", 1), 1);
	}
	assert_int_equal(resources_descriptors(), descriptors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_file_is_made_once),
		cmocka_unit_test(test_an_old_part_is_replaced),
		cmocka_unit_test(test_past_the_page_cache),
		cmocka_unit_test(test_a_block_longer_than_the_file),
		cmocka_unit_test(test_blocks_that_are_not_aligned),
		cmocka_unit_test(test_no_such_folder),
		cmocka_unit_test(test_damaged_files),
		cmocka_unit_test(test_a_limit_on_files),
		cmocka_unit_test(test_a_full_folder),
		cmocka_unit_test(test_an_unwritable_folder),
		cmocka_unit_test(test_nothing_is_left_open),
	};

	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
