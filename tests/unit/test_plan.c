/* SPDX-License-Identifier: MIT */
/* From a request to cells: levels, names, groups, and who is compared with whom; on machines that do not exist. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>

#include "synthetic_plan.h"

static void test_default_plans(void **state)
{
	static const char *const machines[] = {"core:1 pu:1", "core:2 pu:1", "core:4 pu:2", "package:2 core:32 pu:1"};

	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		struct plan plan = plan_of(machines[i], &(struct plan_request){0});

		check_plan(&plan);
		for (const struct experiment *const *entry = experiment_table; *entry; entry++) {
			bool found = false;

			for (unsigned j = 0; j < plan.cell_count; j++)
				found = found || plan.cells[j].experiment == *entry;
			/* Without rows of its own it is there only if it is asked for. */
			assert_int_equal(found, !(*entry)->rows || *(*entry)->rows);
		}
		for (unsigned j = 0; j < plan.cell_count; j++)
			assert_true(!plan.cells[j].skip || plan.cells[j].executor->probe);
		plan_exit(&plan);
	}
}

static void assert_levels(const char *description, const unsigned *expected)
{
	const struct plan_request request = {
		.experiments = EXPERIMENTS(experiment_find("scaling")),
		.workloads = WORKLOADS(workload_find("noop")),
		.executors = EXECUTORS(executor_find("thread")),
	};
	struct plan plan = plan_of(description, &request);

	check_plan(&plan);
	for (unsigned i = 0; !plan.cells[i].experiment->control; i++)
		assert_int_equal(plan.cells[i].workers, *expected++);
	assert_int_equal(*expected, 0);
	plan_exit(&plan);
}

static void test_worker_levels(void **state)
{
	assert_levels("core:1 pu:1", WORKERS(1, 2, 3, 4));
	assert_levels("core:1 pu:2", WORKERS(1, 2, 3, 4));
	assert_levels("core:2 pu:1", WORKERS(1, 2, 3, 4, 6, 8));
	assert_levels("core:3 pu:1", WORKERS(1, 2, 3, 4, 6, 8, 12));
	assert_levels("core:4 pu:2", WORKERS(1, 2, 3, 4, 6, 8, 12, 16));
	assert_levels("core:6 pu:1", WORKERS(1, 2, 3, 4, 6, 8, 12, 16, 24));
	assert_levels("core:7 pu:1", WORKERS(1, 2, 3, 4, 6, 7, 8, 12, 16, 24, 28));
	assert_levels("core:10 pu:1", WORKERS(1, 2, 3, 4, 6, 8, 10, 12, 16, 24, 32, 40));
	assert_levels("package:2 core:32 pu:2", WORKERS(1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256));
}

static void test_who_is_compared_with_whom(void **state)
{
	struct plan plan = plan_of("core:2 pu:1", &(struct plan_request){0});

	assert_compared(&plan, "scaling/primes/fork/4/none", "scaling/primes/thread/4/none",
			"scaling/primes/serial/1/none");
	assert_compared(&plan, "scaling/sleep/fork/2/none", "scaling/sleep/thread/2/none",
			"scaling/sleep/serial/1/none");
	assert_compared(&plan, "scaling/primes/thread/4/none", NULL, "scaling/primes/serial/1/none");
	assert_compared(&plan, "scaling/primes/serial/1/none", "scaling/primes/thread/1/none",
			"scaling/primes/serial/1/none");
	assert_compared(&plan, "create/noop/fork/1/none", "create/noop/thread/1/none", NULL);
	assert_compared(&plan, "create/noop/spawn/1/none", "create/noop/thread/1/none", NULL);
	assert_compared(&plan, "create/noop/thread/1/none", NULL, NULL);
	assert_compared(&plan, "control/spin/thread/2/none#a", NULL, NULL);
	assert_compared(&plan, "control/spin/thread/2/none#b", "control/spin/thread/2/none#a", NULL);
	assert_compared(&plan, "harness/noop/serial/1/none", NULL, NULL);
	plan_exit(&plan);
}

