/* SPDX-License-Identifier: MIT */
/* Comparisons of made-up runs against values worked out by hand, and what they are printed as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "made_up_run.h"
#include "output/compare.h"
#include "output/compare_parts.h"
#include "output/markdown.h"
#include "output/series.h"

enum { LINE_THREAD, LINE_FORK, LINE_SPAWN, LINE_SERIAL_1, LINE_THREAD_2, LINE_FORK_2, LINES };

static char reason[REASON_BYTES];

static void assert_near(double found, double wanted)
{
	if (!(fabs(found - wanted) <= 1e-9 * fabs(wanted)))
		fail_msg("%.17g is not %.17g", found, wanted);
}

static void write_run(struct made_up_run *run, const char *machine, unsigned blocks, made_up_value *value)
{
	assert_int_equal(made_up_begin(run), 0);
	if (machine)
		run->record.machine_id = machine;
	while (blocks--)
		assert_int_equal(made_up_block(run, value), 0);
	run->record.status = "complete";
	assert_int_equal(run_folder_save(&run->folder, &run->record, run->reason), 0);
}

/* The runs' folders, compared. */
static int load(struct comparison *comparison, struct made_up_run *runs, size_t count,
		const struct compare_options *options)
{
	const char *folder = "";
	char *folders[64];

	for (size_t i = 0; i < count; i++)
		folders[i] = runs[i].path;
	return compare_load(comparison, folders, count, options, &folder, reason);
}

static const struct compare_options plain = {.margin = NAN, .fail_on = NAN};

/* Without an outlier, 10 values 1 apart; a block later they are the same. */
static uint64_t tens(unsigned cell, unsigned block)
{
	return cell == MADE_UP_SPAWN ? 0 : 1000 + 10 * ((uint64_t)block * 7 % 10);
}

static uint64_t twice_tens(unsigned cell, unsigned block)
{
	return 2 * tens(cell, block);
}

/* 10 and 10 values: the 24th least and the 24th largest of the 100 ratios of 2 (100 + i) / (100 + j). */
static double ratio_of_rank(unsigned rank)
{
	double ratios[100];
	unsigned below;

	for (unsigned i = 0; i < 10; i++)
		for (unsigned j = 0; j < 10; j++)
			ratios[10 * i + j] = 2.0 * (100 + i) / (100 + j);
	for (unsigned i = 0; i < 100; i++) {
		below = 0;
		for (unsigned j = 0; j < 100; j++)
			below += ratios[j] < ratios[i] || (ratios[j] == ratios[i] && j < i);
		if (below == rank - 1)
			return ratios[i];
	}
	return NAN;
}

static void ratio_by_hand(void **state)
{
	struct made_up_run runs[2];
	struct comparison comparison;
	const struct compare_line *line;

	(void)state;
	write_run(&runs[0], NULL, 10, tens);
	write_run(&runs[1], NULL, 10, twice_tens);
	assert_int_equal(load(&comparison, runs, 2, &plain), 0);
	assert_int_equal(comparison.mode, COMPARE_RUNS);
	assert_int_equal(comparison.lines.count, LINES);
	line = &comparison.lines.list[LINE_FORK];
	assert_string_equal(line->row->cell, "create/spin/fork/1/none");
	assert_near(line->entries[0].value.estimate, 1045);
	assert_near(line->entries[1].value.estimate, 2090);
	assert_near(line->entries[1].ratio.estimate, 2);
	assert_near(line->entries[1].effective, 10); /* 0, 7, 4, 1, 8, …: no two neighbours alike */
	assert_near(line->entries[1].ratio.low, ratio_of_rank(24));
	assert_near(line->entries[1].ratio.high, ratio_of_rank(77));
	/* 2 of the 184,756 arrangements are as far apart; Holm over five lines, as one has no values */
	assert_near(line->entries[1].p_value, 5 * 2 / 184756.0);
	assert_int_equal(line->entries[1].verdict, VERDICT_SLOWER);
	assert_int_equal(comparison.lines.list[LINE_FORK_2].entries[1].verdict, VERDICT_SLOWER);
	assert_near(comparison.lines.list[LINE_FORK_2].entries[1].ratio.estimate, 0.5);
	compare_exit(&comparison);
	made_up_end(&runs[0]);
	made_up_end(&runs[1]);
}

