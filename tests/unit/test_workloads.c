/* SPDX-License-Identifier: MIT */
/* Workloads: parameters that make sense, results that do not depend on who does what, and checks that do check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "teams.h"
#include "tvp/task.h"

static void test_descriptors(void **state)
{
	for (const struct workload *const *entry = workload_table; *entry; entry++) {
		const struct workload *workload = *entry;
		size_t count = 0;

		assert_ptr_equal(workload_find(workload->name), workload);
		assert_true(strlen(workload->name) < WORKLOAD_NAME_BYTES);
		assert_true(strlen(workload->summary) > 0);
		if (workload->missing)
			continue;
		assert_non_null(workload->run);
		assert_non_null(workload->verify);
		for (const struct parameter *p = workload->parameters; p && p->name; p++) {
			assert_true(p->min <= p->initial && p->initial <= p->max);
			assert_true(p->min < p->max);
			assert_true(p->unit && p->summary && *p->summary);
			/* It is written as name=value;… in one CSV field. */
			assert_null(strpbrk(p->name, "=;,\" \n"));
			for (const struct parameter *other = workload->parameters; other != p; other++)
				assert_string_not_equal(other->name, p->name);
			count++;
		}
		assert_true(count <= WORKLOAD_PARAMETERS_MAX);
		if (entry != workload_table)
			assert_true(strcmp(entry[-1]->name, workload->name) < 0);
	}
	assert_null(workload_find("no-such-workload"));
	assert_null(workload_find(""));
}

/* A team of the calling thread alone, started. */
static void start(struct team *team, const char *workload, const uint64_t *parameters, const char *directory)
{
	uint64_t unused[WORKLOAD_PARAMETERS_MAX];
	struct team_options options = teams_options(executor_find("serial"), workload_find(workload), 1, unused);

	options.parameters = parameters;
	options.directory = directory;
	if (team_init(team, &options) || team_start(team))
		fail_msg("%s: %s", workload, team->reason);
}

/* The result of a batch that team_run has found right. */
static uint64_t run(struct team *team, uint64_t ops)
{
	struct team_batch batch;

	if (team_run(team, ops, &batch))
		fail_msg("%s, %llu operations: %s", team->workload->name, (unsigned long long)ops, team->reason);
	return team_slot(team, 0)->result;
}

static int verify(struct team *team, uint64_t ops, uint64_t result)
{
	char reason[REASON_BYTES] = "";
	int error = team->workload->verify(&team->shared->job, &team->arena, ops, result, reason);

	assert_true(error <= 0);
	/* Who refuses says why. */
	assert_true((error == 0) == (*reason == '\0'));
	return error;
}

