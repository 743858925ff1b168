/* SPDX-License-Identifier: MIT */
/* CPU sets: lists that are read and written, of any size, and what binding does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "child.h"
#include "core/cpuset.h"

enum { SMALL_BYTES = 128, LARGE_CPUS = 8192, LARGE_BYTES = LARGE_CPUS / 8 };

static void test_lists_are_read_and_written(void **state)
{
	static const struct {
		const char *list;
		const char *again;
	} lists[] = {
		{"0", "0"},
		{"1023", "1023"},
		{"0-3", "0-3"},
		{"0-3,8", "0-3,8"},
		{"0,1,2,3", "0-3"},
		{"3,1,2,0", "0-3"},
		{"5-5", "5"},
		{"1,1,1", "1"},
		{"0-1023", "0-1023"},
		{"0-9,5-20", "0-20"},
		{"62-65", "62-65"},
		{"0,2,4", "0,2,4"},
		{"00007", "7"},
		{"8,0-3", "0-3,8"},
		{"63,64,66", "63-64,66"},
		{"1022,1023", "1022-1023"},
	};
	cpu_set_t set;

	assert_int_equal(sizeof(set), SMALL_BYTES);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		char text[64] = "";

		assert_int_equal(cpuset_parse(lists[i].list, &set, sizeof(set)), 0);
		assert_int_equal(cpuset_format(&set, sizeof(set), text, sizeof(text)), 0);
		assert_string_equal(text, lists[i].again);
	}
}

static void test_malformed_lists(void **state)
{
	static const char *const lists[] = {
		"",
		",",
		"0,",
		",0",
		"0,,1",
		"-",
		"0-",
		"-1",
		"3-1",
		"1-2-3",
		"x",
		"0x1",
		"0 ",
		" 0",
		"0;1",
		"0-x",
		"1024",
		"0-1024",
		"+1",
		"1.5",
		"0\n",
		"1,-2",
		"99999999999999999999",
		"0-18446744073709551615",
		"18446744073709551616",
	};
	cpu_set_t set;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (cpuset_parse(lists[i], &set, sizeof(set)) != -EINVAL)
			fail_msg("\"%s\" was understood", lists[i]);
}

/* Sets larger than cpu_set_t; their last CPU is there, the one after it is not. */
static void test_more_than_1024_cpus(void **state)
{
	char list[64];

	for (size_t cpus = 64; cpus <= LARGE_CPUS; cpus *= 2) {
		cpu_set_t *set = CPU_ALLOC(cpus);
		size_t bytes = CPU_ALLOC_SIZE(cpus);

		assert_non_null(set);
		snprintf(list, sizeof(list), "%zu", cpus - 1);
		assert_int_equal(cpuset_parse(list, set, bytes), 0);
		assert_true(CPU_ISSET_S(cpus - 1, bytes, set));
		assert_int_equal(CPU_COUNT_S(bytes, set), 1);
		assert_int_equal(cpuset_format(set, bytes, list, sizeof(list)), 0);
		assert_int_equal(strtoul(list, NULL, 10), cpus - 1);
		snprintf(list, sizeof(list), "0-%zu", cpus - 1);
		assert_int_equal(cpuset_parse(list, set, bytes), 0);
		assert_int_equal(CPU_COUNT_S(bytes, set), cpus);
		snprintf(list, sizeof(list), "%zu", cpus);
		assert_int_equal(cpuset_parse(list, set, bytes), -EINVAL);
		CPU_FREE(set);
	}
}

static void test_random_sets_survive(void **state)
{
	enum { LIST_BYTES = LARGE_CPUS * 5 };
	cpu_set_t *set = CPU_ALLOC(LARGE_CPUS), *again = CPU_ALLOC(LARGE_CPUS);
	char *list = malloc(LIST_BYTES);
	unsigned seed = 1;

	assert_true(set && again && list);
	for (int round = 0; round < 200; round++) {
		CPU_ZERO_S(LARGE_BYTES, set);
		for (int cpu = 0; cpu < LARGE_CPUS; cpu++)
			if (rand_r(&seed) % 200 <= round)
				CPU_SET_S(cpu, LARGE_BYTES, set);
		CPU_SET_S(round, LARGE_BYTES, set);
		assert_int_equal(cpuset_format(set, LARGE_BYTES, list, LIST_BYTES), 0);
		assert_int_equal(cpuset_parse(list, again, LARGE_BYTES), 0);
		assert_true(CPU_EQUAL_S(LARGE_BYTES, set, again));
	}
	CPU_FREE(set);
	CPU_FREE(again);
	free(list);
}

