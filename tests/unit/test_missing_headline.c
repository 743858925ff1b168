/* SPDX-License-Identifier: MIT */
/* A headline that is not known of a cell that was measured: the page shows the rest, and says what is missing and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "made_up_run.h"
#include "output/summary.h"

enum { FEW, MANY, LOST, CELLS };

static char reason[REASON_BYTES];

/* Known of the long batches only. */
static double tail_value(const struct sample *sample)
{
	return sample->wall_ns < 100000 ? NAN : 2 * sample_ns_per_operation(sample);
}

static const struct figure figures[] = {
	{"p99", "ns", BETTER_LOWER, "what few exceeded", tail_value},
	{"p50", "ns", BETTER_LOWER, "what half exceeded", sample_ns_per_operation},
	{0},
};
static struct experiment experiment = {
	.name = "wait", .question = "What?", .summary = "", .fairness = "", .figures = figures};

#define CELL(x, g, title, group_title, b)                                                                              \
	{                                                                                                              \
		.experiment = &experiment, .workload = &made_up_workload, .executor = &made_up_executors[x],           \
		.workers = 1, .placement = "none", .group = (g), .name = (char[]){title},                              \
		.group_name = (char[]){group_title}, .params = (char[]){"work=7"}, .cpusets = (char[]){""},            \
		.baseline = (b), .reference = -1                                                                       \
	}

static struct cell cells[CELLS] = {
	CELL(1, 0, "wait/spin/thread/1/none", "wait/spin/none", -1),
	CELL(2, 0, "wait/spin/fork/1/none", "wait/spin/none", 0),
	CELL(3, 0, "wait/spin/spawn/1/none", "wait/spin/none", 0),
};
static const struct plan plan = {.cells = cells, .cell_count = CELLS, .group_count = 1};

/* ns per operation; ten make a batch. */
static uint64_t values(unsigned cell, unsigned block)
{
	return cell == LOST ? 0 : (cell == FEW ? 1000 : 20000) + block;
}

/* What `tvp summary` prints of ten blocks; the caller's to free. */
static char *page(void)
{
	struct made_up_run run;
	struct summary summary;
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	assert_int_equal(made_up_begin(&run), 0);
	run.record.plan = &plan;
	for (int block = 0; block < 10; block++)
		assert_int_equal(made_up_block(&run, values), 0);
	run.record.status = "complete";
	assert_int_equal(run_folder_save(&run.folder, &run.record, run.reason), 0);
	if (summary_load(&summary, run.path, reason) != 0)
		fail_msg("%s", reason);
	assert_int_equal(summary_print(&summary, stream), 0);
	fclose(stream);
	summary_exit(&summary);
	made_up_end(&run);
	return text;
}

/* The line of the table that begins with this executor. */
static void assert_line(const char *text, const char *executor, const char *const *wanted)
{
	const char *line = strstr(text, executor);
	char *copy;

	assert_non_null(line);
	copy = strndup(line, strcspn(line, "\n"));
	for (; *wanted; wanted++)
		if (!strstr(copy, *wanted))
			fail_msg("there is no \"%s\" in \"%s\"", *wanted, copy);
	free(copy);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void the_page_says_what_is_missing(void **state)
{
	char *text;

	(void)state;
	experiment.missing = "fewer than ten took longer";
	text = page();
	assert_line(text, "  thread", WORDS("no p99", "1.0"));
	assert_line(text, "  fork", WORDS("40.0", "20.0"));
	assert_null(strstr(text, "skipped"));
	assert_null(strstr(text, "Skipped"));
	assert_non_null(strstr(text, "Unknown    p99 of wait/spin/thread/1/none: fewer than ten took longer"));
	/* What has no figure at all is another matter. */
	assert_line(text, "  spawn", WORDS("failed"));
	assert_non_null(strstr(text, "Failed     wait/spin/spawn/1/none: spawn: "));
	free(text);
}

static void without_a_reason_of_its_own(void **state)
{
	char *text;

	(void)state;
	experiment.missing = NULL;
	text = page();
	assert_non_null(strstr(text, "Unknown    p99 of wait/spin/thread/1/none: not measured in a cell like this"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_says_what_is_missing),
		cmocka_unit_test(without_a_reason_of_its_own),
	};

	return cmocka_run_group_tests_name("missing headline", tests, NULL, NULL);
}
