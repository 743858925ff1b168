/* SPDX-License-Identifier: MIT */
/* Crossings of made-up runs against values worked out by hand, from files that are as they should be or are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "close_to.h"
#include "made_up_farm.h"
#include "made_up_summary.h"
#include "output/text.h"

#define RUN  "1,20260102T030405Z-abcdef0,x86_64-example-2c-0a1b2c,granularity,busy,"
#define REST ",2,none,spread=even;entry=map;schedule=auto;chunk=0,task,length_ns,ns,"

static char reason[REASON_BYTES];

/* Where a worse half meets a better half: in the middle, on a logarithmic scale. */
static const double middle = 3162.2776601683795;

static uint64_t serial_ns(unsigned level, unsigned block)
{
	return 16 * made_up_lengths[level] * (10 + block % 7);
}

/*
 * Against serial: thread takes twice as long up to 1000 and half as long from 10000 on; fork is always slower; openmp is
 * always faster; spawn is just as fast.
 */
static uint64_t usual(unsigned cell, unsigned block)
{
	unsigned level = cell / FARM_EXECUTORS;
	uint64_t serial = serial_ns(level, block);

	switch (cell % FARM_EXECUTORS) {
	case FARM_THREAD:
		return level < 2 ? 2 * serial : serial / 2;
	case FARM_FORK:
		return serial + serial / 16;
	case FARM_OPENMP:
		return serial - serial / 16;
	default:
		return serial;
	}
}

static void crossed_always_and_never(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;
	const struct crossing *list;

	(void)state;
	made_up_farm_make(&farm);
	made_up_load(&run, &farm.plan, &summary, 12, usual);
	assert_int_equal(summary.crossings.count, 4); /* serial is the reference, and is not compared with itself */
	list = summary.crossings.list;
	assert_string_equal(list[0].executor, "thread");
	assert_string_equal(list[0].params, "spread=even;entry=map;schedule=auto;chunk=0");
	assert_string_equal(list[0].parameter, "length_ns");
	assert_string_equal(list[0].unit, "ns");
	assert_string_equal(list[0].figure, "task");
	assert_int_equal(list[0].workers, 2);
	assert_int_equal(list[0].least, 100);
	assert_int_equal(list[0].most, 1000000);
	assert_int_equal(list[0].blocks, 12);
	assert_int_equal(list[0].status, CROSSING_CROSSED);
	assert_interval(&list[0].value, middle, middle, middle, 1e-9 * middle);
	assert_string_equal(list[1].executor, "fork");
	assert_int_equal(list[1].status, CROSSING_NEVER);
	assert_true(isnan(list[1].value.estimate) && isnan(list[1].value.low));
	assert_string_equal(list[2].executor, "openmp");
	assert_int_equal(list[2].status, CROSSING_ALWAYS);
	assert_true(isnan(list[2].value.estimate) && isnan(list[2].value.high));
	assert_string_equal(list[3].executor, "spawn");
	assert_int_equal(list[3].status, CROSSING_NEVER); /* as good is not better */
	made_up_exit(&run, &summary);
}

/* At 10000 thread is faster by 2 to a power that grows with the block: it crosses after 1/2, 1/3, … of the way. */
static uint64_t steeper(unsigned cell, unsigned block)
{
	if (cell == 2 * FARM_EXECUTORS + FARM_THREAD)
		return usual(2 * FARM_EXECUTORS + FARM_SERIAL, 0) >> (block + 1);
	return usual(cell, 0);
}

static void interval_by_hand(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	made_up_farm_make(&farm);
	made_up_load(&run, &farm.plan, &summary, 12, steeper);
	/* n = 12: the third of twelve, and between the sixth and the seventh; 1600000 is 2^12 times 390.6 */
	assert_close(summary.crossings.list[0].value.low, 1000 * pow(10, 1 / 11.0), 1);
	assert_close(summary.crossings.list[0].value.estimate, 1000 * pow(10, (1 / 7.0 + 1 / 8.0) / 2), 1);
	assert_close(summary.crossings.list[0].value.high, 1000 * pow(10, 1 / 4.0), 1e-6);
	made_up_exit(&run, &summary);
}

/* Better, worse, better for good: the last one counts. fork is better until the largest level, where it is not. */
static uint64_t up_and_down(unsigned cell, unsigned block)
{
	unsigned level = cell / FARM_EXECUTORS;
	uint64_t serial = serial_ns(level, block);

	if (cell % FARM_EXECUTORS == FARM_THREAD)
		return level == 1 ? 2 * serial : serial / 2;
	if (cell % FARM_EXECUTORS == FARM_FORK)
		return level == FARM_LEVELS - 1 ? serial : serial / 2;
	return usual(cell, block);
}

