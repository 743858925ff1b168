/* SPDX-License-Identifier: MIT */
/* Shape `create`: the parent is what its settings say, and the pages that somebody is to write are written and counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "creator_run.h"

enum { HANG_S = 120, OPS = 8 };

#define MIB_KIB UINT64_C(1024)

/* Does each page of the parent begin with this byte? */
static bool pages_are(const struct parent *parent, char byte)
{
	for (size_t at = 0; at < parent->memory_bytes; at += (size_t)sysconf(_SC_PAGESIZE))
		if (parent->memory[at] != byte)
			return false;
	return true;
}

/* A page that is written while it is shared is a fault; what a forked worker writes is not its parent's. */
static void assert_written(const struct executor *executor, unsigned workers, enum parent_write write)
{
	bool copied = executor->sharing == SHARING_COPIED, by_creator = write == PARENT_WRITE_CREATOR;
	struct parent *parent;
	struct creator_run own;
	struct sample sample;
	uint64_t pages, written;

	creator_run_init(&own, executor, workers, "");
	own.request.settings[PARENT_MEMORY_MIB] = 4;
	own.request.settings[PARENT_WRITE] = write;
	creator_run_open(&own);
	parent = &creator_run_creator(&own)->parent;
	pages = parent->memory_bytes / (size_t)sysconf(_SC_PAGESIZE);
	assert_int_equal(parent->memory_bytes, 4 * MIB_KIB * 1024);
	for (int round = 0; round < 3; round++) {
		memset(parent->memory, 2, parent->memory_bytes);
		creator_run_batch(&own, OPS, &sample);
		written = OPS * pages * (by_creator ? 1 : workers);
		assert_int_equal(sample.written_pages, written);
		assert_true(sample.written_ns > 0);
		assert_true(pages_are(parent, copied && !by_creator ? 2 : 1));
		if (copied && by_creator)
			assert_true(sample.creator_faults >= pages * OPS);
		else
			assert_true(sample.creator_faults < pages * OPS);
		if (copied)
			assert_true(sample.usage.minor_faults >= written);
		else
			assert_true(sample.usage.minor_faults < written);
	}
	creator_run_close(&own);
}

static void check_written(const struct executor *executor, unsigned workers)
{
	if (executor->sharing == SHARING_FRESH || executor->lends)
		return;
	assert_written(executor, workers, PARENT_WRITE_CREATOR);
	assert_written(executor, workers, PARENT_WRITE_WORKER);
}

static void test_pages_are_written_and_counted(void **state)
{
	creator_run_each(check_written);
}

/* Who has nothing of its creator's memory writes nothing, and no page is said to be written. Its creator can. */
static void check_fresh_written(const struct executor *executor, unsigned workers)
{
	struct creator_run own;
	struct sample sample;

	if (executor->sharing != SHARING_FRESH)
		return;
	for (enum parent_write write = PARENT_WRITE_CREATOR; write <= PARENT_WRITE_WORKER; write++) {
		const struct parent *parent;

		creator_run_init(&own, executor, workers, "");
		own.request.settings[PARENT_MEMORY_MIB] = 1;
		own.request.settings[PARENT_WRITE] = write;
		creator_run_open(&own);
		parent = &creator_run_creator(&own)->parent;
		memset(parent->memory, 2, parent->memory_bytes);
		creator_run_batch(&own, 1, &sample);
		assert_true(pages_are(parent, write == PARENT_WRITE_CREATOR ? 1 : 2));
		assert_int_equal(sample.written_pages > 0, write == PARENT_WRITE_CREATOR);
		assert_int_equal(sample.written_ns > 0, write == PARENT_WRITE_CREATOR);
		creator_run_close(&own);
	}
}

static void test_no_page_is_written_without_a_copy(void **state)
{
	creator_run_each(check_fresh_written);
}

static void test_who_is_the_worker_cannot_write_beside_it(void **state)
{
	struct creator_run own;

	creator_run_init(&own, executor_find("serial"), 1, "");
	own.request.settings[PARENT_MEMORY_MIB] = 1;
	own.request.settings[PARENT_WRITE] = PARENT_WRITE_CREATOR;
	assert_int_equal(creator_run_try(&own), -EOPNOTSUPP);
	assert_non_null(strstr(own.reason, "serial"));
	assert_written(executor_find("serial"), 1, PARENT_WRITE_WORKER);
}

/* The number behind this name in /proc/self/status. */
static uint64_t status_number(const char *name)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long number = 0;
	char line[256];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			sscanf(line + strlen(name), ": %llu", &number);
	fclose(file);
	return number;
}