static void test_a_missing_baseline_is_none(void **state)
{
	const struct plan_request request = {
		.experiments = EXPERIMENTS(experiment_find("scaling")),
		.workloads = WORKLOADS(workload_find("sleep")),
		.executors = EXECUTORS(executor_find("fork"), executor_find("spawn")),
		.workers = WORKERS(4, 2),
	};
	struct plan plan = plan_of("core:2 pu:1", &request);

	check_plan(&plan);
	assert_compared(&plan, "scaling/sleep/fork/4/none", NULL, NULL);
	assert_compared(&plan, "scaling/sleep/spawn/2/none", NULL, NULL);
	assert_int_equal(plan_find(&plan, "scaling/sleep/thread/4/none"), -1);
	/* The run's own control has its executors all the same. */
	assert_compared(&plan, "control/spin/thread/2/none#b", "control/spin/thread/2/none#a", NULL);
	plan_exit(&plan);
}

static void test_filters(void **state)
{
	const struct plan_request request = {
		.experiments = EXPERIMENTS(experiment_find("scaling"), experiment_find("create")),
		.workloads = WORKLOADS(workload_find("noop")),
		.executors = EXECUTORS(executor_find("serial"), executor_find("thread")),
		.workers = WORKERS(1, 5),
		.placements = PLACEMENTS("compact", "none"),
	};
	struct plan plan = plan_of("core:4 pu:2", &request);
	unsigned cells = 0;

	check_plan(&plan);
	for (unsigned i = 0; i < plan.cell_count; i++)
		cells += !plan.cells[i].experiment->control && !strchr(plan.cells[i].name, '=');
	/* Two experiments, each at two placements with serial/1, thread/1 and thread/5; create has more rows. */
	assert_int_equal(cells, 2 * 2 * 3);
	assert_true(plan_find(&plan, "scaling/noop/thread/5/compact") >= 0);
	assert_true(plan_find(&plan, "create/noop/serial/1/none") >= 0);
	assert_string_equal(plan.cells[plan_find(&plan, "scaling/noop/thread/5/compact")].cpusets, "0;1;2;3;4");
	assert_string_equal(plan.cells[plan_find(&plan, "scaling/noop/thread/5/none")].cpusets, "");
	assert_int_equal(plan.cells[0].experiment == experiment_find("scaling"), 1);
	plan_exit(&plan);
}

static void test_controls_are_never_twice(void **state)
{
	const struct plan_request request = {
		.experiments = EXPERIMENTS(experiment_find("control"), experiment_find("harness")),
		.executors = EXECUTORS(executor_find("fork")),
		.workers = WORKERS(7),
		.placements = PLACEMENTS("scatter"),
	};
	struct plan plan = plan_of("core:2 pu:1", &request);

	check_plan(&plan);
	assert_true(plan_find(&plan, "control/spin/thread/2/none#a") >= 0);
	for (unsigned i = 0; i < plan.cell_count; i++)
		assert_true(plan.cells[i].experiment->control);
	plan_exit(&plan);
}

static void test_what_this_machine_lacks_is_skipped(void **state)
{
	const struct plan_request request = {
		.experiments = EXPERIMENTS(experiment_find("scaling")),
		.workloads = WORKLOADS(workload_find("noop")),
		.workers = WORKERS(1, 2),
		.placements = PLACEMENTS("smt", "none"),
	};
	struct plan without = plan_of("core:4 pu:1", &request), with = plan_of("core:4 pu:2", &request);

	check_plan(&without);
	check_plan(&with);
	/* The same cells on both; those that cannot run say why. */
	assert_int_equal(without.cell_count, with.cell_count);
	for (unsigned i = 0; i < with.cell_count; i++) {
		bool smt = same_text(with.cells[i].placement, "smt");

		assert_null(with.cells[i].skip);
		assert_int_equal(without.cells[i].skip != NULL, smt);
		if (smt)
			assert_non_null(strstr(without.cells[i].skip, "hardware threads"));
		if (smt)
			assert_string_equal(without.cells[i].cpusets, "");
	}
	plan_exit(&without);
	plan_exit(&with);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_plans),
		cmocka_unit_test(test_worker_levels),
		cmocka_unit_test(test_who_is_compared_with_whom),
		cmocka_unit_test(test_a_missing_baseline_is_none),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_controls_are_never_twice),
		cmocka_unit_test(test_what_this_machine_lacks_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
