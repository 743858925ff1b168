/* SPDX-License-Identifier: MIT */
/* Fits of made-up runs against values worked out by hand, from files that are as they should be or are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "close_to.h"
#include "made_up_run.h"
#include "output/people.h"
#include "output/summary.h"
#include "output/text.h"

#define OTHERS "thp=off;threads=0"
#define RUN    "1,20260102T030405Z-abcdef0,x86_64-example-2c-0a1b2c,create,spin,"

enum { THREAD, FORK, SPAWN, EXECUTORS, LEVELS = 5, CELLS = EXECUTORS * LEVELS, TEXT_BYTES = 160 };

static const uint64_t levels[LEVELS] = {0, 16, 64, 256, 1024};
static const struct executor executors[EXECUTORS] = {{.name = "thread"}, {.name = "fork"}, {.name = "spawn"}};
static const struct parameter settings[] = {
	{"memory_mib", "MiB", "of the parent", 16, 0, 1 << 20, NULL},
	{"threads", "", "in the parent", 0, 0, 100, NULL},
	{0},
};
static char reason[REASON_BYTES];

/* A plan that a test may change before it makes its run: level by level, thread, fork and spawn each time. */
struct farm {
	struct experiment experiment;
	struct cell cells[CELLS];
	char names[CELLS][TEXT_BYTES], groups[CELLS][TEXT_BYTES], params[CELLS][TEXT_BYTES];
	struct plan plan;
};

static struct cell *cell_of(struct farm *farm, unsigned executor, unsigned level)
{
	return &farm->cells[level * EXECUTORS + executor];
}

static void make_plan(struct farm *farm)
{
	*farm = (struct farm){
		.experiment = {.name = "create",
			       .question = "What does a worker cost?",
			       .summary = "one operation is one worker",
			       .fairness = "the same worker",
			       .figures = made_up_times,
			       .settings = settings,
			       .slope = "memory_mib"},
		.plan = {.cells = farm->cells, .cell_count = CELLS, .group_count = LEVELS},
	};
	for (unsigned i = 0; i < CELLS; i++) {
		unsigned executor = i % EXECUTORS;
		unsigned long long level = levels[i / EXECUTORS];

		snprintf(farm->names[i], TEXT_BYTES, "create/spin/%s/1/none/memory_mib=%llu", executors[executor].name,
			 level);
		snprintf(farm->groups[i], TEXT_BYTES, "create/spin/none/memory_mib=%llu", level);
		snprintf(farm->params[i], TEXT_BYTES, "memory_mib=%llu;" OTHERS, level);
		farm->cells[i] = (struct cell){
			.experiment = &farm->experiment,
			.workload = &made_up_workload,
			.executor = &executors[executor],
			.workers = 1,
			.placement = "none",
			.group = i / EXECUTORS,
			.name = farm->names[i],
			.group_name = farm->groups[i],
			.params = farm->params[i],
			.cpusets = (char[]){""},
			.baseline = executor > THREAD ? (int)(i - executor) : -1,
			.reference = -1,
		};
	}
}

/* thread costs the same everywhere; fork and spawn cost a line, which is another one in each block. */
static uint64_t usual(unsigned cell, unsigned block)
{
	uint64_t level = levels[cell / EXECUTORS];

	switch (cell % EXECUTORS) {
	case THREAD:
		return 10000 + 100 * (uint64_t)block;
	case FORK:
		return 86000 + 200 * (uint64_t)block + (41000 + 10 * (uint64_t)(11 - block)) * level;
	default:
		return 500000 + 3 * level;
	}
}

static void make_run(struct made_up_run *run, const struct farm *farm, unsigned blocks, made_up_value *value)
{
	assert_int_equal(made_up_begin(run), 0);
	run->record.plan = &farm->plan;
	while (blocks--)
		assert_int_equal(made_up_block(run, value), 0);
	run->record.status = "complete";
	assert_int_equal(run_folder_save(&run->folder, &run->record, run->reason), 0);
}

static void load(struct made_up_run *run, const struct farm *farm, struct summary *summary, unsigned blocks,
		 made_up_value *value)
{
	make_run(run, farm, blocks, value);
	if (summary_load(summary, run->path, reason) != 0)
		fail_msg("%s", reason);
}

static void end(struct made_up_run *run, struct summary *summary)
{
	summary_exit(summary);
	made_up_end(run);
}

