/* SPDX-License-Identifier: MIT */
/* Fits of made-up runs against values worked out by hand: lines, noise, misfits, levels, odd values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "close_to.h"
#include "fits_run.h"

static char reason[REASON_BYTES];

/* n = 12: the third of twelve, between the sixth and the seventh, the tenth. */
static void lines_block_by_block(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	const struct fit *list;

	(void)state;
	make_plan(&farm);
	made_up_load(&run, &farm.plan, &summary, 12, usual);
	assert_int_equal(summary.fits.count, 3);
	assert_int_equal(summary.crossings.count, 0);
	list = summary.fits.list;
	assert_string_equal(list[0].executor, "thread");
	assert_string_equal(list[0].experiment, "create");
	assert_string_equal(list[0].workload, "spin");
	assert_string_equal(list[0].placement, "none");
	assert_string_equal(list[0].figure, "reaped");
	assert_string_equal(list[0].parameter, "memory_mib");
	assert_string_equal(list[0].params, OTHERS);
	assert_string_equal(list[0].fixed_unit, "ns");
	assert_string_equal(list[0].slope_unit, "ns/MiB");
	assert_int_equal(list[0].workers, 1);
	assert_int_equal(list[0].least, 0);
	assert_int_equal(list[0].most, 1024);
	assert_int_equal(list[0].levels, 5);
	assert_int_equal(list[0].blocks, 12);
	assert_true(list[0].fitted);
	assert_interval(&list[0].fixed, 10550, 10200, 10900, 1e-6);
	assert_interval(&list[0].slope, 0, 0, 0, 1e-9);
	assert_string_equal(list[1].executor, "fork");
	assert_interval(&list[1].fixed, 87100, 86400, 87800, 1e-6);
	assert_interval(&list[1].slope, 41055, 41020, 41090, 1e-6);
	assert_close(list[1].off, 0, 1e-12);
	assert_string_equal(list[2].executor, "spawn");
	assert_interval(&list[2].fixed, 500000, 500000, 500000, 1e-6);
	assert_interval(&list[2].slope, 3, 3, 3, 1e-9);
	made_up_exit(&run, &summary);
}

/* A number from -1 to 1, as good as random and always the same. */
static double noise(unsigned cell, unsigned block)
{
	uint64_t x = cell * 1000003ULL + block + 1;

	for (unsigned i = 0; i < 3; i++) {
		x ^= x >> 30;
		x *= 0xbf58476d1ce4e5b9;
		x ^= x >> 27;
		x *= 0x94d049bb133111eb;
	}
	return (double)(x >> 11) * 0x1p-52 - 1;
}

/* 30 % up or down. The least is a four-hundredth of the largest. */
static uint64_t noisy(unsigned cell, unsigned block)
{
	uint64_t level = levels[cell / EXECUTORS];
	double truth = 100000 + 40000 * (double)level;

	return (uint64_t)(truth * (1 + 0.3 * noise(cell, block)));
}

/*
 * Without weights the 12 ms of noise at the largest level would drown the fixed part. With weights from the noisy
 * values themselves what happens to be small would count for more, and the slope would be 5 % too small.
 */
static void noise_is_a_share(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	unsigned held = 0;

	(void)state;
	make_plan(&farm);
	made_up_load(&run, &farm.plan, &summary, 200, noisy);
	for (unsigned i = 0; i < 3; i++) {
		const struct fit *fit = &summary.fits.list[i];

		assert_int_equal(fit->blocks, 200);
		assert_close(fit->fixed.estimate, 100000, 0.03 * 100000);
		assert_close(fit->slope.estimate, 40000, 0.02 * 40000);
		assert_true(fit->fixed.high - fit->fixed.low < 0.15 * 100000);
		assert_true(fit->slope.high - fit->slope.low < 0.1 * 40000);
		assert_true(fit->off > 0.05 && fit->off < 0.6);
		held += fit->fixed.low < 100000 && 100000 < fit->fixed.high;
		held += fit->slope.low < 40000 && 40000 < fit->slope.high;
	}
	assert_true(held >= 5); /* of six intervals, each of which does in 19 cases of 20 */
	made_up_exit(&run, &summary);
}

static void make_levels_0_1_2(struct farm *farm)
{
	make_plan(farm);
	for (unsigned i = 0; i < CELLS; i++)
		snprintf(farm->params[i], TEXT_BYTES, "memory_mib=%u;" OTHERS, i / EXECUTORS);
	farm->plan.cell_count = 3 * EXECUTORS;
	farm->plan.group_count = 3;
}