static void last_crossing_counts(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	made_up_farm_make(&farm);
	made_up_load(&run, &farm.plan, &summary, 12, up_and_down);
	assert_int_equal(summary.crossings.list[0].status, CROSSING_CROSSED);
	assert_close(summary.crossings.list[0].value.estimate, middle, 1e-9 * middle);
	assert_int_equal(summary.crossings.list[1].status, CROSSING_NEVER);
	made_up_exit(&run, &summary);
}

/* Of 12 blocks in `odd` many openmp is not always better but not at all, and thread crosses not at all but always. */
static unsigned odd;

static uint64_t divided(unsigned cell, unsigned block)
{
	unsigned level = cell / FARM_EXECUTORS;

	if (block < odd && cell % FARM_EXECUTORS == FARM_OPENMP)
		return 2 * serial_ns(level, block);
	if (block < odd && cell % FARM_EXECUTORS == FARM_THREAD)
		return serial_ns(level, block) / 2;
	return usual(cell, block);
}

/* The interval of 12 leaves out two on each side, so that two odd blocks do not matter and three do. */
static void few_odd_blocks_do_not_matter(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	made_up_farm_make(&farm);
	for (odd = 2; odd <= 3; odd++) {
		made_up_load(&run, &farm.plan, &summary, 12, divided);
		assert_int_equal(summary.crossings.list[0].status, odd == 2 ? CROSSING_CROSSED : CROSSING_UNCLEAR);
		assert_int_equal(summary.crossings.list[2].status, odd == 2 ? CROSSING_ALWAYS : CROSSING_UNCLEAR);
		assert_int_equal(isnan(summary.crossings.list[0].value.estimate) != 0, odd == 3);
		made_up_exit(&run, &summary);
	}
}

static void ten_blocks_at_least(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	made_up_farm_make(&farm);
	for (unsigned blocks = 9; blocks <= 10; blocks++) {
		made_up_load(&run, &farm.plan, &summary, blocks, usual);
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(summary.crossings.list[i].blocks, blocks);
			assert_int_equal(summary.crossings.list[i].status == CROSSING_UNCLEAR, blocks == 9);
		}
		made_up_exit(&run, &summary);
	}
}

/* thread fails at the largest level in every block, at another in the first two; serial at the least, always. */
static uint64_t failing(unsigned cell, unsigned block)
{
	if (cell == 4 * FARM_EXECUTORS + FARM_THREAD || cell == FARM_SERIAL)
		return 0;
	return cell == 2 * FARM_EXECUTORS + FARM_THREAD && block < 2 ? 0 : usual(cell, block);
}

static void levels_without_values_are_left_out(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;
	const struct crossing *list;

	(void)state;
	made_up_farm_make(&farm);
	made_up_load(&run, &farm.plan, &summary, 14, failing);
	list = summary.crossings.list;
	assert_int_equal(list[0].least, 1000);
	assert_int_equal(list[0].most, 100000);
	assert_int_equal(list[0].blocks, 12);
	assert_interval(&list[0].value, middle, middle, middle, 1e-9 * middle);
	assert_int_equal(list[1].most, 1000000);
	assert_int_equal(list[1].blocks, 14);
	made_up_exit(&run, &summary);
}

/* Without a reference at a level, or with the same level twice, there is one level less; with one level no crossing. */
static void series_as_the_plan_has_them(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	made_up_farm_make(&farm);
	made_up_farm_cell(&farm, FARM_THREAD, 4)->reference = -1;
	strcpy(farm.params[1 * FARM_EXECUTORS + FARM_FORK],
	       "length_ns=100;spread=even;entry=map;schedule=auto;chunk=0");
	for (unsigned level = 1; level < FARM_LEVELS; level++)
		made_up_farm_cell(&farm, FARM_OPENMP, level)->reference = -1;
	made_up_farm_cell(&farm, FARM_FORK, 4)->workers = 3;
	made_up_load(&run, &farm.plan, &summary, 12, usual);
	assert_int_equal(summary.crossings.count, 3);
	assert_int_equal(summary.crossings.list[0].most, 100000);
	assert_int_equal(summary.crossings.list[1].least, 100);
	assert_int_equal(summary.crossings.list[1].most, 100000);
	assert_int_equal(summary.crossings.list[1].workers, 2);
	made_up_exit(&run, &summary);
}

