/* SPDX-License-Identifier: MIT */
/* Published tables: which cells repeat them, what this machine's values are, and how they are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "close_to.h"
#include "core/published.h"
#include "made_up_summary.h"
#include "output/model.h"
#include "output/page.h"
#include "output/published.h"
#include "output/repeats.h"
#include "plan/repeat.h"
#include "synthetic_plan.h"

enum { BLOCKS = 12, OPERATIONS = BLOCKS * MADE_UP_BATCHES * 10 /* of each cell */ };

static char reason[REASON_BYTES];

/* Two machines, and columns that the made-up run has, and one that it has not. */
static const struct published many = {
	.name = "many",
	.title = "many creations",
	.source = "A book",
	.note = "Not the same.",
	.unit = "s",
	.figure = "reaped",
	.operations = 50000,
	.counted = "creations",
	.decimals = 1,
	.columns =
		(const struct published_part[]){
			{"fork", "executor=fork"}, {"threads", "executor=thread"}, {"none", NULL}, {0}},
	.rows = (const struct published_row[]){{"old box", NULL, {8.1, 0.9, 7}},
					       {"older box", NULL, {12.5, 0, 0}},
					       {0}},
	.ratio_of = "fork",
	.ratio_over = "threads",
};
/* As many as are made; lines; a line that no cell repeats; another figure. */
static const struct published few = {
	.name = "few",
	.title = "few creations",
	.source = "A paper",
	.note = "",
	.unit = "us",
	.figure = "called",
	.operations = OPERATIONS,
	.counted = "creations",
	.lines = (const struct published_part[]){{"forked", "executor=fork"},
						 {"threaded", "executor=thread"},
						 {"cloned", "executor=clone"},
						 {0}},
	.columns = (const struct published_part[]){{"time", ""}, {0}},
	.rows = (const struct published_row[]){{"old box", "forked", {4000}}, {"old box", "cloned", {1}}, {0}},
};
/* With a line that has a name, of cells that differ. */
static const struct published mixed = {
	.name = "mixed",
	.title = "",
	.source = "",
	.note = "",
	.unit = "ms",
	.figure = "reaped",
	.operations = 1000,
	.counted = "creations",
	.lines = (const struct published_part[]){{"both", ""}, {0}},
	.columns = (const struct published_part[]){{"fork", "executor=fork"}, {"threads", "executor=thread"}, {0}},
	.rows = (const struct published_row[]){{0}},
};
/* That this plan repeats nothing of. */
static const struct published absent = {
	.name = "absent",
	.title = "nothing of this",
	.source = "A blog",
	.note = "",
	.unit = "ms",
	.figure = "reaped",
	.operations = 1,
	.counted = "creations",
	.columns = (const struct published_part[]){{"clone", "executor=clone"},
						   {"spread", "executor=fork;workers=2"},
						   {0}},
	.rows = (const struct published_row[]){{"old box", NULL, {1}}, {0}},
};

static const struct published spawned = {
	.name = "spawned",
	.title = "",
	.source = "",
	.note = "",
	.unit = "ms",
	.figure = "reaped",
	.operations = 7,
	.counted = "creations",
	.columns = (const struct published_part[]){{"spawn", "executor=spawn"}, {"fork", "executor=fork"}, {0}},
	.rows = (const struct published_row[]){{0}},
	.ratio_of = "spawn",
	.ratio_over = "fork",
};

/* The cells of made_up_create as those of an experiment with tables. */
static struct experiment experiment;
static struct cell cells[MADE_UP_CELLS];
static struct plan plan;

static void make_plan(const struct published *const *tables)
{
	experiment = made_up_create;
	experiment.published = tables;
	memcpy(cells, made_up_cells, sizeof(cells));
	for (unsigned i = 0; i < MADE_UP_CELLS; i++)
		if (cells[i].experiment == &made_up_create)
			cells[i].experiment = &experiment;
	plan = (struct plan){.cells = cells, .cell_count = MADE_UP_CELLS, .group_count = made_up_plan.group_count};
}

static void load(struct made_up_run *run, struct summary *summary)
{
	static const struct published *const tables[] = {&many, &absent, &few, NULL};

	make_plan(tables);
	made_up_load(run, &plan, summary, BLOCKS, made_up_usual);
}

