/* SPDX-License-Identifier: MIT */
/* Workloads over libraries: known answers, awkward sizes, damaged data, and workers of all kinds after their owner used it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/mix.h"
#include "teams.h"

static const char *const names[] = {"compress", "image", "sha256"};

enum { WORKLOADS = sizeof(names) / sizeof(*names) };

/* NULL: it was built without its library. */
static const struct workload *find(const char *name)
{
	const struct workload *workload = workload_find(name);

	assert_non_null(workload);
	if (workload->missing) {
		print_message("%s: this build lacks %s\n", name, workload->missing);
		return NULL;
	}
	return workload;
}

static const struct workload *find_or_skip(const char *name)
{
	const struct workload *workload = find(name);

	if (!workload)
		skip();
	return workload;
}

static void start(struct team *team, const struct workload *workload, const char *executor, unsigned workers,
		  const uint64_t *parameters)
{
	static uint64_t initial[WORKLOAD_PARAMETERS_MAX];
	struct team_options options = teams_options(executor_find(executor), workload, workers, initial);

	if (parameters)
		options.parameters = parameters;
	if (team_init(team, &options) || team_start(team))
		fail_msg("%s by %s: %s", workload->name, executor, team->reason);
}

/* The sum over the workers, which team_run has found right. */
static uint64_t run(struct team *team, uint64_t ops)
{
	struct team_batch batch;
	uint64_t sum = 0;

	if (team_run(team, ops, &batch))
		fail_msg("%s, %llu operations: %s", team->workload->name, (unsigned long long)ops, team->reason);
	for (unsigned rank = 0; rank < team->workers; rank++)
		sum += team_slot(team, rank)->result;
	return sum;
}

static void check_parameters(const struct workload *workload, uint64_t first, uint64_t second)
{
	const uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {first, second};
	struct team team;

	start(&team, workload, "serial", 1, parameters);
	run(&team, 9);
	/* What was promised to the plan is at least what is in the arena. */
	assert_true(workload->memory_bytes(parameters, 1) + 4096 > workload->arena_bytes(&team.shared->job));
	assert_true(workload->memory_bytes(parameters, 4) >= workload->memory_bytes(parameters, 1));
	team_exit(&team);
}

static void test_sha256_sizes(void **state)
{
	static const uint64_t kib[] = {1, 2, 3, 17, 255, 1024};
	const struct workload *workload = find_or_skip("sha256");

	for (size_t i = 0; i < sizeof(kib) / sizeof(*kib); i++)
		check_parameters(workload, kib[i], 0);
}

static void test_compress_levels_and_sizes(void **state)
{
	static const struct {
		uint64_t level, kib;
	} cases[] = {{1, 1}, {2, 3}, {3, 129}, {5, 300}, {9, 33}, {13, 5}, {19, 1}, {19, 70}};
	const struct workload *workload = find_or_skip("compress");

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_parameters(workload, cases[i].level, cases[i].kib);
}

/* Smaller than the kernel, around it, and around what the blur computes at once: 32 values of 3 a pixel. */
static void test_image_sizes(void **state)
{
	static const uint64_t sizes[] = {1, 2, 3, 4, 5, 6, 10, 11, 21, 22, 31, 32, 33, 64, 107};
	const struct workload *workload = find_or_skip("image");

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (uint64_t effort = 0; effort <= 1; effort++)
			check_parameters(workload, sizes[i], effort);
}

