/* SPDX-License-Identifier: MIT */
/* An initializer gives each worker something of its own that outlives tasks: here a table that is dear to make. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <tvp/pool.h>

enum { TASKS = 1000 };

/* The initializer's argument is copied to every worker. */
struct settings {
	uint32_t limit;
};

struct sieve {
	uint32_t limit;
	unsigned char composite[];
};

static int sieve_begin(struct tvp_worker *worker, const void *argument, size_t argument_bytes)
{
	const struct settings *settings = argument;
	struct sieve *sieve;

	if (argument_bytes != sizeof(*settings))
		return -EINVAL;
	sieve = calloc(1, sizeof(*sieve) + settings->limit);
	if (!sieve)
		return -ENOMEM;
	sieve->limit = settings->limit;
	for (uint64_t i = 2; i * i < sieve->limit; i++)
		for (uint64_t j = i * i; !sieve->composite[i] && j < sieve->limit; j += i)
			sieve->composite[j] = 1;
	worker->state = sieve;
	return 0;
}

static void sieve_end(struct tvp_worker *worker)
{
	free(worker->state);
}

static const struct tvp_initializer sieve_initializer = {.name = "sieve", .begin = sieve_begin, .end = sieve_end};

/* How many primes there are from 1000 × number up to the next thousand. */
static int count_primes(struct tvp_worker *worker, const uint32_t *number, uint32_t *primes)
{
	const struct sieve *sieve = worker->state;
	uint32_t first = *number * 1000;

	if (first + 1000 > sieve->limit)
		return -ERANGE;
	*primes = 0;
	for (uint32_t i = first < 2 ? 2 : first; i < first + 1000; i++)
		*primes += !sieve->composite[i];
	return 0;
}

TVP_TASK(count_primes, uint32_t, uint32_t);

static const struct tvp_task *const tasks[] = {&count_primes_task, NULL};
static const struct tvp_initializer *const initializers[] = {&sieve_initializer, NULL};
static const struct tvp_registry registry = {.tasks = tasks, .initializers = initializers};

int main(int argc, char **argv)
{
	const struct settings settings = {.limit = TASKS * 1000};
	struct tvp_pool_options options = {0};
	uint32_t numbers[TASKS], primes[TASKS], total = 0;
	const struct tvp_map map = {.task = "count_primes",
				    .count = TASKS,
				    .inputs = numbers,
				    .input_bytes = sizeof(*numbers),
				    .outputs = primes,
				    .output_bytes = sizeof(*primes)};
	char reason[TVP_REASON_BYTES];
	struct tvp_pool *pool;
	int64_t failed;

	tvp_pool_worker(argc, argv, &registry);
	options.executor = argc > 1 ? argv[1] : "forkserver";
	options.registry = &registry;
	options.initializer = "sieve";
	options.argument = &settings;
	options.argument_bytes = sizeof(settings);
	/* A new worker, with a new sieve, after so many tasks: for tasks that leak. */
	options.tasks_per_worker = 400;
	if (tvp_pool_create(&pool, &options, reason)) {
		fprintf(stderr, "initializer: %s\n", reason);
		return 1;
	}
	for (uint32_t i = 0; i < TASKS; i++)
		numbers[i] = i;
	failed = tvp_pool_map(pool, &map);
	for (size_t i = 0; i < TASKS; i++)
		total += primes[i];
	printf("%u primes below a million\n", total);
	/* In order, so that each worker's `end` is called: destroy alone would kill them. */
	tvp_pool_close(pool);
	tvp_pool_join(pool);
	tvp_pool_destroy(pool);
	return failed != 0 || total != 78498;
}