static void what_is_no_line_says_so(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	char *text;

	(void)state;
	make_levels_0_1_2(&farm);
	made_up_load(&run, &farm.plan, &summary, 12, bent);
	assert_close(summary.fits.list[1].fixed.estimate, 6 / 7.0 * 101000, 1e-6);
	assert_close(summary.fits.list[1].slope.estimate, 3 / 7.0 * 101000, 1e-6);
	assert_close(summary.fits.list[1].off, 4 / 7.0, 1e-9);
	summary.proven = true;
	text = made_up_print(&summary, summary_print);
	assert_non_null(strstr(text, "\n  No line fits fork: look at the single levels.\n"));
	assert_non_null(strstr(text, " 57 %\n"));
	free(text);
	made_up_exit(&run, &summary);
}

static void levels_without_values_are_left_out(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	const struct fit *list;

	(void)state;
	make_plan(&farm);
	made_up_load(&run, &farm.plan, &summary, 14, failing);
	list = summary.fits.list;
	assert_int_equal(summary.fits.count, 2); /* two levels are no fit */
	assert_string_equal(list[0].executor, "fork");
	assert_int_equal(list[0].levels, 5);
	assert_int_equal(list[0].blocks, 12);
	assert_interval(&list[0].fixed, 87100, 86400, 87800, 1e-6);
	assert_interval(&list[0].slope, 41055, 41020, 41090, 1e-6);
	assert_string_equal(list[1].executor, "spawn");
	assert_int_equal(list[1].levels, 3);
	assert_int_equal(list[1].least, 16);
	assert_int_equal(list[1].most, 256);
	assert_int_equal(list[1].blocks, 14);
	assert_interval(&list[1].fixed, 500000, 500000, 500000, 1e-6);
	made_up_exit(&run, &summary);
}

static void ten_blocks_at_least(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	make_plan(&farm);
	for (unsigned blocks = 9; blocks <= 10; blocks++) {
		made_up_load(&run, &farm.plan, &summary, blocks, usual);
		for (unsigned i = 0; i < 3; i++) {
			const struct fit *fit = &summary.fits.list[i];

			assert_int_equal(fit->blocks, blocks);
			assert_string_equal(fit_status_name(fit), blocks == 9 ? "unclear" : "fitted");
			assert_int_equal(isnan(fit->fixed.estimate) != 0, blocks == 9);
			assert_int_equal(isnan(fit->slope.low) != 0, blocks == 9);
			assert_int_equal(isnan(fit->off) != 0, blocks == 9);
		}
		made_up_exit(&run, &summary);
	}
}

/* Another placement and another number of workers are other series; the table that they are in begins where it does. */
static void series_as_the_plan_has_them(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	const struct fit *list;

	(void)state;
	make_plan(&farm);
	for (unsigned level = 0; level < LEVELS; level++) {
		cell_of(&farm, SPAWN, level)->placement = "compact";
		cell_of(&farm, SPAWN, level)->executor = &executors[FORK];
	}
	cell_of(&farm, THREAD, 0)->workers = 3;
	strcpy(farm.params[2 * EXECUTORS + FORK], "memory_mib=16;" OTHERS);
	made_up_load(&run, &farm.plan, &summary, 12, usual);
	list = summary.fits.list;
	assert_int_equal(summary.fits.count, 3);
	/* thread begins a level later than the one that is placed otherwise, and yet is in the table that begins first */
	assert_string_equal(list[0].executor, "fork");
	assert_string_equal(list[0].placement, "none");
	assert_int_equal(list[0].levels, 4); /* of two with 16 the first one */
	assert_close(list[0].slope.estimate, 41055, 1e-6);
	assert_string_equal(list[1].executor, "thread");
	assert_string_equal(list[1].placement, "none");
	assert_int_equal(list[1].workers, 1);
	assert_int_equal(list[1].least, 16);
	assert_int_equal(list[1].table_cell, list[0].table_cell);
	assert_string_equal(list[2].placement, "compact");
	assert_true(list[2].table_cell > list[1].table_cell);
	assert_close(list[2].fixed.estimate, 500000, 1e-6);
	made_up_exit(&run, &summary);
}

static void no_slope_asked_for(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	size_t bytes;

	(void)state;
	make_plan(&farm);
	farm.experiment.slope = NULL;
	made_up_load(&run, &farm.plan, &summary, 12, usual);
	assert_int_equal(summary.fits.count, 0);
	assert_int_equal(fits_write_csv(&summary, run.path, reason), 0);
	assert_null(made_up_read(&run, "fits.csv", &bytes));
	made_up_exit(&run, &summary);
}