/* A rate is better when it is higher. */
static void rates_are_turned_over(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	made_up_farm_make(&farm);
	farm.experiment.figures = made_up_rates;
	made_up_load(&run, &farm.plan, &summary, 12, usual);
	assert_int_equal(summary.crossings.list[0].status, CROSSING_CROSSED);
	assert_close(summary.crossings.list[0].value.estimate, middle, 1e-9 * middle);
	assert_int_equal(summary.crossings.list[1].status, CROSSING_NEVER);
	assert_int_equal(summary.crossings.list[2].status, CROSSING_ALWAYS);
	made_up_exit(&run, &summary);
}

static void no_crossing_asked_for(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;
	size_t bytes;

	(void)state;
	made_up_farm_make(&farm);
	farm.experiment.crossing = NULL;
	made_up_load(&run, &farm.plan, &summary, 12, usual);
	assert_int_equal(summary.crossings.count, 0);
	assert_int_equal(crossings_write_csv(&summary, run.path, reason), 0);
	assert_null(made_up_read(&run, "crossings.csv", &bytes));
	made_up_exit(&run, &summary);
}

#define OTHERS "spread=even;entry=map;schedule=auto;chunk=0"

/* What a stranger may have put into the params of thread at the least level; each is no level. */
static void odd_params(void **state)
{
	static const char *const odd_texts[] = {
		"",
		";",
		"length_ns",
		"length_ns=;" OTHERS,
		"length_ns=0;" OTHERS,
		"length_ns=-5;" OTHERS,
		"length_ns=+5;" OTHERS,
		"length_ns=1e3;" OTHERS,
		"length_ns=0x10;" OTHERS,
		"length_ns= 10;" OTHERS,
		"length_ns=18446744073709551616;" OTHERS,
		"length_ns=ten;" OTHERS,
		"xlength_ns=100;" OTHERS,
		"length_ns2=100;" OTHERS,
		"chunk=length_ns=5;" OTHERS,
		OTHERS ";length_ns",
	};
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	for (size_t i = 0; i < COUNT(odd_texts); i++) {
		made_up_farm_make(&farm);
		strcpy(farm.params[FARM_THREAD], odd_texts[i]);
		made_up_load(&run, &farm.plan, &summary, 10, usual);
		assert_int_equal(summary.crossings.count, 4);
		/* it begins a group later than the others */
		if (summary.crossings.list[3].executor[0] != 't' || summary.crossings.list[3].least != 1000)
			fail_msg("\"%s\" is taken for a level", odd_texts[i]);
		made_up_exit(&run, &summary);
	}
}

/* The parameter in front, in the midst, at the end, alone; and numbers that are one as logarithms. */
static void places_of_the_parameter(void **state)
{
	static const struct {
		const char *format, *rest;
	} places[] = {
		{"length_ns=%llu;a=1;b=2", "a=1;b=2"},
		{"a=1;length_ns=%llu;b=2", "a=1;b=2"},
		{"a=1;b=2;length_ns=%llu", "a=1;b=2"},
		{"length_ns=%llu", ""},
		{"a=1;length_ns=%llu;length_ns=x", "a=1;length_ns=x"},
	};
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		made_up_farm_make(&farm);
		for (unsigned level = 0; level < FARM_LEVELS; level++)
			snprintf(farm.params[level * FARM_EXECUTORS + FARM_THREAD], FARM_TEXT_BYTES, places[i].format,
				 (unsigned long long)made_up_lengths[level]);
		made_up_load(&run, &farm.plan, &summary, 10, usual);
		assert_string_equal(summary.crossings.list[0].params, places[i].rest);
		assert_close(summary.crossings.list[0].value.estimate, middle, 1e-9 * middle);
		made_up_exit(&run, &summary);
	}
	for (unsigned level = 0; level < FARM_LEVELS; level++)
		snprintf(farm.params[level * FARM_EXECUTORS + FARM_THREAD], FARM_TEXT_BYTES, "length_ns=%llu",
			 (unsigned long long)(UINT64_MAX - level));
	made_up_load(&run, &farm.plan, &summary, 10, usual);
	assert_int_equal(summary.crossings.count, 3);
	made_up_exit(&run, &summary);
}

