/* SPDX-License-Identifier: MIT */
/* The summary of made-up runs against values worked out by hand, its gates, and what it prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <locale.h>
#include <math.h>

#include "made_up_run.h"
#include "output/people.h"
#include "output/progress.h"
#include "output/summary.h"
#include "output/summary_verdicts.h"

enum {
	ROW_THREAD,
	ROW_THREAD_CALLED,
	ROW_FORK,
	ROW_FORK_CALLED,
	ROW_SPAWN,
	ROW_SERIAL_1 = 6,
	ROW_THREAD_2,
	ROW_FORK_2
};

static char reason[REASON_BYTES];

static void assert_near(double found, double wanted)
{
	if (!(fabs(found - wanted) <= 1e-12 * fabs(wanted)))
		fail_msg("%.17g is not %.17g", found, wanted);
}

static void load(struct made_up_run *run, struct summary *summary, unsigned blocks, made_up_value *value)
{
	if (made_up_complete(run, blocks, value) != 0)
		fail_msg("%s", run->reason);
	if (summary_load(summary, run->path, reason) != 0)
		fail_msg("%s", reason);
}

/* Block values 10000, 10010, …, 10110; the samples of a block are 5 ns below, at and above its value. */
static void values_by_hand(void **state)
{
	struct made_up_run run;
	struct summary summary;
	const struct summary_row *row;

	(void)state;
	load(&run, &summary, 12, made_up_usual);
	assert_int_equal(summary.row_count, 13);
	row = &summary.rows[ROW_THREAD];
	assert_string_equal(row->cell, "create/spin/thread/1/none");
	assert_string_equal(row->figure, "reaped");
	assert_int_equal(row->blocks, 12);
	assert_int_equal(row->samples, 36);
	assert_near(row->median.estimate, 10055);
	assert_near(row->median.low, 10020); /* n = 12: the third of twelve */
	assert_near(row->median.high, 10090);
	assert_near(row->mad, 30);
	assert_near(row->minimum, 9995);
	assert_true(isnan(row->p90) && isnan(row->p99));
	assert_string_equal(row->baseline, "");
	assert_true(isnan(row->ratio.estimate) && isnan(row->p_value));
	assert_near(summary.rows[ROW_THREAD_CALLED].median.estimate, 10055 / 2.0);
	row = &summary.rows[ROW_FORK];
	assert_string_equal(row->baseline, "create/spin/thread/1/none");
	assert_in_range((uintmax_t)(row->ratio.estimate * 10000), 80000, 80024);
	assert_true(row->ratio.low >= 8 - 1e-9 && row->ratio.high <= 8.0024);
	assert_true(row->p_value < 0.01);
	assert_int_equal(row->verdict, VERDICT_SLOWER);
	summary_exit(&summary);
	made_up_end(&run);
}

/* 120 samples: twelve lie beyond p90, and the 107th and 108th (from 0) are both 10355. */
static void tails_by_hand(void **state)
{
	struct made_up_run run;
	struct summary summary;

	(void)state;
	load(&run, &summary, 40, made_up_usual);
	assert_near(summary.rows[ROW_THREAD].p90, 10355);
	assert_true(isnan(summary.rows[ROW_THREAD].p99));
	summary_exit(&summary);
	made_up_end(&run);
}

static void speedup_by_hand(void **state)
{
	struct made_up_run run;
	struct summary summary;
	const struct summary_row *row;

	(void)state;
	load(&run, &summary, 12, made_up_usual);
	row = &summary.rows[ROW_THREAD_2];
	assert_string_equal(row->reference, "scaling/spin/serial/1/none");
	assert_near(row->speedup.estimate, 2);
	assert_near(row->speedup.low, 2);
	assert_near(row->efficiency.estimate, 1);
	row = &summary.rows[ROW_FORK_2];
	assert_near(row->ratio.estimate, 1);
	assert_int_equal(row->verdict, VERDICT_EQUIVALENT);
	assert_true(isnan(summary.rows[ROW_SERIAL_1].speedup.estimate));
	assert_near(summary.rows[ROW_SERIAL_1].median.estimate, (1e9 / 2050 + 1e9 / 2060) / 2);
	summary_exit(&summary);
	made_up_end(&run);
}

static void control_by_hand(void **state)
{
	struct made_up_run run;
	struct summary summary;

	(void)state;
	load(&run, &summary, 12, made_up_usual);
	assert_string_equal(summary.aa_cell, "control/spin/thread/1/none#b");
	assert_near(summary.aa.estimate, 1);
	assert_near(summary.aa.high, 1.004);
	assert_true(summary.proven);
	assert_near(summary.margin, 0.02);
	assert_true(summary.attained_worst >= summary.attained_median);
	assert_string_equal(summary.attained_worst_cell, "create/spin/fork/1/none");
	summary_exit(&summary);
	made_up_end(&run);
}