/* Along a number without a unit, and of a rate, which is fitted as it is. */
static void units(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	make_plan(&farm);
	farm.experiment.slope = "threads";
	for (unsigned i = 0; i < CELLS; i++)
		snprintf(farm.params[i], TEXT_BYTES, "memory_mib=0;threads=%llu",
			 (unsigned long long)levels[i / EXECUTORS]);
	made_up_load(&run, &farm.plan, &summary, 12, usual);
	assert_string_equal(summary.fits.list[2].slope_unit, "ns");
	assert_string_equal(summary.fits.list[2].params, "memory_mib=0");
	assert_close(summary.fits.list[2].slope.estimate, 3, 1e-9);
	made_up_exit(&run, &summary);
	make_plan(&farm);
	farm.experiment.figures = made_up_rates;
	made_up_load(&run, &farm.plan, &summary, 12, usual);
	assert_string_equal(summary.fits.list[0].fixed_unit, "1/s");
	assert_string_equal(summary.fits.list[0].slope_unit, "1/s/MiB");
	assert_close(summary.fits.list[2].fixed.estimate, 2000, 1);
	assert_true(summary.fits.list[2].slope.estimate < 0);
	made_up_exit(&run, &summary);
}

/* What a figure may come to in a stranger's file, by executor; a level has one value in all blocks. */
static const double odd_values[][LEVELS] = {
	{1e308, 1e308, 1e308, 1e308, 1e308},
	{1e-300, 1e-300, 1e308, 1e308, 1e308},
	{1e308, 1, 1e-308, 1, 1e308},
	{5e-324, 5e-324, 5e-324, 5e-324, 5e-324},
	{0, 0, 0, 0, 0},
	{-1, -2, -3, -4, -5},
	{0, 1, -1, 1, 0},
	{0, 1, 2, 3, 4},
};
static const double *odd;

static double odd_value(const struct sample *sample)
{
	return odd[(sample->wall_ns / sample->ops + 500) / 1000 - 1];
}

/* Which of the levels it was. */
static uint64_t odd_time(unsigned cell, unsigned block)
{
	(void)block;
	return 1000 * (cell / EXECUTORS + 1);
}

static void odd_values_do_no_harm(void **state)
{
	static const struct figure figures[] = {{"odd", "ns", BETTER_LOWER, "anything", odd_value}, {0}};
	static const unsigned found_levels[] = {5, 5, 5, 5, 0, 0, 0, 4};
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	char *text;

	(void)state;
	make_plan(&farm);
	farm.experiment.figures = figures;
	for (size_t i = 0; i < COUNT(odd_values); i++) {
		odd = odd_values[i];
		made_up_load(&run, &farm.plan, &summary, 10, odd_time);
		assert_int_equal(summary.fits.count, found_levels[i] ? 3 : 0);
		for (size_t j = 0; j < summary.fits.count; j++) {
			const struct fit *fit = &summary.fits.list[j];

			assert_int_equal(fit->levels, found_levels[i]);
			assert_int_equal(fit->fitted, fit->blocks >= 10);
			assert_int_equal(fit->fitted,
					 isfinite(fit->fixed.low) && isfinite(fit->slope.high) && isfinite(fit->off));
		}
		free(made_up_print(&summary, summary_print));
		text = made_up_print(&summary, summary_print_json);
		assert_null(strcasestr(text, "inf"));
		free(text);
		made_up_exit(&run, &summary);
	}
}

/* At one level, in the first block it is below 0, in the second 0, in the third nearly. */
static double seldom_odd(const struct sample *sample)
{
	static const double firsts[] = {-1000, 0, 1e-320};
	uint64_t block = sample->start_ns - 1000000, level = (sample->wall_ns / sample->ops + 500) / 1000 - 1;

	return level == 2 && block < COUNT(firsts) ? firsts[block] : 1000 + 10 * (double)level;
}

static void blocks_with_odd_values_have_no_line(void **state)
{
	static const struct figure figures[] = {{"odd", "ns", BETTER_LOWER, "anything", seldom_odd}, {0}};
	struct farm farm;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	make_levels_0_1_2(&farm);
	farm.experiment.figures = figures;
	made_up_load(&run, &farm.plan, &summary, 15, odd_time);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(summary.fits.list[i].levels, 3);
		assert_int_equal(summary.fits.list[i].blocks, 12);
		assert_interval(&summary.fits.list[i].fixed, 1000, 1000, 1000, 1e-9);
		assert_interval(&summary.fits.list[i].slope, 10, 10, 10, 1e-9);
	}
	made_up_exit(&run, &summary);
}