/* With one worker, unbound, and settings at their initial values unless the table says otherwise. */
static void finds_cells(void **state)
{
	static const struct parameter settings[] = {
		{"memory_mib", "MiB", "", 0, 0, 100, NULL}, {"threads", "", "", 4, 0, 9, NULL}, {0}};
	static const struct published_part part[] = {
		{"", "executor=fork"},
		{"", "executor=fork;memory_mib=1"},
		{"", "memory_mib=1"},
		{"", "executor=fork;threads=7;memory_mib=1"},
		{"", "executor=fork;memory_mib=10"},
		{"", "executor=for"},
		{"", "executor=fork;placement=compact"},
		{"", "executor=fork;workers=2"},
		{"", "executor=fork;memory_mib=many"},
		{"", NULL},
	};
	static const struct published_part fork = {"", "executor=fork"}, nowhere = {"", NULL};

	(void)state;
	make_plan(NULL);
	experiment.settings = settings;
	for (unsigned i = 0; i < MADE_UP_CELLS; i++)
		cells[i].settings[1] = 4;
	assert_int_equal(repeat_find(&plan, &experiment, NULL, &part[0]), MADE_UP_FORK);
	assert_int_equal(repeat_find(&plan, &experiment, NULL, &part[1]), -1);
	cells[MADE_UP_FORK].settings[0] = 1;
	assert_int_equal(repeat_find(&plan, &experiment, NULL, &part[0]), -1);
	assert_int_equal(repeat_find(&plan, &experiment, NULL, &part[1]), MADE_UP_FORK);
	assert_int_equal(repeat_find(&plan, &experiment, &fork, &part[2]), MADE_UP_FORK);
	assert_int_equal(repeat_find(&plan, &experiment, &nowhere, &part[2]), -1);
	cells[MADE_UP_FORK].settings[1] = 7;
	assert_int_equal(repeat_find(&plan, &experiment, NULL, &part[1]), -1);
	assert_int_equal(repeat_find(&plan, &experiment, NULL, &part[3]), MADE_UP_FORK);
	cells[MADE_UP_FORK].placement = "compact";
	assert_int_equal(repeat_find(&plan, &experiment, NULL, &part[3]), -1);
	cells[MADE_UP_FORK].settings[0] = 0;
	cells[MADE_UP_FORK].settings[1] = 4;
	assert_int_equal(repeat_find(&plan, &experiment, NULL, &part[6]), MADE_UP_FORK);
	cells[MADE_UP_FORK].placement = "none";
	cells[MADE_UP_FORK].settings[0] = 1;
	for (unsigned i = 4; i < COUNT(part); i++)
		assert_int_equal(repeat_find(&plan, &experiment, NULL, &part[i]), -1);
	assert_int_equal(repeat_find(&plan, &made_up_control, NULL, &part[0]), -1);
}

/* Every value of the tables that are shipped is repeated by a cell, but for the one that says that it is not. */
static void known_tables_are_in_the_plan(void **state)
{
	const struct experiment *tables = experiment_find("tables");
	const struct plan_request request = {.experiments = EXPERIMENTS(tables)};
	struct plan whole = plan_of("core:2 pu:1", &request);
	unsigned used = 0, own = 0;

	(void)state;
	for (const struct published *const *table = tables->published; *table; table++) {
		static const struct published_part single[] = {{"", ""}, {0}};

		for (const struct published_part *line = (*table)->lines ? (*table)->lines : single; line->name; line++)
			for (const struct published_part *column = (*table)->columns; column->name; column++) {
				int cell = repeat_find(&whole, tables, line, column);

				if ((cell < 0) != (column->cell == NULL))
					fail_msg("%s: %s, %s", (*table)->name, line->name, column->name);
				used += cell >= 0;
			}
	}
	for (unsigned i = 0; i < whole.cell_count; i++)
		own += whole.cells[i].experiment == tables;
	assert_int_equal(used, 2 + 15 + 8 + 1);
	assert_int_equal(own, used - 2); /* fork, and fork + exec, without more memory are in two tables each */
	plan_exit(&whole);
}

/* ns of a creation, from made_up_usual: 10000 + 10 b for thread, in all 12 blocks; the interval is that of ranks 3 and 10. */
static void values_by_hand(void **state)
{
	const struct repeated_table *table;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	load(&run, &summary);
	assert_int_equal(summary.repeated.count, 2);
	table = &summary.repeated.list[0];
	assert_string_equal(table->table->name, "many");
	assert_interval(&table->repeats[1].value, 10055 * 50e-6, 10020 * 50e-6, 10090 * 50e-6, 1e-12);
	assert_int_equal(table->repeats[1].operations, OPERATIONS);
	assert_true(table->repeats[1].extrapolated);
	assert_true(isnan(table->repeats[2].value.estimate));
	assert_int_equal(table->repeats[2].operations, 0);
	assert_false(table->repeats[2].extrapolated);
	/* the same pairs as the verdict of fork over thread */
	assert_memory_equal(&table->ratios[0], &summary.rows[2 * MADE_UP_FORK].ratio, sizeof(struct interval));
	assert_close(table->ratios[0].estimate, 8, 0.1);
	table = &summary.repeated.list[1];
	assert_string_equal(table->table->name, "few");
	/* the call takes half as long; 360 of them, in us */
	assert_interval(&table->repeats[1].value, 5.0275 * 360, 5.01 * 360, 5.045 * 360, 1e-9);
	assert_false(table->repeats[1].extrapolated);
	assert_true(isnan(table->ratios[0].estimate));
	assert_int_equal(table->table->cells[2], -1);
	made_up_exit(&run, &summary);
}