/* n = 12: the third of twelve, between the sixth and the seventh, the tenth. */
static void lines_block_by_block(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	const struct fit *list;

	(void)state;
	make_plan(&farm);
	load(&run, &farm, &summary, 12, usual);
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
	end(&run, &summary);
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
	load(&run, &farm, &summary, 200, noisy);
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
	end(&run, &summary);
}

static double bend(unsigned level, unsigned block)
{
	return (level < 2 ? 100 : 400) * (1 + 0.01 * (block % 3)) * 1000;
}

/* The levels 0, 1 and 2 cost 1, 1 and 4: weights 1, 1 and 1/16 make the line 6/7 + 3/7 x, which is 16/7 at 2. */
static uint64_t bent(unsigned cell, unsigned block)
{
	return cell % EXECUTORS == FORK ? (uint64_t)bend(cell / EXECUTORS, block) : usual(cell, block);
}

static void make_levels_0_1_2(struct farm *farm)
{
	make_plan(farm);
	for (unsigned i = 0; i < CELLS; i++)
		snprintf(farm->params[i], TEXT_BYTES, "memory_mib=%u;" OTHERS, i / EXECUTORS);
	farm->plan.cell_count = 3 * EXECUTORS;
	farm->plan.group_count = 3;
}

static __attribute__((noinline)) char *print(const struct summary *summary,
					     int (*printer)(const struct summary *, FILE *))
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	assert_int_equal(printer(summary, stream), 0);
	fclose(stream);
	return text;
}

static void what_is_no_line_says_so(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	char *text;

	(void)state;
	make_levels_0_1_2(&farm);
	load(&run, &farm, &summary, 12, bent);
	assert_close(summary.fits.list[1].fixed.estimate, 6 / 7.0 * 101000, 1e-6);
	assert_close(summary.fits.list[1].slope.estimate, 3 / 7.0 * 101000, 1e-6);
	assert_close(summary.fits.list[1].off, 4 / 7.0, 1e-9);
	summary.proven = true;
	text = print(&summary, summary_print);
	assert_non_null(strstr(text, "\n  No line fits fork: look at the single levels.\n"));
	assert_non_null(strstr(text, " 57 %\n"));
	free(text);
	end(&run, &summary);
}

/* fork lacks a level in two of 14 blocks, spawn the largest level in all of them, thread two of the three. */
static uint64_t failing(unsigned cell, unsigned block)
{
	unsigned level = cell / EXECUTORS;

	switch (cell % EXECUTORS) {
	case THREAD:
		return level < 2 ? usual(cell, block) : 0;
	case FORK:
		return level == 3 && block < 2 ? 0 : usual(cell, block < 2 ? block : block - 2);
	default:
		return level == LEVELS - 1 || level == 0 ? 0 : usual(cell, block);
	}
}

static void levels_without_values_are_left_out(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	const struct fit *list;

	(void)state;
	make_plan(&farm);
	load(&run, &farm, &summary, 14, failing);
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
	end(&run, &summary);
}

