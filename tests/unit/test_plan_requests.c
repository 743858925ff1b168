/* SPDX-License-Identifier: MIT */
/* Requests for plans: settings that multiply, requests that make no sense, and plans of any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "synthetic_plan.h"

static void test_settings_multiply(void **state)
{
	struct plan_setting settings[] = {
		SETTING("size", "16384,64"),
		SETTING("block", "4,8,64"),
	};
	const struct plan_request request = {
		.experiments = EXPERIMENTS(experiment_find("scaling")),
		.workloads = WORKLOADS(workload_find("file-read"), workload_find("spin")),
		.executors = EXECUTORS(executor_find("thread")),
		.workers = WORKERS(1),
		.settings = settings,
		.setting_count = 2,
	};
	struct plan plan = plan_of("core:2 pu:1", &request);
	unsigned groups = 0;

	check_plan(&plan);
	for (unsigned i = 0; i < plan.cell_count; i++)
		groups += plan.cells[i].workload == workload_find("file-read");
	assert_int_equal(groups, 6);
	/* Names tell what is not at its default; params tell all. */
	assert_string_equal(plan.cells[plan_find(&plan, "scaling/file-read/thread/1/none")].params,
			    "size=16384;block=64;direct=0");
	assert_string_equal(plan.cells[plan_find(&plan, "scaling/file-read/thread/1/none/block=4")].params,
			    "size=16384;block=4;direct=0");
	assert_string_equal(plan.cells[plan_find(&plan, "scaling/file-read/thread/1/none/size=64;block=8")].params,
			    "size=64;block=8;direct=0");
	/* A workload without these parameters is there once. */
	assert_true(plan_find(&plan, "scaling/spin/thread/1/none") >= 0);
	plan_exit(&plan);
}

static void test_settings_leave_the_controls_alone(void **state)
{
	struct plan_setting setting = SETTING("limit", "1000,2000000");
	const struct plan_request request = {.settings = &setting, .setting_count = 1};
	struct plan plan = plan_of("core:2 pu:1", &request);

	check_plan(&plan);
	assert_true(plan_find(&plan, "scaling/primes/serial/1/none/limit=1000") >= 0);
	assert_int_equal(plan_find(&plan, "scaling/primes/serial/1/none"), -1);
	assert_true(plan_find(&plan, "kernels/primes/serial/1/same-core") >= 0);
	plan_exit(&plan);
}

static void test_requests_that_make_no_sense(void **state)
{
	const struct experiment **scaling = EXPERIMENTS(experiment_find("scaling"));
	const struct experiment **create = EXPERIMENTS(experiment_find("create"));
	struct plan_setting above = SETTING("us", "1000,10000001"), below = SETTING("us", "0");
	struct plan_setting unknown = SETTING("colour", "1"), not_here = SETTING("us", "5");

	assert_refused(&(struct plan_request){.settings = &above, .setting_count = 1},
		       "us=10000001: sleep takes 1 to 10000000 us");
	assert_refused(&(struct plan_request){.settings = &below, .setting_count = 1}, "us=0: sleep takes 1 to");
	assert_refused(&(struct plan_request){.settings = &unknown, .setting_count = 1}, "busy.length_ns");
	assert_refused(&(struct plan_request){.settings = &unknown, .setting_count = 1}, "colour");
	assert_refused(&(struct plan_request){.experiments = create, .settings = &not_here, .setting_count = 1},
		       "no selected workload or experiment");
	assert_refused(&(struct plan_request){.experiments = create, .workloads = WORKLOADS(workload_find("spin"))},
		       "have workloads of their own");
	assert_refused(&(struct plan_request){.experiments = scaling,
					      .executors = EXECUTORS(executor_find("serial")),
					      .workers = WORKERS(2, 3)},
		       "scaling has no cell");
	assert_refused(&(struct plan_request){.experiments = scaling, .placements = PLACEMENTS("nowhere")}, "nowhere");
}

/* "first,first+1,…" */
static char *numbers(unsigned first, unsigned count)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	for (unsigned i = 0; i < count; i++)
		fprintf(stream, "%s%u", i ? "," : "", first + i);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void test_too_much(void **state)
{
	enum { VALUES = 101, COUNTS = 2500 };
	char *values = numbers(100, VALUES);
	const struct experiment **scaling = EXPERIMENTS(experiment_find("scaling"));
	unsigned *workers = calloc(COUNTS + 1, sizeof(*workers));
	struct plan_setting settings[] = {{(char[]){"size"}, values}, {(char[]){"block"}, values}};

	assert_non_null(workers);
	for (unsigned i = 0; i < COUNTS; i++)
		workers[i] = i + 1;
	assert_refused(&(struct plan_request){.experiments = scaling, .settings = settings, .setting_count = 2},
		       "combinations");
	assert_refused(
		&(struct plan_request){
			.experiments = scaling, .settings = settings, .setting_count = 1, .workers = workers},
		"more than 100000 cells");
	free(values);
	free(workers);
}

static void test_a_large_plan_is_soon_made(void **state)
{
	enum { VALUES = 1000, EXPECTED = 4 * VALUES };
	char *values = numbers(1, VALUES);
	struct plan_setting setting = {(char[]){"us"}, values};
	const struct plan_request request = {
		.experiments = EXPERIMENTS(experiment_find("scaling")),
		.workloads = WORKLOADS(workload_find("sleep")),
		.workers = WORKERS(1, 2, 3, 4, 5, 6, 7, 8),
		.settings = &setting,
		.setting_count = 1,
	};
	struct plan plan;

	plan = plan_of("core:2 pu:1", &request);
	assert_true(plan.cell_count > EXPECTED);
	check_groups(&plan);
	check_controls(&plan);
	for (unsigned i = 0; !plan.cells[i].experiment->control; i++)
		assert_int_equal(plan.cells[i].baseline < 0, plan.cells[i].executor == executor_find("thread"));
	plan_exit(&plan);
	free(values);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings_multiply),
		cmocka_unit_test(test_settings_leave_the_controls_alone),
		cmocka_unit_test(test_requests_that_make_no_sense),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_a_large_plan_is_soon_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