/* A cell that failed, and a run that is too short for intervals. */
static void without_values(void **state)
{
	const struct published *const tables[] = {&spawned, NULL};
	const struct repeated_table *table;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	make_plan(tables);
	made_up_load(&run, &plan, &summary, 1, made_up_usual);
	table = &summary.repeated.list[0];
	assert_true(isnan(table->repeats[0].value.estimate));
	assert_int_equal(table->repeats[0].operations, 0);
	assert_false(table->repeats[0].extrapolated);
	assert_close(table->repeats[1].value.estimate, 0.56, 1e-9);
	assert_true(isnan(table->repeats[1].value.low));
	assert_true(isnan(table->ratios[0].estimate));
	made_up_exit(&run, &summary);
}

static void assert_prints(const struct summary *summary, const char *wanted)
{
	char *text = made_up_print(summary, summary_print);

	if (!strstr(text, wanted))
		fail_msg("there is no\n%sin\n%s", wanted, strstr(text, "many:") ? strstr(text, "many:") : text);
	free(text);
}

static void prints_tables(void **state)
{
	struct made_up_run run;
	struct summary summary;
	char *text;

	(void)state;
	load(&run, &summary);
	summary.proven = true;
	assert_prints(&summary,
		      "\nmany: many creations, in s\n"
		      "  machine       fork  95 %          threads  95 %            none  95 %  fork : threads  95 %\n"
		      "  old box        8.1                    0.9                   7.0                 9.00x\n"
		      "  older box     12.5\n"
		      "  this machine  4.02  [4.01, 4.04]    0.503  [0.501, 0.505]                      8.001x  "
		      "[8.000, 8.002]\n");
	assert_prints(&summary,
		      "  This machine: median time of one, times 50,000; extrapolated from 360 creations (fork), "
		      "360 (threads).\n"
		      "  Source: A book.\n"
		      "  Not the same.\n\n");
	assert_prints(&summary, "few: few creations, in us\n"
				"            machine        time  95 %\n"
				"  forked    old box        4000\n"
				"  forked    this machine  14481  [14429, 14534]\n"
				"  threaded  this machine   1810  [1804, 1816]\n"
				"  cloned    old box           1\n"
				"  cloned    this machine\n"
				"  This machine: median time of one, times 360.\n"
				"  Source: A paper.\n\n");
	summary.proven = false;
	assert_prints(&summary, "\nUnproven: many: many creations, in s\n");
	text = made_up_print(&summary, summary_print);
	assert_null(strstr(text, "absent"));
	free(text);
	made_up_exit(&run, &summary);
}

/* Of a line the value that rests on the fewest creations: threads fail in the last block. */
static uint64_t one_less(unsigned cell, unsigned block)
{
	return cell == MADE_UP_THREAD && block == BLOCKS - 1 ? 0 : made_up_usual(cell, block);
}

static void least_of_a_line(void **state)
{
	static const struct published *const tables[] = {&mixed, NULL};
	struct made_up_run run;
	struct summary summary;

	(void)state;
	make_plan(tables);
	made_up_load(&run, &plan, &summary, BLOCKS, one_less);
	assert_prints(&summary, "times 1,000; extrapolated from 330 creations (both).\n");
	made_up_exit(&run, &summary);
}

/* Intervals of this machine are below its values where there is no room beside, and left out where there is none. */
static void prints_narrow_tables(void **state)
{
	struct made_up_run run;
	struct summary summary;
	struct page page;
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	(void)state;
	load(&run, &summary);
	page_init(&page, stream);
	page.width = 80;
	summary_published(&page, &summary, summary.model->experiments[0].name);
	page.width = 60;
	summary_published(&page, &summary, summary.model->experiments[0].name);
	assert_int_equal(page_exit(&page), 0);
	fclose(stream);
	assert_non_null(strstr(text, "  this machine          4.02           0.503                8.001x\n"
				     "  95 %          [4.01, 4.04]  [0.501, 0.505]        [8.000, 8.002]\n"));
	assert_non_null(strstr(text, "  machine       fork  threads  none  fork : threads\n"
				     "  old box        8.1      0.9   7.0           9.00x\n"));
	free(text);
	made_up_exit(&run, &summary);
}