static void ten_blocks_at_least(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;

	(void)state;
	make_plan(&farm);
	for (unsigned blocks = 9; blocks <= 10; blocks++) {
		load(&run, &farm, &summary, blocks, usual);
		for (unsigned i = 0; i < 3; i++) {
			const struct fit *fit = &summary.fits.list[i];

			assert_int_equal(fit->blocks, blocks);
			assert_string_equal(fit_status_name(fit), blocks == 9 ? "unclear" : "fitted");
			assert_int_equal(isnan(fit->fixed.estimate) != 0, blocks == 9);
			assert_int_equal(isnan(fit->slope.low) != 0, blocks == 9);
			assert_int_equal(isnan(fit->off) != 0, blocks == 9);
		}
		end(&run, &summary);
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
	load(&run, &farm, &summary, 12, usual);
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
	end(&run, &summary);
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
	load(&run, &farm, &summary, 12, usual);
	assert_int_equal(summary.fits.count, 0);
	assert_int_equal(fits_write_csv(&summary, run.path, reason), 0);
	assert_null(made_up_read(&run, "fits.csv", &bytes));
	end(&run, &summary);
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
	load(&run, &farm, &summary, 12, usual);
	assert_string_equal(summary.fits.list[2].slope_unit, "ns");
	assert_string_equal(summary.fits.list[2].params, "memory_mib=0");
	assert_close(summary.fits.list[2].slope.estimate, 3, 1e-9);
	end(&run, &summary);
	make_plan(&farm);
	farm.experiment.figures = made_up_rates;
	load(&run, &farm, &summary, 12, usual);
	assert_string_equal(summary.fits.list[0].fixed_unit, "1/s");
	assert_string_equal(summary.fits.list[0].slope_unit, "1/s/MiB");
	assert_close(summary.fits.list[2].fixed.estimate, 2000, 1);
	assert_true(summary.fits.list[2].slope.estimate < 0);
	end(&run, &summary);
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
		load(&run, &farm, &summary, 10, odd_time);
		assert_int_equal(summary.fits.count, found_levels[i] ? 3 : 0);
		for (size_t j = 0; j < summary.fits.count; j++) {
			const struct fit *fit = &summary.fits.list[j];

			assert_int_equal(fit->levels, found_levels[i]);
			assert_int_equal(fit->fitted, fit->blocks >= 10);
			assert_int_equal(fit->fitted,
					 isfinite(fit->fixed.low) && isfinite(fit->slope.high) && isfinite(fit->off));
		}
		free(print(&summary, summary_print));
		text = print(&summary, summary_print_json);
		assert_null(strcasestr(text, "inf"));
		free(text);
		end(&run, &summary);
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
	load(&run, &farm, &summary, 15, odd_time);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(summary.fits.list[i].levels, 3);
		assert_int_equal(summary.fits.list[i].blocks, 12);
		assert_interval(&summary.fits.list[i].fixed, 1000, 1000, 1000, 1e-9);
		assert_interval(&summary.fits.list[i].slope, 10, 10, 10, 1e-9);
	}
	end(&run, &summary);
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
		load(&run, &farm, &summary, 10, usual);
		assert_int_equal(summary.fits.count, 3);
		if (summary.fits.list[2].executor[0] != 'f' || summary.fits.list[2].least != 16)
			fail_msg("\"%s\" is taken for a level", odd_texts[i]);
		end(&run, &summary);
	}
}

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
	load(&run, &farm, &summary, 10, usual);
	assert_int_equal(summary.fits.count, 2);
	assert_string_equal(summary.fits.list[0].executor, "fork");
	assert_true(summary.fits.list[0].fitted);
	assert_true(summary.fits.list[0].most == UINT64_MAX);
	text = print(&summary, summary_print_json);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	fit = json_array_get(json_object_get(json, "fits"), 0);
	assert_close(json_number_value(json_object_get(fit, "most")), 0x1p64, 0x1p20);
	assert_close(json_number_value(json_object_get(fit, "least")), 0x1p60, 0x1p20);
	json_decref(json);
	free(text);
	end(&run, &summary);
}

/* run.json as the run wrote it; the caller's. */
static json_t *read_run_json(const struct made_up_run *run, char path[160])
{
	json_t *json;

	snprintf(path, 160, "%s/run.json", run->path);
	json = json_load_file(path, 0, NULL);
	assert_non_null(json);
	return json;
}

/* Puts `slope` (stolen) into the experiment of run.json and loads it. */
static int load_with(struct made_up_run *run, struct summary *summary, json_t *slope)
{
	char path[160];
	json_t *json = read_run_json(run, path), *experiment = json_array_get(json_object_get(json, "experiments"), 0);

	if (slope)
		json_object_set_new(experiment, "slope", slope);
	else
		json_object_del(experiment, "slope");
	assert_int_equal(json_dump_file(json, path, 0), 0);
	json_decref(json);
	return summary_load(summary, run->path, reason);
}

