/* SPDX-License-Identifier: MIT */
/* Every executor and subject brings up workers that do their work in due order, and leaves nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <unistd.h>

#include "creations.h"
#include "resources.h"

enum { HANG_S = 120, CREATIONS = 50, WARMUPS = 20, CREWS = 20 };

/* What the C library and a sanitizer keep for the next time is no leak; one in each creation is. */
enum { KEPT_MAX = 16 };

typedef void subject_fn(const struct executor *executor);

/* All that can work here. */
static void for_each(subject_fn *body)
{
	const struct executor *executor;

	for (size_t i = 0; (executor = creations_executor(i)); i++)
		if (creations_possible(executor))
			body(executor);
}

static void begin(struct creations *creations, const struct executor *executor, unsigned workers)
{
	if (creations_init(creations, executor, workers) != 0)
		fail_msg("%s: %s", executor->name, creations->crew.reason);
}

static void create(struct creations *creations, bool seen)
{
	if (creations_once(creations, seen) != 0)
		fail_msg("%s: %s", creations->crew.executor->name, creations->crew.reason);
}

/* The clock is one for all, and what each writes is there when its end is known. */
static void check_order(const struct creations *creations)
{
	const char *name = creations->crew.executor->name;

	assert_true(creations->begin_ns <= creations->called_ns && creations->called_ns <= creations->reaped_ns);
	for (unsigned rank = 0; rank < creations->crew.workers; rank++) {
		const struct creation_slot *slot = creation_slot(&creations->arena, rank);

		assert_int_equal(slot->error, 0);
		assert_int_equal(slot->done, 1);
		assert_in_range(slot->cpu, 0, sysconf(_SC_NPROCESSORS_CONF) - 1);
		if (slot->started_ns < creations->begin_ns || slot->done_ns < slot->started_ns ||
		    creations->reaped_ns < slot->done_ns)
			fail_msg("%s: worker %u began at %lld, was done at %lld and reaped at %lld ns", name, rank,
				 (long long)(slot->started_ns - creations->begin_ns),
				 (long long)(slot->done_ns - creations->begin_ns),
				 (long long)(creations->reaped_ns - creations->begin_ns));
	}
}

static void order(const struct executor *executor, unsigned workers)
{
	struct creations creations;

	begin(&creations, executor, workers);
	for (int i = 0; i < CREATIONS; i++) {
		create(&creations, i % 2);
		check_order(&creations);
	}
	creations_exit(&creations);
}

static void order_of_one(const struct executor *executor)
{
	order(executor, 1);
}

/* Each worker finds its own slot, and none its neighbour's. */
static void order_of_three(const struct executor *executor)
{
	if (executor->max_workers != 1)
		order(executor, 3);
}

static void test_one_worker(void **state)
{
	for_each(order_of_one);
}

static void test_three_workers(void **state)
{
	for_each(order_of_three);
}

struct holdings {
	int descriptors, mappings, threads;
};

static struct holdings holdings_now(void)
{
	return (struct holdings){.descriptors = resources_descriptors(),
				 .mappings = resources_mappings(""),
				 .threads = resources_threads()};
}

/* Nothing has become more. A thread that nobody joins may take a moment to end. */
static void check_left(const struct executor *executor, const struct holdings *before)
{
	struct holdings after;

	resources_threads_settled(before->threads);
	after = holdings_now();
	if (!resources_no_children())
		fail_msg("%s: has left a child", executor->name);
	if (after.descriptors != before->descriptors || after.threads > before->threads ||
	    after.mappings - before->mappings > KEPT_MAX)
		fail_msg("%s: %d descriptors, %d mappings and %d threads; before: %d, %d and %d", executor->name,
			 after.descriptors, after.mappings, after.threads, before->descriptors, before->mappings,
			 before->threads);
}

static void creations_leave_nothing(const struct executor *executor)
{
	struct creations creations;
	struct holdings before;

	begin(&creations, executor, 1);
	for (int i = 0; i < WARMUPS; i++)
		create(&creations, i % 2);
	before = holdings_now();
	/* A fork server's template is a child as long as its crew lives. */
	for (int i = 0; i < CREATIONS; i++)
		create(&creations, i % 2);
	if (creations.crew.template_pid == 0)
		check_left(executor, &before);
	creations_exit(&creations);
}

static void crews_leave_nothing(const struct executor *executor)
{
	struct creations creations;
	struct holdings before = {0};

	for (int i = 0; i < CREWS + 1; i++) {
		begin(&creations, executor, executor->max_workers == 1 ? 1 : 2);
		create(&creations, false);
		creations_exit(&creations);
		if (i == 0)
			before = holdings_now();
	}
	check_left(executor, &before);
}

static void test_creations_leave_nothing(void **state)
{
	for_each(creations_leave_nothing);
}

static void test_crews_leave_nothing(void **state)
{
	for_each(crews_leave_nothing);
}

/* Page faults of creator and worker for each creation. */
static double faults_of(const char *name)
{
	const struct executor *executor = executor_find(name) ? executor_find(name) : subject_find(name);
	struct rusage first, last;
	struct creations creations;

	begin(&creations, executor, 1);
	for (int i = 0; i < WARMUPS; i++)
		create(&creations, false);
	getrusage(RUSAGE_SELF, &first);
	for (int i = 0; i < CREATIONS; i++)
		create(&creations, false);
	getrusage(RUSAGE_SELF, &last);
	creations_exit(&creations);
	return (double)(last.ru_minflt - first.ru_minflt) / CREATIONS;
}

/* A new stack has to be touched for the first time: at least the page of the thread's own data. */
static void test_cold_stacks(void **state)
{
	double warm = faults_of("thread"), cold = faults_of("thread-cold"), detached = faults_of("thread-detached");

	print_message("faults for each: thread %.2f, thread-cold %.2f, thread-detached %.2f\n", warm, cold, detached);
	assert_true(cold >= warm + 0.9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_worker),
		cmocka_unit_test(test_three_workers),
		cmocka_unit_test(test_creations_leave_nothing),
		cmocka_unit_test(test_crews_leave_nothing),
		cmocka_unit_test(test_cold_stacks),
	};

	alarm(HANG_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