/* Descriptors that stay open on exec. */
static int descriptors_kept(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++) {
		int flags = fcntl(fd, F_GETFD);

		count += flags >= 0 && !(flags & FD_CLOEXEC);
	}
	return count;
}

/* KiB in huge pages of what smaps says of this range. */
static uint64_t huge_kib(const struct parent *parent)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	unsigned long first, last, begin = (unsigned long)parent->memory, end = begin + parent->memory_bytes;
	unsigned long long kib, sum = 0;
	bool inside = false;
	char line[1024];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &first, &last) == 2)
			inside = first < end && begin < last;
		else if (inside && sscanf(line, "AnonHugePages: %llu kB", &kib) == 1)
			sum += kib;
	}
	fclose(file);
	return sum;
}

enum { MEMORY_MIB = 16, MAPPINGS = 301, DESCRIPTORS = 50, THREADS = 7 };

static void check_parent(const struct executor *executor, unsigned workers)
{
	for (int cloexec = 0; cloexec <= 1; cloexec++) {
		struct creator_run own;
		struct sample sample;
		uint64_t threads = status_number("Threads"), anonymous = status_number("RssAnon");
		int mappings = resources_mappings(""), kept = descriptors_kept();

		creator_run_init(&own, executor, workers, "");
		own.request.settings[PARENT_MEMORY_MIB] = MEMORY_MIB;
		own.request.settings[PARENT_MAPPINGS] = MAPPINGS;
		own.request.settings[PARENT_DESCRIPTORS] = DESCRIPTORS;
		own.request.settings[PARENT_CLOEXEC] = (uint64_t)cloexec;
		own.request.settings[PARENT_THREADS] = THREADS;
		creator_run_open(&own);
		for (int round = 0; round < 2; round++) {
			assert_int_equal(status_number("Threads"), threads + THREADS);
			/* Stacks of threads, the arena and what the C library adds. */
			assert_in_range(resources_mappings(""), mappings + MAPPINGS, mappings + MAPPINGS + 60);
			/* The arena, and the socket to a template. */
			assert_in_range(resources_descriptors(), own.descriptors + DESCRIPTORS + 1,
					own.descriptors + DESCRIPTORS + 2);
			assert_int_equal(descriptors_kept(), kept + (cloexec ? 0 : DESCRIPTORS));
			assert_true(status_number("RssAnon") >= anonymous + MEMORY_MIB * MIB_KIB);
			assert_int_equal(huge_kib(&creator_run_creator(&own)->parent), 0);
			creator_run_batch(&own, OPS, &sample);
		}
		creator_run_close(&own);
		assert_true(resources_mappings("") < mappings + MAPPINGS);
		assert_true(status_number("RssAnon") < anonymous + MEMORY_MIB * MIB_KIB);
	}
}

static void test_the_parent_is_what_the_settings_say(void **state)
{
	creator_run_each(check_parent);
}

#define HUGE_KIB (MEMORY_MIB * MIB_KIB / 100 * 90)

/* Does this process get as many huge pages by itself, with room to align them? */
static bool huge_pages_are_there(void)
{
	size_t bytes = (size_t)(MEMORY_MIB + 2) << 20;
	struct parent own = {.memory_bytes = bytes};
	bool enough;

	own.memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(own.memory, MAP_FAILED);
	if (madvise(own.memory, bytes, MADV_HUGEPAGE) == 0)
		memset(own.memory, 1, bytes);
	enough = huge_kib(&own) >= HUGE_KIB;
	munmap(own.memory, bytes);
	return enough;
}

static void check_huge(const struct executor *executor, unsigned workers)
{
	struct creator_run own;
	struct sample sample;
	int error;

	creator_run_init(&own, executor, workers, "");
	own.request.settings[PARENT_MEMORY_MIB] = MEMORY_MIB;
	own.request.settings[PARENT_THP] = 1;
	error = creator_run_try(&own);
	if (error) {
		assert_int_equal(error, -EOPNOTSUPP);
		assert_non_null(strstr(own.reason, "transparent huge pages"));
		assert_false(huge_pages_are_there());
		return;
	}
	for (int round = 0; round < 2; round++) {
		assert_true(huge_kib(&creator_run_creator(&own)->parent) >= HUGE_KIB);
		creator_run_batch(&own, 1, &sample);
	}
	creator_run_close(&own);
}

static void test_huge_pages_or_a_reason(void **state)
{
	creator_run_each(check_huge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		creator_run_test(test_pages_are_written_and_counted),
		creator_run_test(test_no_page_is_written_without_a_copy),
		creator_run_test(test_who_is_the_worker_cannot_write_beside_it),
		creator_run_test(test_the_parent_is_what_the_settings_say),
		creator_run_test(test_huge_pages_or_a_reason),
	};

	alarm(HANG_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
