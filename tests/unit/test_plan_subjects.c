/* SPDX-License-Identifier: MIT */
/* Who is in the plan: rows for some executors or placements, rows that have to be asked for, and subjects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "synthetic_plan.h"

#define STRINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct parameter settings[] = {{"coats", "layers", "of paint", 5, 1, 100, NULL}, {0}};

static double no_value(const struct sample *sample)
{
	return 0;
}

static const struct figure figures[] = {{"operation", "ns", BETTER_LOWER, "", no_value}, {0}};

static const char *const workloads[] = {"noop", NULL}, *const placements[] = {"none", "same-core", NULL},
			 *const executors[] = {"thread", "fork", "spawn", "vfork-exit", "spawn-static", NULL};

static const int worker_levels[] = {WORKERS_ONE, WORKERS_END};

static struct experiment bringing(const char *const *rows)
{
	return (struct experiment){
		.name = "bring",
		.question = "",
		.shape = SHAPE_CREATE,
		.figures = figures,
		.workloads = workloads,
		.executors = executors,
		.placements = placements,
		.subjects = true,
		.workers = worker_levels,
		.settings = settings,
		.rows = rows,
		.baseline = "executor=thread",
	};
}

/* The groups of a request without the controls, "none/coats=2: thread fork; same-core: thread; …". */
static void assert_plan(const struct plan_request *request, const char *expected)
{
	struct plan plan = plan_of("core:2 pu:1", request);
	unsigned group = UINT32_MAX;
	char text[1000] = "";

	check_plan(&plan);
	for (unsigned i = 0; i < plan.cell_count && !plan.cells[i].experiment->control; i++) {
		const struct cell *cell = &plan.cells[i];

		if (cell->group != group)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s:", *text ? "; " : "",
				 cell->group_name + strlen("bring/noop/"));
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s", cell->executor->name);
		group = cell->group;
	}
	assert_string_equal(text, expected);
	plan_exit(&plan);
}

static void assert_rows(const char *const *rows, const char *expected)
{
	const struct experiment bring = bringing(rows);

	assert_plan(&(struct plan_request){.experiments = EXPERIMENTS(&bring)}, expected);
}

static void assert_set(const char *const *rows, const char *values, const char *expected)
{
	const struct experiment bring = bringing(rows);
	struct plan_setting setting = {(char[]){"coats"}, strdup(values)};

	assert_plan(
		&(struct plan_request){.experiments = EXPERIMENTS(&bring), .settings = &setting, .setting_count = 1},
		expected);
	free(setting.values);
}

/* What is shared orders them: all, a copy, nothing; executors and subjects alike. */
#define EVERYBODY "thread vfork-exit fork spawn spawn-static"

static void test_rows_are_for_some(void **state)
{
	assert_rows(NULL, "none: " EVERYBODY "; same-core: " EVERYBODY);
	assert_rows(STRINGS("executor=fork,thread"), "none: thread fork; same-core: thread fork");
	assert_rows(STRINGS("placement=same-core"), "same-core: " EVERYBODY);
	assert_rows(STRINGS("placement=same-core;coats=2;executor=spawn-static,thread"),
		    "same-core/coats=2: thread spawn-static");
	assert_rows(STRINGS("executor=thread;placement=none", "executor=fork;coats=2"),
		    "none: thread; none/coats=2: fork; same-core/coats=2: fork");
	/* What the experiment has none of is not made by a row. */
	assert_rows(STRINGS("executor=serial,fork"), "none: fork; same-core: fork");
}

/* Rows of one and the same values are one group for each placement, with whom any of them is for there. */
static void test_rows_of_the_same_values_are_joined(void **state)
{
	assert_rows(STRINGS("executor=thread", "executor=fork"), "none: thread fork; same-core: thread fork");
	assert_rows(STRINGS("executor=thread", "executor=fork;placement=same-core"),
		    "none: thread; same-core: thread fork");
	assert_rows(STRINGS("executor=fork;placement=none", "coats=5;placement=same-core"),
		    "none: fork; same-core: " EVERYBODY);
	assert_rows(STRINGS("executor=thread;coats=2", "executor=fork", "executor=fork;coats=2"),
		    "none/coats=2: thread fork; same-core/coats=2: thread fork; none: fork; same-core: fork");
}

