/* SPDX-License-Identifier: MIT */
/* Parents as they are asked for: what they then have, what is refused and why, and that nothing of it stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "child.h"
#include "core/experiment.h"
#include "machine/machine.h"
#include "measure/parent.h"
#include "resources.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

enum { POPULATE_WRITE = 23, UNUSED_USER = 64321, MIB = 1 << 20 };

/* What a test asks for; the rest is 0. */
struct wish {
	uint64_t settings[SETTINGS_MAX];
	unsigned workers;
};

#define WISH(...) ((struct wish){.settings = {__VA_ARGS__}, .workers = 1})

static int begin(struct parent *parent, const struct wish *wish, char *reason)
{
	reason[0] = '\0';
	return parent_init(parent, wish->settings, wish->workers, reason);
}

static void begin_well(struct parent *parent, const struct wish *wish)
{
	char reason[REASON_BYTES];

	if (begin(parent, wish, reason) != 0)
		fail_msg("%s", reason);
}

/* For children, which may not use cmocka's. */
static void child_refused(const struct wish *wish, int error, const char *part)
{
	char reason[REASON_BYTES];
	struct parent parent;
	int got = begin(&parent, wish, reason);

	if (got != error || !strstr(reason, part))
		fprintf(stderr, "%d (%s), and not %d (… %s …)\n", got, reason, error, part);
	child_check(got == error && strstr(reason, part));
}

static bool is_mapped(char *address)
{
	unsigned char resident;

	return mincore(address, 1, &resident) == 0;
}

static size_t resident_pages(char *memory, size_t bytes)
{
	size_t pages = bytes / (size_t)sysconf(_SC_PAGESIZE), count = 0;
	unsigned char *resident = calloc(pages, 1);

	if (resident && mincore(memory, bytes, resident) == 0)
		for (size_t i = 0; i < pages; i++)
			count += resident[i] & 1;
	free(resident);
	return count;
}

/* In the mapping at this address, by the kernel's own word. */
static unsigned long smaps_kib(const char *memory, const char *key)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	unsigned long first, last, kib = 0;
	bool here = false;
	char line[512];

	while (smaps && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &first, &last) == 2)
			here = first <= (unsigned long)memory && (unsigned long)memory < last;
		else if (here && strncmp(line, key, strlen(key)) == 0)
			kib = strtoul(line + strlen(key), NULL, 10);
	}
	if (smaps)
		fclose(smaps);
	return kib;
}

static void test_nothing(void **state)
{
	int descriptors = resources_descriptors(), mappings = resources_mappings(""), threads = resources_threads();
	struct parent parent;

	begin_well(&parent, &WISH());
	assert_null(parent.memory);
	assert_int_equal(resources_descriptors(), descriptors);
	assert_int_equal(resources_mappings(""), mappings);
	assert_int_equal(resources_threads(), threads);
	parent_exit(&parent);
}

static void test_memory(void **state)
{
	const size_t bytes = 24 * MIB;
	struct parent parent;

	begin_well(&parent, &WISH([PARENT_MEMORY_MIB] = 24));
	assert_int_equal(parent.memory_bytes, bytes);
	assert_false(parent.huge);
	assert_int_equal(resident_pages(parent.memory, bytes), bytes / (size_t)sysconf(_SC_PAGESIZE));
	assert_int_equal(smaps_kib(parent.memory, "Anonymous:"), bytes / 1024);
	assert_int_equal(smaps_kib(parent.memory, "AnonHugePages:"), 0);
	parent_exit(&parent);
	assert_false(is_mapped(parent.memory));
	assert_false(is_mapped(parent.memory + bytes - 1));
}

/* madvise(MADV_POPULATE_WRITE) fails with this error. */
static void forbid_populating(int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, POPULATE_WRITE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(filter) / sizeof(*filter), .filter = filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		child_skip("no seccomp filters");
}

static void body_kernel_that_cannot_populate(void *context)
{
	char reason[REASON_BYTES];
	struct parent parent;

	forbid_populating(EINVAL);
	child_check(begin(&parent, &WISH([PARENT_MEMORY_MIB] = 3), reason) == 0);
	child_check(smaps_kib(parent.memory, "Anonymous:") == 3 * 1024);
	parent_exit(&parent);
}