static void assert_refused(struct made_up_run *run, json_t *slope, const char *what)
{
	struct summary summary;

	assert_int_equal(load_with(run, &summary, slope), -EINVAL);
	assert_non_null(strstr(reason, "run.json: experiments[0]."));
	assert_non_null(strstr(reason, what));
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
	make_run(&run, &farm, 10, usual);
	json = read_run_json(&run, path);
	slope = json_object_get(json_array_get(json_object_get(json, "experiments"), 0), "slope");
	assert_string_equal(json_string_value(json_object_get(slope, "parameter")), "memory_mib");
	assert_string_equal(json_string_value(json_object_get(slope, "unit")), "MiB");
	json_decref(json);
	assert_refused(&run, json_integer(5), "slope is no object");
	assert_refused(&run, json_object(), "parameter is missing");
	assert_refused(&run, json_pack("{s:s}", "parameter", "memory_mib"), "unit is missing");
	assert_refused(&run, json_pack("{s:i, s:s}", "parameter", 5, "unit", "MiB"), "parameter is not text");
	assert_int_equal(load_with(&run, &summary, json_null()), 0);
	assert_int_equal(summary.fits.count, 0);
	summary_exit(&summary);
	assert_int_equal(load_with(&run, &summary, NULL), 0); /* as older versions wrote it */
	assert_int_equal(summary.fits.count, 0);
	summary_exit(&summary);
	assert_int_equal(load_with(&run, &summary, json_pack("{s:s, s:s}", "parameter", "", "unit", "")), 0);
	assert_int_equal(summary.fits.count, 0);
	summary_exit(&summary);
	assert_int_equal(load_with(&run, &summary, json_pack("{s:s, s:s}", "parameter", "threads", "unit", "")), 0);
	assert_int_equal(summary.fits.count, 0); /* it is 0 everywhere: one level */
	end(&run, &summary);
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
	load(&run, &farm, &summary, 12, failing);
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
	end(&run, &summary);
	load(&run, &farm, &summary, 2, failing);
	assert_int_equal(fits_write_csv(&summary, run.path, reason), 0);
	text = made_up_read(&run, "fits.csv", &bytes);
	assert_non_null(strstr(text, ",memory_mib,0,64,3,,,,ns,,,,ns/MiB,,2,unclear\n"));
	free(text);
	end(&run, &summary);
}

static void prints_fits(void **state)
{
	struct farm farm;
	struct made_up_run run;
	struct summary summary;
	char *text;

	(void)state;
	make_plan(&farm);
	load(&run, &farm, &summary, 12, usual);
	text = print(&summary, summary_print);
	assert_non_null(strstr(
		text, "\nUnproven: spin: cost = fixed + slope x memory_mib\n"
		      "  executor    fixed  95 %                   slope  95 %                worst level off\n"
		      "  thread    10.6 us  [10.2, 10.9]        0 ms/GiB  [0, 0]                        0.0 %\n"
		      "  fork      87.1 us  [86.4, 87.8]    42.04 ms/GiB  [42.00, 42.08]                0.0 %\n"
		      "  spawn      500 us  [500, 500]    0.00307 ms/GiB  [0.00307, 0.00307]            0.0 %\n"));
	assert_null(strstr(text, "No line fits"));
	free(text);
	end(&run, &summary);
	load(&run, &farm, &summary, 9, usual);
	text = print(&summary, summary_print);
	assert_null(strstr(text, "cost ="));
	free(text);
	end(&run, &summary);
	cell_of(&farm, FORK, 0)->workers = cell_of(&farm, FORK, 1)->workers = cell_of(&farm, FORK, 2)->workers = 2;
	load(&run, &farm, &summary, 12, failing);
	summary.proven = true;
	text = print(&summary, summary_print);
	assert_non_null(strstr(text, "\nspin: cost = fixed + slope x memory_mib\n  executor  workers  "));
	assert_non_null(strstr(text, "\n  fork            2  8"));
	free(text);
	end(&run, &summary);
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
	load(&run, &farm, &summary, 12, usual);
	text = print(&summary, summary_print_json);
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
	end(&run, &summary);
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
	load(&run, &farm, &summary, 12, bent);
	assert_int_equal(summary.fits.count, 5);
	assert_string_equal(summary.fits.list[0].experiment, "judge");
	text = print(&summary, summary_print);
	table = strstr(text, "cost = fixed");
	if (!table)
		fail_msg("no fits in:\n%s", text);
	else if (strstr(table + 1, "cost = fixed"))
		fail_msg("two tables of fits in:\n%s", text);
	else if (!strstr(table, "\n  spawn "))
		fail_msg("no spawn in:\n%s", text);
	free(text);
	end(&run, &summary);
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
		cmocka_unit_test(large_levels),
		cmocka_unit_test(slopes_of_strangers),
		cmocka_unit_test(writes_fits_csv),
		cmocka_unit_test(prints_fits),
		cmocka_unit_test(prints_fits_as_json),
		cmocka_unit_test(fits_of_controls_are_not_shown),
		cmocka_unit_test(signed_numbers_for_people),
		cmocka_unit_test(lines_by_hand),
	};

	return cmocka_run_group_tests_name("fits", tests, NULL, NULL);
}
