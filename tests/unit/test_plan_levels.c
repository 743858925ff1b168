/* SPDX-License-Identifier: MIT */
/* Levels that are there only by name, worker counts by cores, rows for some workloads, and placements side by side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/executor.h"
#include "synthetic_plan.h"

static double no_value(const struct sample *sample)
{
	return 0;
}

static const struct figure figures[] = {{"operation", "ns", BETTER_LOWER, "", no_value}, {0}};

static const char *const some[] = {"noop", NULL}, *const more[] = {"noop", "sleep", "primes", NULL};
static const char *const threads[] = {"thread", NULL}, *const both[] = {"thread", "fork", NULL};
static const char *const unbound[] = {"none", NULL}, *const places[] = {"none", "compact", "smt", "numa", NULL};
static const int one[] = {WORKERS_ONE, WORKERS_END}, many[] = {1, 4, 16, 64, WORKERS_END};

static const struct experiment levels = {
	.name = "levels",
	.question = "",
	.shape = SHAPE_LOOP,
	.figures = figures,
	.workloads = some,
	.all_workloads = more,
	.executors = threads,
	.all_executors = both,
	.placements = unbound,
	.all_placements = (const char *const[]){"none", "compact", NULL},
	.workers = one,
	.all_workers = many,
	.baseline = "executor=thread",
};

static unsigned cells_of(const struct plan *plan, const struct experiment *experiment)
{
	unsigned count = 0;

	for (unsigned i = 0; i < plan->cell_count; i++)
		count += plan->cells[i].experiment == experiment;
	return count;
}

static void test_by_name_there_is_more(void **state)
{
	struct plan plan = plan_of("core:2 pu:1", &(struct plan_request){.experiments = EXPERIMENTS(&levels)});

	check_plan(&plan);
	/* 3 workloads, 2 executors, 2 placements, 4 counts */
	assert_int_equal(cells_of(&plan, &levels), 3 * 2 * 2 * 4);
	plan_exit(&plan);
}

static void assert_counts(const char *machine, const unsigned *expected)
{
	struct plan_request request = {
		.experiments = EXPERIMENTS(&levels),
		.workloads = WORKLOADS(workload_find("noop")),
		.executors = EXECUTORS(executor_find("thread")),
		.placements = (const char *[]){"none", NULL},
	};
	struct plan plan = plan_of(machine, &request);
	unsigned i = 0;

	for (; plan.cells[i].experiment == &levels; i++)
		assert_int_equal(plan.cells[i].workers, expected[i]);
	assert_int_equal(expected[i], 0);
	plan_exit(&plan);
}

/* A crowd is one on any machine, and does not grow without end; but up to four for each core there are always. */
static void test_worker_counts_follow_the_cores(void **state)
{
	assert_counts("core:1 pu:1", WORKERS(1, 4, 16, 64));
	assert_counts("core:2 pu:2", WORKERS(2, 8, 32, 128));
	assert_counts("package:2 core:32 pu:1", WORKERS(64, 256, 1024));
	assert_counts("package:8 core:64 pu:1", WORKERS(512, 2048));
}

static void test_rows_for_some_workloads(void **state)
{
	static const char *const rows[] = {"us=20;workload=sleep", "us=30;workload=sleep,noop", "us=40", NULL};
	struct experiment experiment = levels;
	struct plan_request request = {
		.experiments = EXPERIMENTS(&experiment),
		.executors = EXECUTORS(executor_find("thread")),
		.workers = WORKERS(1),
		.placements = (const char *[]){"none", NULL},
	};
	struct plan plan;

	experiment.rows = rows;
	plan = plan_of("core:2 pu:1", &request);
	check_plan(&plan);
	/* sleep has all three; noop has no such parameter, so that its two rows are one; primes has the row for all. */
	assert_int_equal(cells_of(&plan, &experiment), 3 + 1 + 1);
	plan_exit(&plan);
	/* One that no row names has all of them. */
	experiment.rows = (const char *const[]){"us=20;workload=sleep", "us=30;workload=sleep", NULL};
	request.workloads = WORKLOADS(workload_find("primes"));
	plan = plan_of("core:2 pu:1", &request);
	assert_int_equal(cells_of(&plan, &experiment), 1);
	plan_exit(&plan);
}

static void test_placements_are_compared(void **state)
{
	const struct experiment experiment = {
		.name = "places",
		.question = "",
		.shape = SHAPE_LOOP,
		.figures = figures,
		.workloads = some,
		.executors = both,
		.placements = places,
		.placements_compared = true,
		.workers = (const int[]){1, WORKERS_END},
		.baseline = "placement=none",
	};
	struct plan plan = plan_of("core:2 pu:1", &(struct plan_request){.experiments = EXPERIMENTS(&experiment)});
	unsigned skipped = 0, compared = 0;

	check_plan(&plan);
	assert_int_equal(cells_of(&plan, &experiment), 8);
	for (unsigned i = 0; i < 8; i++) {
		const struct cell *cell = &plan.cells[i];

		assert_int_equal(cell->group, 0);
		assert_string_equal(cell->group_name, "places/noop/all");
		skipped += cell->skip != NULL; /* neither SMT nor NUMA here */
		compared += cell->baseline >= 0;
		if (cell->baseline >= 0) {
			assert_string_equal(plan.cells[cell->baseline].placement, "none");
			assert_ptr_equal(plan.cells[cell->baseline].executor, cell->executor);
		}
	}
	assert_int_equal(skipped, 4);
	assert_int_equal(compared, 6);
	assert_true(plan.cells[8].group > 0);
	plan_exit(&plan);
}

static void test_the_cores_as_a_baseline(void **state)
{
	struct experiment experiment = levels;
	struct plan_request request = {
		.experiments = EXPERIMENTS(&experiment),
		.workloads = WORKLOADS(workload_find("noop")),
		.placements = (const char *[]){"none", NULL},
	};
	struct plan plan;

	experiment.baseline = "workers=cores";
	plan = plan_of("core:4 pu:1", &request);
	for (unsigned i = 0; plan.cells[i].experiment == &experiment; i++)
		if (plan.cells[i].workers == 4)
			assert_int_equal(plan.cells[i].baseline, -1);
		else
			assert_int_equal(plan.cells[plan.cells[i].baseline].workers, 4);
	plan_exit(&plan);
}

static void test_numa_nodes_take_turns(void **state)
{
	struct plan_request request = {
		.experiments = EXPERIMENTS(&levels),
		.workloads = WORKLOADS(workload_find("noop")),
		.executors = EXECUTORS(executor_find("thread")),
		.placements = (const char *[]){"numa", NULL},
		.workers = WORKERS(3),
	};
	struct plan plan = plan_of("numa:2 core:2 pu:1", &request);

	assert_string_equal(plan.cells[0].cpusets, "0-1;2-3;0-1");
	plan_exit(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_name_there_is_more),   cmocka_unit_test(test_worker_counts_follow_the_cores),
		cmocka_unit_test(test_rows_for_some_workloads), cmocka_unit_test(test_placements_are_compared),
		cmocka_unit_test(test_the_cores_as_a_baseline), cmocka_unit_test(test_numa_nodes_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