static void crossings_of_strangers(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;
	char name[300];

	(void)state;
	made_up_farm_make(&farm);
	made_up_make(&run, &farm.plan, 10, usual);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	made_up_refused(&run, "crossing", json_integer(5), "experiments[0].crossing is no object");
	made_up_refused(&run, "crossing", json_object(), "experiments[0].parameter is missing");
	made_up_refused(&run, "crossing", json_pack("{s:s}", "parameter", "length_ns"),
			"experiments[0].unit is missing");
	made_up_refused(&run, "crossing", json_pack("{s:i, s:s}", "parameter", 5, "unit", "ns"),
			"experiments[0].parameter is not text");
	made_up_refused(&run, "crossing", json_pack("{s:s, s:s}", "parameter", name, "unit", "ns"),
			"experiments[0].parameter is longer than");
	assert_int_equal(made_up_load_with(&run, &summary, "crossing", json_null()), 0);
	assert_int_equal(summary.crossings.count, 0);
	summary_exit(&summary);
	assert_int_equal(made_up_load_with(&run, &summary, "crossing", NULL), 0); /* as older versions wrote it */
	assert_int_equal(summary.crossings.count, 0);
	summary_exit(&summary);
	assert_int_equal(
		made_up_load_with(&run, &summary, "crossing", json_pack("{s:s, s:s}", "parameter", "", "unit", "")), 0);
	assert_int_equal(summary.crossings.count, 0);
	summary_exit(&summary);
	assert_int_equal(made_up_load_with(&run, &summary, "crossing",
					   json_pack("{s:s, s:s}", "parameter", "chunk", "unit", "")),
			 0);
	assert_int_equal(summary.crossings.count, 0); /* it is 0 everywhere, which has no logarithm */
	made_up_exit(&run, &summary);
}

static void writes_crossings_csv(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;
	char wanted[1024], value[TEXT_REAL_BYTES];
	size_t bytes = 0;
	char *text;

	(void)state;
	made_up_farm_make(&farm);
	made_up_load(&run, &farm.plan, &summary, 12, usual);
	assert_int_equal(crossings_write_csv(&summary, run.path, reason), 0);
	text = made_up_read(&run, "crossings.csv", &bytes);
	text_real(summary.crossings.list[0].value.low, value);
	snprintf(wanted, sizeof(wanted),
		 "schema,run_id,machine_id,experiment,workload,executor,workers,placement,params,"
		 "figure,parameter,unit,value,low,high,blocks,status\n" RUN "thread" REST "%s,%s,%s,12,crossed\n" RUN
		 "fork" REST ",,,12,never\n" RUN "openmp" REST ",,,12,always\n" RUN "spawn" REST ",,,12,never\n",
		 value, value, value);
	assert_string_equal(text, wanted);
	free(text);
	assert_int_equal(crossings_write_csv(&summary, "/nowhere", reason), -ENOENT);
	assert_non_null(strstr(reason, "/nowhere/crossings.csv"));
	made_up_exit(&run, &summary);
}

static void prints_crossings(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;
	json_t *json, *list, *value;
	char *text;

	(void)state;
	made_up_farm_make(&farm);
	odd = 3;
	made_up_load(&run, &farm.plan, &summary, 12, divided);
	summary.proven = true;
	text = made_up_print(&summary, summary_print);
	assert_non_null(strstr(text, "\nbusy, break-even: better than serial from this length_ns on\n"
				     "  executor  workers      length_ns  95 %\n"
				     "  thread          2        unclear\n"
				     "  fork            2  above 1.00 ms\n"
				     "  openmp          2        unclear\n"));
	free(text);
	made_up_exit(&run, &summary);
	made_up_load(&run, &farm.plan, &summary, 12, usual);
	text = made_up_print(&summary, summary_print);
	assert_non_null(strstr(text, "Unproven: busy, break-even: better than serial from this length_ns on\n"
				     "  executor  workers      length_ns  95 %\n"
				     "  thread          2        3.16 us  [3.16, 3.16]\n"
				     "  fork            2  above 1.00 ms\n"
				     "  openmp          2   below 100 ns\n"
				     "  spawn           2  above 1.00 ms\n"));
	free(text);
	text = made_up_print(&summary, summary_print_json);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	list = json_object_get(json, "crossings");
	assert_int_equal(json_array_size(list), 4);
	value = json_object_get(json_array_get(list, 0), "value");
	assert_close(json_number_value(json_array_get(value, 0)), middle, 1e-6);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 1), "status")), "never");
	assert_true(json_is_null(json_array_get(json_object_get(json_array_get(list, 1), "value"), 2)));
	json_decref(json);
	free(text);
	made_up_exit(&run, &summary);
}

