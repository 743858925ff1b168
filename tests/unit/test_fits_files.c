/* SPDX-License-Identifier: MIT */
/* Fits of made-up runs in files and in print, from files that are as they should be or are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "close_to.h"
#include "fits_run.h"
#include "output/people.h"
#include "output/text.h"

#define RUN "1,20260102T030405Z-abcdef0,x86_64-example-2c-0a1b2c,create,spin,"

static char reason[REASON_BYTES];

/* Levels that are one as doubles, and others that JSON's whole numbers cannot hold. */
static void large_levels(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	json_t *json, *fit;
	char *text;

	(void)state;
	make_plan(&farm);
	for (unsigned level = 0; level < LEVELS; level++) {
		snprintf(farm.params[level * EXECUTORS + THREAD], TEXT_BYTES, "memory_mib=%llu",
			 (unsigned long long)(UINT64_MAX - level));
		snprintf(farm.params[level * EXECUTORS + FORK], TEXT_BYTES, "memory_mib=%llu",
			 (unsigned long long)(UINT64_MAX >> level));
	}
	made_up_load(&run, &farm.plan, &summary, 10, usual);
	assert_int_equal(summary.fits.count, 2);
	assert_string_equal(summary.fits.list[0].executor, "fork");
	assert_true(summary.fits.list[0].fitted);
	assert_true(summary.fits.list[0].most == UINT64_MAX);
	text = made_up_print(&summary, summary_print_json);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	fit = json_array_get(json_object_get(json, "fits"), 0);
	assert_close(json_number_value(json_object_get(fit, "most")), 0x1p64, 0x1p20);
	assert_close(json_number_value(json_object_get(fit, "least")), 0x1p60, 0x1p20);
	json_decref(json);
	free(text);
	made_up_exit(&run, &summary);
}

static void slopes_of_strangers(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	json_t *json, *slope;
	char path[160];

	(void)state;
	make_plan(&farm);
	made_up_make(&run, &farm.plan, 10, usual);
	json = made_up_run_json(&run, path);
	slope = json_object_get(json_array_get(json_object_get(json, "experiments"), 0), "slope");
	assert_string_equal(json_string_value(json_object_get(slope, "parameter")), "memory_mib");
	assert_string_equal(json_string_value(json_object_get(slope, "unit")), "MiB");
	json_decref(json);
	made_up_refused(&run, "slope", json_integer(5), "experiments[0].slope is no object");
	made_up_refused(&run, "slope", json_object(), "experiments[0].parameter is missing");
	made_up_refused(&run, "slope", json_pack("{s:s}", "parameter", "memory_mib"), "experiments[0].unit is missing");
	made_up_refused(&run, "slope", json_pack("{s:i, s:s}", "parameter", 5, "unit", "MiB"),
			"experiments[0].parameter is not text");
	assert_int_equal(made_up_load_with(&run, &summary, "slope", json_null()), 0);
	assert_int_equal(summary.fits.count, 0);
	summary_exit(&summary);
	assert_int_equal(made_up_load_with(&run, &summary, "slope", NULL), 0); /* as older versions wrote it */
	assert_int_equal(summary.fits.count, 0);
	summary_exit(&summary);
	assert_int_equal(
		made_up_load_with(&run, &summary, "slope", json_pack("{s:s, s:s}", "parameter", "", "unit", "")), 0);
	assert_int_equal(summary.fits.count, 0);
	summary_exit(&summary);
	assert_int_equal(
		made_up_load_with(&run, &summary, "slope", json_pack("{s:s, s:s}", "parameter", "threads", "unit", "")),
		0);
	assert_int_equal(summary.fits.count, 0); /* it is 0 everywhere: one level */
	made_up_exit(&run, &summary);
}

