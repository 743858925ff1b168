/* SPDX-License-Identifier: MIT */
/* Every entry point of the pool under every executor, schedule, chunk and payload; results compared with a loop's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../pool/entries.h"
#include "pools.h"

enum { HANG_S = 250, WORKERS = 3, MANY = 1000, MAPS_IN_FLIGHT = 7 };

static const char *const schedules[] = {"auto", "dynamic", "guided", "static", "chunked"};
static const char *const payloads[] = {"auto", "shared", "pointer", "copy", "pipe"};
_Static_assert(sizeof(schedules) / sizeof(*schedules) == TVP_SCHEDULE_COUNT, "a schedule is missing");
_Static_assert(sizeof(payloads) / sizeof(*payloads) == TVP_PAYLOAD_COUNT, "a payload is missing");

static void check_squares(struct tvp_pool *pool, const struct tvp_map *shape, const char *what)
{
	uint64_t *inputs = calloc(shape->count + 1, sizeof(*inputs));
	uint64_t *outputs = calloc(shape->count + 1, sizeof(*outputs));
	int *errors = malloc((shape->count + 1) * sizeof(*errors));
	struct tvp_map map = *shape;
	int64_t failed;

	assert_true(inputs && outputs && errors);
	for (size_t i = 0; i < map.count; i++) {
		inputs[i] = i * UINT64_C(0x123456789);
		errors[i] = 1;
	}
	map.task = "square";
	map.inputs = inputs;
	map.input_bytes = map.output_bytes = sizeof(*inputs);
	map.outputs = outputs;
	map.errors = errors;
	failed = tvp_pool_map(pool, &map);
	if (failed)
		fail_msg("%s, %zu tasks, %s, chunk %zu: %lld", what, map.count, schedules[map.schedule], map.chunk,
			 (long long)failed);
	for (size_t i = 0; i < map.count; i++)
		if (errors[i] != 0 || outputs[i] != inputs[i] * inputs[i])
			fail_msg("%s, %zu tasks, %s, chunk %zu: task %zu gave %llu (%d)", what, map.count,
				 schedules[map.schedule], map.chunk, i, (unsigned long long)outputs[i], errors[i]);
	/* Nobody wrote beyond the end. */
	assert_int_equal(outputs[map.count], 0);
	free(inputs);
	free(outputs);
	free(errors);
}

static void check_maps(const struct executor *executor, unsigned workers)
{
	const size_t counts[] = {0, 1, workers - 1, workers, workers + 1, 97, MANY};
	const size_t chunks[] = {0, 1, 2, 7, workers, MANY, 5 * MANY, SIZE_MAX};
	const struct tvp_pool_options options = pools_options(executor, workers);
	struct tvp_pool *pool = pools_open(&options);

	for (unsigned schedule = 0; schedule < TVP_SCHEDULE_COUNT; schedule++)
		for (size_t i = 0; i < sizeof(chunks) / sizeof(*chunks); i++)
			for (size_t j = 0; j < sizeof(counts) / sizeof(*counts); j++) {
				const struct tvp_map shape = {
					.count = counts[j], .schedule = schedule, .chunk = chunks[i]};

				check_squares(pool, &shape, executor->name);
			}
	pools_close(pool);
}

static void each_maps(const struct executor *executor)
{
	check_maps(executor, 1);
	check_maps(executor, 2);
	check_maps(executor, WORKERS);
}

static void test_maps(void **state)
{
	pools_each(each_maps);
}

/* Bytes of a map in the kind of memory that the payload asks for. */
static void *memory_for(struct tvp_pool *pool, const struct tvp_map *map, size_t bytes)
{
	void *memory;

	if (!bytes || !map->count)
		return NULL;
	if (map->payload == TVP_PAYLOAD_SHARED) {
		assert_int_equal(tvp_pool_alloc(pool, map->count * bytes, &memory), 0);
		assert_int_equal((uintptr_t)memory % 64, 0);
		return memory;
	}
	memory = malloc(map->count * bytes);
	assert_non_null(memory);
	return memory;
}

static void free_memory(struct tvp_pool *pool, const struct tvp_map *map, void *memory)
{
	if (map->payload == TVP_PAYLOAD_SHARED)
		tvp_pool_free(pool, memory);
	else
		free(memory);
}