static void failed_cells_stay(void **state)
{
	struct made_up_run run;
	struct summary summary;
	const struct summary_row *row;

	(void)state;
	load(&run, &summary, 12, made_up_usual);
	row = &summary.rows[ROW_SPAWN];
	assert_string_equal(row->status, "failed");
	assert_string_equal(row->reason, "spawn: \"no, thanks\"");
	assert_int_equal(row->failed, 12);
	assert_int_equal(row->blocks, 0);
	assert_true(isnan(row->median.estimate) && isnan(row->ratio.estimate));
	assert_int_equal(row->verdict, VERDICT_INCONCLUSIVE);
	summary_exit(&summary);
	made_up_end(&run);
}

/* The second of a pair is 3 % slower, and fork with two workers 2.5 %. */
static uint64_t biased(unsigned cell, unsigned block)
{
	if (cell == MADE_UP_CONTROL_B)
		return made_up_usual(MADE_UP_CONTROL_A, block) * 103 / 100;
	if (cell == MADE_UP_FORK_2)
		return (40 * made_up_usual(MADE_UP_THREAD_2, block) + 39) / 39;
	return made_up_usual(cell, block);
}

static uint64_t unbiased_control(unsigned cell, unsigned block)
{
	return cell == MADE_UP_CONTROL_B ? made_up_usual(cell, block) : biased(cell, block);
}

static void bias_widens_the_margin(void **state)
{
	struct made_up_run run;
	struct summary summary;

	(void)state;
	load(&run, &summary, 12, unbiased_control);
	assert_true(summary.proven);
	assert_int_equal(summary.rows[ROW_FORK_2].verdict, VERDICT_SLOWER);
	summary_exit(&summary);
	made_up_end(&run);
	load(&run, &summary, 12, biased);
	assert_false(summary.proven);
	assert_near(summary.margin, summary.aa.estimate - 1);
	assert_true(summary.margin > 0.0299 && summary.margin < 0.0301);
	assert_int_equal(summary.rows[ROW_FORK_2].verdict, VERDICT_EQUIVALENT);
	assert_int_equal(summary.rows[ROW_FORK].verdict, VERDICT_SLOWER);
	summary_exit(&summary);
	made_up_end(&run);
}

static void ten_blocks_for_a_verdict(void **state)
{
	struct made_up_run run;
	struct summary summary;

	(void)state;
	for (unsigned blocks = 9; blocks <= 10; blocks++) {
		load(&run, &summary, blocks, made_up_usual);
		assert_in_range((uintmax_t)(summary.rows[ROW_FORK].ratio.low * 1000), 7999, 8000);
		assert_int_equal(summary.rows[ROW_FORK].verdict, blocks < 10 ? VERDICT_INCONCLUSIVE : VERDICT_SLOWER);
		summary_exit(&summary);
		made_up_end(&run);
	}
}

static uint64_t thrice_failed(unsigned cell, unsigned block)
{
	return cell == MADE_UP_FORK && block % 4 == 1 ? 0 : made_up_usual(cell, block);
}

/* Only blocks where both are ok count, and they are paired by their number. */
static void common_blocks_only(void **state)
{
	struct made_up_run run;
	struct summary summary;
	const struct summary_row *row;

	(void)state;
	load(&run, &summary, 12, thrice_failed);
	row = &summary.rows[ROW_FORK];
	assert_string_equal(row->status, "ok");
	assert_string_equal(row->reason, "spawn: \"no, thanks\"");
	assert_int_equal(row->blocks, 9);
	assert_int_equal(row->failed, 3);
	assert_true(row->ratio.estimate >= 8 - 1e-9 && row->ratio.estimate <= 8.0024);
	assert_int_equal(row->verdict, VERDICT_INCONCLUSIVE);
	summary_exit(&summary);
	made_up_end(&run);
}

static void too_short_for_a_control(void **state)
{
	struct made_up_run run;
	struct summary summary;

	(void)state;
	load(&run, &summary, 5, made_up_usual);
	assert_non_null(summary.aa_cell);
	assert_true(isnan(summary.aa.low));
	assert_false(summary.proven);
	summary_exit(&summary);
	made_up_end(&run);
}

