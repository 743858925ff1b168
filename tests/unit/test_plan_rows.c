/* SPDX-License-Identifier: MIT */
/* Experiments with settings and rows of their own: values by number and by name, and what --set does to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "measure/request.h"
#include "synthetic_plan.h"

#define STRINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *const colours[] = {"red", "green", "blue", NULL};

static const struct parameter settings[] = {
	{"colour", "", "of the paint", 0, 0, 2, colours},
	{"coats", "layers", "of paint", 5, 1, 100, NULL},
	{0},
};

static double no_value(const struct sample *sample)
{
	return 0;
}

static const struct figure figures[] = {{"operation", "ns", BETTER_LOWER, "", no_value}, {0}};

static const char *const workloads[] = {"spin", NULL}, *const executors[] = {"thread", "serial", NULL};

static const int worker_levels[] = {WORKERS_ONE, WORKERS_END};

static struct experiment painting(const char *const *rows)
{
	return (struct experiment){
		.name = "paint",
		.question = "",
		.shape = SHAPE_LOOP,
		.figures = figures,
		.workloads = workloads,
		.executors = executors,
		.workers = worker_levels,
		.settings = settings,
		.rows = rows,
	};
}

/* The groups of a request without the controls: exactly these names, in this order. */
static void assert_groups(const struct plan_request *request, const char *const *names)
{
	struct plan plan = plan_of("core:2 pu:1", request);
	unsigned group = UINT32_MAX;

	check_plan(&plan);
	for (unsigned i = 0; !plan.cells[i].experiment->control; i++)
		if (plan.cells[i].group != group) {
			group = plan.cells[i].group;
			if (!*names)
				fail_msg("there is also %s", plan.cells[i].group_name);
			assert_string_equal(plan.cells[i].group_name, *names++);
		}
	if (*names)
		fail_msg("there is no %s", *names);
	plan_exit(&plan);
}

static void test_without_rows_there_is_one(void **state)
{
	const struct experiment paint = painting(NULL);
	const struct plan_request request = {.experiments = EXPERIMENTS(&paint)};
	struct plan plan = plan_of("core:2 pu:1", &request);
	const struct cell *cell = &plan.cells[plan_find(&plan, "paint/spin/thread/1/none")];

	assert_string_equal(cell->params, "ns=100000;colour=red;coats=5");
	assert_int_equal(cell->settings[0], 0);
	assert_int_equal(cell->settings[1], 5);
	for (size_t i = 2; i < SETTINGS_MAX; i++)
		assert_int_equal(cell->settings[i], 0);
	plan_exit(&plan);
	assert_groups(&request, STRINGS("paint/spin/none"));
}

static void test_rows_are_groups(void **state)
{
	const struct experiment paint = painting(STRINGS("coats=7", "ns=1000;colour=blue", "colour=green;ns=20", ""));
	const struct plan_request request = {.experiments = EXPERIMENTS(&paint)};
	struct plan plan = plan_of("core:2 pu:1", &request);
	const struct cell *cell = &plan.cells[plan_find(&plan, "paint/spin/thread/1/none/ns=1000;colour=blue")];

	/* The workload's parameters first, then the settings, in the order of their lists, all of them. */
	assert_string_equal(cell->params, "ns=1000;colour=blue;coats=5");
	assert_int_equal(cell->parameters[0], 1000);
	assert_int_equal(cell->settings[0], 2);
	assert_int_equal(cell->settings[1], 5);
	plan_exit(&plan);
	assert_groups(&request, STRINGS("paint/spin/none/coats=7", "paint/spin/none/ns=1000;colour=blue",
					"paint/spin/none/ns=20;colour=green", "paint/spin/none"));
}

static void test_equal_rows_are_one(void **state)
{
	const struct experiment paint = painting(STRINGS("coats=7", "coats=5", "colour=red;coats=7", "ns=100000"));

	assert_groups(&(struct plan_request){.experiments = EXPERIMENTS(&paint)},
		      STRINGS("paint/spin/none/coats=7", "paint/spin/none"));
}