/* Against what a plain loop makes of the same inputs. What a task that failed has put out is nobody's business. */
static void compare_with_loop(const struct entry *entry, const struct tvp_map *map, int64_t failed, const char *what)
{
	unsigned char *expected = calloc(1, map->output_bytes + 1);
	int64_t expected_failed = 0;

	assert_non_null(expected);
	for (size_t i = 0; i < map->count; i++) {
		const unsigned char *input = map->inputs, *output = map->outputs;
		int error = tasks_mixed(NULL, map->input_bytes ? input + i * map->input_bytes : NULL, map->input_bytes,
					expected, map->output_bytes);

		expected_failed += error != 0;
		if (entry->tells_errors && map->errors[i] != error)
			fail_msg("%s: task %zu ended with %d instead of %d", what, i, map->errors[i], error);
		if (error == 0 && map->output_bytes)
			if (memcmp(output + i * map->output_bytes, expected, map->output_bytes) != 0)
				fail_msg("%s: the output of task %zu is wrong", what, i);
	}
	if (entry->tells_errors && failed != expected_failed)
		fail_msg("%s: %lld failed instead of %lld", what, (long long)failed, (long long)expected_failed);
	free(expected);
}

static void check_mixed(struct tvp_pool *pool, const struct entry *entry, const struct tvp_map *shape, const char *what)
{
	struct tvp_map map = *shape;
	unsigned char *inputs = memory_for(pool, &map, map.input_bytes);
	void *outputs = memory_for(pool, &map, map.output_bytes);
	int64_t failed;

	map.task = "mixed";
	map.errors = calloc(map.count + 1, sizeof(*map.errors));
	assert_non_null(map.errors);
	for (size_t i = 0; inputs && i < map.count * map.input_bytes; i++)
		inputs[i] = (unsigned char)(i * 31 + i / 251);
	map.inputs = inputs;
	map.outputs = outputs;
	failed = entry->run(pool, &map);
	if (failed < 0)
		fail_msg("%s: %lld", what, (long long)failed);
	compare_with_loop(entry, &map, failed, what);
	free_memory(pool, &map, inputs);
	free_memory(pool, &map, outputs);
	free(map.errors);
}

static void check_payload(struct tvp_pool *pool, const struct executor *executor, const struct entry *entry,
			  enum tvp_payload payload)
{
	static const struct {
		size_t count, input_bytes, output_bytes;
	} sizes[] = {{0, 8, 8},   {1, 0, 0},     {5, 0, 24},    {100, 8, 0},    {97, 1, 1},
		     {33, 3, 7},  {65, 64, 64},  {20, 17, 513}, {9, 4097, 100}, {3, 70000, 66001},
		     {10, 1, 65}, {2, 70001, 1}, {130, 63, 65}, {MANY, 40, 24}};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		const struct tvp_map shape = {
			.count = sizes[i].count,
			.input_bytes = sizes[i].input_bytes,
			.output_bytes = sizes[i].output_bytes,
			.schedule = (enum tvp_schedule)(i % TVP_SCHEDULE_COUNT),
			.payload = payload,
			.chunk = i % 4,
		};
		char what[160];

		snprintf(what, sizeof(what), "%s, %s, %s, %s, %zu tasks of %zu and %zu bytes", executor->name,
			 entry->name, payloads[payload], schedules[shape.schedule], shape.count, shape.input_bytes,
			 shape.output_bytes);
		check_mixed(pool, entry, &shape, what);
	}
}

static void each_payloads(const struct executor *executor)
{
	struct tvp_pool_options options = pools_options(executor, WORKERS);
	struct tvp_pool *pool;

	options.pipes = !executor->lends;
	pool = pools_open(&options);
	for (const struct entry *entry = entry_table; entry->name; entry++)
		for (unsigned payload = 0; payload < TVP_PAYLOAD_COUNT; payload++)
			if ((payload != TVP_PAYLOAD_POINTER || !pools_processes(executor)) &&
			    (payload != TVP_PAYLOAD_PIPE || options.pipes))
				check_payload(pool, executor, entry, payload);
	pools_close(pool);
}

static void test_payloads(void **state)
{
	pools_each(each_payloads);
}