/* 30 comparisons with p = 0.002 each come to 0.06: Holm's adjustment takes the verdict away. 25 come to 0.05. */
static void holm_within_the_family(void **state)
{
	enum { ROWS = 55 };
	struct summary_row rows[ROWS];
	unsigned common[ROWS];
	struct summary summary = {.rows = rows, .row_count = ROWS, .margin = 0.02, .attained_worst_cell = ""};

	(void)state;
	summary.aa = (struct interval){NAN, NAN, NAN};
	for (unsigned i = 0; i < ROWS; i++) {
		rows[i] = (struct summary_row){.headline = true,
					       .better = i % 2 ? "lower" : "higher",
					       .baseline = "x",
					       .ratio = {2, 1.9, 2.1},
					       .p_value = 0.002,
					       .group_index = i >= 30,
					       .cell = "c"};
		common[i] = 20;
	}
	assert_int_equal(summary_judge(&summary, common), 0);
	assert_false(summary.proven);
	assert_null(summary.aa_cell);
	for (unsigned i = 0; i < ROWS; i++) {
		assert_near(rows[i].p_value, i < 30 ? 0.06 : 0.05);
		assert_int_equal(rows[i].verdict, i < 30  ? VERDICT_INCONCLUSIVE
						  : i % 2 ? VERDICT_SLOWER
							  : VERDICT_FASTER);
	}
}

/* Of two pairs the one that shows the run to be wrong is the one that is told. */
static void the_worse_pair_counts(void **state)
{
	struct summary_row rows[] = {
		{.headline = true,
		 .control = true,
		 .better = "lower",
		 .baseline = "a",
		 .cell = "b",
		 .ratio = {1.001, 0.99, 1.01}},
		{.headline = true,
		 .control = true,
		 .better = "lower",
		 .baseline = "c",
		 .cell = "d",
		 .ratio = {1.01, 1.005, 1.02}},
		{.headline = true,
		 .control = true,
		 .better = "lower",
		 .baseline = "e",
		 .cell = "f",
		 .ratio = {0.95, 0.90, 1.01}},
	};
	const unsigned common[] = {20, 20, 20};
	struct summary summary = {.rows = rows, .row_count = 3, .margin = 0.002, .attained_worst_cell = ""};

	(void)state;
	assert_int_equal(summary_judge(&summary, common), 0);
	assert_string_equal(summary.aa_cell, "d");
	assert_false(summary.proven);
	assert_near(summary.margin, 0.01);
}

static void writes_summary_csv(void **state)
{
	struct made_up_run run;
	struct summary summary;
	size_t bytes = 0;
	char *text;

	(void)state;
	load(&run, &summary, 12, made_up_usual);
	assert_int_equal(summary_write_csv(&summary, run.path, reason), 0);
	text = made_up_read(&run, "summary.csv", &bytes);
	assert_ptr_equal(strstr(text, "schema,run_id,machine_id,experiment,group,cell,workload,executor,workers,"
				      "placement,params,figure,unit,"
				      "better,blocks,samples,failed,median,median_low,median_high,min,mad,p90,p99,"
				      "baseline,ratio,ratio_low,"
				      "ratio_high,p_value,margin,verdict,reference,speedup,speedup_low,speedup_high,"
				      "efficiency,efficiency_low,"
				      "efficiency_high,status,reason,operations\n"
				      "1,20260102T030405Z-abcdef0,x86_64-example-2c-0a1b2c,create,create/spin/"
				      "none,create/spin/thread/1/none,"
				      "spin,thread,1,none,work=7,reaped,ns,lower,12,36,0,10055,10020,10090,9995,30,,,,,"
				      ",,,0.02,,,,,,,,,ok,,360\n"),
			 text);
	assert_non_null(strstr(text, ",0,0,12,,,,,,,,create/spin/thread/1/none,,,,,0.02,inconclusive,,,,,,,,failed,"
				     "\"spawn: \"\"no, thanks\"\"\",0\n"));
	free(text);
	summary_exit(&summary);
	made_up_end(&run);
}