static void test_lists_that_do_not_fit(void **state)
{
	static const char whole[] = "0-3,8,100-200,1023";
	char text[sizeof(whole) + 8];
	cpu_set_t set;

	assert_int_equal(cpuset_parse(whole, &set, sizeof(set)), 0);
	for (size_t bytes = 0; bytes < sizeof(whole) + 4; bytes++) {
		memset(text, '!', sizeof(text));
		assert_int_equal(cpuset_format(&set, sizeof(set), text, bytes), bytes < sizeof(whole) ? -ENOSPC : 0);
		for (size_t i = bytes; i < sizeof(text); i++)
			assert_int_equal(text[i], '!');
		if (bytes >= sizeof(whole))
			assert_string_equal(text, whole);
	}
	CPU_ZERO(&set);
	assert_int_equal(cpuset_format(&set, sizeof(set), text, 1), 0);
	assert_string_equal(text, "");
}

static void test_the_kernel_takes_this_size(void **state)
{
	size_t bytes = cpuset_size_bytes();
	cpu_set_t *set = malloc(bytes);

	assert_non_null(set);
	assert_true(bytes >= sizeof(cpu_set_t));
	assert_int_equal(bytes % 8, 0);
	assert_int_equal(cpuset_get(set, bytes), 0);
	assert_true(CPU_COUNT_S(bytes, set) >= 1);
	free(set);
}

static cpu_set_t *set_now(size_t *bytes)
{
	cpu_set_t *set;

	*bytes = cpuset_size_bytes();
	set = malloc(*bytes);
	child_check(set && cpuset_get(set, *bytes) == 0);
	return set;
}

static size_t first_of(const cpu_set_t *set, size_t bytes)
{
	size_t cpu = 0;

	while (cpu < bytes * 8 && !CPU_ISSET_S(cpu, bytes, set))
		cpu++;
	return cpu;
}

static void binds_to_each(void *context)
{
	size_t bytes, last;
	cpu_set_t *all = set_now(&bytes), *one = calloc(1, bytes), *now = calloc(1, bytes);

	child_check(one && now);
	last = first_of(all, bytes);
	for (size_t cpu = last; cpu < bytes * 8; cpu++) {
		if (!CPU_ISSET_S(cpu, bytes, all))
			continue;
		CPU_ZERO_S(bytes, one);
		CPU_SET_S(cpu, bytes, one);
		child_check(cpuset_bind(one, bytes) == 0);
		child_check(cpuset_get(now, bytes) == 0 && CPU_EQUAL_S(bytes, one, now));
		child_check((size_t)sched_getcpu() == cpu);
	}
	child_check(cpuset_bind(all, bytes) == 0);
	child_check(cpuset_get(now, bytes) == 0 && CPU_EQUAL_S(bytes, all, now));
	free(all);
	free(one);
	free(now);
}

static void test_binding(void **state)
{
	assert_child(binds_to_each, NULL);
}

/* sched_setaffinity fails with EPERM from now on. */
static void forbid_binding(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sched_setaffinity, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		child_skip("no seccomp filters here");
}

static void does_not_bind_again(void *context)
{
	size_t bytes;
	cpu_set_t *set = set_now(&bytes);

	forbid_binding();
	child_check(cpuset_bind(set, bytes) == 0);
	/* Any other set asks the kernel. */
	CPU_CLR_S(first_of(set, bytes), bytes, set);
	CPU_SET_S(bytes * 8 - 1, bytes, set);
	child_check(cpuset_bind(set, bytes) == -EPERM);
	free(set);
}

static void test_binding_again_does_nothing(void **state)
{
	assert_child(does_not_bind_again, NULL);
}

static void binds_to_nothing(void *context)
{
	size_t bytes;
	cpu_set_t *all = set_now(&bytes), *none = calloc(1, bytes), *now = calloc(1, bytes);

	child_check(none && now);
	child_check(cpuset_bind(none, bytes) == -EINVAL);
	if ((size_t)sysconf(_SC_NPROCESSORS_CONF) >= bytes * 8)
		child_skip("every CPU number exists here");
	CPU_SET_S(bytes * 8 - 1, bytes, none);
	child_check(cpuset_bind(none, bytes) == -EINVAL);
	child_check(cpuset_get(now, bytes) == 0 && CPU_EQUAL_S(bytes, all, now));
	free(all);
	free(none);
	free(now);
}

static void test_cpus_that_do_not_exist(void **state)
{
	assert_child(binds_to_nothing, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_are_read_and_written),
		cmocka_unit_test(test_malformed_lists),
		cmocka_unit_test(test_more_than_1024_cpus),
		cmocka_unit_test(test_random_sets_survive),
		cmocka_unit_test(test_lists_that_do_not_fit),
		cmocka_unit_test(test_the_kernel_takes_this_size),
		cmocka_unit_test(test_binding),
		cmocka_unit_test(test_binding_again_does_nothing),
		cmocka_unit_test(test_cpus_that_do_not_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