/* --set makes rows the same that were not. */
static void test_set_joins_rows(void **state)
{
	const char *const *rows = STRINGS("executor=thread;placement=none", "executor=fork;coats=2",
					  "executor=spawn;coats=3;placement=same-core");

	assert_set(rows, "7", "none/coats=7: thread fork; same-core/coats=7: fork spawn");
	assert_set(rows, "5,2",
		   "none: thread fork; same-core: fork spawn; none/coats=2: thread fork; "
		   "same-core/coats=2: fork spawn");
}

/* A placement that the experiment does not know is for whoever is there with one that it knows. */
static void test_other_placements(void **state)
{
	const struct experiment bring =
		bringing(STRINGS("executor=thread;placement=none", "executor=fork;placement=same-core"));
	struct plan_request request = {.experiments = EXPERIMENTS(&bring), .placements = PLACEMENTS("compact")};

	assert_plan(&request, "compact: thread fork");
	request.executors = EXECUTORS(executor_find("fork"));
	assert_plan(&request, "compact: fork");
	request.placements = NULL;
	assert_plan(&request, "same-core: fork");
}

static void assert_row_refused(const char *row, const char *part_of_reason)
{
	const struct experiment bring = bringing(STRINGS("coats=2", row));

	assert_refused_as(-ENOENT, &(struct plan_request){.experiments = EXPERIMENTS(&bring)}, part_of_reason);
}

static void test_wrong_rows(void **state)
{
	assert_row_refused("executor=thred", "bring has a row for thred, which is none of its executors or placements");
	assert_row_refused("executor=thread,", "bring has a row for ,");
	assert_row_refused("executor=", "bring has a row for ,");
	assert_row_refused("executor=thread,fork fork", "bring has a row for fork fork,");
	assert_row_refused("coats=3;placement=smt", "bring has a row for smt, which is none of");
	assert_row_refused("placement=none,nowhere", "bring has a row for nowhere,");
	assert_row_refused("executor", "bring has a row with executor, which is none of its settings and parameters");
	assert_row_refused("executors=thread", "bring has a row with executors,");
}

/* Without placements of its own an experiment has no rows for any. */
static void test_rows_for_no_placement(void **state)
{
	struct experiment bring = bringing(STRINGS("placement=none"));

	bring.placements = NULL;
	assert_refused_as(-ENOENT, &(struct plan_request){.experiments = EXPERIMENTS(&bring)},
			  "bring has a row for none,");
}

static unsigned cells_of(const struct plan_request *request, const char *experiment)
{
	struct plan plan = plan_of("core:2 pu:1", request);
	unsigned cells = 0;

	check_plan(&plan);
	for (unsigned i = 0; i < plan.cell_count; i++)
		cells += same_text(plan.cells[i].experiment->name, experiment);
	plan_exit(&plan);
	return cells;
}

static void test_more_rows_have_to_be_asked_for(void **state)
{
	struct experiment bring = bringing(STRINGS("executor=thread"));

	bring.more_rows = STRINGS("executor=fork;coats=2", "executor=fork");
	assert_plan(&(struct plan_request){.experiments = EXPERIMENTS(&bring)},
		    "none: thread fork; same-core: thread fork; none/coats=2: fork; same-core/coats=2: fork");
	bring.rows = STRINGS(NULL);
	assert_plan(&(struct plan_request){.experiments = EXPERIMENTS(&bring)},
		    "none/coats=2: fork; same-core/coats=2: fork; none: fork; same-core: fork");
	bring.more_rows = NULL;
	assert_refused(&(struct plan_request){.experiments = EXPERIMENTS(&bring)}, "bring has no cell");
}

/* --set is not for what is not there. */
static void test_settings_of_what_has_to_be_asked_for(void **state)
{
	struct plan_setting setting = SETTING("write", "creator");
	struct plan_request request = {.settings = &setting, .setting_count = 1};

	assert_refused(&request, "--set write: no selected workload or experiment has it; there are: memory_mib, ");
	request.experiments = EXPERIMENTS(experiment_find("first-write"));
	assert_true(cells_of(&request, "first-write") > 0);
}

/* Of the experiments that there are: the default plan has fewer cells of those that have more by name, and none of those
 * without rows. */