static void means_by_hand(void **state)
{
	struct made_up_run runs[2];
	struct comparison comparison;
	const struct compare_mean *means;

	(void)state;
	write_run(&runs[0], NULL, 10, tens);
	write_run(&runs[1], NULL, 10, twice_tens);
	assert_int_equal(load(&comparison, runs, 2, &plain), 0);
	means = comparison.runs[1].means;
	assert_int_equal(comparison.runs[1].mean_count, 2);
	assert_string_equal(means[0].row->experiment, "create");
	assert_int_equal(means[0].lines, 2);
	assert_int_equal(means[0].all, 3);
	assert_near(means[0].ratio.estimate, 2);
	/* errors in common: no narrower than the ratios */
	assert_near(means[0].ratio.low, ratio_of_rank(24));
	assert_string_equal(means[1].row->experiment, "scaling");
	assert_near(means[1].ratio.estimate, 0.5);
	compare_exit(&comparison);
	made_up_end(&runs[0]);
	made_up_end(&runs[1]);
}

static void lines_without_values(void **state)
{
	struct made_up_run runs[2];
	struct comparison comparison;
	const struct compare_entry *entry;
	char text[COMPARE_TEXT_BYTES];

	(void)state;
	write_run(&runs[0], NULL, 10, tens);
	write_run(&runs[1], NULL, 10, twice_tens);
	assert_int_equal(load(&comparison, runs, 2, &plain), 0);
	entry = &comparison.lines.list[LINE_SPAWN].entries[1];
	assert_true(isnan(entry->ratio.estimate) && isnan(entry->p_value));
	assert_int_equal(entry->verdict, VERDICT_INCONCLUSIVE);
	assert_string_equal(compare_verdict_text(entry, text), "failed");
	assert_int_equal(comparison.runs[1].unjudged, 1);
	compare_exit(&comparison);
	made_up_end(&runs[0]);
	made_up_end(&runs[1]);
}

static uint64_t slower_fork(unsigned cell, unsigned block)
{
	return cell == MADE_UP_FORK || cell == MADE_UP_FORK_2 ? 2 * tens(cell, block) : tens(cell, block);
}

/* 1 over 1 on the one, 2 over 1 on the other. Values of machines that differ by any factor come to the same. */
static void machines_by_hand(void **state)
{
	struct made_up_run runs[2];
	struct comparison comparison;
	const struct compare_line *line;

	(void)state;
	write_run(&runs[0], "left", 10, twice_tens);
	write_run(&runs[1], "right", 10, slower_fork);
	assert_int_equal(load(&comparison, runs, 2, &plain), 0);
	assert_int_equal(comparison.mode, COMPARE_MACHINES);
	assert_int_equal(comparison.lines.count, 5); /* fork, spawn, fork 2; two speed-ups */
	line = &comparison.lines.list[0];
	assert_int_equal(line->quantity, COMPARE_RATIO);
	assert_string_equal(line->row->baseline, "create/spin/thread/1/none");
	assert_near(line->entries[0].value.estimate, 1);
	assert_near(line->entries[1].value.estimate, 2);
	assert_near(line->entries[1].ratio.estimate, 2);
	assert_near(line->entries[1].ratio.low, 2);
	assert_int_equal(line->entries[1].verdict, VERDICT_SLOWER);
	line = &comparison.lines.list[3];
	assert_int_equal(line->quantity, COMPARE_RATIO);
	assert_near(line->entries[1].value.estimate, 0.5); /* operations per second */
	assert_int_equal(line->entries[1].verdict, VERDICT_SLOWER);
	line = &comparison.lines.list[4];
	assert_int_equal(line->quantity, COMPARE_SPEEDUP);
	assert_near(line->entries[0].value.estimate, 1);
	assert_near(line->entries[1].value.estimate, 0.5);
	assert_int_equal(line->entries[1].verdict, VERDICT_SLOWER);
	assert_int_equal(comparison.runs[1].mean_count, 0);
	compare_exit(&comparison);
	made_up_end(&runs[0]);
	made_up_end(&runs[1]);
}

