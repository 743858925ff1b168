/* SPDX-License-Identifier: MIT */
/* Whole blocks of real measurers: which of them count, and when a run ends. What disturbs them is made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "made_up_machine.h"
#include "measure/conductor.h"

enum { BLOCKS_MAX = 32 };

/* What the test does to the machine, and what it hears of the blocks. */
struct watch {
	uint32_t disturbed;       /* bit b: the machine swaps during block b */
	bool settle;              /* every group is known well enough as soon as that is asked */
	unsigned swapped_pages;   /* so far */
	bool invalid[BLOCKS_MAX]; /* what the conductor said of each block */
	unsigned rows[BLOCKS_MAX];
	unsigned skipped;              /* rows, in all blocks */
	unsigned recorded[BLOCKS_MAX]; /* events of timelines */
};

static void put_swapped(unsigned pages)
{
	char text[64];

	snprintf(text, sizeof(text), "pgmajfault 0\npswpin %u\npswpout 0\n", pages);
	put("/proc/vmstat", text);
}

static void on_cell(void *context, const struct conductor *conductor, unsigned cell, int block, unsigned position)
{
	struct watch *watch = context;

	if (block >= 0 && position == 0 && watch->disturbed >> block & 1)
		put_swapped(watch->swapped_pages += 1000);
}

static int on_block(void *context, const struct conductor *conductor, const struct block *block)
{
	struct watch *watch = context;
	bool invalid = *block->invalid != '\0';

	assert_true(block->number < BLOCKS_MAX);
	watch->invalid[block->number] = invalid;
	watch->rows[block->number] = (unsigned)block->count;
	for (size_t i = 0; i < block->count; i++) {
		const struct measurement *measurement = &block->measurements[i];

		watch->recorded[block->number] += measurement->timeline_count;
		if (measurement->status == STATUS_SKIPPED) {
			watch->skipped++;
			assert_non_null(strstr(measurement->reason, "cannot follow a pointer"));
			assert_int_equal(measurement->sample_count, 0);
			continue;
		}
		assert_int_equal(measurement->status, invalid ? STATUS_INVALID : STATUS_OK);
		assert_true(measurement->sample_count > 0);
		if (invalid)
			assert_non_null(strstr(measurement->reason, "swap"));
	}
	return 0;
}

static void on_settle(void *context, bool *settled)
{
	if (((struct watch *)context)->settle)
		settled[0] = true;
}

static void own_program(const char *name, char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);

	assert_true(length > 0);
	path[length] = '\0';
	snprintf(strrchr(path, '/') + 1, 64, "%s", name);
}

/* What is asked for, with the run's own controls, on this machine. */
static void run_plan(struct conductor *conductor, struct watch *watch, const struct plan_request *request,
		     unsigned max_blocks, uint64_t budget_ns)
{
	const struct schedule schedule = {.batch_ns = NS_PER_MS, .warmups = 1, .batches = 2};
	const struct conductor_events events = {watch, on_cell, on_block, on_settle};
	char measurer[PATH_MAX], worker[PATH_MAX], reason[REASON_BYTES];
	struct machine *machine;
	struct plan plan;

	files_set_root("");
	assert_int_equal(machine_open(&machine, reason), 0);
	files_set_root(made_up_root);
	put_swapped(0);
	assert_int_equal(plan_init(&plan, request, machine, reason), 0);
	own_program("tvp-measurer", measurer);
	own_program("tvp-worker", worker);
	assert_int_equal(conductor_run(conductor,
				       &(struct conductor_options){.plan = &plan,
								   .schedule = &schedule,
								   .budget_ns = budget_ns,
								   .limit_ns = 60 * NS_PER_S,
								   .seed = 1,
								   .min_blocks = 2,
								   .max_blocks = max_blocks,
								   .directory = made_up_root,
								   .worker_path = worker,
								   .measurer_path = measurer},
				       &events, reason),
			 0);
	conductor_exit(conductor);
	plan_exit(&plan);
	machine_close(machine);
}

/* The unbound `create` cell of the executor thread, in a parent without anything more than it needs. */
static void run_conductor(struct conductor *conductor, struct watch *watch, unsigned max_blocks, uint64_t budget_ns)
{
	const struct experiment *experiments[] = {experiment_find("create"), NULL};
	const struct executor *executors[] = {executor_find("thread"), NULL};
	const char *placements[] = {"none", NULL};
	struct plan_setting settings[] = {
		{(char[]){"memory_mib"}, (char[]){"0"}}, {(char[]){"thp"}, (char[]){"off"}},
		{(char[]){"mappings"}, (char[]){"0"}},   {(char[]){"descriptors"}, (char[]){"0"}},
		{(char[]){"cloexec"}, (char[]){"on"}},   {(char[]){"threads"}, (char[]){"0"}}};
	const struct plan_request request = {
		.experiments = experiments,
		.executors = executors,
		.placements = placements,
		.settings = settings,
		.setting_count = sizeof(settings) / sizeof(*settings),
	};

	run_plan(conductor, watch, &request, max_blocks, budget_ns);
}