static void body_no_pages(void *context)
{
	char reason[REASON_BYTES];
	struct parent parent;

	forbid_populating(ENOMEM);
	child_check(begin(&parent, &WISH([PARENT_MEMORY_MIB] = 3), reason) == -ENOMEM);
	child_check(strstr(reason, "touching 3 MiB for the parent: Cannot allocate memory"));
	child_check(!is_mapped(parent.memory));
}

static void test_populating(void **state)
{
	assert_child(body_kernel_that_cannot_populate, NULL);
	assert_child(body_no_pages, NULL);
}

/* Nothing is touched, and nobody waits. */
static void assert_memory_refused(const struct wish *wish, const char *part)
{
	struct rusage before, after;
	char reason[REASON_BYTES];
	struct parent parent;

	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	assert_int_equal(begin(&parent, wish, reason), -ENOMEM);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	if (!strstr(reason, part))
		fail_msg("\"%s\" does not say \"%s\"", reason, part);
	assert_null(parent.memory);
	assert_in_range(after.ru_minflt - before.ru_minflt, 0, 1000);
	assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 4096);
}

static void test_more_memory_than_there_is(void **state)
{
	uint64_t usable_mib = machine_memory_usable(NULL) >> 20;
	struct wish written = WISH([PARENT_MEMORY_MIB] = usable_mib / 2, [PARENT_WRITE] = PARENT_WRITE_WORKER);

	assert_memory_refused(&WISH([PARENT_MEMORY_MIB] = 1 << 24), "it would take 16777216 MiB of memory");
	/* Written by its creator it would be there twice, by three workers four times. */
	assert_memory_refused(&WISH([PARENT_MEMORY_MIB] = usable_mib * 3 / 4, [PARENT_WRITE] = PARENT_WRITE_CREATOR),
			      "it would take");
	written.workers = 3;
	assert_memory_refused(&written, "half of what");
}

static void body_limited_memory(void *context)
{
	struct rlimit limit = {256 * MIB, 256 * MIB};
	char reason[REASON_BYTES];
	struct parent parent;

	child_check(setrlimit(*(const __rlimit_resource_t *)context, &limit) == 0);
	child_refused(&WISH([PARENT_MEMORY_MIB] = 129), -ENOMEM, "may take 128 MiB: half of what RLIMIT_");
	child_check(begin(&parent, &WISH([PARENT_MEMORY_MIB] = 32), reason) == 0);
	parent_exit(&parent);
}

static void test_limited_memory(void **state)
{
	__rlimit_resource_t limits[] = {RLIMIT_AS, RLIMIT_DATA};

	if (SANITIZED)
		skip();
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		assert_child(body_limited_memory, &limits[i]);
}

static bool has_huge_pages(void)
{
	char text[64] = "";
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");

	if (file && !fgets(text, sizeof(text), file))
		text[0] = '\0';
	if (file)
		fclose(file);
	return text[0] && !strstr(text, "[never]");
}

/* Written to while a child shares them, they are broken up; renewed, they are whole again. */
static void test_huge_pages(void **state)
{
	char reason[REASON_BYTES];
	struct parent parent;
	pid_t pid;
	int error;

	if (!has_huge_pages())
		skip();
	error = begin(&parent, &WISH([PARENT_MEMORY_MIB] = 8, [PARENT_THP] = 1), reason);
	if (error == -EOPNOTSUPP) /* memory is in small pieces */
		skip();
	assert_int_equal(error, 0);
	assert_true(parent.huge);
	assert_int_equal((uintptr_t)parent.memory % (2 * MIB), 0);
	assert_true(smaps_kib(parent.memory, "AnonHugePages:") > 7 * 1024);
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	for (size_t at = 0; at < parent.memory_bytes; at += (size_t)sysconf(_SC_PAGESIZE))
		parent.memory[at] = 2;
	kill(pid, SIGKILL);
	assert_int_equal(child_wait(pid), -SIGKILL);
	assert_true(smaps_kib(parent.memory, "AnonHugePages:") < 7 * 1024);
	assert_int_equal(parent_renew(&parent, reason), 0);
	assert_true(smaps_kib(parent.memory, "AnonHugePages:") > 7 * 1024);
	parent_exit(&parent);
}