/* One entry per cell and ok block; the failed ones apart, and nowhere a time of 0. */
static void writes_gbench_json(void **state)
{
	struct made_up_run run;
	char path[160];
	json_t *json, *list, *entry;
	size_t i;

	(void)state;
	assert_int_equal(made_up_complete(&run, 12, made_up_usual), 0);
	assert_int_equal(gbench_json_write(run.path, reason), 0);
	snprintf(path, sizeof(path), "%s/gbench.json", run.path);
	json = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	list = json_object_get(json, "benchmarks");
	assert_int_equal(json_array_size(list), 12 * (MADE_UP_CELLS - 1));
	assert_int_equal(json_array_size(json_object_get(json, "tvp_failed")), 12);
	json_array_foreach(list, i, entry)
	{
		assert_true(json_real_value(json_object_get(entry, "real_time")) > 0);
		assert_int_equal(json_integer_value(json_object_get(entry, "repetition_index")), i % 12);
	}
	entry = json_array_get(list, 1);
	assert_string_equal(json_string_value(json_object_get(entry, "name")), "create/spin/thread/1/none");
	assert_near(json_real_value(json_object_get(entry, "real_time")), 10010);
	assert_near(json_real_value(json_object_get(entry, "cpu_time")), 10010 * 0.6);
	assert_near(json_real_value(json_object_get(entry, "tvp_called")), 5005);
	assert_string_equal(json_string_value(json_object_get(json_object_get(json, "context"), "host_name")), "");
	json_decref(json);
	made_up_end(&run);
}

static char *print(const struct summary *summary, int (*printer)(const struct summary *, FILE *))
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	assert_int_equal(printer(summary, stream), 0);
	fclose(stream);
	return text;
}

static void prints_for_people(void **state)
{
	struct made_up_run run;
	struct summary summary;
	char *text;

	(void)state;
	load(&run, &summary, 12, made_up_usual);
	text = print(&summary, summary_print);
	assert_non_null(strstr(text, "What does a worker cost?"));
	assert_non_null(strstr(text, "fork takes 8.001x [8.000, 8.002] as long as thread."));
	assert_non_null(strstr(text, "fork and thread differ by less than 2 %."));
	assert_non_null(strstr(text, "Highest speed-up: 2.00x [2.00, 2.00]"));
	assert_null(strstr(text, "UNPROVEN"));
	for (const char *at = text; *at; at++)
		assert_true(*at == '\n' || isprint((unsigned char)*at));
	free(text);
	if (setlocale(LC_CTYPE, "C.UTF-8")) {
		text = print(&summary, summary_print);
		assert_non_null(strstr(text, "fork takes 8.001× [8.000, 8.002] as long as thread."));
		free(text);
		setlocale(LC_CTYPE, "C");
	}
	summary_exit(&summary);
	made_up_end(&run);
}

static void prints_what_is_not_to_be_trusted(void **state)
{
	struct made_up_run run;
	struct summary summary;
	char *text;

	(void)state;
	assert_int_equal(made_up_begin(&run), 0);
	for (int block = 0; block < 7; block++)
		assert_int_equal(made_up_block(&run, biased), 0);
	run.record.status = "interrupted";
	run.record.run_id = "20260102T030405Z-abcdef0";
	run.record.warnings = json_pack("[s]", "\033]0;title\a \u202etxt");
	assert_int_equal(run_folder_save(&run.folder, &run.record, reason), 0);
	assert_int_equal(summary_load(&summary, run.path, reason), 0);
	text = print(&summary, summary_print);
	assert_ptr_equal(strstr(text, "This run was interrupted: 7 whole blocks.\n"), text);
	assert_non_null(strstr(text, "UNPROVEN"));
	assert_non_null(strstr(text, "No verdict before 10 blocks"));
	assert_non_null(strstr(text, "?]0;title? ?txt"));
	assert_null(strchr(text, '\033'));
	free(text);
	json_decref(run.record.warnings);
	summary_exit(&summary);
	made_up_end(&run);
}

static void prints_json(void **state)
{
	struct made_up_run run;
	struct summary summary;
	json_t *json, *row;
	char *text;

	(void)state;
	load(&run, &summary, 12, made_up_usual);
	text = print(&summary, summary_print_json);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_array_size(json_object_get(json, "rows")), summary.row_count);
	row = json_array_get(json_object_get(json, "rows"), ROW_FORK);
	assert_string_equal(json_string_value(json_object_get(row, "verdict")), "slower");
	assert_true(json_is_null(json_object_get(row, "p99")));
	assert_true(json_is_true(json_object_get(json, "proven")));
	json_decref(json);
	free(text);
	summary_exit(&summary);
	made_up_end(&run);
}

static void assert_people(double estimate, double half, const char *unit, const char *first, const char *second)
{
	struct people people;

	people_value(&people, &(struct interval){estimate, estimate - half, estimate + half}, unit);
	assert_string_equal(people.estimate, first);
	assert_string_equal(people.ends, second);
}