static void test_set_replaces_in_every_row(void **state)
{
	const struct experiment paint =
		painting(STRINGS("coats=7;ns=10", "coats=8;ns=10", "colour=blue;coats=7;ns=20"));
	struct plan_setting coats = SETTING("coats", "1,2"), both[] = {SETTING("colour", "green"), coats};
	struct plan_setting twice[] = {SETTING("coats", "3"), SETTING("ns", "5000"), SETTING("coats", "4")};
	struct plan_setting initial[] = {SETTING("coats", "5"), SETTING("ns", "100000"), SETTING("colour", "red")};

	/* The first two rows differ in nothing else. */
	assert_groups(
		&(struct plan_request){.experiments = EXPERIMENTS(&paint), .settings = &coats, .setting_count = 1},
		STRINGS("paint/spin/none/ns=10;coats=1", "paint/spin/none/ns=10;coats=2",
			"paint/spin/none/ns=20;colour=blue;coats=1", "paint/spin/none/ns=20;colour=blue;coats=2"));
	assert_groups(
		&(struct plan_request){.experiments = EXPERIMENTS(&paint), .settings = both, .setting_count = 2},
		STRINGS("paint/spin/none/ns=10;colour=green;coats=1", "paint/spin/none/ns=10;colour=green;coats=2",
			"paint/spin/none/ns=20;colour=green;coats=1", "paint/spin/none/ns=20;colour=green;coats=2"));
	assert_groups(&(struct plan_request){.experiments = EXPERIMENTS(&paint), .settings = twice, .setting_count = 3},
		      STRINGS("paint/spin/none/ns=5000;coats=4", "paint/spin/none/ns=5000;colour=blue;coats=4"));
	assert_groups(
		&(struct plan_request){.experiments = EXPERIMENTS(&paint), .settings = initial, .setting_count = 3},
		STRINGS("paint/spin/none"));
}

static void test_values_by_name(void **state)
{
	const struct experiment paint = painting(NULL);
	struct plan_setting all = SETTING("colour", "blue,red,green");

	assert_groups(&(struct plan_request){.experiments = EXPERIMENTS(&paint), .settings = &all, .setting_count = 1},
		      STRINGS("paint/spin/none/colour=blue", "paint/spin/none", "paint/spin/none/colour=green"));
}

static void assert_value_refused(const struct plan_setting *setting, const char *part_of_reason)
{
	const struct experiment paint = painting(STRINGS("colour=green", "coats=3"));
	struct plan_setting copy = *setting;

	assert_refused(
		&(struct plan_request){.experiments = EXPERIMENTS(&paint), .settings = &copy, .setting_count = 1},
		part_of_reason);
}

static void test_wrong_values(void **state)
{
	/* A name where it is none of the right ones, a number where names are wanted, and the other way round. */
	assert_value_refused(&SETTING("colour", "red,gren"), "colour=gren: paint takes red, green, blue");
	assert_value_refused(&SETTING("colour", "1"), "colour=1: paint takes red, green, blue");
	assert_value_refused(&SETTING("colour", "Red"), "colour=Red: paint takes red, green, blue");
	assert_value_refused(&SETTING("colour", ""), "colour=: paint takes red, green, blue");
	assert_value_refused(&SETTING("coats", "2,red"), "--set coats=2,red: red is not a whole number");
	assert_value_refused(&SETTING("coats", "-1"), "--set coats=-1: -1 is not a whole number");
	assert_value_refused(&SETTING("coats", "1e1"), "1e1 is not a whole number");
	assert_value_refused(&SETTING("coats", ""), " is not a whole number");
	assert_value_refused(&SETTING("coats", "99999999999999999999"), "is not a whole number");
	assert_value_refused(&SETTING("coats", "0"), "coats=0: paint takes 1 to 100 layers");
	assert_value_refused(&SETTING("coats", "101"), "coats=101: paint takes 1 to 100 layers");
	assert_value_refused(&SETTING("ns", "9"), "ns=9: spin takes 10 to 1000000000 ns");
	assert_value_refused(&SETTING("coats", "2,3,02"), "--set coats=2,3,02: 02 is there twice");
	assert_value_refused(&SETTING("colour", "red,red"), "red is there twice");
	assert_value_refused(&SETTING("colours", "red"), "--set colours: no selected workload or experiment has it; "
							 "there are: spin.ns, colour, coats");
}

/* However long what was typed is, what is wrong with it is told. */
static void test_long_lists_are_shortened(void **state)
{
	char values[2000] = "1";

	for (unsigned i = 2; i < 90; i++)
		snprintf(values + strlen(values), sizeof(values) - strlen(values), ",%u", i);
	strcat(values, ",many");
	assert_value_refused(&(struct plan_setting){(char[]){"coats"}, values}, "…: many is not a whole number");
}

static void assert_row_refused(const char *row, int error, const char *part_of_reason)
{
	const struct experiment paint = painting(STRINGS("coats=2", row));

	assert_refused_as(error, &(struct plan_request){.experiments = EXPERIMENTS(&paint)}, part_of_reason);
}