static void test_quiet_blocks_count(void **state)
{
	struct watch watch = {0};
	struct conductor conductor;

	run_conductor(&conductor, &watch, 3, 300 * NS_PER_S);
	assert_int_equal(conductor.blocks, 3);
	assert_int_equal(conductor.invalid, 0);
	assert_int_equal(conductor.end, CONDUCTOR_ENOUGH);
}

static void test_a_spoilt_block_is_measured_again(void **state)
{
	struct watch watch = {.disturbed = 1u << 1};
	struct conductor conductor;

	run_conductor(&conductor, &watch, 3, 300 * NS_PER_S);
	assert_int_equal(conductor.blocks, 4);
	assert_int_equal(conductor.invalid, 1);
	assert_false(watch.invalid[0]);
	assert_true(watch.invalid[1]);
	assert_false(watch.invalid[2]);
	assert_false(conductor.lenient);
}

static void test_what_always_disturbs_is_how_the_machine_is(void **state)
{
	struct watch watch = {.disturbed = UINT32_MAX};
	struct conductor conductor;

	run_conductor(&conductor, &watch, 2, 300 * NS_PER_S);
	assert_int_equal(conductor.invalid, 3);
	assert_int_equal(conductor.blocks, 5);
	assert_true(conductor.lenient);
	assert_true(watch.invalid[2]);
	assert_false(watch.invalid[3]);
}

static void test_a_settled_run_ends(void **state)
{
	struct watch watch = {.settle = true};
	struct conductor conductor;

	run_conductor(&conductor, &watch, 20, 300 * NS_PER_S);
	assert_int_equal(conductor.blocks, 2);
	assert_int_equal(conductor.end, CONDUCTOR_ENOUGH);
}

static void test_a_spent_budget_ends_it(void **state)
{
	struct watch watch = {0};
	struct conductor conductor;

	run_conductor(&conductor, &watch, 20, NS_PER_MS);
	assert_int_equal(conductor.blocks, 1);
	assert_int_equal(conductor.end, CONDUCTOR_BUDGET_SPENT);
}

/* Two blocks of one experiment over a pool, with two executors. */
static void run_farm(struct watch *watch, const char *experiment, const char *executor, struct plan_setting *settings,
		     size_t count)
{
	const struct experiment *experiments[] = {experiment_find(experiment), NULL};
	const struct executor *executors[] = {executor_find("thread"), executor_find(executor), NULL};
	const struct plan_request request = {
		.experiments = experiments, .executors = executors, .settings = settings, .setting_count = count};
	struct conductor conductor;

	run_plan(&conductor, watch, &request, 2, 300 * NS_PER_S);
	assert_int_equal(conductor.blocks, 2);
}

static void test_what_an_executor_has_not_is_skipped(void **state)
{
	char name[] = "payload", value[] = "pointer";
	struct plan_setting setting = {name, value};
	struct watch watch = {0};

	run_farm(&watch, "payload", "fork", &setting, 1);
	/* blocks of four sizes, twice; the threads' rows are there */
	assert_int_equal(watch.skipped, 4 * 2);
	assert_int_equal(watch.recorded[0], 0);
}

static void test_the_first_block_is_recorded(void **state)
{
	char tasks[] = "tasks", five[] = "5", schedule[] = "schedule", dynamic[] = "dynamic";
	struct plan_setting settings[] = {{tasks, five}, {schedule, dynamic}};
	struct watch watch = {0};

	run_farm(&watch, "imbalance", "fork", settings, 2);
	assert_int_equal(watch.skipped, 0);
	/* Every worker does five tasks, and each is an event. */
	assert_true(watch.recorded[0] > 0);
	assert_int_equal(watch.recorded[0] % 5, 0);
	assert_int_equal(watch.recorded[1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(test_quiet_blocks_count),
		WITH_FILES(test_a_spoilt_block_is_measured_again),
		WITH_FILES(test_what_always_disturbs_is_how_the_machine_is),
		WITH_FILES(test_a_settled_run_ends),
		WITH_FILES(test_a_spent_budget_ends_it),
		WITH_FILES(test_what_an_executor_has_not_is_skipped),
		WITH_FILES(test_the_first_block_is_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