static void numbers_for_people(void **state)
{
	char text[PEOPLE_BYTES];
	struct people people;

	(void)state;
	assert_people(13200, 300, "ns", "13.2 µs", "[12.9, 13.5]");
	assert_people(999.6, 2, "ns", "1.000 µs", "[0.998, 1.002]");
	assert_people(0.25, 0.1, "ns", "0.250 ns", "[0.150, 0.350]");
	assert_people(0.45, 0.002, "ns", "0.450 ns", "[0.448, 0.452]");
	assert_people(0.0123, 0.001, "ns", "0.0123 ns", "[0.0113, 0.0133]");
	assert_people(0.125, 0.01, "share", "12.5 %", "[11.5, 13.5]");
	assert_people(0.0004, 0.0001, "share", "0.0400 %", "[0.0300, 0.0500]");
	assert_people(1.25, 0.1, "x", "1.25×", "[1.15, 1.35]");
	assert_people(1530000, 1e5, "1/s", "1.53 M/s", "[1.43, 1.63]");
	assert_people(21, 1, "faults/s", "21.0 faults/s", "[20.0, 22.0]");
	assert_people(3.5 * 1048576, 1048576, "bytes", "3.50 MiB", "[2.50, 4.50]");
	assert_people(0, 0, "", "0", "[0, 0]");
	assert_people(NAN, 0, "ns", "", "");
	/* As large as numbers get, and larger when a unit is changed: nothing overflows, which a sanitizer would tell. */
	people_value(&people, &(struct interval){DBL_MAX, 0, DBL_MAX}, "x");
	assert_int_equal(strncmp(people.estimate, "17976931", 8), 0);
	people_value(&people, &(struct interval){DBL_MAX, 0, DBL_MAX}, "share");
	assert_string_equal(people.estimate, "inf %");
	people_ratio(&people, &(struct interval){7.9, 7.6, 8.2});
	assert_string_equal(people.estimate, "7.9×");
	assert_string_equal(people.ends, "[7.6, 8.2]");
	assert_string_equal(people_percent(0.0234, text), "2.3 %");
	assert_string_equal(people_percent(0.123, text), "12 %");
	assert_string_equal(people_clock(192.4, text), "3:12");
	assert_string_equal(people_clock(3723, text), "1:02:03");
}

/* All that has been written to a pseudo-terminal. */
static void read_terminal(int fd, char *text, size_t bytes)
{
	ssize_t got = read(fd, text, bytes - 1);

	text[got > 0 ? got : 0] = '\0';
}

static void progress_on_a_terminal(void **state)
{
	struct progress progress;
	char text[256], *name;
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	FILE *stream;

	(void)state;
	if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0 || !(name = ptsname(fd)))
		skip();
	setenv("TERM", "xterm", 1);
	stream = fopen(name, "r+");
	assert_non_null(stream);
	progress_init(&progress, stream);
	progress_update(&progress, 0.5, "block 1/~2");
	read_terminal(fd, text, sizeof(text));
	assert_non_null(strstr(text, "block 1/~2 - 0:00 left"));
	progress_update(&progress, 0.6, "at once");
	read_terminal(fd, text, sizeof(text));
	assert_string_equal(text, "");
	progress_clear(&progress);
	progress_clear(&progress);
	read_terminal(fd, text, sizeof(text));
	assert_string_equal(text, "\r\033[K");
	fclose(stream);
	close(fd);
}

static void progress_elsewhere_is_silent(void **state)
{
	struct progress progress;
	FILE *stream = tmpfile();

	(void)state;
	progress_init(&progress, stream);
	progress_update(&progress, 0.5, "block 1");
	progress_clear(&progress);
	assert_int_equal(ftell(stream), 0);
	fclose(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_by_hand),
		cmocka_unit_test(tails_by_hand),
		cmocka_unit_test(speedup_by_hand),
		cmocka_unit_test(control_by_hand),
		cmocka_unit_test(failed_cells_stay),
		cmocka_unit_test(bias_widens_the_margin),
		cmocka_unit_test(ten_blocks_for_a_verdict),
		cmocka_unit_test(common_blocks_only),
		cmocka_unit_test(too_short_for_a_control),
		cmocka_unit_test(holm_within_the_family),
		cmocka_unit_test(the_worse_pair_counts),
		cmocka_unit_test(writes_summary_csv),
		cmocka_unit_test(writes_gbench_json),
		cmocka_unit_test(prints_for_people),
		cmocka_unit_test(prints_what_is_not_to_be_trusted),
		cmocka_unit_test(prints_json),
		cmocka_unit_test(numbers_for_people),
		cmocka_unit_test(progress_on_a_terminal),
		cmocka_unit_test(progress_elsewhere_is_silent),
	};

	return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