static void test_the_default_plan_has_no_more_rows(void **state)
{
	const struct plan_request all = {0};

	for (const struct experiment *const *entry = experiment_table; *entry; entry++) {
		const struct plan_request one = {.experiments = EXPERIMENTS(*entry)};
		bool more = ((*entry)->more_rows && *(*entry)->more_rows) || (*entry)->all_workloads ||
			    (*entry)->all_executors || (*entry)->all_placements || (*entry)->all_workers;

		if (more)
			assert_true(cells_of(&one, (*entry)->name) > cells_of(&all, (*entry)->name));
		else
			assert_int_equal(cells_of(&one, (*entry)->name), cells_of(&all, (*entry)->name));
	}
	assert_true(experiment_find("create")->more_rows && experiment_find("first-write")->more_rows);
}

static void test_subjects_take_part_where_they_may(void **state)
{
	struct experiment bring = bringing(NULL);
	struct plan_request request = {.experiments = EXPERIMENTS(&bring)};

	bring.subjects = false;
	assert_plan(&request, "none: thread fork spawn; same-core: thread fork spawn");
	/* Not even if they were asked for. */
	request.executors = EXECUTORS(subject_find("vfork-exit"), executor_find("thread"));
	assert_plan(&request, "none: thread; same-core: thread");
	request.executors = EXECUTORS(subject_find("vfork-exit"));
	assert_refused(&request, "bring has no cell");
	/* Without a list of executors all take part that there are. */
	bring.subjects = true;
	bring.executors = NULL;
	bring.placements = NULL;
	for (const struct executor *const *subject = subject_table; *subject; subject++) {
		request.executors = EXECUTORS(*subject);
		assert_int_equal(cells_of(&request, "bring"), 1);
	}
}

static void test_subjects_are_chosen_like_executors(void **state)
{
	const struct experiment bring = bringing(NULL), *scaling = experiment_find("scaling");
	struct plan_request request = {
		.experiments = EXPERIMENTS(&bring),
		.executors = EXECUTORS(subject_find("spawn-static"), executor_find("thread")),
		.placements = PLACEMENTS("none"),
	};
	struct plan plan = plan_of("core:2 pu:1", &request);

	assert_plan(&request, "none: thread spawn-static");
	assert_compared(&plan, "bring/noop/spawn-static/1/none", "bring/noop/thread/1/none", NULL);
	plan_exit(&plan);
	/* An experiment that has none of them is left out, or refused if it was named. */
	request.executors = EXECUTORS(subject_find("spawn-static"));
	request.experiments = EXPERIMENTS(&bring, scaling);
	assert_refused(&request, "scaling has no cell");
	request.experiments = NULL;
	assert_refused(&request, "no experiment has a cell with what is selected");
}

/* Nobody has two names, and no name stands for two. */
static void test_names(void **state)
{
	for (const struct executor *const *subject = subject_table; *subject; subject++) {
		assert_ptr_equal(subject_find((*subject)->name), *subject);
		assert_null(executor_find((*subject)->name));
		assert_null(peer_find((*subject)->name));
	}
	assert_null(subject_find("thread"));
	assert_null(subject_find(""));
}

static void test_no_pools_in_this_process(void **state)
{
	struct plan_request request = {.in_process = true};
	struct plan plan = plan_of("core:2 pu:1", &request);

	check_plan(&plan);
	for (unsigned i = 0; i < plan.cell_count; i++)
		assert_true(plan.cells[i].experiment->shape != SHAPE_FARM);
	plan_exit(&plan);
	assert_true(cells_of(&request, "create") > 0);
	assert_int_equal(cells_of(&request, "create"), cells_of(&(struct plan_request){0}, "create"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_for_some),
		cmocka_unit_test(test_rows_of_the_same_values_are_joined),
		cmocka_unit_test(test_set_joins_rows),
		cmocka_unit_test(test_other_placements),
		cmocka_unit_test(test_wrong_rows),
		cmocka_unit_test(test_rows_for_no_placement),
		cmocka_unit_test(test_more_rows_have_to_be_asked_for),
		cmocka_unit_test(test_settings_of_what_has_to_be_asked_for),
		cmocka_unit_test(test_the_default_plan_has_no_more_rows),
		cmocka_unit_test(test_subjects_take_part_where_they_may),
		cmocka_unit_test(test_subjects_are_chosen_like_executors),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_pools_in_this_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
