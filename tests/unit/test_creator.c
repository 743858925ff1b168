/* SPDX-License-Identifier: MIT */
/* Shape `create` with every executor: times in order, nothing left behind, workers where they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "creator_run.h"

enum { HANG_S = 120, OPS = 8 };

static void check_times(const struct sample *sample, uint64_t before_ns, uint64_t after_ns)
{
	const uint64_t *phase_ns = sample->phase_ns;

	assert_in_range(sample->start_ns, before_ns, after_ns);
	assert_true(phase_ns[PHASE_CALLED] > 0 && phase_ns[PHASE_CALLED] <= phase_ns[PHASE_REAPED]);
	assert_true(phase_ns[PHASE_STARTED] > 0 && phase_ns[PHASE_STARTED] <= phase_ns[PHASE_DONE]);
	assert_true(phase_ns[PHASE_DONE] <= phase_ns[PHASE_REAPED]);
	assert_int_equal(sample->wall_ns, phase_ns[PHASE_REAPED]);
	assert_true(sample->wall_ns + sample->seen_ns <= after_ns - sample->start_ns);
	assert_true(sample->seen_ns > 0);
	assert_int_equal(sample->written_pages, 0);
	assert_int_equal(sample->written_ns, 0);
}

/* One at a time, where each has its own times, and several. */
static void check_phases(const struct executor *executor, unsigned workers)
{
	struct creator_run own;

	creator_run_init(&own, executor, workers, "");
	creator_run_open(&own);
	assert_int_equal(own.run.turn, 1);
	for (int round = 0; round < OPS; round++) {
		uint64_t ops = round < OPS / 2 ? 1 : OPS, before_ns = clock_now_ns();
		struct sample sample;

		creator_run_batch(&own, ops, &sample);
		assert_int_equal(sample.ops, ops);
		check_times(&sample, before_ns, clock_now_ns());
		assert_in_range(sample.seen_ops, 1, ops);
		if (executor->lends)
			assert_true(sample.phase_ns[PHASE_DONE] <= sample.phase_ns[PHASE_CALLED]);
		if (!creator_run_creator(&own)->crew.template_pid)
			assert_true(resources_no_children());
		assert_int_equal(resources_threads_settled(own.threads), own.threads);
	}
	creator_run_close(&own);
}

static void test_phases(void **state)
{
	creator_run_each(check_phases);
}

/* Whatever a creation takes, a hundred of them leave nothing; creator_run_exit looks, too. */
static void check_leaks(const struct executor *executor, unsigned workers)
{
	struct creator_run own;
	int descriptors, mappings;

	creator_run_init(&own, executor, workers, "");
	creator_run_open(&own);
	for (int round = 0; round < 4; round++) {
		struct sample sample;

		creator_run_batch(&own, 20, &sample);
		if (round == 0) {
			descriptors = resources_descriptors();
			mappings = resources_mappings("");
		}
		assert_int_equal(resources_descriptors(), descriptors);
		/* The C library keeps stacks. */
		assert_in_range(resources_mappings(""), 0, mappings + 20);
	}
	creator_run_close(&own);
}

static void test_nothing_piles_up(void **state)
{
	creator_run_each(check_leaks);
}

static void assert_whereabouts(const struct executor *executor, unsigned workers, const char *wanted,
			       const char *expected)
{
	struct creator_run own;
	struct sample sample;
	char *cpusets, *cpus;

	creator_run_init(&own, executor, workers, wanted);
	creator_run_open(&own);
	creator_run_batch(&own, OPS, &sample);
	assert_int_equal(own.run.ops->whereabouts(&own.run, &cpusets, &cpus), 0);
	assert_string_equal(cpusets, expected);
	assert_string_equal(cpus, wanted);
	free(cpusets);
	free(cpus);
	creator_run_close(&own);
}

static void check_bound(const struct executor *executor, unsigned workers)
{
	size_t first = creator_run_cpu(false), last = creator_run_cpu(true);
	char wanted[64], expected[64];

	/* All on one CPU, which is said once. */
	snprintf(expected, sizeof(expected), "%zu", last);
	snprintf(wanted, sizeof(wanted), workers == 1 ? "%zu" : "%zu;%zu", last, last);
	assert_whereabouts(executor, workers, wanted, expected);
	if (workers == 1 || first == last)
		return;
	snprintf(wanted, sizeof(wanted), "%zu;%zu", first, last);
	assert_whereabouts(executor, workers, wanted, wanted);
	snprintf(wanted, sizeof(wanted), "%zu;%zu", last, first);
	assert_whereabouts(executor, workers, wanted, wanted);
}

static void test_workers_are_where_they_should_be(void **state)
{
	creator_run_each(check_bound);
}

static void check_unbound(const struct executor *executor, unsigned workers)
{
	struct creator_run own;
	struct sample sample;
	char list[4096], *cpusets, *cpus, *rest;

	creator_run_init(&own, executor, workers, "");
	creator_run_open(&own);
	creator_run_batch(&own, 1, &sample);
	assert_int_equal(cpuset_format(own.affinity, cpuset_size_bytes(), list, sizeof(list)), 0);
	assert_int_equal(own.run.ops->whereabouts(&own.run, &cpusets, &cpus), 0);
	assert_string_equal(cpusets, list);
	rest = cpus;
	for (unsigned rank = 0; rank < workers; rank++)
		assert_true(CPU_ISSET_S(strtoul(strsep(&rest, ";"), NULL, 10), cpuset_size_bytes(), own.affinity));
	assert_null(rest);
	free(cpusets);
	free(cpus);
	creator_run_close(&own);
}

static void test_unbound_workers_say_so(void **state)
{
	creator_run_each(check_unbound);
}

static void test_cpu_lists_that_make_no_sense(void **state)
{
	static const char *const lists[] = {"0",     ";",   "0;",   ";0",   "0;0;0", "0;0;",      "x;0",
					    "0;0-x", "0,0", "0; 0", "0;-1", "3-1;0", "0;99999999"};

	for (const struct executor *const *entry = executor_table; *entry; entry++)
		for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
			struct creator_run own;

			creator_run_init(&own, *entry, 2, lists[i]);
			if (creator_run_try(&own) != -EINVAL)
				fail_msg("\"%s\" was taken for the CPU lists of two workers", lists[i]);
			assert_non_null(strstr(own.reason, lists[i]));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		creator_run_test(test_phases),
		creator_run_test(test_nothing_piles_up),
		creator_run_test(test_workers_are_where_they_should_be),
		creator_run_test(test_unbound_workers_say_so),
		creator_run_test(test_cpu_lists_that_make_no_sense),
	};

	alarm(HANG_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
