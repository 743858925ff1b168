/* SPDX-License-Identifier: MIT */
/* Figures that a cell does not have: in the files a row that was skipped, on the page nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "made_up_run.h"
#include "output/samples_write.h"
#include "output/summary.h"

static char reason[REASON_BYTES];

/* A program of others tells nothing but the whole; the time until the end is seen is told by nobody. */
static double called_value(const struct sample *sample)
{
	return sample->usage_unknown ? NAN : made_up_called(sample);
}

static double seen_value(const struct sample *sample)
{
	return NAN;
}

static double endless_value(const struct sample *sample)
{
	return INFINITY;
}

static const struct figure figures[] = {
	{"reaped", "ns", BETTER_LOWER, "until the end is known", made_up_reaped},
	{"called", "ns", BETTER_LOWER, "until the call has returned", called_value},
	{"seen", "ns", BETTER_LOWER, "until somebody has seen it", seen_value},
	{0},
};

static const struct executor outside = {.name = "outside", .sharing = SHARING_OUTSIDE};

/* Two groups: one of a thread and an outsider, one of the outsider alone. */
static struct experiment experiment = {
	.name = "bring", .question = "What?", .summary = "", .fairness = "", .figures = figures};

#define CELL(x, work, g, title, group_title, b)                                                                        \
	{                                                                                                              \
		.experiment = &experiment, .workload = &made_up_workload, .executor = (x), .workers = 1,               \
		.placement = "none", .group = (g), .name = (char[]){title}, .group_name = (char[]){group_title},       \
		.params = (char[]){work}, .cpusets = (char[]){""}, .baseline = (b), .reference = -1                    \
	}

enum { THREAD, OUTSIDE, ALONE, CELLS };

static struct cell cells[CELLS] = {
	CELL(&made_up_executors[1], "work=7", 0, "bring/spin/thread/1/none", "bring/spin/none", -1),
	CELL(&outside, "work=7", 0, "bring/spin/outside/1/none", "bring/spin/none", 0),
	CELL(&outside, "work=8", 1, "bring/spin/outside/1/none/work=8", "bring/spin/none/work=8", -1),
};
static const struct plan plan = {.cells = cells, .cell_count = CELLS, .group_count = 2};

static uint64_t all_well(unsigned cell, unsigned block)
{
	return 1000 * (cell + 1) + block;
}

static uint64_t last_fails(unsigned cell, unsigned block)
{
	return cell == ALONE ? 0 : all_well(cell, block);
}

static void make(struct made_up_run *run, struct summary *summary, made_up_value *value)
{
	assert_int_equal(made_up_begin(run), 0);
	run->record.plan = &plan;
	for (int block = 0; block < 10; block++)
		assert_int_equal(made_up_block(run, value), 0);
	run->record.status = "complete";
	assert_int_equal(run_folder_save(&run->folder, &run->record, run->reason), 0);
	if (summary_load(summary, run->path, reason) != 0)
		fail_msg("%s", reason);
}

static char *print(const struct summary *summary)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	assert_int_equal(summary_print(summary, stream), 0);
	fclose(stream);
	return text;
}

/* The rows of one measurement in samples.csv. */
static char *rows_of(unsigned cell, enum status status, const char *why, bool usage_unknown)
{
	const struct sample sample = {
		.ops = 10, .wall_ns = 100, .phase_ns = {20, 0, 0, 100}, .usage_unknown = usage_unknown};
	struct measurement measurement = {
		.cell = cell, .status = status, .sample_count = status != STATUS_FAILED, .samples = &sample};
	struct csv_buffer buffer = {0};
	struct made_up_run run;
	char *rows;

	made_up_record(&run);
	run.record.plan = &plan;
	snprintf(measurement.reason, sizeof(measurement.reason), "%s", why);
	samples_write(&buffer, &run.record, &measurement);
	assert_int_equal(buffer.error, 0);
	rows = strndup(buffer.text, buffer.used);
	csv_buffer_exit(&buffer);
	return rows;
}