static void curves_by_hand(void **state)
{
	static const struct {
		size_t count;
		double x[4], y[4], crossing;
	} curves[] = {
		{2, {1, 3}, {-1, 1}, 2},
		{2, {1, 3}, {-1, 3}, 1.5},
		{2, {1, 3}, {0, 3}, 1},
		{2, {1, 3}, {1, 1e-300}, -INFINITY},
		{2, {1, 3}, {-1, 0}, INFINITY},
		{4, {0, 1, 2, 4}, {1, -1, 1, 2}, 1.5},
		{4, {0, 1, 2, 4}, {-1, 1, -2, 2}, 3},
		{4, {0, 1, 2, 4}, {1, 1, 1, -2}, INFINITY},
		{2, {-4, 4}, {-1e308, 1e308}, 0},
		{2, {1, 2}, {-5e-324, 1e308}, 1},
		{2, {1, 2}, {-1e308, 5e-324}, 2},
		{1, {7}, {1}, -INFINITY},
		{1, {7}, {-0.0}, INFINITY},
	};
	double found;

	(void)state;
	for (size_t i = 0; i < COUNT(curves); i++) {
		assert_int_equal(stats_crossing(curves[i].x, curves[i].y, curves[i].count, &found), 0);
		if (isinf(curves[i].crossing))
			assert_true(found == curves[i].crossing);
		else
			assert_close(found, curves[i].crossing, 1e-12);
	}
	found = 5;
	assert_int_equal(stats_crossing(curves[0].x, curves[0].y, 0, &found), -EINVAL);
	assert_int_equal(stats_crossing((double[]){1, 1}, (double[]){-1, 1}, 2, &found), -EINVAL);
	assert_int_equal(stats_crossing((double[]){2, 1}, (double[]){1, 1}, 2, &found), -EINVAL);
	assert_int_equal(stats_crossing((double[]){1, 2}, (double[]){NAN, 1}, 2, &found), -EINVAL);
	assert_int_equal(stats_crossing((double[]){1, INFINITY}, (double[]){-1, 1}, 2, &found), -EINVAL);
	assert_close(found, 5, 0);
}

static void censored_by_hand(void **state)
{
	const double values[] = {3, -INFINITY, 5, INFINITY, 1, 2, 4, 6, INFINITY, -INFINITY};
	const double apart[] = {INFINITY, INFINITY, -INFINITY, -INFINITY};
	struct interval found = untouched;

	(void)state;
	assert_int_equal(stats_median_interval_censored(values, 10, 0.5, &found), 0); /* the fourth and the seventh */
	assert_interval(&found, 3.5, 2, 5, 0);
	assert_int_equal(stats_median_interval_censored(values, 10, 0.05, &found), 0); /* the second and the ninth */
	assert_close(found.estimate, 3.5, 0);
	assert_true(found.low == -INFINITY && found.high == INFINITY);
	assert_int_equal(stats_median_interval_censored(apart, 4, 0.5, &found), 0);
	assert_true(isnan(found.estimate));
	found = untouched;
	assert_int_equal(stats_median_interval_censored(values, 0, 0.05, &found), -EINVAL);
	assert_int_equal(stats_median_interval_censored(values, 10, 0, &found), -EINVAL);
	assert_int_equal(stats_median_interval_censored((double[]){1, NAN}, 2, 0.05, &found), -EINVAL);
	assert_memory_equal(&found, &untouched, sizeof(found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crossed_always_and_never),
		cmocka_unit_test(interval_by_hand),
		cmocka_unit_test(last_crossing_counts),
		cmocka_unit_test(few_odd_blocks_do_not_matter),
		cmocka_unit_test(ten_blocks_at_least),
		cmocka_unit_test(levels_without_values_are_left_out),
		cmocka_unit_test(series_as_the_plan_has_them),
		cmocka_unit_test(rates_are_turned_over),
		cmocka_unit_test(no_crossing_asked_for),
		cmocka_unit_test(odd_params),
		cmocka_unit_test(places_of_the_parameter),
		cmocka_unit_test(crossings_of_strangers),
		cmocka_unit_test(writes_crossings_csv),
		cmocka_unit_test(prints_crossings),
		cmocka_unit_test(curves_by_hand),
		cmocka_unit_test(censored_by_hand),
	};

	return cmocka_run_group_tests_name("crossings", tests, NULL, NULL);
}