static void test_wrong_rows(void **state)
{
	assert_row_refused("coat=2", -ENOENT,
			   "paint has a row with coat, which is none of its settings and parameters");
	assert_row_refused("coats=2;us=5", -ENOENT, "paint has a row with us,");
	assert_row_refused("coats=2;", -ENOENT, "paint has a row with ,");
	assert_row_refused("=2", -ENOENT, "paint has a row with ,");
	assert_row_refused("coats", -EINVAL, "paint has a row with coats=, which paint does not take");
	assert_row_refused("coats=101", -EINVAL, "paint has a row with coats=101, which paint does not take");
	assert_row_refused("colour=1", -EINVAL, "paint has a row with colour=1,");
	assert_row_refused("ns=1", -EINVAL, "paint has a row with ns=1, which spin does not take");
}

/* What a row says of the experiment's own workloads is nothing to another one. */
static void test_rows_and_other_workloads(void **state)
{
	const struct experiment paint = painting(STRINGS("ns=1000;coats=2", "ns=2000;coats=2", "coats=3"));

	assert_groups(&(struct plan_request){.experiments = EXPERIMENTS(&paint),
					     .workloads = WORKLOADS(workload_find("noop"))},
		      STRINGS("paint/noop/none/coats=2", "paint/noop/none/coats=3"));
}

static void test_one_name_for_two_things(void **state)
{
	static const struct parameter doubled[] = {{"ns", "", "", 1, 0, 9, NULL}, {0}};
	struct experiment paint = painting(NULL);

	paint.settings = doubled;
	assert_refused_as(-ENOENT, &(struct plan_request){.experiments = EXPERIMENTS(&paint)},
			  "paint and its workload spin both have ns");
}

static uint64_t hash_of(const struct experiment *experiment, struct plan_setting *setting)
{
	const struct plan_request request = {
		.experiments = EXPERIMENTS(experiment),
		.settings = setting,
		.setting_count = setting != NULL,
	};
	struct plan plan = plan_of("core:2 pu:1", &request);
	uint64_t hash = plan_hash(&plan);

	plan_exit(&plan);
	return hash;
}

static void test_hash(void **state)
{
	const struct experiment paint = painting(NULL), rows = painting(STRINGS("coats=7")),
				both = painting(STRINGS("coats=7", ""));
	const uint64_t hash = hash_of(&paint, NULL);

	assert_int_equal(hash_of(&paint, NULL), hash);
	assert_int_equal(hash_of(&paint, &SETTING("colour", "red")), hash);
	assert_int_equal(hash_of(&paint, &SETTING("coats", "05")), hash);
	assert_int_not_equal(hash_of(&paint, &SETTING("colour", "blue")), hash);
	assert_int_not_equal(hash_of(&paint, &SETTING("colour", "blue")), hash_of(&paint, &SETTING("colour", "green")));
	assert_int_not_equal(hash_of(&paint, &SETTING("coats", "4")), hash);
	assert_int_equal(hash_of(&rows, NULL), hash_of(&paint, &SETTING("coats", "7")));
	assert_int_equal(hash_of(&rows, &SETTING("coats", "5")), hash);
	assert_int_equal(hash_of(&both, NULL), hash_of(&paint, &SETTING("coats", "7,5")));
}

/* What the measurer is asked is what the plan says. */
static void test_request(void **state)
{
	struct experiment paint = painting(STRINGS("colour=blue;coats=7;ns=1000"));
	struct measure_request request;

	for (int timeline = 0; timeline <= 1; timeline++) {
		struct plan plan;

		paint.timeline = timeline;
		plan = plan_of("core:2 pu:1", &(struct plan_request){.experiments = EXPERIMENTS(&paint)});
		request_init(&request, &plan.cells[0], "/nowhere", "/nowhere/tvp-worker");
		assert_int_equal(request.parameters[0], 1000);
		assert_int_equal(request.settings[0], 2);
		assert_int_equal(request.settings[1], 7);
		assert_int_equal(request.settings[2], 0);
		assert_int_equal(request.timeline, timeline);
		plan_exit(&plan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_rows_there_is_one),
		cmocka_unit_test(test_rows_are_groups),
		cmocka_unit_test(test_equal_rows_are_one),
		cmocka_unit_test(test_set_replaces_in_every_row),
		cmocka_unit_test(test_values_by_name),
		cmocka_unit_test(test_wrong_values),
		cmocka_unit_test(test_long_lists_are_shortened),
		cmocka_unit_test(test_wrong_rows),
		cmocka_unit_test(test_rows_and_other_workloads),
		cmocka_unit_test(test_one_name_for_two_things),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
