/* SPDX-License-Identifier: MIT */
/* Google Benchmark behind its C interface: it runs what it is told, adds up what it is given, and passes errors on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "gbench/gbench.h"
#include "scratch.h"

/* A benchmark of this test; its times are made up, exact in binary. */
struct script {
	uint64_t ops; /* a batch */
	const char *open_error;
	const char *batch_error;
	unsigned fail_at; /* the batch that fails, if batch_error is set */
	unsigned opened, batches, closed;
};
#define BATCH_SECONDS 0.25

static const char *script_open(void *context, uint64_t *ops)
{
	struct script *script = context;

	script->opened++;
	*ops = script->ops;
	return script->open_error;
}

static const char *script_batch(void *context, double *seconds)
{
	struct script *script = context;

	if (script->batch_error && script->batches == script->fail_at)
		return script->batch_error;
	script->batches++;
	*seconds = BATCH_SECONDS;
	return NULL;
}

static void script_close(void *context, struct gbench_state *state)
{
	struct script *script = context;

	script->closed++;
	gbench_counter(state, "plain", 6, GBENCH_COUNTER_PLAIN);
	gbench_counter(state, "each", 6, GBENCH_COUNTER_PER_ITERATION);
	gbench_counter(state, "rate", 6, GBENCH_COUNTER_RATE);
}

static void script_register(struct script *script, const char *name, uint64_t iterations)
{
	const struct gbench_case benchmark = {
		.name = name,
		.iterations = iterations,
		.context = script,
		.open = script_open,
		.batch = script_batch,
		.close = script_close,
	};

	child_check(gbench_register(&benchmark) == 0);
}

/* What was reported, in order. Benchmarks stay registered, so each test registers its own in a child. */
struct results {
	unsigned count;
	struct {
		char name[64];
		uint64_t iterations;
		double seconds;
		char error[64];
	} list[8];
};

static void collect(void *context, const struct gbench_result *result)
{
	struct results *results = context;

	child_check(results->count < 8);
	snprintf(results->list[results->count].name, 64, "%s", result->name);
	snprintf(results->list[results->count].error, 64, "%s", result->error ? result->error : "");
	results->list[results->count].iterations = result->iterations;
	results->list[results->count].seconds = result->seconds;
	results->count++;
}

static void runs_exactly(void *context)
{
	static const struct {
		uint64_t ops;
		unsigned batches;
	} shapes[] = {{1, 1}, {1, 1000}, {7, 3}, {1000000007, 5}, {UINT64_C(1) << 40, 4}};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		struct script *script = calloc(1, sizeof(*script));
		struct results results = {0};
		char name[32];

		child_check(script != NULL);
		script->ops = shapes[i].ops;
		snprintf(name, sizeof(name), "shape-%zu", i);
		script_register(script, name, script->ops * shapes[i].batches);
		child_check(gbench_run(collect, &results) == (int)i + 1);
		child_check(results.count == i + 1);
		child_check(script->opened == 1 && script->closed == 1);
		child_check(script->batches == shapes[i].batches);
		child_check(results.list[i].iterations == script->ops * shapes[i].batches);
		/* Exact: what was given, added up; not what the wall clock says. */
		child_check(results.list[i].seconds == BATCH_SECONDS * shapes[i].batches);
		child_check(strncmp(results.list[i].name, name, strlen(name)) == 0);
		child_check(results.list[i].error[0] == '\0');
	}
}

static void test_fixed_iterations(void **state)
{
	assert_child(runs_exactly, NULL);
}

static void open_fails(void *context)
{
	struct script script = {.ops = 1, .open_error = "no such thing here"};
	struct results results = {0};

	script_register(&script, "open", 10);
	gbench_run(collect, &results);
	child_check(results.count == 1);
	child_check(strcmp(results.list[0].error, "no such thing here") == 0);
	child_check(script.opened == 1 && script.batches == 0 && script.closed == 0);
}

static void test_an_error_in_open(void **state)
{
	assert_child(open_fails, NULL);
}

static void batch_fails(void *context)
{
	const unsigned *fail_at = context;
	struct script script = {.ops = 5, .batch_error = "a worker was lost", .fail_at = *fail_at};
	struct results results = {0};

	script_register(&script, "batch", 50);
	gbench_run(collect, &results);
	child_check(results.count == 1);
	child_check(strcmp(results.list[0].error, "a worker was lost") == 0);
	child_check(script.batches == *fail_at);
	child_check(script.closed == 1);
}

