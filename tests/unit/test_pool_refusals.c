/* SPDX-License-Identifier: MIT */
/* What the pool refuses: each error that its header names, and that the pool is as it was before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pool_work.h"

enum { HANG_S = 250, WORKERS = 2, TASKS = 20 };

static struct tvp_pool *open_default(const struct executor *executor)
{
	const struct tvp_pool_options options = pools_options(executor, WORKERS);

	return pools_open(&options);
}

/* It can still do what it is for. */
static void assert_works(struct tvp_pool *pool)
{
	struct work work;

	work_init(&work, pool, TASKS);
	assert_int_equal(tvp_pool_map(pool, &work.map), 0);
	work_assert_all_done(&work);
	tvp_pool_free(pool, work.ledger);
}

/* Every call that takes a map. Those with a handle must not have made one. */
static void assert_map_refused(struct tvp_pool *pool, const struct tvp_map *map, int error, const char *what)
{
	struct tvp_async handle = {0};
	int64_t got[3] = {
		tvp_pool_map(pool, map),
		tvp_pool_map_async(pool, map, &handle),
		tvp_pool_imap_unordered(pool, map, &handle),
	};

	for (size_t i = 0; i < 3; i++)
		if (got[i] != error)
			fail_msg("%s: entry %zu gave %lld instead of %d", what, i, (long long)got[i], error);
}

static void assert_apply_refused(struct tvp_pool *pool, const char *task, const void *input, size_t input_bytes,
				 void *output, size_t output_bytes, int error)
{
	struct tvp_async handle = {0};

	assert_int_equal(tvp_pool_apply(pool, task, input, input_bytes, output, output_bytes, NULL), error);
	assert_int_equal(tvp_pool_apply_async(pool, task, input, input_bytes, output, output_bytes, &handle), error);
	/* Of an output that nobody asks for there need not be anything. */
	if (!output_bytes || output)
		assert_int_equal(tvp_pool_apply_async(pool, task, input, input_bytes, output, output_bytes, NULL),
				 error);
}

