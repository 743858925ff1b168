/* SPDX-License-Identifier: MIT */
/* Experiments over a pool in the plan: which workloads they take, their serial reference, and the outside baselines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "core/farm.h"
#include "synthetic_plan.h"

#define STRINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static double no_value(const struct sample *sample)
{
	return 0;
}

static const struct figure figures[] = {{"task", "ns", BETTER_LOWER, "", no_value}, {0}};

static const char *const workloads[] = {"square", NULL};

static const int worker_levels[] = {1, WORKERS_END};

static struct experiment handing(const char *const *rows)
{
	return (struct experiment){
		.name = "hand",
		.question = "",
		.shape = SHAPE_FARM,
		.figures = figures,
		.workloads = workloads,
		.workers = worker_levels,
		.peers = true,
		.settings = farm_settings,
		.rows = rows,
		.baseline = "executor=thread",
		.reference = "executor=serial;workers=1",
	};
}

static int not_here(char *reason)
{
	return reason_set(reason, -ENOENT, "it is in the other room");
}

#define PEER(NAME, ...)                                                                                                \
	static const struct executor NAME = {                                                                          \
		.name = #NAME, .summary = "", .sharing = SHARING_OUTSIDE, .program = #NAME, __VA_ARGS__}

PEER(zeta, .entries = STRINGS("map"));
PEER(alpha, .probe = not_here);
PEER(solo, .max_workers = 1, .entries = STRINGS("apply", "apply-async"));
PEER(mute, .entries = STRINGS("nothing"));

static const struct executor *const peers[] = {&zeta, &alpha, &solo, &mute, NULL};

/* The executors of a group, "serial/1 thread/2 …", in the order of the plan; "" if there is no such group. */
static const char *group_text(const struct plan *plan, const char *group)
{
	static char text[400];

	*text = '\0';
	for (unsigned i = 0; i < plan->cell_count; i++)
		if (same_text(plan->cells[i].group_name, group))
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s/%u", *text ? " " : "",
				 plan->cells[i].executor->name, plan->cells[i].workers);
	return text;
}

static void assert_group(const struct plan_request *request, const char *group, const char *expected)
{
	struct plan plan = plan_of("core:2 pu:1", request);

	check_plan(&plan);
	assert_string_equal(group_text(&plan, group), expected);
	plan_exit(&plan);
}

/* With two executors of our own, so that it does not matter which there are. */
static void assert_row(const char *row, const char *expected)
{
	const struct experiment hand = handing(STRINGS(row));
	const struct plan_request request = {
		.experiments = EXPERIMENTS(&hand),
		.executors = EXECUTORS(executor_find("serial"), executor_find("fork"), &zeta, &alpha, &solo),
		.peers = peers,
	};
	char group[200];

	snprintf(group, sizeof(group), "hand/square/none%s%s", *row ? "/" : "", row);
	assert_group(&request, group, expected);
}

static void test_peers_come_last_and_where_they_can(void **state)
{
	/* In the order of their table; each with the entry points that it has. */
	assert_row("", "serial/1 fork/2 zeta/2 alpha/2");
	assert_row("chunk=16", "serial/1 fork/2 zeta/2 alpha/2");
	assert_row("entry=apply", "serial/1 fork/2 alpha/2 solo/1");
	assert_row("entry=apply-async;chunk=3", "serial/1 fork/2 alpha/2 solo/1");
	assert_row("entry=imap-unordered", "serial/1 fork/2 alpha/2");
	/* Dynamic is what they do; what else a pool can be told is not for them. */
	assert_row("schedule=dynamic;chunk=1", "serial/1 fork/2 zeta/2 alpha/2");
	assert_row("schedule=guided", "serial/1 fork/2");
	assert_row("payload=pipe", "serial/1 fork/2");
	assert_row("recycle=100", "serial/1 fork/2");
	assert_row("spin_us=0", "serial/1 fork/2");
	assert_row("tasks=2", "serial/1 fork/2");
}

static void test_all_executors_and_peers(void **state)
{
	const struct experiment hand = handing(NULL);
	struct plan plan =
		plan_of("core:4 pu:1", &(struct plan_request){.experiments = EXPERIMENTS(&hand), .peers = peers});
	unsigned executors = 0, cells = 0;
	int sharing = 0;

	check_plan(&plan);
	for (const struct executor *const *executor = executor_table; *executor; executor++)
		executors += !(*executor)->concurrent;
	for (; plan.cells[cells].experiment == &hand; cells++) {
		assert_true((int)plan.cells[cells].executor->sharing >= sharing);
		sharing = plan.cells[cells].executor->sharing;
	}
	assert_int_equal(cells, executors + 2);
	plan_exit(&plan);
}