static void test_an_error_in_a_batch(void **state)
{
	for (unsigned fail_at = 0; fail_at < 10; fail_at += 3)
		assert_child(batch_fails, &fail_at);
}

static void two_run(void *context)
{
	struct script good = {.ops = 2}, bad = {.ops = 3, .open_error = "not this one"};
	struct results results = {0};
	char name[] = "first";

	script_register(&good, name, 4);
	memset(name, 'x', sizeof(name) - 1); /* it was copied */
	script_register(&bad, "second", 9);
	child_check(gbench_run(collect, &results) == 2);
	child_check(results.count == 2);
	child_check(strncmp(results.list[0].name, "first", 5) == 0);
	child_check(strncmp(results.list[1].name, "second", 6) == 0);
	child_check(results.list[0].iterations == 4 && results.list[0].error[0] == '\0');
	child_check(strcmp(results.list[1].error, "not this one") == 0);
	/* And again: both are still there. */
	results.count = 0;
	child_check(gbench_run(collect, &results) == 2);
	child_check(results.count == 2 && good.opened == 2 && bad.opened == 2);
}

static void test_two_benchmarks(void **state)
{
	assert_child(two_run, NULL);
}

static void chooses_itself(void *context)
{
	struct script script = {.ops = 3};
	struct results results = {0};

	script_register(&script, "free", 0);
	gbench_run(collect, &results);
	child_check(results.count == 1);
	child_check(results.list[0].iterations > 0 && results.list[0].iterations % 3 == 0);
	child_check(script.opened == script.closed);
}

static void test_free_iterations(void **state)
{
	assert_child(chooses_itself, NULL);
}

/* As an ordinary program, with its own reporter into a file. */
static void reports_as_json(void *context)
{
	static char out[PATH_MAX + 32], program[] = "test", format[] = "--benchmark_out_format=json";
	static char filter[] = "--benchmark_filter=kept";
	char *arguments[] = {program, out, format, filter, NULL};
	struct script script = {.ops = 4}, other = {.ops = 1};
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	child_check(null >= 0 && dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0);
	snprintf(out, sizeof(out), "--benchmark_out=%s/gbench.json", scratch);
	gbench_context("tvp_note", "for the reader");
	script_register(&script, "kept", 12);
	script_register(&other, "left-out", 1);
	child_check(gbench_main(4, arguments) == 0);
	child_check(script.batches == 3 && other.opened == 0);
}

static double number_of(const json_t *benchmark, const char *name)
{
	const json_t *value = json_object_get(benchmark, name);

	if (!json_is_number(value))
		fail_msg("no %s", name);
	return json_number_value(value);
}

static void test_counters_and_context(void **state)
{
	char path[PATH_MAX + 32];
	const json_t *list, *benchmark;
	json_t *root;

	assert_child(reports_as_json, NULL);
	snprintf(path, sizeof(path), "%s/gbench.json", scratch);
	root = json_load_file(path, 0, NULL);
	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(json_object_get(root, "context"), "tvp_note")),
			    "for the reader");
	list = json_object_get(root, "benchmarks");
	assert_int_equal(json_array_size(list), 1);
	benchmark = json_array_get(list, 0);
	assert_true(number_of(benchmark, "iterations") == 12);
	assert_true(number_of(benchmark, "plain") == 6);
	assert_true(number_of(benchmark, "each") == 6.0 / 12);
	assert_true(fabs(number_of(benchmark, "rate") - 6 / (3 * BATCH_SECONDS)) < 1e-9);
	/* Time of one iteration, in ns. */
	assert_true(fabs(number_of(benchmark, "real_time") - 3 * BATCH_SECONDS / 12 * 1e9) < 1);
	json_decref(root);
}

static void wrong_flag(void *context)
{
	static char program[] = "test", flag[] = "--no-such-flag";
	char *arguments[] = {program, flag, NULL};

	child_check(gbench_main(2, arguments) == 2);
}

static void test_flags_that_do_not_exist(void **state)
{
	assert_child(wrong_flag, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed_iterations),        cmocka_unit_test(test_an_error_in_open),
		cmocka_unit_test(test_an_error_in_a_batch),     cmocka_unit_test(test_two_benchmarks),
		cmocka_unit_test(test_free_iterations),         cmocka_unit_test(test_counters_and_context),
		cmocka_unit_test(test_flags_that_do_not_exist),
	};

	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