/* What a stranger may have put into the params of fork at level 0; each is no level. */
static void odd_params(void **state)
{
	static const char *const odd_texts[] = {
		"",
		";",
		"memory_mib",
		"memory_mib=;" OTHERS,
		"memory_mib=-5;" OTHERS,
		"memory_mib=1e3;" OTHERS,
		"memory_mib=0x10;" OTHERS,
		"memory_mib= 10;" OTHERS,
		"memory_mib=18446744073709551616;" OTHERS,
		"xmemory_mib=0;" OTHERS,
		"memory_mib2=0;" OTHERS,
		"thp=memory_mib=5;threads=0",
		OTHERS ";memory_mib",
	};
	struct farm farm;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	for (size_t i = 0; i < COUNT(odd_texts); i++) {
		make_plan(&farm);
		strcpy(farm.params[FORK], odd_texts[i]);
		made_up_load(&run, &farm.plan, &summary, 10, usual);
		assert_int_equal(summary.fits.count, 3);
		if (summary.fits.list[2].executor[0] != 'f' || summary.fits.list[2].least != 16)
			fail_msg("\"%s\" is taken for a level", odd_texts[i]);
		made_up_exit(&run, &summary);
	}
}

static void lines_by_hand(void **state)
{
	static const double x[] = {0, 1, 2}, same[] = {1, 1, 1};
	struct line line = {-1, -2};

	(void)state;
	assert_int_equal(stats_line(x, (double[]){1, 3, 5}, same, 3, &line), 0);
	assert_close(line.fixed, 1, 1e-15);
	assert_close(line.slope, 2, 1e-15);
	assert_int_equal(stats_line(x, (double[]){1, 1, 4}, same, 3, &line), 0);
	assert_close(line.fixed, 0.5, 1e-15);
	assert_close(line.slope, 1.5, 1e-15);
	assert_int_equal(stats_line(x, (double[]){1, 1, 4}, (double[]){3e200, 3e200, 12e200}, 3, &line), 0);
	assert_close(line.fixed, 6 / 7.0, 1e-15);
	assert_close(line.slope, 3 / 7.0, 1e-15);
	assert_int_equal(stats_line((double[]){7, -7}, (double[]){-1, 1}, (double[]){1, 1e9}, 2, &line), 0);
	assert_close(line.fixed, 0, 1e-15);
	assert_close(line.slope, -1 / 7.0, 1e-15);
	line = (struct line){-1, -2};
	assert_int_equal(stats_line(x, x, same, 0, &line), -EINVAL);
	assert_int_equal(stats_line(x, x, same, 1, &line), -EINVAL);
	assert_int_equal(stats_line(same, x, same, 3, &line), -EINVAL);
	assert_int_equal(stats_line((double[]){0, NAN}, x, same, 2, &line), -EINVAL);
	assert_int_equal(stats_line(x, (double[]){0, INFINITY}, same, 2, &line), -EINVAL);
	assert_int_equal(stats_line(x, x, (double[]){1, INFINITY}, 2, &line), -EINVAL);
	assert_int_equal(stats_line(x, same, (double[]){1, 0}, 2, &line), -EDOM);
	assert_int_equal(stats_line(x, same, (double[]){1, -1}, 2, &line), -EDOM);
	assert_int_equal(stats_line((double[]){0, 5e-324}, (double[]){0, 1e308}, same, 2, &line), -EDOM);
	assert_int_equal(stats_line((double[]){-1e308, 1e308}, x, same, 2, &line), -EDOM);
	assert_close(line.fixed, -1, 0);
	assert_close(line.slope, -2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_block_by_block),
		cmocka_unit_test(noise_is_a_share),
		cmocka_unit_test(what_is_no_line_says_so),
		cmocka_unit_test(levels_without_values_are_left_out),
		cmocka_unit_test(ten_blocks_at_least),
		cmocka_unit_test(series_as_the_plan_has_them),
		cmocka_unit_test(no_slope_asked_for),
		cmocka_unit_test(units),
		cmocka_unit_test(odd_values_do_no_harm),
		cmocka_unit_test(blocks_with_odd_values_have_no_line),
		cmocka_unit_test(odd_params),
		cmocka_unit_test(lines_by_hand),
	};

	return cmocka_run_group_tests_name("fits", tests, NULL, NULL);
}