static void assert_rows(char *rows, const char *const *wanted)
{
	for (; *wanted; wanted++)
		if (!strstr(rows, *wanted))
			fail_msg("there is no \"%s\" in\n%s", *wanted, rows);
	free(rows);
}

#define ROWS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void rows_say_what_was_not_measured(void **state)
{
	assert_rows(rows_of(THREAD, STATUS_OK, "", false),
		    ROWS(",reaped,10,ns,lower,ok,,", ",called,2,ns,lower,ok,,",
			 ",seen,,ns,lower,skipped,not measured in a cell like this,"));
	assert_rows(rows_of(OUTSIDE, STATUS_OK, "", true),
		    ROWS(",reaped,10,ns,lower,ok,,", ",called,,ns,lower,skipped,not measured in a cell like this,",
			 ",seen,,ns,lower,skipped,not measured in a cell like this,"));
}

/* What went wrong with all of a measurement is said of every figure; no number at all is another matter than none. */
static void other_reasons_stay(void **state)
{
	assert_rows(rows_of(THREAD, STATUS_FAILED, "no task left", false),
		    ROWS(",reaped,,ns,lower,failed,no task left,", ",seen,,ns,lower,failed,no task left,"));
	assert_rows(rows_of(THREAD, STATUS_INVALID, "steal", false),
		    ROWS(",called,2,ns,lower,invalid,steal,", ",seen,,ns,lower,invalid,steal,"));
	experiment.figures = (const struct figure[]){{"reaped", "ns", BETTER_LOWER, "", endless_value}, {0}};
	assert_rows(rows_of(THREAD, STATUS_OK, "", false),
		    ROWS(",reaped,,ns,lower,failed,this sample gives the figure no finite value,"));
	experiment.figures = figures;
}

static void assert_status(const struct summary *summary, const char *cell, const char *figure, const char *status)
{
	for (size_t i = 0; i < summary->row_count; i++)
		if (strcmp(summary->rows[i].cell, cell) == 0 && strcmp(summary->rows[i].figure, figure) == 0) {
			assert_string_equal(summary->rows[i].status, status);
			return;
		}
	fail_msg("there is no %s of %s", figure, cell);
}

/* A cell that lacks a figure is well: nobody is told of it at the end of the page, and no column is for nothing. */
static void pages_show_what_there_is(void **state)
{
	struct made_up_run run;
	struct summary summary;
	const char *second;
	char *text;

	make(&run, &summary, all_well);
	assert_status(&summary, "bring/spin/thread/1/none", "called", "ok");
	assert_status(&summary, "bring/spin/outside/1/none", "reaped", "ok");
	assert_status(&summary, "bring/spin/outside/1/none", "called", "skipped");
	assert_status(&summary, "bring/spin/thread/1/none", "seen", "skipped");
	text = print(&summary);
	second = strstr(text, "spin, work=8");
	assert_non_null(strstr(text, "  reaped"));
	assert_non_null(strstr(text, "  called\n"));
	assert_null(second ? strstr(second, "  called\n") : text);
	assert_null(strstr(text, "seen"));
	assert_null(strstr(text, "Skipped"));
	assert_null(strstr(text, "skipped"));
	free(text);
	summary_exit(&summary);
	made_up_end(&run);
}

/* The table of a group without a value is narrow, and has room for all columns: they stay away all the same. */
static void empty_groups_have_no_columns(void **state)
{
	struct made_up_run run;
	struct summary summary;
	const char *found;
	char *text;

	make(&run, &summary, last_fails);
	text = print(&summary);
	found = strstr(text, "  called");
	assert_non_null(found);
	assert_null(strstr(found + 1, "  called"));
	found = strstr(text, "Failed  ");
	assert_non_null(found);
	assert_null(strstr(found + 1, "Failed  "));
	free(text);
	summary_exit(&summary);
	made_up_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_say_what_was_not_measured),
		cmocka_unit_test(other_reasons_stay),
		cmocka_unit_test(pages_show_what_there_is),
		cmocka_unit_test(empty_groups_have_no_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
