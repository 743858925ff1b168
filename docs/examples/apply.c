/* SPDX-License-Identifier: MIT */
/* apply and apply_async: single tasks, each with a result and an error of its own; then a stream of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <tvp/pool.h>

/* Inputs and outputs of any size: SIZE_MAX below, and the call says how large they are. */
static int shout(struct tvp_worker *worker, const void *input, size_t input_bytes, void *output, size_t output_bytes)
{
	const char *from = input;
	char *to = output;

	(void)worker;
	if (output_bytes < input_bytes)
		return -EMSGSIZE;
	for (size_t i = 0; i < input_bytes; i++)
		to[i] = from[i] >= 'a' && from[i] <= 'z' ? (char)(from[i] - 'a' + 'A') : from[i];
	return 0;
}

static const struct tvp_task shout_task = {
	.name = "shout", .input_bytes = SIZE_MAX, .output_bytes = SIZE_MAX, .run = shout};

static int square(struct tvp_worker *worker, const uint64_t *number, uint64_t *result)
{
	(void)worker;
	*result = *number * *number;
	return 0;
}

TVP_TASK(square, uint64_t, uint64_t);

static const struct tvp_task *const tasks[] = {&shout_task, &square_task, NULL};
static const struct tvp_registry registry = {.tasks = tasks};

/* One task at a time: apply waits for its end. */
static int shout_twice(struct tvp_pool *pool)
{
	char text[] = "one task, one answer", loud[sizeof(text)];
	int error = 0, failed = tvp_pool_apply(pool, "shout", text, sizeof(text), loud, sizeof(loud), &error);

	if (failed == 0)
		printf("%s\n", loud);
	if (failed != 0 || tvp_pool_apply(pool, "shout", text, sizeof(text), loud, 3, &error) != 1)
		return 1;
	/* 1 and not negative: the pool did its part, the task failed. */
	printf("into three bytes: %s\n", strerror(-error));
	return error != -EMSGSIZE;
}

/* Handles are waited for in any order. */
static int three_in_flight(struct tvp_pool *pool)
{
	uint64_t numbers[3] = {3, 4, 5}, squares[3];
	struct tvp_async handles[3];

	for (int i = 0; i < 3; i++)
		if (tvp_pool_apply_async(pool, "square", &numbers[i], sizeof(uint64_t), &squares[i], sizeof(uint64_t),
					 &handles[i]))
			return 1;
	for (int i = 2; i >= 0; i--)
		if (tvp_async_get(&handles[i], NULL) != 0)
			return 1;
	printf("%llu + %llu = %llu\n", (unsigned long long)squares[0], (unsigned long long)squares[1],
	       (unsigned long long)squares[2]);
	return squares[0] + squares[1] != squares[2];
}

/* No handles: results go to shared memory, and drain waits for all of them. */
static int stream(struct tvp_pool *pool)
{
	enum { COUNT = 100000 };
	uint64_t *squares, sum = 0;
	void *memory;

	if (tvp_pool_alloc(pool, COUNT * sizeof(*squares), &memory))
		return 1;
	squares = memory;
	for (uint64_t i = 0; i < COUNT; i++)
		if (tvp_pool_apply_async(pool, "square", &i, sizeof(i), &squares[i], sizeof(*squares), NULL))
			return 1;
	if (tvp_pool_drain(pool, TVP_FOREVER))
		return 1;
	for (size_t i = 0; i < COUNT; i++)
		sum += squares[i];
	tvp_pool_free(pool, memory);
	printf("the squares below %d sum up to %llu\n", COUNT, (unsigned long long)sum);
	return sum != 333328333350000;
}

int main(int argc, char **argv)
{
	struct tvp_pool_options options = {0};
	char reason[TVP_REASON_BYTES];
	struct tvp_pool *pool;
	int failed;

	tvp_pool_worker(argc, argv, &registry);
	options.executor = argc > 1 ? argv[1] : "spawn";
	options.registry = &registry;
	if (tvp_pool_create(&pool, &options, reason)) {
		fprintf(stderr, "apply: %s\n", reason);
		return 1;
	}
	failed = shout_twice(pool) || three_in_flight(pool) || stream(pool);
	tvp_pool_destroy(pool);
	return failed;
}
