/* SPDX-License-Identifier: MIT */
/* Runs of a pool in the files and on the pages that all runs have: settings, peers, usage that is not known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "close_to.h"
#include "made_up_farm.h"
#include "output/compare.h"
#include "output/headings.h"
#include "output/summary.h"

static char reason[REASON_BYTES];

/* By executor, at every level alike. */
static uint64_t costs(unsigned cell, unsigned block)
{
	static const uint64_t ns[FARM_EXECUTORS] = {1200, 8400, 8400, 20000, 9876000};

	return ns[cell % FARM_EXECUTORS] * (100 + block % 5) / 100;
}

static void load(struct made_up_run *run, const struct made_up_farm *farm, struct summary *summary)
{
	assert_int_equal(made_up_farm_begin(run, farm), 0);
	for (int block = 0; block < 10; block++)
		assert_int_equal(made_up_block(run, costs), 0);
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

/* What cannot be known is an empty field, never 0; gbench.json says so too. */
static void unknown_usage(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;
	json_t *json, *entry;
	char path[160], *text;
	size_t bytes = 0, i, unknown = 0;

	(void)state;
	made_up_farm_make(&farm);
	load(&run, &farm, &summary);
	text = made_up_read(&run, "samples.csv", &bytes);
	assert_non_null(strstr(text, ",0,1000000,10,83950,33580,16790,0,0,0,0,task,")); /* thread */
	assert_non_null(strstr(text, ",0,1000000,10,199950,,,,,,,task,19995,"));        /* openmp */
	free(text);
	assert_int_equal(gbench_json_write(run.path, reason), 0);
	snprintf(path, sizeof(path), "%s/gbench.json", run.path);
	json = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	json_array_foreach(json_object_get(json, "benchmarks"), i, entry)
	{
		bool outside = strstr(json_string_value(json_object_get(entry, "name")), "/openmp/") != NULL;
		double wall = json_real_value(json_object_get(entry, "real_time"));

		assert_int_equal(json_is_true(json_object_get(entry, "tvp_cpu_unknown")), outside);
		assert_close(json_real_value(json_object_get(entry, "cpu_time")), outside ? wall : wall * 0.6, 1e-6);
		unknown += outside;
	}
	assert_int_equal(unknown, 10 * FARM_LEVELS);
	json_decref(json);
	summary_exit(&summary);
	made_up_end(&run);
}

/* Either both times are known or neither is. */
static void half_known_usage_is_refused(void **state)
{
	static const struct {
		const char *fields, *column;
	} halves[] = {{",33580,,0", "column sys_ns"}, {",,16790,0", "column user_ns"}};
	static const char whole[] = ",33580,16790,0";
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;
	size_t bytes = 0;
	char *text, *at;

	(void)state;
	made_up_farm_make(&farm);
	load(&run, &farm, &summary);
	summary_exit(&summary);
	text = made_up_read(&run, "samples.csv", &bytes);
	for (size_t i = 0; i < COUNT(halves); i++) {
		char *changed = strdup(text);
		size_t length = strlen(halves[i].fields), more = strlen(whole) - length;

		at = strstr(changed, whole);
		assert_non_null(at);
		memcpy(at, halves[i].fields, length);
		memmove(at + length, at + strlen(whole), strlen(at + strlen(whole)) + 1);
		made_up_write(&run, "samples.csv", changed, bytes - more);
		assert_int_equal(summary_load(&summary, run.path, reason), -EINVAL);
		assert_non_null(strstr(reason, halves[i].column));
		free(changed);
	}
	free(text);
	made_up_end(&run);
}

/* A sentence each for three executors, one for all of four; the reference's own speed-up is not worth telling. */
static void many_executors_in_one_sentence(void **state)
{
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;
	char *text;

	(void)state;
	made_up_farm_make(&farm);
	for (unsigned level = 1; level < FARM_LEVELS; level++)
		made_up_farm_cell(&farm, FARM_SERIAL, level)->baseline = (int)(level * FARM_EXECUTORS + FARM_THREAD);
	load(&run, &farm, &summary);
	text = print(&summary);
	assert_non_null(strstr(text, "  Unproven: openmp takes 2.38x [2.38, 2.38] as long as thread.\n"
				     "  Unproven: spawn takes 1176x [1176, 1176] as long as thread.\n"));
	assert_non_null(strstr(text, "vs thread"));
	assert_non_null(strstr(
		text, "  Unproven: against thread, faster: serial with 1 worker (0.143x); slower: openmp (2.38x), "
		      "spawn (1176x); less than 2 %\n    apart: fork (1x).\n"));
	assert_non_null(strstr(text, "  Highest speed-up: 0.143x [0.143, 0.143], by thread with 2 workers, an "));
	assert_null(strstr(text, "by serial"));
	free(text);
	summary_exit(&summary);
	made_up_end(&run);
}

static void assert_heading(const struct headings *headings, const char *workload, const char *placement,
			   const char *params, const char *wanted)
{
	char *text = headings_text(headings, "granularity", workload, placement, params);

	assert_string_equal(text, wanted);
	free(text);
}

/* Shown is what differs in any group: parameters even where they are at their default, settings unless they are as in the
 * plain group; where nothing differs, what the workload has. */
static void headings_by_hand(void **state)
{
	static const char all[] = "length_ns=1000;spread=even;entry=map;schedule=auto;chunk=0";
	static const struct parameter settings[] = {
		{"chunk", "tasks", "", 0, 0, 9, NULL}, {"coats", "", "", 5, 1, 9, NULL}, {0}};
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;
	struct headings headings;

	(void)state;
	made_up_farm_make(&farm);
	farm.experiment.settings = settings;
	for (unsigned i = 0; i < FARM_EXECUTORS; i++)
		strcpy(farm.groups[i], "granularity/busy/none/length_ns=100;chunk=16/pair=3");
	load(&run, &farm, &summary);
	assert_int_equal(headings_init(&headings, summary.model), 0);
	assert_heading(&headings, "busy", "none", all, "busy, length_ns=1000");
	assert_heading(&headings, "busy", "none", "length_ns=1000;chunk=3", "busy, length_ns=1000 chunk=3");
	assert_heading(&headings, "busy", "compact", "length_ns=7", "busy, placed compact, length_ns=7");
	assert_heading(&headings, "busy", "", "chunk", "busy, chunk");
	assert_heading(&headings, "busy", "none", "", "busy");
	assert_heading(&headings, "busy", "none", ";;=;length=5;chunks=1", "busy");
	assert_heading(&headings, "square", "none", "a=1;b=2", "square, a=1 b=2");
	assert_heading(&headings, "square", "none", "a=1;chunks=0;coats=5;chunk=0;bcoats=1",
		       "square, a=1 chunks=0 bcoats=1");
	assert_heading(&headings, "square", "none", "chunk=0;coats=5", "square");
	headings_exit(&headings);
	summary_exit(&summary);
	made_up_end(&run);
}

/* Groups whose names are not made as ours are tell nothing, and all is shown. */
static void headings_of_strangers(void **state)
{
	static const char *const names[] = {"",
					    "/",
					    "granularity",
					    "granularity/busy/none",
					    "granularity/busy/none/",
					    "granularity/busy/nonelength_ns=100",
					    "granularity//none/length_ns=100",
					    "granularity/busy/none/;;;;",
					    "granularity/busy/none/length_ns"};
	struct made_up_farm farm;
	struct made_up_run run;
	struct summary summary;
	struct headings headings;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		char *text;

		made_up_farm_make(&farm);
		for (unsigned cell = 0; cell < FARM_CELLS; cell++)
			strcpy(farm.groups[cell], names[i]);
		load(&run, &farm, &summary);
		assert_int_equal(headings_init(&headings, summary.model), 0);
		text = headings_text(&headings, "granularity", "busy", "none", "length_ns=100;chunk=0");
		if (strcmp(text, "busy, length_ns=100 chunk=0") != 0 && strcmp(text, "busy") != 0)
			fail_msg("\"%s\" gives \"%s\"", names[i], text);
		free(text);
		headings_exit(&headings);
		summary_exit(&summary);
		made_up_end(&run);
	}
}