static void regressions_by_hand(void **state)
{
	struct compare_options options = {.margin = 0.3, .fail_on = 0.5};
	struct made_up_run runs[2];
	struct comparison comparison;

	(void)state;
	write_run(&runs[0], NULL, 10, tens);
	write_run(&runs[1], NULL, 10, slower_fork);
	assert_int_equal(load(&comparison, runs, 2, &options), 0);
	assert_near(comparison.runs[1].margin, 0.3);
	assert_near(comparison.runs[1].limit, 0.5);
	assert_int_equal(compare_regressions(&comparison), 2);
	assert_true(comparison.lines.list[LINE_FORK].entries[1].regression);
	assert_true(comparison.lines.list[LINE_FORK_2].entries[1].regression);
	compare_exit(&comparison);
	options.fail_on = 0.99; /* the intervals reach below 1.99 */
	assert_int_equal(load(&comparison, runs, 2, &options), 0);
	assert_int_equal(compare_regressions(&comparison), 0);
	compare_exit(&comparison);
	made_up_end(&runs[0]);
	made_up_end(&runs[1]);
}

/* Noise of a few per cent about the same value, and how many blocks would do. */
static uint64_t wide(unsigned cell, unsigned block)
{
	return 1000 + 40 * ((uint64_t)block * 7 % 10);
}

static void blocks_needed_by_hand(void **state)
{
	struct made_up_run runs[2];
	struct comparison comparison;
	const struct compare_entry *entry;
	double half, wanted = log(1.02);

	(void)state;
	write_run(&runs[0], NULL, 10, wide);
	write_run(&runs[1], NULL, 10, wide);
	assert_int_equal(load(&comparison, runs, 2, &plain), 0);
	entry = &comparison.lines.list[LINE_FORK].entries[1];
	assert_near(entry->ratio.estimate, 1);
	half = log(entry->ratio.high / entry->ratio.low) / 2;
	assert_int_equal(entry->verdict, VERDICT_INCONCLUSIVE);
	assert_int_equal(entry->blocks_needed, (size_t)ceil(10 * half * half / (wanted * wanted)));
	compare_exit(&comparison);
	made_up_end(&runs[0]);
	made_up_end(&runs[1]);
}

/* A … Z, AA, AB, …: as many as there are folders. */
static void labels(void **state)
{
	enum { RUNS = 54 };
	struct made_up_run run, runs[RUNS];
	struct comparison comparison;

	(void)state;
	write_run(&run, NULL, 10, tens);
	for (unsigned i = 0; i < RUNS; i++)
		runs[i] = run;
	assert_int_equal(load(&comparison, runs, RUNS, &plain), 0);
	assert_string_equal(comparison.runs[0].label, "A");
	assert_string_equal(comparison.runs[25].label, "Z");
	assert_string_equal(comparison.runs[26].label, "AA");
	assert_string_equal(comparison.runs[51].label, "AZ");
	assert_string_equal(comparison.runs[52].label, "BA");
	for (unsigned i = 1; i < RUNS; i++)
		assert_near(comparison.lines.list[LINE_FORK].entries[i].ratio.estimate, 1);
	compare_exit(&comparison);
	made_up_end(&run);
}

/* The block values outlive the samples, and pairs are made by the number of the block. */
static uint64_t gaps(unsigned cell, unsigned block)
{
	return (cell == MADE_UP_FORK && block % 2) || (cell == MADE_UP_THREAD && block % 3 == 0) ? 0 : 100 + block;
}

static void block_values_stay(void **state)
{
	struct made_up_run run;
	struct summary summary;
	const struct series *thread, *fork;
	double x[12], y[12];

	(void)state;
	write_run(&run, NULL, 12, gaps);
	assert_int_equal(summary_load(&summary, run.path, reason), 0);
	thread = summary_series(&summary, 0);
	fork = summary_series(&summary, 2);
	assert_int_equal(thread->count, 8);
	assert_int_equal(fork->count, 6);
	assert_null(fork->records);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(fork->blocks[i], 2 * i);
		assert_near(fork->values[i], 100 + 2 * i);
	}
	assert_int_equal(series_pair(thread, fork, x, y), 4);
	for (unsigned i = 0; i < 4; i++)
		assert_near(x[i], y[i]);
	assert_near(x[0], 102);
	assert_near(x[3], 110);
	summary_exit(&summary);
	made_up_end(&run);
}