static void writes_fits_csv(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	char wanted[1024], numbers[7][TEXT_REAL_BYTES];
	const struct fit *fit;
	size_t bytes = 0;
	char *text;

	(void)state;
	make_plan(&farm);
	farm.plan.cell_count = 3 * EXECUTORS; /* three levels */
	made_up_load(&run, &farm.plan, &summary, 12, failing);
	assert_int_equal(fits_write_csv(&summary, run.path, reason), 0);
	text = made_up_read(&run, "fits.csv", &bytes);
	fit = &summary.fits.list[0];
	assert_string_equal(fit->executor, "fork");
	text_real(fit->fixed.estimate, numbers[0]);
	text_real(fit->fixed.low, numbers[1]);
	text_real(fit->fixed.high, numbers[2]);
	text_real(fit->slope.estimate, numbers[3]);
	text_real(fit->slope.low, numbers[4]);
	text_real(fit->slope.high, numbers[5]);
	text_real(fit->off, numbers[6]);
	snprintf(wanted, sizeof(wanted),
		 "schema,run_id,machine_id,experiment,workload,executor,workers,placement,params,figure,parameter,"
		 "least,most,levels,fixed,fixed_low,fixed_high,fixed_unit,slope,slope_low,slope_high,slope_unit,off,"
		 "blocks,status\n" RUN "fork,1,none," OTHERS ",reaped,memory_mib,0,64,3,%s,%s,%s,ns,%s,%s,%s,ns/MiB,%s,"
		 "12,fitted\n",
		 numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
	assert_string_equal(text, wanted);
	free(text);
	assert_int_equal(fits_write_csv(&summary, "/nowhere", reason), -ENOENT);
	assert_non_null(strstr(reason, "/nowhere/fits.csv"));
	made_up_exit(&run, &summary);
	made_up_load(&run, &farm.plan, &summary, 2, failing);
	assert_int_equal(fits_write_csv(&summary, run.path, reason), 0);
	text = made_up_read(&run, "fits.csv", &bytes);
	assert_non_null(strstr(text, ",memory_mib,0,64,3,,,,ns,,,,ns/MiB,,2,unclear\n"));
	free(text);
	made_up_exit(&run, &summary);
}

static void prints_fits(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	char *text;

	(void)state;
	make_plan(&farm);
	made_up_load(&run, &farm.plan, &summary, 12, usual);
	text = made_up_print(&summary, summary_print);
	assert_non_null(strstr(
		text, "\nUnproven: spin: cost = fixed + slope x memory_mib\n"
		      "  executor    fixed  95 %                   slope  95 %                worst level off\n"
		      "  thread    10.6 us  [10.2, 10.9]        0 ms/GiB  [0, 0]                        0.0 %\n"
		      "  fork      87.1 us  [86.4, 87.8]    42.04 ms/GiB  [42.00, 42.08]                0.0 %\n"
		      "  spawn      500 us  [500, 500]    0.00307 ms/GiB  [0.00307, 0.00307]            0.0 %\n"));
	assert_null(strstr(text, "No line fits"));
	free(text);
	made_up_exit(&run, &summary);
	made_up_load(&run, &farm.plan, &summary, 9, usual);
	text = made_up_print(&summary, summary_print);
	assert_null(strstr(text, "cost ="));
	free(text);
	made_up_exit(&run, &summary);
	cell_of(&farm, FORK, 0)->workers = cell_of(&farm, FORK, 1)->workers = cell_of(&farm, FORK, 2)->workers = 2;
	made_up_load(&run, &farm.plan, &summary, 12, failing);
	summary.proven = true;
	text = made_up_print(&summary, summary_print);
	assert_non_null(strstr(text, "\nspin: cost = fixed + slope x memory_mib\n  executor  workers  "));
	assert_non_null(strstr(text, "\n  fork            2  8"));
	free(text);
	made_up_exit(&run, &summary);
}

static void prints_fits_as_json(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	json_t *json, *list, *fit;
	char *text;

	(void)state;
	make_plan(&farm);
	made_up_load(&run, &farm.plan, &summary, 12, usual);
	text = made_up_print(&summary, summary_print_json);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	list = json_object_get(json, "fits");
	assert_int_equal(json_array_size(list), 3);
	fit = json_array_get(list, 1);
	assert_string_equal(json_string_value(json_object_get(fit, "executor")), "fork");
	assert_close(json_number_value(json_array_get(json_object_get(fit, "fixed"), 0)), 87100, 1e-6);
	assert_close(json_number_value(json_array_get(json_object_get(fit, "slope"), 2)), 41090, 1e-6);
	assert_string_equal(json_string_value(json_object_get(fit, "slope_unit")), "ns/MiB");
	assert_string_equal(json_string_value(json_object_get(fit, "status")), "fitted");
	assert_int_equal(json_integer_value(json_object_get(fit, "levels")), 5);
	assert_int_equal(json_integer_value(json_object_get(fit, "most")), 1024);
	json_decref(json);
	free(text);
	made_up_exit(&run, &summary);
}

/* Two levels of a control that asks for fits come first. */
static void fits_of_controls_are_not_shown(void **state)
{
	struct experiment judge;
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	char *text, *table;

	(void)state;
	make_plan(&farm);
	judge = farm.experiment;
	judge.name = "judge";
	judge.control = true;
	for (unsigned i = 0; i < CELLS; i++) {
		unsigned first = i < 6 ? 0 : 6, across = i < 6 ? 2 : 3, level = (i - first) / across;

		farm.cells[i].experiment = i < 6 ? &judge : &farm.experiment;
		farm.cells[i].executor = &executors[(i - first) % across];
		farm.cells[i].group = i < 6 ? level : 3 + level;
		farm.cells[i].baseline = -1;
		snprintf(farm.names[i], TEXT_BYTES, "cell-%u", i);
		snprintf(farm.groups[i], TEXT_BYTES, "group-%u", level);
		snprintf(farm.params[i], TEXT_BYTES, "memory_mib=%u", level);
	}
	farm.plan.group_count = 6;
	made_up_load(&run, &farm.plan, &summary, 12, bent);
	assert_int_equal(summary.fits.count, 5);
	assert_string_equal(summary.fits.list[0].experiment, "judge");
	text = made_up_print(&summary, summary_print);
	table = strstr(text, "cost = fixed");
	if (!table)
		fail_msg("no fits in:\n%s", text);
	else if (strstr(table + 1, "cost = fixed"))
		fail_msg("two tables of fits in:\n%s", text);
	else if (!strstr(table, "\n  spawn "))
		fail_msg("no spawn in:\n%s", text);
	free(text);
	made_up_exit(&run, &summary);
}

static void assert_signed(double estimate, double low, double high, const char *unit, const char *first,
			  const char *second)
{
	struct people people;

	people_signed(&people, &(struct interval){estimate, low, high}, unit);
	assert_string_equal(people.estimate, first);
	assert_string_equal(people.ends, second);
}

static void signed_numbers_for_people(void **state)
{
	(void)state;
	assert_signed(86100, 84000, 88000, "ns", "86.1 µs", "[84.0, 88.0]");
	assert_signed(-5000, -9000, 1000, "ns", "-5.0 µs", "[-9.0, 1.0]");
	assert_signed(0.3, -5000, 6000, "ns", "0.0 µs", "[-5.0, 6.0]");
	assert_signed(-0.3, -5000, 6000, "ns", "0.0 µs", "[-5.0, 6.0]");
	assert_signed(42.1, 40.9, 43.0, "ms/GiB", "42.1 ms/GiB", "[40.9, 43.0]");
	assert_signed(0.0012, -0.0008, 0.0032, "ms/GiB", "0.0012 ms/GiB", "[-0.0008, 0.0032]");
	assert_signed(142.13, 142.11, 142.15, "ms/GiB", "142.1 ms/GiB", "[142.1, 142.2]");
	assert_signed(5, 5, 5, "ns", "5.00 ns", "[5.00, 5.00]");
	assert_signed(12, NAN, NAN, "ns", "12.0 ns", "");
	assert_signed(0, 0, 0, "ms/GiB", "0 ms/GiB", "[0, 0]");
	assert_signed(NAN, 0, 0, "ns", "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(large_levels),
		cmocka_unit_test(slopes_of_strangers),
		cmocka_unit_test(writes_fits_csv),
		cmocka_unit_test(prints_fits),
		cmocka_unit_test(prints_fits_as_json),
		cmocka_unit_test(fits_of_controls_are_not_shown),
		cmocka_unit_test(signed_numbers_for_people),
	};

	return cmocka_run_group_tests_name("fits files", tests, NULL, NULL);
}