static void body_no_huge_pages(void *context)
{
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0)
		child_skip("huge pages cannot be switched off");
	child_refused(&WISH([PARENT_MEMORY_MIB] = 8, [PARENT_THP] = 1), -EOPNOTSUPP, "transparent huge pages");
}

static void test_no_huge_pages(void **state)
{
	assert_child(body_no_huge_pages, NULL);
}

/* Adjoining mappings of others may be joined to the first and the last. */
static void test_mappings(void **state)
{
	const unsigned counts[] = {1, 2, 1000, 1001};

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		int before = resources_mappings("");
		struct parent parent;

		begin_well(&parent, &WISH([PARENT_MAPPINGS] = counts[i]));
		assert_in_range(resources_mappings("") - before + 2, counts[i], counts[i] + 4);
		assert_true(is_mapped(parent.mappings));
		parent_exit(&parent);
		assert_false(is_mapped(parent.mappings));
		assert_false(is_mapped(parent.mappings + parent.mappings_bytes - 1));
	}
}

static void test_more_mappings_than_allowed(void **state)
{
	FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
	char reason[REASON_BYTES];
	struct parent parent;
	unsigned long allowed;

	if (!file || fscanf(file, "%lu", &allowed) != 1 || allowed > 1 << 20) {
		if (file)
			fclose(file);
		skip();
	}
	fclose(file);
	assert_int_equal(begin(&parent, &WISH([PARENT_MAPPINGS] = 1 << 20), reason), -ENOMEM);
	assert_non_null(strstr(reason, "of 1048576 of the parent: Cannot allocate memory (see vm.max_map_count)"));
	assert_false(is_mapped(parent.mappings));
	assert_false(is_mapped(parent.mappings + parent.mappings_bytes - 1));
}

static void body_no_addresses_for_mappings(void *context)
{
	struct rlimit limit = {256 * MIB, 256 * MIB};

	child_check(setrlimit(RLIMIT_AS, &limit) == 0);
	child_refused(&WISH([PARENT_MAPPINGS] = 1 << 18), -ENOMEM, "mmap of 262144 pages for the parent");
}

static void test_no_addresses_for_mappings(void **state)
{
	if (SANITIZED)
		skip();
	assert_child(body_no_addresses_for_mappings, NULL);
}

static void test_descriptors(void **state)
{
	for (int cloexec = 0; cloexec <= 1; cloexec++) {
		int before = resources_descriptors();
		struct parent parent;

		begin_well(&parent, &WISH([PARENT_DESCRIPTORS] = 300, [PARENT_CLOEXEC] = (uint64_t)cloexec));
		assert_int_equal(resources_descriptors(), before + 300);
		for (unsigned i = 0; i < 300; i++)
			assert_int_equal(fcntl(parent.descriptors[i], F_GETFD), cloexec ? FD_CLOEXEC : 0);
		parent_exit(&parent);
		assert_int_equal(resources_descriptors(), before);
	}
}