static void check_maps(struct tvp_pool *pool, const struct executor *executor)
{
	uint64_t in[TASKS] = {0}, out[TASKS];
	const struct tvp_map good = {
		.task = "square", .count = TASKS, .inputs = in, .input_bytes = 8, .outputs = out, .output_bytes = 8};
	struct tvp_map map;

#define REFUSED(error, ...)                                                                                            \
	do {                                                                                                           \
		map = good;                                                                                            \
		__VA_ARGS__;                                                                                           \
		assert_map_refused(pool, &map, error, #__VA_ARGS__);                                                   \
	} while (0)

	REFUSED(-EINVAL, map.task = NULL);
	REFUSED(-EINVAL, map.inputs = NULL);
	REFUSED(-EINVAL, map.outputs = NULL);
	REFUSED(-EINVAL, map.input_bytes = 4);
	REFUSED(-EINVAL, map.input_bytes = 0);
	REFUSED(-EINVAL, map.output_bytes = 16);
	REFUSED(-EINVAL, map.schedule = TVP_SCHEDULE_COUNT);
	REFUSED(-EINVAL, map.schedule = (enum tvp_schedule) - 1);
	REFUSED(-EINVAL, map.payload = TVP_PAYLOAD_COUNT);
	REFUSED(-EINVAL, map.payload = (enum tvp_payload) - 1);
	REFUSED(-EINVAL, map.payload = TVP_PAYLOAD_SHARED);
	REFUSED(-EOPNOTSUPP, map.payload = TVP_PAYLOAD_PIPE);
	if (pools_processes(executor))
		REFUSED(-EOPNOTSUPP, map.payload = TVP_PAYLOAD_POINTER);
	REFUSED(-ENOENT, map.task = "nothing");
	REFUSED(-ENOENT, map.task = "");
	REFUSED(-ENOENT, map.task = "squar");
	REFUSED(-ENOENT, map.task = "square ");
	REFUSED(-EOVERFLOW, map.count = SIZE_MAX);
	REFUSED(-EOVERFLOW, map.count = SIZE_MAX / 8 + 2);
	REFUSED(-EOVERFLOW, map.task = "mixed"; map.input_bytes = SIZE_MAX);
	REFUSED(-EOVERFLOW, map.task = "mixed"; map.output_bytes = SIZE_MAX / 2);
#undef REFUSED
	assert_map_refused(pool, NULL, -EINVAL, "no map");
	assert_map_refused(NULL, &good, -EINVAL, "no pool");
	assert_int_equal(tvp_pool_map_async(pool, &good, NULL), -EINVAL);
	assert_int_equal(tvp_pool_imap_unordered(pool, &good, NULL), -EINVAL);
}

static void check_applies(struct tvp_pool *pool)
{
	char in[8] = {0}, out[8] = {0};

	assert_apply_refused(NULL, "square", in, 8, out, 8, -EINVAL);
	assert_apply_refused(pool, NULL, in, 8, out, 8, -EINVAL);
	assert_apply_refused(pool, "square", NULL, 8, out, 8, -EINVAL);
	assert_apply_refused(pool, "square", in, 8, NULL, 8, -EINVAL);
	assert_apply_refused(pool, "square", in, 7, out, 8, -EINVAL);
	assert_apply_refused(pool, "square", in, 8, out, 9, -EINVAL);
	assert_apply_refused(pool, "square ", in, 8, out, 8, -ENOENT);
	assert_apply_refused(pool, "mixed", in, SIZE_MAX, NULL, 0, -EOVERFLOW);
	assert_apply_refused(pool, "mixed", in, SIZE_MAX - 100, NULL, 0, -EOVERFLOW);
	/* Whom would it be handed to? */
	assert_int_equal(tvp_pool_apply_async(pool, "square", in, 8, out, 8, NULL), -EINVAL);
}

static void check_other_calls(struct tvp_pool *pool)
{
	struct tvp_pool_counts counts;
	void *memory = &counts;

	assert_int_equal(tvp_pool_alloc(NULL, 8, &memory), -EINVAL);
	assert_int_equal(tvp_pool_alloc(pool, 8, NULL), -EINVAL);
	assert_int_equal(tvp_pool_alloc(pool, SIZE_MAX, &memory), -EOVERFLOW);
	assert_int_equal(tvp_pool_alloc(pool, SIZE_MAX / 4, &memory), -ENOSPC);
	assert_ptr_equal(memory, &counts);
	assert_int_equal(tvp_pool_drain(NULL, 0), -EINVAL);
	assert_int_equal(tvp_pool_close(NULL), -EINVAL);
	assert_int_equal(tvp_pool_join(NULL), -EINVAL);
	assert_int_equal(tvp_pool_terminate(NULL), -EINVAL);
	assert_int_equal(tvp_pool_join(pool), -EBUSY);
}

static void each_calls(const struct executor *executor)
{
	struct tvp_pool *pool = open_default(executor);

	check_maps(pool, executor);
	check_applies(pool);
	check_other_calls(pool);
	assert_works(pool);
	pools_close(pool);
}

static void test_calls(void **state)
{
	pools_each(each_calls);
}

static void assert_handle_dead(struct tvp_async *handle)
{
	size_t index;
	int error;

	assert_int_equal(tvp_async_ready(handle), -EINVAL);
	assert_int_equal(tvp_async_wait(handle, 0), -EINVAL);
	assert_int_equal(tvp_async_get(handle, &error), -EINVAL);
	assert_int_equal(tvp_async_next(handle, 0, &index, &error), -EINVAL);
}

static void each_handles(const struct executor *executor)
{
	struct tvp_pool *pool = open_default(executor);
	struct tvp_async handle = {0};
	uint64_t in = 3, out = 0;
	struct work work;
	size_t index;
	int error;

	assert_handle_dead(&handle);
	assert_handle_dead(NULL);
	work_init(&work, pool, TASKS);
	assert_int_equal(tvp_pool_map_async(pool, &work.map, &handle), 0);
	/* Tasks are given one by one only by imap_unordered's. */
	assert_int_equal(tvp_async_next(&handle, 0, &index, &error), -EINVAL);
	assert_int_equal(tvp_async_get(&handle, &error), 0);
	assert_handle_dead(&handle);
	assert_int_equal(tvp_pool_apply_async(pool, "square", &in, 8, &out, 8, &handle), 0);
	assert_int_equal(tvp_async_next(&handle, 0, &index, &error), -EINVAL);
	assert_int_equal(tvp_async_get(&handle, NULL), 0);
	assert_int_equal(out, 9);
	assert_handle_dead(&handle);
	assert_int_equal(tvp_pool_imap_unordered(pool, &work.map, &handle), 0);
	assert_int_equal(tvp_async_get(&handle, NULL), 0);
	assert_handle_dead(&handle);
	assert_works(pool);
	pools_close(pool);
}

static void test_handles(void **state)
{
	pools_each(each_handles);
}

static void assert_shut(struct tvp_pool *pool)
{
	uint64_t in = 3, out = 0;
	const struct tvp_map map = {
		.task = "square", .count = 1, .inputs = &in, .input_bytes = 8, .outputs = &out, .output_bytes = 8};

	assert_map_refused(pool, &map, -ESHUTDOWN, "shut");
	assert_int_equal(tvp_pool_apply(pool, "square", &in, 8, &out, 8, NULL), -ESHUTDOWN);
	assert_int_equal(tvp_pool_apply_async(pool, "square", &in, 8, NULL, 0, NULL), -ESHUTDOWN);
	assert_int_equal(out, 0);
}

/* Closing and terminating what is closed or terminated changes nothing. */
static void each_shut_pools(const struct executor *executor)
{
	for (int how = 0; how < 3; how++) {
		struct tvp_pool *pool = open_default(executor);

		assert_works(pool);
		assert_int_equal(how == 1 ? tvp_pool_terminate(pool) : tvp_pool_close(pool), 0);
		assert_shut(pool);
		if (how == 2)
			assert_int_equal(tvp_pool_terminate(pool), 0);
		assert_int_equal(tvp_pool_join(pool), 0);
		assert_shut(pool);
		assert_int_equal(tvp_pool_join(pool), 0);
		assert_int_equal(tvp_pool_terminate(pool), 0);
		assert_int_equal(tvp_pool_drain(pool, 0), 0);
		assert_shut(pool);
		pools_close(pool);
	}
}

static void test_shut_pools(void **state)
{
	pools_each(each_shut_pools);
}

/* More than the pool's memory holds: refused, and what fits is still done. */
static void each_too_much_data(const struct executor *executor)
{
	const size_t bytes = 8 << 20;
	char *data = calloc(1, bytes);

	assert_non_null(data);
	struct tvp_pool_options options = pools_options(executor, WORKERS);
	const struct tvp_map map = {
		.task = "mixed", .count = bytes / 64, .inputs = data, .input_bytes = 64, .payload = TVP_PAYLOAD_COPY};
	struct tvp_pool *pool;
	void *memory;

	options.memory_bytes = 2 << 20;
	pool = pools_open(&options);
	for (int round = 0; round < 3; round++) {
		assert_map_refused(pool, &map, -ENOSPC, "too many bytes to copy");
		assert_int_equal(tvp_pool_alloc(pool, bytes, &memory), -ENOSPC);
		assert_works(pool);
	}
	if (pools_processes(executor))
		assert_int_equal(tvp_pool_apply(pool, "mixed", data, bytes, NULL, 0, NULL), -ENOSPC);
	assert_works(pool);
	pools_close(pool);
	free(data);
}

static void test_too_much_data(void **state)
{
	pools_each(each_too_much_data);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		pools_test(test_calls),
		pools_test(test_handles),
		pools_test(test_shut_pools),
		pools_test(test_too_much_data),
	};

	pools_main(argc, argv, HANG_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