static json_t *at(json_t *list, size_t index, const char *key)
{
	return json_object_get(json_array_get(list, index), key);
}

static void writes_json(void **state)
{
	struct made_up_run run;
	struct summary summary;
	json_t *json, *tables, *values, *row;
	char *text;

	(void)state;
	load(&run, &summary);
	text = made_up_print(&summary, summary_print_json);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	tables = json_object_get(json, "published");
	assert_int_equal(json_array_size(tables), 2);
	assert_string_equal(json_string_value(at(tables, 0, "experiment")), "create");
	assert_string_equal(json_string_value(at(tables, 0, "source")), "A book");
	assert_int_equal(json_integer_value(at(tables, 0, "operations")), 50000);
	row = json_array_get(at(tables, 0, "rows"), 1);
	assert_string_equal(json_string_value(json_object_get(row, "machine")), "older box");
	assert_true(json_is_null(json_array_get(json_object_get(row, "values"), 1)));
	assert_true(json_is_null(json_object_get(row, "ratio")));
	assert_close(json_number_value(at(at(tables, 0, "rows"), 0, "ratio")), 9, 1e-9);
	values = at(at(tables, 0, "this_machine"), 0, "values");
	assert_string_equal(json_string_value(at(values, 1, "cell")), "create/spin/thread/1/none");
	assert_close(json_number_value(json_array_get(at(values, 1, "value"), 0)), 0.50275, 1e-9);
	assert_int_equal(json_integer_value(at(values, 1, "operations")), OPERATIONS);
	assert_true(json_is_true(at(values, 1, "extrapolated")));
	assert_true(json_is_null(json_array_get(values, 2)));
	values = at(at(tables, 1, "this_machine"), 1, "values");
	assert_true(json_is_false(at(values, 0, "extrapolated")));
	assert_int_equal(json_integer_value(at(json_object_get(json, "rows"), 0, "operations")), OPERATIONS);
	json_decref(json);
	free(text);
	made_up_exit(&run, &summary);
}

/* Those of a cell and figure, in the last column; no more than there are in a 64-bit number. */
static void counts_operations(void **state)
{
	static const char column[] = ",status,reason,operations\n";
	struct made_up_run run;
	struct summary summary;
	size_t bytes = 0;
	char *text, *ops, *grown;

	(void)state;
	load(&run, &summary);
	assert_int_equal(summary.rows[2 * MADE_UP_THREAD].operations, OPERATIONS);
	assert_int_equal(summary.rows[2 * MADE_UP_SPAWN].operations, 0);
	assert_int_equal(summary_write_csv(&summary, run.path, reason), 0);
	text = made_up_read(&run, "summary.csv", &bytes);
	assert_non_null(strstr(text, column));
	assert_non_null(strstr(text, ",ok,,360\n"));
	assert_non_null(strstr(text, ",failed,\"spawn: \"\"no, thanks\"\"\",0\n"));
	free(text);
	summary_exit(&summary);
	text = made_up_read(&run, "samples.csv", &bytes);
	ops = strstr(text, ",10,100"); /* of a batch of the thread's: ops, then wall_ns */
	assert_non_null(ops);
	if (asprintf(&grown, "%.*s,18446744073709551615%s", (int)(ops - text), text, ops + 3) < 0)
		fail();
	made_up_write(&run, "samples.csv", grown, strlen(grown));
	free(grown);
	free(text);
	assert_int_equal(summary_load(&summary, run.path, reason), 0);
	assert_true(summary.rows[2 * MADE_UP_THREAD].operations == UINT64_MAX);
	text = made_up_print(&summary, summary_print_json);
	assert_non_null(strstr(text, "\"operations\": 9223372036854775807"));
	free(text);
	made_up_exit(&run, &summary);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_cells),       cmocka_unit_test(known_tables_are_in_the_plan),
		cmocka_unit_test(values_by_hand),    cmocka_unit_test(without_values),
		cmocka_unit_test(prints_tables),     cmocka_unit_test(prints_narrow_tables),
		cmocka_unit_test(least_of_a_line),   cmocka_unit_test(writes_json),
		cmocka_unit_test(counts_operations),
	};

	return cmocka_run_group_tests_name("published", tests, NULL, NULL);
}