static rlim_t descriptor_limit(void)
{
	struct rlimit limit;

	child_check(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	return limit.rlim_cur;
}

/* The soft limit is raised for as long as it is needed; the hard one holds. */
static void body_limited_descriptors(void *context)
{
	struct rlimit limit = {100, 200};
	int before = resources_descriptors();
	char reason[REASON_BYTES];
	struct parent parent;

	child_check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	child_check(begin(&parent, &WISH([PARENT_DESCRIPTORS] = 120), reason) == 0);
	child_check(resources_descriptors() == before + 120);
	parent_exit(&parent);
	child_check(descriptor_limit() == 100);
	child_refused(&WISH([PARENT_DESCRIPTORS] = 300), -EMFILE,
		      " of 300 of the parent: Too many open files (see `ulimit -Hn`)");
	child_check(resources_descriptors() == before);
	child_check(descriptor_limit() == 100);
}

static void body_not_one_descriptor(void *context)
{
	struct rlimit limit;
	int lowest = dup(STDERR_FILENO);

	close(lowest);
	limit = (struct rlimit){(rlim_t)lowest, (rlim_t)lowest};
	child_check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	child_refused(&WISH([PARENT_DESCRIPTORS] = 1), -EMFILE, "/dev/null for the parent's descriptors");
}

static void test_limited_descriptors(void **state)
{
	assert_child(body_limited_descriptors, NULL);
	assert_child(body_not_one_descriptor, NULL);
}

/* What a sanitizer starts with the first thread is there from then on. */
static int threads_before(void)
{
	struct parent parent;

	begin_well(&parent, &WISH([PARENT_THREADS] = 1));
	parent_exit(&parent);
	return resources_threads_settled(SANITIZED ? 2 : 1);
}

static void test_threads(void **state)
{
	int before = threads_before();
	struct parent parent;

	begin_well(&parent, &WISH([PARENT_THREADS] = 20));
	assert_int_equal(resources_threads(), before + 20);
	parent_exit(&parent);
	assert_int_equal(resources_threads_settled(before), before);
}

/* Three may be there besides this one. */
static void body_limited_threads(void *context)
{
	struct rlimit limit = {4, 4};
	int before = resources_threads();

	if (getuid() == 0)
		child_check(setgid(UNUSED_USER) == 0 && setuid(UNUSED_USER) == 0);
	child_check(setrlimit(RLIMIT_NPROC, &limit) == 0);
	child_refused(&WISH([PARENT_THREADS] = 20), -EAGAIN,
		      " of 20 of the parent: Resource temporarily unavailable (see `ulimit -u`");
	child_check(resources_threads_settled(before) == before);
}

static void test_limited_threads(void **state)
{
#ifdef __SANITIZE_THREAD__
	skip(); /* it starts no threads in a child of a process that had some */
#endif
	assert_child(body_limited_threads, NULL);
}

/* What was there before the refusal goes, too. */
static void body_refused_at_the_end(void *context)
{
	struct rlimit limit = {50, 50};
	int descriptors = resources_descriptors();
	char reason[REASON_BYTES];
	struct parent parent;

	child_check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	child_check(begin(&parent, &WISH([PARENT_MEMORY_MIB] = 4, [PARENT_MAPPINGS] = 10, [PARENT_DESCRIPTORS] = 60),
			  reason) == -EMFILE);
	child_check(parent.memory && !is_mapped(parent.memory));
	child_check(parent.mappings && !is_mapped(parent.mappings));
	child_check(parent.descriptor_count > 0 && resources_descriptors() == descriptors);
}

static void test_refused_at_the_end(void **state)
{
	assert_child(body_refused_at_the_end, NULL);
}

static void test_all_at_once(void **state)
{
	int descriptors = resources_descriptors(), threads = threads_before();
	struct parent parent;

	begin_well(
		&parent,
		&WISH([PARENT_MEMORY_MIB] = 5, [PARENT_MAPPINGS] = 7, [PARENT_DESCRIPTORS] = 11, [PARENT_THREADS] = 3));
	assert_int_equal(resources_descriptors(), descriptors + 11);
	assert_int_equal(resources_threads(), threads + 3);
	parent_exit(&parent);
	assert_int_equal(resources_descriptors(), descriptors);
	assert_int_equal(resources_threads_settled(threads), threads);
	assert_false(is_mapped(parent.memory));
	assert_false(is_mapped(parent.mappings));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_populating),
		cmocka_unit_test(test_more_memory_than_there_is),
		cmocka_unit_test(test_limited_memory),
		cmocka_unit_test(test_huge_pages),
		cmocka_unit_test(test_no_huge_pages),
		cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_more_mappings_than_allowed),
		cmocka_unit_test(test_no_addresses_for_mappings),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_limited_descriptors),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_limited_threads),
		cmocka_unit_test(test_refused_at_the_end),
		cmocka_unit_test(test_all_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