static void test_no_peers(void **state)
{
	struct experiment hand = handing(NULL);
	const struct plan_request bound = {
		.experiments = EXPERIMENTS(&hand),
		.executors = EXECUTORS(executor_find("thread"), &zeta),
		.placements = PLACEMENTS("compact", "none"),
		.peers = peers,
	};
	const struct workload other = {.name = "other", .task = workload_find("square")->task, .run = NULL};

	/* Not bound, … */
	assert_group(&bound, "hand/square/compact", "thread/2");
	assert_group(&bound, "hand/square/none", "thread/2 zeta/2");
	/* … not if others were asked for, … */
	assert_group(&(struct plan_request){.experiments = EXPERIMENTS(&hand),
					    .executors = EXECUTORS(executor_find("thread")),
					    .peers = peers},
		     "hand/square/none", "thread/2");
	/* … not with work that the experiment does not vouch for, … */
	assert_group(&(struct plan_request){.experiments = EXPERIMENTS(&hand),
					    .workloads = WORKLOADS(&other),
					    .executors = EXECUTORS(executor_find("thread"), &zeta),
					    .peers = peers},
		     "hand/other/none", "thread/2");
	/* … and not where the experiment has none, or nobody. */
	assert_group(&(struct plan_request){.experiments = EXPERIMENTS(&hand),
					    .executors = EXECUTORS(executor_find("thread"), &zeta)},
		     "hand/square/none", "thread/2");
	hand.peers = false;
	assert_group(&bound, "hand/square/none", "thread/2");
}

static void test_peers_alone(void **state)
{
	const struct experiment hand = handing(STRINGS("", "schedule=guided", "entry=apply")),
				*create = experiment_find("create");
	struct plan_request request = {
		.experiments = EXPERIMENTS(&hand),
		.executors = EXECUTORS(&zeta),
		.peers = peers,
	};

	assert_group(&request, "hand/square/none", "zeta/2");
	assert_group(&request, "hand/square/none/schedule=guided", "");
	assert_group(&request, "hand/square/none/entry=apply", "");
	request.experiments = EXPERIMENTS(create);
	assert_refused(&request, "create has no cell");
	request.experiments = EXPERIMENTS(&hand, create);
	assert_refused(&request, "create has no cell");
	/* What nobody named is left out. But something has to be left. */
	request.experiments = NULL;
	request.executors = EXECUTORS(&mute);
	assert_refused(&request, "no experiment has a cell");
}

static void test_a_missing_peer_is_skipped(void **state)
{
	const struct experiment hand = handing(NULL);
	struct plan plan =
		plan_of("core:2 pu:1", &(struct plan_request){.experiments = EXPERIMENTS(&hand), .peers = peers});

	assert_string_equal(plan.cells[plan_find(&plan, "hand/square/alpha/2/none")].skip, "it is in the other room");
	assert_null(plan.cells[plan_find(&plan, "hand/square/zeta/2/none")].skip);
	assert_string_equal(plan.cells[plan_find(&plan, "hand/square/zeta/2/none")].cpusets, "");
	plan_exit(&plan);
}

static void test_who_is_compared_with_whom(void **state)
{
	const struct experiment hand = handing(STRINGS("chunk=16", "entry=apply"));
	const struct plan_request request = {.experiments = EXPERIMENTS(&hand), .peers = peers};
	struct plan plan = plan_of("core:2 pu:1", &request);

	check_plan(&plan);
	assert_compared(&plan, "hand/square/zeta/2/none/chunk=16", "hand/square/thread/2/none/chunk=16",
			"hand/square/serial/1/none/chunk=16");
	assert_compared(&plan, "hand/square/fork/2/none/entry=apply", "hand/square/thread/2/none/entry=apply",
			"hand/square/serial/1/none/entry=apply");
	assert_compared(&plan, "hand/square/serial/1/none/chunk=16", NULL, "hand/square/serial/1/none/chunk=16");
	plan_exit(&plan);
}

/* Who takes fewer workers than there are to be is there once, with as many as it takes. */
static void test_small_executors(void **state)
{
	const struct experiment hand = handing(STRINGS("entry=apply")), *scaling = experiment_find("scaling");
	struct plan_request request = {
		.experiments = EXPERIMENTS(&hand),
		.executors = EXECUTORS(executor_find("serial"), executor_find("thread"), &solo),
		.peers = peers,
		.workers = WORKERS(4, 2),
	};

	assert_group(&request, "hand/square/none/entry=apply", "serial/1 thread/4 thread/2 solo/1");
	request.workers = WORKERS(2, 1);
	assert_group(&request, "hand/square/none/entry=apply", "serial/1 thread/2 thread/1 solo/1");
	request.executors = EXECUTORS(executor_find("serial"), &solo);
	request.workers = NULL;
	assert_group(&request, "hand/square/none/entry=apply", "serial/1 solo/1");
	/* But not in place of what was asked for. */
	request.workers = WORKERS(2);
	assert_refused(&request, "hand has no cell");
	request.experiments = EXPERIMENTS(scaling);
	request.executors = EXECUTORS(executor_find("serial"), executor_find("thread"));
	request.workloads = WORKLOADS(workload_find("noop"));
	assert_group(&request, "scaling/noop/none", "serial/1 thread/2");
}

