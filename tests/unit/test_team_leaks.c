/* SPDX-License-Identifier: MIT */
/* Many teams one after another: what the process holds afterwards is what it held before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "resources.h"
#include "scratch.h"
#include "teams.h"

/* The C library keeps stacks and heaps for the next time: some growth is no leak, a line for each cycle is one. */
enum { HANG_S = 280, CYCLES = 200, WARMUPS = 10, KEPT_MAX = CYCLES / 4 };

typedef void cycle_fn(const struct team_options *options);

static void cycle_run(const struct team_options *options)
{
	struct team_batch batch;
	struct team team;

	if (team_init(&team, options) || team_start(&team) || team_run(&team, 3, &batch) || team_stop(&team))
		fail_msg("%s, %s: %s", options->executor->name, options->workload->name, team.reason);
	team_exit(&team);
}

static void cycle_cancelled(const struct team_options *options)
{
	struct team team;

	if (team_init(&team, options) || team_start(&team))
		fail_msg("%s, %s: %s", options->executor->name, options->workload->name, team.reason);
	team_exit(&team);
}

/* The workload refuses: there must be nothing to end afterwards. */
static void cycle_not_prepared(const struct team_options *fine)
{
	struct team_options options = *fine;
	struct team team;

	options.directory = "/nonexistent";
	options.workload = workload_find("file-read");
	assert_int_equal(team_init(&team, &options), -ENOENT);
	assert_non_null(strstr(team.reason, "/nonexistent"));
}

static void cycles(const struct executor *executor, cycle_fn *cycle)
{
	uint64_t parameters[WORKLOAD_PARAMETERS_MAX];
	unsigned workers = executor->max_workers == 1 ? 1 : 2;
	/* file-read has everything that can leak: descriptors, buffers, files. */
	struct team_options options = teams_options(executor, workload_find("file-read"), workers, parameters);
	int descriptors, mappings;

	options.directory = scratch;
	for (int i = 0; i < WARMUPS; i++)
		cycle(&options);
	descriptors = resources_descriptors();
	mappings = resources_mappings("");
	for (int i = 0; i < CYCLES; i++)
		cycle(&options);
	assert_int_equal(resources_descriptors(), descriptors);
	assert_int_equal(resources_mappings("memfd:tvp-arena"), 0);
	assert_true(resources_mappings("") - mappings < KEPT_MAX);
	assert_true(resources_no_children());
	assert_int_equal(scratch_files(".part", 0), 0);
}

static void test_teams_that_work(void **state)
{
	for (const struct executor *const *executor = executor_table; *executor; executor++)
		cycles(*executor, cycle_run);
}

static void test_teams_that_are_cancelled(void **state)
{
	for (const struct executor *const *executor = executor_table; *executor; executor++)
		cycles(*executor, cycle_cancelled);
}

static void test_teams_without_data(void **state)
{
	for (const struct executor *const *executor = executor_table; *executor; executor++)
		cycles(*executor, cycle_not_prepared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_teams_that_work),
		cmocka_unit_test(test_teams_that_are_cancelled),
		cmocka_unit_test(test_teams_without_data),
	};

	alarm(HANG_S);
	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