/* 1024 zeros, as sha256sum has them. */
static void test_sha256_is_sha256(void **state)
{
	static const unsigned char digest[] = {
		0x5f, 0x70, 0xbf, 0x18, 0xa0, 0x86, 0x00, 0x70, 0x16, 0xe9, 0x48, 0xb0, 0x4a, 0xed, 0x3b, 0x82,
		0x10, 0x3a, 0x36, 0xbe, 0xa4, 0x17, 0x55, 0xb6, 0xcd, 0xdf, 0xaf, 0x10, 0xac, 0xe3, 0xc6, 0xef,
	};
	const uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {1};
	const struct workload *workload = find_or_skip("sha256");
	struct team_batch batch;
	struct team team;
	uint64_t offset, expected = 0, word;

	start(&team, workload, "serial", 1, parameters);
	memcpy(&offset, arena_at(&team.arena, team.shared->job.data_offset), sizeof(offset));
	memset(arena_at(&team.arena, offset), 0, 1024);
	/* That is not the block which it was prepared for. */
	assert_int_equal(team_run(&team, 1, &batch), -EBADMSG);
	for (size_t at = 0; at < sizeof(digest); at += sizeof(word)) {
		memcpy(&word, digest + at, sizeof(word));
		expected = mix64(expected ^ word);
	}
	assert_true(team_slot(&team, 0)->result == expected);
	team_exit(&team);
}

/* The first word of what a workload prepares is where its first input begins. One bit of that input in the midst is turned
 * over: either the library refuses it, or the result is refused. */
static void check_damage(const struct workload *workload)
{
	struct team_batch batch;
	struct team team;
	uint64_t offset;
	char *input;
	int error;

	start(&team, workload, "serial", 1, NULL);
	run(&team, 5);
	memcpy(&offset, arena_at(&team.arena, team.shared->job.data_offset), sizeof(offset));
	input = arena_at(&team.arena, offset);
	input[201] ^= 1;
	error = team_run(&team, 5, &batch);
	assert_true(error == -EBADMSG || error == -EIO);
	assert_true(strlen(team.reason) > 10);
	team_exit(&team);
}

static void test_damaged_data_is_noticed(void **state)
{
	for (size_t i = 0; i < WORKLOADS; i++)
		if (find(names[i]))
			check_damage(find(names[i]));
}

/* A picture that is right in itself, but not the one that is expected. */
static void test_image_of_something_else(void **state)
{
	const struct workload *workload = find_or_skip("image");
	struct team_batch batch;
	struct team team;
	uint64_t words[4], swapped[4];

	start(&team, workload, "serial", 1, NULL);
	memcpy(words, arena_at(&team.arena, team.shared->job.data_offset), sizeof(words));
	for (size_t i = 0; i < 4; i++)
		swapped[i] = words[i ^ 1];
	memcpy(arena_at(&team.arena, team.shared->job.data_offset), swapped, sizeof(swapped));
	assert_int_equal(team_run(&team, 3, &batch), -EBADMSG);
	team_exit(&team);
}

/* The owner has used the library and has a worker's state open while it forks, and starts threads and programs. */
static void check_executors(const struct workload *workload)
{
	enum { OPS = 23 };
	struct team owner;
	uint64_t expected;

	start(&owner, workload, "serial", 1, NULL);
	expected = run(&owner, OPS);
	for (const struct executor *const *executor = executor_table; *executor; executor++) {
		bool serial = strcmp((*executor)->name, "serial") == 0;
		char reason[REASON_BYTES];
		struct team team;

		/* None of these waits, so an event loop is nothing for them. */
		if ((*executor)->concurrent || ((*executor)->probe && (*executor)->probe(reason)))
			continue;
		start(&team, workload, (*executor)->name, serial ? 1 : 3, NULL);
		for (int batch = 0; batch < 3; batch++)
			if (run(&team, OPS) != expected)
				fail_msg("%s by %s: another result", workload->name, (*executor)->name);
		assert_int_equal(team_stop(&team), 0);
		team_exit(&team);
		/* and the owner's is none the worse for it */
		assert_true(run(&owner, OPS) == expected);
	}
	team_exit(&owner);
}

static void test_workers_of_all_kinds(void **state)
{
	for (size_t i = 0; i < WORKLOADS; i++)
		if (find(names[i]))
			check_executors(find(names[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256_sizes),
		cmocka_unit_test(test_sha256_is_sha256),
		cmocka_unit_test(test_compress_levels_and_sizes),
		cmocka_unit_test(test_image_sizes),
		cmocka_unit_test(test_image_of_something_else),
		cmocka_unit_test(test_damaged_data_is_noticed),
		cmocka_unit_test(test_workers_of_all_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