static void check_verify(struct team *team, uint64_t ops)
{
	uint64_t result = run(team, ops);
	const uint64_t wrong[] = {result + 1, result - 1, ~result, result ^ UINT64_C(1) << 63, result + (1 << 16)};

	assert_int_equal(verify(team, ops, result), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (verify(team, ops, wrong[i]) == 0)
			fail_msg("%s: %llx passes for %llx", team->workload->name, (unsigned long long)wrong[i],
				 (unsigned long long)result);
	assert_int_not_equal(verify(team, ops + 1, result), 0);
	if (ops > 1)
		assert_int_not_equal(verify(team, ops - 1, result), 0);
}

static void test_verify_knows_right_from_wrong(void **state)
{
	for (const struct workload *const *workload = workload_table; *workload; workload++) {
		uint64_t parameters[WORKLOAD_PARAMETERS_MAX];
		struct team team;

		if ((*workload)->missing)
			continue;
		teams_parameters(*workload, parameters);
		start(&team, (*workload)->name, parameters, scratch);
		for (uint64_t ops = 1; ops < 100; ops = ops * 2 + 1)
			check_verify(&team, ops);
		assert_int_equal(verify(&team, 0, 0), 0);
		team_exit(&team);
	}
}

/* One worker's whole life by hand, over pieces of [0, ops) in any order. */
static uint64_t run_pieces(struct team *team, const uint64_t *ends, size_t pieces, bool backwards)
{
	char reason[REASON_BYTES] = "";
	struct worker worker = {.arena = &team->arena, .job = &team->shared->job, .reason = reason, .in_flight = 1};
	const struct workload *workload = team->workload;

	if (workload->worker_init)
		assert_int_equal(workload->worker_init(&worker), 0);
	for (size_t i = 0; i < pieces; i++) {
		size_t piece = backwards ? pieces - 1 - i : i;
		uint64_t first = piece ? ends[piece - 1] : 0;

		assert_int_equal(workload->run(&worker, first, ends[piece] - first), 0);
	}
	if (workload->worker_exit)
		workload->worker_exit(&worker);
	assert_string_equal(reason, "");
	return worker.result;
}

static void test_any_split_gives_the_same_sum(void **state)
{
	enum { OPS = 60 };
	unsigned seed = 1;

	for (const struct workload *const *workload = workload_table; *workload; workload++) {
		uint64_t parameters[WORKLOAD_PARAMETERS_MAX], whole, ends[OPS];
		struct team team;

		if ((*workload)->missing)
			continue;
		teams_parameters(*workload, parameters);
		start(&team, (*workload)->name, parameters, scratch);
		whole = run(&team, OPS);
		for (int round = 0; round < 10; round++) {
			size_t pieces = 0;

			for (uint64_t end = 1; end < OPS; end++)
				if (rand_r(&seed) % (1 + round) == 0)
					ends[pieces++] = end;
			ends[pieces++] = OPS;
			assert_int_equal(run_pieces(&team, ends, pieces, round % 2), whole);
		}
		team_exit(&team);
	}
}

/* Each workload once at each parameter's lowest value; the largest that are affordable are elsewhere. */
static void test_lowest_parameters(void **state)
{
	for (const struct workload *const *workload = workload_table; *workload; workload++) {
		uint64_t lowest[WORKLOAD_PARAMETERS_MAX] = {0};
		struct team team;

		if ((*workload)->missing)
			continue;
		for (size_t i = 0; (*workload)->parameters && (*workload)->parameters[i].name; i++)
			lowest[i] = (*workload)->parameters[i].min;
		start(&team, (*workload)->name, lowest, scratch);
		check_verify(&team, 1);
		check_verify(&team, 20);
		team_exit(&team);
	}
}

static void check_large(const char *workload, uint64_t first, uint64_t second, uint64_t ops)
{
	const uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {first, second};
	struct team team;

	start(&team, workload, parameters, scratch);
	check_verify(&team, ops);
	team_exit(&team);
}

static void test_large_parameters(void **state)
{
	check_large("spin", 200000000, 0, 1);
	check_large("sleep", 30000, 0, 2);
	/* One segment longer than the whole range, and the longest block in a file of just that. */
	check_large("primes", 1000003, 100000000, 3);
	check_large("file-read", 65536, 65536, 3);
	check_large("file-read", 8195, 4097, 5);
	check_large("busy", 50000000, 2, 3);
	check_large("checksum", 3000001, 0, 10);
}

/* pi(n): primes below n, as published (OEIS A006880); n itself is never a prime here. */
static void test_primes_are_those_that_are_known(void **state)
{
	static const struct {
		uint64_t limit, primes;
	} known[] = {{1000, 168}, {10000, 1229}, {100000, 9592}, {1000000, 78498}, {10000000, 664579}};
	static const uint64_t segments[] = {1000, 1001, 65536, 999983, 1000000, 2500000};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		for (size_t j = 0; j < sizeof(segments) / sizeof(*segments); j++) {
			const uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {known[i].limit, segments[j]};
			uint64_t whole = (known[i].limit + segments[j] - 1) / segments[j];
			struct team team;

			start(&team, "primes", parameters, NULL);
			assert_int_equal(run(&team, whole), known[i].primes);
			if (known[i].limit <= 100000)
				assert_int_equal(run(&team, 3 * whole), 3 * known[i].primes);
			team_exit(&team);
		}
}

/* Limits around squares of primes, where a sieve that stops one too soon shows; counted by trial division. */
static void test_primes_at_awkward_limits(void **state)
{
	static const uint64_t limits[] = {1000, 1009, 1010, 1369, 1370, 1681, 1682, 2209, 2210, 3481, 3482, 5041, 5042};

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		for (uint64_t segment = 1000; segment < 1500; segment += 331) {
			const uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {limits[i], segment};
			uint64_t expected = 0;
			struct team team;

			for (uint64_t n = 2; n < limits[i]; n++) {
				uint64_t divisor = 2;

				while (divisor * divisor <= n && n % divisor)
					divisor++;
				expected += divisor * divisor > n;
			}
			start(&team, "primes", parameters, NULL);
			assert_int_equal(run(&team, (limits[i] + segment - 1) / segment), expected);
			team_exit(&team);
		}
}

static void test_spin_gets_longer(void **state)
{
	const struct workload *spin = workload_find("spin");
	uint64_t turns_per_ms = spin->calibrate();

	/* Between a CPU of 1 MHz and one that does fifty turns a ns. */
	assert_in_range(turns_per_ms, 100, 50000000);
	for (size_t i = 0; workload_table[i]; i++)
		if (workload_table[i]->calibrate)
			assert_true(workload_table[i]->calibrate() > 0);
}

/* A job without an arena, as farms have it; a turn of busy lasts a nanosecond. */
static void task_job(struct job *job, const struct workload *workload)
{
	*job = (struct job){.constant = 1000000};
	teams_parameters(workload, job->parameters);
}

/* Inputs and outputs of `count` tasks of a workload. */
struct tasks {
	struct job job;
	size_t count, input_bytes, output_bytes;
	unsigned char *inputs, *outputs;
};

static void tasks_init(struct tasks *tasks, const struct workload *workload, size_t count)
{
	const struct tvp_task *task = workload->task;

	task_job(&tasks->job, workload);
	tasks->count = count;
	tasks->input_bytes = task->input_bytes;
	tasks->output_bytes = task->output_bytes;
	if (workload->task_bytes)
		workload->task_bytes(&tasks->job, &tasks->input_bytes, &tasks->output_bytes);
	assert_true(tasks->input_bytes != SIZE_MAX && tasks->output_bytes != SIZE_MAX && tasks->output_bytes > 0);
	tasks->inputs = malloc(count * tasks->input_bytes + 1);
	tasks->outputs = malloc(count * tasks->output_bytes);
	for (size_t i = 0; i < count; i++)
		workload->task_input(&tasks->job, i, count, tasks->inputs + i * tasks->input_bytes);
	memset(tasks->outputs, 0xa5, count * tasks->output_bytes);
}

static void tasks_exit(struct tasks *tasks)
{
	free(tasks->inputs);
	free(tasks->outputs);
}

static void tasks_run(const struct tasks *tasks, const struct tvp_task *task, size_t first, size_t count)
{
	struct tvp_worker worker = {0};
	uint64_t at = 0;
	int error = 0;
	const struct tvp_range range = {
		.worker = &worker,
		.inputs = tasks->inputs,
		.outputs = tasks->outputs,
		.input_bytes = tasks->input_bytes,
		.output_bytes = tasks->output_bytes,
		.first = first,
		.count = count,
		._at = &at,
		._error = &error,
	};

	if (task->run_range)
		task->run_range(&range);
	for (size_t i = first; !task->run_range && i < first + count; i++)
		error = task->run(&worker, tasks->inputs + i * tasks->input_bytes, tasks->input_bytes,
				  tasks->outputs + i * tasks->output_bytes, tasks->output_bytes);
	assert_int_equal(error, 0);
}

static bool task_is_right(const struct tasks *tasks, const struct workload *workload, size_t i, const void *output)
{
	return workload->task_verify(&tasks->job, tasks->inputs + i * tasks->input_bytes, output);
}

static void check_task_outputs(const struct tasks *tasks, const struct workload *workload, size_t i)
{
	unsigned char *output = tasks->outputs + i * tasks->output_bytes;

	assert_true(task_is_right(tasks, workload, i, output));
	for (size_t byte = 0; byte < tasks->output_bytes; byte++)
		for (unsigned bit = 0; bit < 8; bit++) {
			output[byte] ^= (unsigned char)(1u << bit);
			if (task_is_right(tasks, workload, i, output))
				fail_msg("%s: bit %u of byte %zu does not count", workload->name, bit, byte);
			output[byte] ^= (unsigned char)(1u << bit);
		}
}

static void test_tasks_are_checked(void **state)
{
	enum { COUNT = 9 };
	unsigned found = 0;

	for (const struct workload *const *entry = workload_table; *entry; entry++) {
		const struct workload *workload = *entry;
		struct tasks tasks, again;

		if (!workload->task)
			continue;
		found++;
		assert_string_equal(workload->task->name, workload->name);
		assert_true(workload->task->run || workload->task->run_range);
		tasks_init(&tasks, workload, COUNT);
		tasks_init(&again, workload, COUNT);
		assert_memory_equal(tasks.inputs, again.inputs, COUNT * tasks.input_bytes);
		for (size_t i = 0; i < COUNT; i++)
			assert_false(task_is_right(&tasks, workload, i, tasks.outputs + i * tasks.output_bytes));
		/* In pieces, of which the last task is not one. */
		tasks_run(&tasks, workload->task, 0, 3);
		tasks_run(&tasks, workload->task, 3, COUNT - 4);
		for (size_t i = 0; i < COUNT - 1; i++)
			check_task_outputs(&tasks, workload, i);
		assert_false(
			task_is_right(&tasks, workload, COUNT - 1, tasks.outputs + (COUNT - 1) * tasks.output_bytes));
		tasks_exit(&again);
		tasks_exit(&tasks);
	}
	assert_true(found >= 3);
}

static const char *const spread_names[] = {"even", "lognormal", "giant"};

/* The turns of `count` tasks of 1000 ns, one a ns. */
static void busy_lengths(unsigned spread, uint64_t *turns, size_t count)
{
	const struct workload *busy = workload_find("busy");
	struct job job;

	task_job(&job, busy);
	assert_string_equal(busy->parameters[0].name, "length_ns");
	assert_string_equal(busy->parameters[1].names[spread], spread_names[spread]);
	job.parameters[0] = 1000;
	job.parameters[1] = spread;
	for (size_t i = 0; i < count; i++)
		busy->task_input(&job, i, count, &turns[i]);
}

static int compare_turns(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double normal(double z)
{
	return erfc(-z / sqrt(2)) / 2;
}

/* The z below which a part p of the standard normal distribution lies. */
static double normal_quantile(double p)
{
	double low = -10, high = 10;

	for (int i = 0; i < 100; i++)
		*(normal((low + high) / 2) < p ? &low : &high) = (low + high) / 2;
	return low;
}

static void test_busy_spreads(void **state)
{
	enum { COUNT = 4096, LEVELS = 64 };
	static uint64_t turns[COUNT];
	uint64_t sum = 0;
	size_t level = 0;

	busy_lengths(0, turns, COUNT);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(turns[i], 1000);
	busy_lengths(2, turns, COUNT);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(turns[i], i == COUNT / 2 ? 1000 * (COUNT - 1) / 4 : 1000);
	busy_lengths(1, turns, COUNT);
	for (size_t i = 0; i < COUNT; i++)
		sum += turns[i];
	assert_in_range(sum / COUNT, 950, 1050);
	/* Each level is the mean of one of 64 equal parts of the distribution with sigma 1 and mean 1. */
	qsort(turns, COUNT, sizeof(*turns), compare_turns);
	for (size_t i = 0; i < COUNT; i++) {
		double low, high;

		if (i && turns[i] == turns[i - 1])
			continue;
		low = level ? normal(normal_quantile((double)level / LEVELS) - 1) : 0;
		high = level < LEVELS - 1 ? normal(normal_quantile((double)(level + 1) / LEVELS) - 1) : 1;
		assert_true(fabs((double)turns[i] - 1000 * LEVELS * (high - low)) < 1.5);
		level++;
	}
	assert_int_equal(level, LEVELS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_verify_knows_right_from_wrong),
		cmocka_unit_test(test_any_split_gives_the_same_sum),
		cmocka_unit_test(test_lowest_parameters),
		cmocka_unit_test(test_large_parameters),
		cmocka_unit_test(test_primes_are_those_that_are_known),
		cmocka_unit_test(test_primes_at_awkward_limits),
		cmocka_unit_test(test_spin_gets_longer),
		cmocka_unit_test(test_tasks_are_checked),
		cmocka_unit_test(test_busy_spreads),
	};

	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