/* Several at once, got in the order that suits them least. */
static void each_maps_in_flight(const struct executor *executor)
{
	const struct tvp_pool_options options = pools_options(executor, WORKERS);
	struct tvp_pool *pool = pools_open(&options);
	struct tvp_async handles[MAPS_IN_FLIGHT];
	uint64_t inputs[MANY], outputs[MAPS_IN_FLIGHT][MANY], one = 12, other = 0;

	for (size_t i = 0; i < MANY; i++)
		inputs[i] = i + 1;
	memset(outputs, 0, sizeof(outputs));
	for (size_t i = 0; i < MAPS_IN_FLIGHT; i++) {
		const struct tvp_map map = {
			.task = "square",
			.count = MANY - i,
			.inputs = inputs + i,
			.input_bytes = sizeof(*inputs),
			.outputs = outputs[i],
			.output_bytes = sizeof(**outputs),
			.schedule = (enum tvp_schedule)(i % TVP_SCHEDULE_COUNT),
			.chunk = i,
		};

		assert_int_equal(i % 2 ? tvp_pool_map_async(pool, &map, &handles[i])
				       : tvp_pool_imap_unordered(pool, &map, &handles[i]),
				 0);
	}
	/* Other calls need not wait for them to be got. */
	assert_int_equal(tvp_pool_apply(pool, "square", &one, sizeof(one), &other, sizeof(other), NULL), 0);
	assert_int_equal(other, 144);
	for (size_t i = MAPS_IN_FLIGHT; i-- > 0;) {
		assert_int_equal(tvp_async_get(&handles[i], NULL), 0);
		for (size_t j = 0; j < MANY - i; j++)
			assert_int_equal(outputs[i][j], inputs[i + j] * inputs[i + j]);
	}
	pools_close(pool);
}

static void test_maps_in_flight(void **state)
{
	pools_each(each_maps_in_flight);
}

/* A queue of four serves a thousand handles, as those that have ended do not count. */
static void each_small_queue(const struct executor *executor)
{
	struct tvp_pool_options options = pools_options(executor, WORKERS);
	const struct tvp_map shape = {.count = MANY, .input_bytes = 8, .output_bytes = 8};
	struct tvp_pool *pool;

	options.queue_tasks = 4;
	pool = pools_open(&options);
	for (const struct entry *entry = entry_table; entry->name; entry++)
		check_mixed(pool, entry, &shape, entry->name);
	pools_close(pool);
}

static void test_small_queue(void **state)
{
	pools_each(each_small_queue);
}

/* Far more maps at once than the queue has places for. */
static void each_crowded_queue(const struct executor *executor)
{
	struct tvp_pool_options options = pools_options(executor, WORKERS);
	static struct tvp_async handles[MANY];
	static uint64_t inputs[MANY][3], outputs[MANY][3];
	struct tvp_pool *pool;

	options.queue_tasks = 1;
	pool = pools_open(&options);
	for (size_t i = 0; i < MANY; i++) {
		const struct tvp_map map = {.task = "square",
					    .count = i % 4,
					    .inputs = inputs[i],
					    .input_bytes = sizeof(uint64_t),
					    .outputs = outputs[i],
					    .output_bytes = sizeof(uint64_t),
					    .schedule = (enum tvp_schedule)(i % TVP_SCHEDULE_COUNT)};

		for (size_t j = 0; j < 3; j++) {
			inputs[i][j] = i + j;
			outputs[i][j] = 0;
		}
		assert_int_equal(tvp_pool_map_async(pool, &map, &handles[i]), 0);
	}
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(tvp_async_get(&handles[i], NULL), 0);
		for (size_t j = 0; j < i % 4; j++)
			assert_int_equal(outputs[i][j], (i + j) * (i + j));
	}
	pools_close(pool);
}

static void test_crowded_queue(void **state)
{
	pools_each(each_crowded_queue);
}

/* Workers that sleep at once, and such that hardly ever do. */
static void each_spins(const struct executor *executor)
{
	static const uint64_t spins_ns[] = {TVP_SPIN_NONE, 1000, 2000000};

	for (size_t i = 0; i < sizeof(spins_ns) / sizeof(*spins_ns); i++) {
		struct tvp_pool_options options = pools_options(executor, WORKERS);
		struct tvp_pool *pool;

		options.spin_ns = spins_ns[i];
		pool = pools_open(&options);
		for (size_t count = 0; count < 20; count++) {
			const struct tvp_map shape = {.count = count};

			check_squares(pool, &shape, executor->name);
		}
		pools_close(pool);
	}
}

static void test_spins(void **state)
{
	pools_each(each_spins);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		pools_test(test_maps),        pools_test(test_payloads),      pools_test(test_maps_in_flight),
		pools_test(test_small_queue), pools_test(test_crowded_queue), pools_test(test_spins),
	};

	pools_main(argc, argv, HANG_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