static void farms_are_compared(void **state)
{
	const struct compare_options options = {.margin = NAN, .fail_on = NAN};
	struct made_up_farm farm;
	struct made_up_run runs[2];
	struct summary summary;
	struct comparison comparison;
	const char *folder = "";
	char *folders[2], *text = NULL;
	size_t bytes;
	FILE *stream;

	(void)state;
	made_up_farm_make(&farm);
	for (int i = 0; i < 2; i++) {
		load(&runs[i], &farm, &summary);
		summary_exit(&summary);
		folders[i] = runs[i].path;
	}
	assert_int_equal(compare_load(&comparison, folders, 2, &options, &folder, reason), 0);
	assert_int_equal(comparison.lines.count, FARM_CELLS);
	stream = open_memstream(&text, &bytes);
	assert_int_equal(compare_print(&comparison, stream), 0);
	fclose(stream);
	assert_non_null(strstr(text, "\nbusy, length_ns=1000\n"));
	assert_non_null(strstr(text, "  openmp "));
	free(text);
	compare_exit(&comparison);
	made_up_end(&runs[0]);
	made_up_end(&runs[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_usage),
		cmocka_unit_test(half_known_usage_is_refused),
		cmocka_unit_test(many_executors_in_one_sentence),
		cmocka_unit_test(headings_by_hand),
		cmocka_unit_test(headings_of_strangers),
		cmocka_unit_test(farms_are_compared),
	};

	return cmocka_run_group_tests_name("farm files", tests, NULL, NULL);
}