static void test_workloads_that_are_no_task(void **state)
{
	const struct experiment hand = handing(NULL);
	struct plan_request request = {
		.experiments = EXPERIMENTS(&hand),
		.workloads = WORKLOADS(workload_find("square"), workload_find("noop")),
		.executors = EXECUTORS(executor_find("thread")),
	};
	struct plan plan;

	assert_refused(&request, "--workloads noop: hand needs tasks of a pool, and it is none; those that are: ");
	assert_refused(&request, "square");
	/* Experiments that nobody named are run with what they can take of it. */
	request.experiments = NULL;
	assert_group(&request, "scaling/noop/none", "thread/1 thread/2 thread/4");
	assert_group(&request, "scaling/square/none", "thread/1 thread/2 thread/4");
	plan = plan_of("core:2 pu:1", &request);
	for (unsigned i = 0; i < plan.cell_count; i++)
		assert_true(plan.cells[i].experiment->shape != SHAPE_FARM || plan.cells[i].workload->task);
	plan_exit(&plan);
}

static void test_experiments_that_are_wrong(void **state)
{
	struct experiment hand = handing(NULL);
	const struct plan_request request = {.experiments = EXPERIMENTS(&hand)};

	hand.workloads = STRINGS("square", "noop");
	assert_refused_as(-ENOENT, &request, "hand needs the task noop, which this build lacks");
	hand.workloads = STRINGS("nothing");
	assert_refused_as(-ENOENT, &request, "hand needs the workload nothing, which this build lacks");
	hand = handing(NULL);
	hand.settings = NULL;
	assert_refused_as(-ENOENT, &request, "core/farm.h");
	hand.peers = false;
	assert_refused_as(-ENOENT, &request, "core/farm.h");
	hand.peers = true;
	hand.shape = SHAPE_LOOP;
	assert_refused_as(-ENOENT, &request, "core/farm.h");
}

static void test_farm_settings_by_name(void **state)
{
	const struct experiment hand = handing(STRINGS("chunk=1", "chunk=16"));
	struct plan_setting settings[] = {SETTING("schedule", "dynamic,guided"), SETTING("chunk", "1,16")};
	const struct plan_request request = {
		.experiments = EXPERIMENTS(&hand),
		.executors = EXECUTORS(executor_find("thread"), &zeta),
		.peers = peers,
		.settings = settings,
		.setting_count = 2,
	};

	assert_group(&request, "hand/square/none/schedule=dynamic;chunk=1", "thread/2 zeta/2");
	assert_group(&request, "hand/square/none/schedule=guided;chunk=16", "thread/2");
	assert_group(&request, "hand/square/none/chunk=1", "");
	settings[0] = SETTING("schedule", "dynamc");
	assert_refused(&request, "schedule=dynamc: hand takes auto, dynamic, guided, static, chunked");
}

/* What farm.h says of its lists: as many names as values, and no more settings than a cell has room for. */
static void test_the_list_of_farm_settings(void **state)
{
	size_t count = 0;

	for (const struct parameter *p = farm_settings; p->name; p++) {
		size_t names = 0;

		count++;
		assert_in_range(p->initial, p->min, p->max);
		while (p->names && p->names[names])
			names++;
		if (p->names)
			assert_int_equal(names, p->max + 1);
	}
	assert_int_equal(count, FARM_TASKS + 1);
	assert_true(count <= SETTINGS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peers_come_last_and_where_they_can),
		cmocka_unit_test(test_all_executors_and_peers),
		cmocka_unit_test(test_no_peers),
		cmocka_unit_test(test_peers_alone),
		cmocka_unit_test(test_a_missing_peer_is_skipped),
		cmocka_unit_test(test_who_is_compared_with_whom),
		cmocka_unit_test(test_small_executors),
		cmocka_unit_test(test_workloads_that_are_no_task),
		cmocka_unit_test(test_experiments_that_are_wrong),
		cmocka_unit_test(test_farm_settings_by_name),
		cmocka_unit_test(test_the_list_of_farm_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
