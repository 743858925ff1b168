/* SPDX-License-Identifier: MIT */
/* What the kernel charges: only ever more, and to the right account. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "core/clock.h"
#include "core/usage.h"

/* Long beside the kernel's accounting tick, which may be 10 ms. */
#define SPUN_NS    (100 * NS_PER_MS)
#define NOTICED_NS (SPUN_NS / 4)
#define LITTLE_NS  (SPUN_NS / 2)
enum { FAULTS = 256 };

/* Until this thread, not the wall, has used that much. */
static void spin(uint64_t ns)
{
	struct timespec now;
	uint64_t begin_ns = 0, now_ns;

	do {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
		now_ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
		begin_ns = begin_ns ? begin_ns : now_ns;
		for (volatile int i = 0; i < 10000; i++)
			continue;
	} while (now_ns - begin_ns < ns);
}

static uint64_t cpu_ns(const struct usage *usage)
{
	return usage->user_ns + usage->sys_ns;
}

static struct usage usage_since(enum usage_of whose, const struct usage *begin)
{
	struct usage now, sum = {0};

	usage_read(whose, &now);
	usage_add_difference(&sum, begin, &now);
	return sum;
}

static void touch_pages(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = FAULTS * page;
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return;
	/* One fault a page, not one a huge page. */
	madvise(memory, bytes, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < bytes; i += page)
		*(volatile char *)(memory + i) = 1;
	munmap(memory, bytes);
}

static void assert_not_less(const struct usage *before, const struct usage *after)
{
	assert_true(after->user_ns >= before->user_ns);
	assert_true(after->sys_ns >= before->sys_ns);
	assert_true(after->minor_faults >= before->minor_faults);
	assert_true(after->major_faults >= before->major_faults);
	assert_true(after->voluntary_switches >= before->voluntary_switches);
	assert_true(after->involuntary_switches >= before->involuntary_switches);
}

static void test_never_goes_back(void **state)
{
	static const enum usage_of both[] = {USAGE_THREAD, USAGE_PROCESS_AND_REAPED};

	for (size_t i = 0; i < 2; i++) {
		struct usage before, after;

		usage_read(both[i], &before);
		for (int round = 0; round < 300; round++) {
			spin(NS_PER_MS / 10);
			if (round % 50 == 0)
				usleep(100);
			usage_read(both[i], &after);
			assert_not_less(&before, &after);
			before = after;
		}
	}
}

static void test_spinning_and_touching_show(void **state)
{
	struct usage begin, used;

	usage_read(USAGE_THREAD, &begin);
	spin(SPUN_NS);
	touch_pages();
	for (int i = 0; i < 5; i++)
		usleep(1000);
	used = usage_since(USAGE_THREAD, &begin);
	assert_true(cpu_ns(&used) >= NOTICED_NS);
	assert_true(used.user_ns > 0);
	assert_true(used.minor_faults >= FAULTS);
	assert_true(used.voluntary_switches >= 5);
}

static void *spin_thread(void *argument)
{
	struct usage begin;

	usage_read(USAGE_THREAD, &begin);
	spin(SPUN_NS);
	*(struct usage *)argument = usage_since(USAGE_THREAD, &begin);
	return NULL;
}

static void test_a_thread_is_charged_alone(void **state)
{
	struct usage own, process, mine, all, theirs;
	pthread_t thread;

	usage_read(USAGE_THREAD, &own);
	usage_read(USAGE_PROCESS_AND_REAPED, &process);
	assert_int_equal(pthread_create(&thread, NULL, spin_thread, &theirs), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	mine = usage_since(USAGE_THREAD, &own);
	all = usage_since(USAGE_PROCESS_AND_REAPED, &process);
	assert_true(cpu_ns(&theirs) >= NOTICED_NS);
	assert_true(cpu_ns(&mine) < LITTLE_NS);
	assert_true(cpu_ns(&all) >= NOTICED_NS);
}

static void spin_and_touch(void *context)
{
	spin(SPUN_NS);
	touch_pages();
}

static void test_a_child_is_charged_when_reaped(void **state)
{
	struct usage process, own, used, mine;
	siginfo_t info;
	pid_t pid;

	usage_read(USAGE_PROCESS_AND_REAPED, &process);
	usage_read(USAGE_THREAD, &own);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		spin_and_touch(NULL);
		_exit(0);
	}
	/* It has ended, but nobody has reaped it. */
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	used = usage_since(USAGE_PROCESS_AND_REAPED, &process);
	assert_true(cpu_ns(&used) < LITTLE_NS);
	assert_int_equal(child_wait(pid), 0);
	used = usage_since(USAGE_PROCESS_AND_REAPED, &process);
	mine = usage_since(USAGE_THREAD, &own);
	assert_true(cpu_ns(&used) >= NOTICED_NS);
	assert_true(used.minor_faults >= FAULTS);
	assert_true(cpu_ns(&mine) < LITTLE_NS);
}

/* The trap that all executors have to avoid: the same work must cost the same wherever it is done. */
static void test_a_thread_and_a_child_agree(void **state)
{
	struct usage begin, as_thread, as_child, unused;
	pthread_t thread;

	usage_read(USAGE_PROCESS_AND_REAPED, &begin);
	assert_int_equal(pthread_create(&thread, NULL, spin_thread, &unused), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	as_thread = usage_since(USAGE_PROCESS_AND_REAPED, &begin);
	usage_read(USAGE_PROCESS_AND_REAPED, &begin);
	assert_child(spin_and_touch, NULL);
	as_child = usage_since(USAGE_PROCESS_AND_REAPED, &begin);
	assert_true(cpu_ns(&as_child) < 3 * cpu_ns(&as_thread));
	assert_true(cpu_ns(&as_thread) < 3 * cpu_ns(&as_child));
}

static void test_sums(void **state)
{
	const struct usage begin = {1, 2, 3, 4, 5, 6}, end = {11, 22, 33, 44, 55, 66};
	const struct usage twice = {20, 40, 60, 80, 100, 120};
	struct usage sum = {0}, again = {0};

	usage_add_difference(&sum, &begin, &end);
	usage_add(&again, &sum);
	usage_add(&again, &sum);
	assert_memory_equal(&again, &twice, sizeof(twice));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_goes_back),
		cmocka_unit_test(test_spinning_and_touching_show),
		cmocka_unit_test(test_a_thread_is_charged_alone),
		cmocka_unit_test(test_a_child_is_charged_when_reaped),
		cmocka_unit_test(test_a_thread_and_a_child_agree),
		cmocka_unit_test(test_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