static void refuses(void **state)
{
	struct made_up_run runs[1];
	struct comparison comparison;
	const char *folder = "";
	char *folders[] = {runs[0].path, (char *)"/nowhere"};

	(void)state;
	write_run(&runs[0], NULL, 10, made_up_usual);
	assert_int_equal(compare_load(&comparison, folders, 2, &plain, &folder, reason), -ENOENT);
	assert_string_equal(folder, "/nowhere");
	folders[1] = folders[0];
	folders[0] = (char *)"/nowhere";
	assert_int_equal(compare_load(&comparison, folders, 2, &plain, &folder, reason), -ENOENT);
	assert_string_equal(folder, "/nowhere");
	made_up_end(&runs[0]);
}

static char *print(const struct comparison *comparison, int (*printer)(const struct comparison *, FILE *))
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	assert_int_equal(printer(comparison, stream), 0);
	fclose(stream);
	return text;
}

static void prints(void **state)
{
	struct compare_options options = {.margin = NAN, .fail_on = 0.5};
	struct made_up_run runs[2];
	struct comparison comparison;
	char *text;
	json_t *json;

	(void)state;
	write_run(&runs[0], NULL, 10, tens);
	write_run(&runs[1], NULL, 10, slower_fork);
	assert_int_equal(load(&comparison, runs, 2, &options), 0);
	text = print(&comparison, compare_print);
	assert_non_null(strstr(text, "\nWorse      create/spin/fork/1/none, reaped: B/A 2.00x ["));
	assert_non_null(strstr(text, "\ncreate - What does a worker cost?\n"));
	free(text);
	text = print(&comparison, compare_print_markdown);
	assert_non_null(strstr(text, "\n| fork | 1 | 1.04 µs [1.0"));
	free(text);
	text = print(&comparison, compare_print_json);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_array_size(json_object_get(json, "rows")), LINES);
	assert_int_equal(json_integer_value(json_object_get(json, "regressions")), 2);
	json_decref(json);
	free(text);
	compare_exit(&comparison);
	made_up_end(&runs[0]);
	made_up_end(&runs[1]);
}

static void assert_markdown(const char *text, const char *wanted)
{
	char *written = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&written, &length);

	assert_int_equal(markdown_text(stream, text), 0);
	fclose(stream);
	assert_string_equal(written, wanted);
	free(written);
}

static void strangers_in_markdown(void **state)
{
	(void)state;
	assert_markdown("fork", "fork");
	assert_markdown("", "");
	assert_markdown("inconclusive, needs 12 blocks", "inconclusive, needs 12 blocks");
	assert_markdown("[0.98, 1.02]", "[0.98, 1.02]");
	assert_markdown("1.00× [0.98, 1.02]", "1.00× [0.98, 1.02]");
	assert_markdown("a_b", "`a_b`");
	assert_markdown("@all", "`@all`");
	assert_markdown("- x", "`- x`");
	assert_markdown("[x]", "`[x]`");
	assert_markdown("1. x", "`1. x`");
	assert_markdown("www.x", "`www.x`");
	assert_markdown("http://x", "`http://x`");
	assert_markdown("a|b`c\\d\n", "`a?b?c?d?`");
	assert_markdown("<b>", "`<b>`");
}

static void facts_are_cut(void **state)
{
	char text[COMPARE_TEXT_BYTES], longer[400];
	json_t *value;

	(void)state;
	assert_string_equal(compare_fact(NULL, text), "not there");
	value = json_null();
	assert_string_equal(compare_fact(value, text), "unknown");
	value = json_integer(2);
	assert_string_equal(compare_fact(value, text), "2");
	json_decref(value);
	value = json_pack("{s:[i]}", "a", 1);
	assert_string_equal(compare_fact(value, text), "{\"a\":[1]}");
	json_decref(value);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	value = json_string(longer);
	assert_int_equal(strlen(compare_fact(value, text)), COMPARE_TEXT_BYTES - 1);
	assert_string_equal(text + COMPARE_TEXT_BYTES - 5, "x...");
	json_decref(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ratio_by_hand),
		cmocka_unit_test(means_by_hand),
		cmocka_unit_test(lines_without_values),
		cmocka_unit_test(machines_by_hand),
		cmocka_unit_test(regressions_by_hand),
		cmocka_unit_test(blocks_needed_by_hand),
		cmocka_unit_test(labels),
		cmocka_unit_test(block_values_stay),
		cmocka_unit_test(refuses),
		cmocka_unit_test(prints),
		cmocka_unit_test(strangers_in_markdown),
		cmocka_unit_test(facts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
