/* SPDX-License-Identifier: MIT */
/* map: the same function over many values, results in order, on the executor of your choice.
 * Usage: map [thread|fork|forkserver|spawn|serial] */
#include <stdio.h>

#include <tvp/pool.h>

enum { NUMBERS = 1000000 };

/* A task: reads its input, writes its output, returns 0 or a negative errno. */
static int collatz(struct tvp_worker *worker, const uint64_t *start, uint32_t *steps)
{
	(void)worker;
	*steps = 0;
	for (uint64_t n = *start; n > 1; n = n % 2 ? 3 * n + 1 : n / 2)
		++*steps;
	return 0;
}

TVP_TASK(collatz, uint64_t, uint32_t);

/* What workers can run, by name. It is the same list in the worker, which may be another process. */
static const struct tvp_task *const tasks[] = {&collatz_task, NULL};
static const struct tvp_registry registry = {.tasks = tasks};

static uint64_t numbers[NUMBERS];
static uint32_t steps[NUMBERS];

int main(int argc, char **argv)
{
	struct tvp_pool_options options = {0};
	const struct tvp_map map = {.task = "collatz",
				    .count = NUMBERS,
				    .inputs = numbers,
				    .input_bytes = sizeof(*numbers),
				    .outputs = steps,
				    .output_bytes = sizeof(*steps)};
	char reason[TVP_REASON_BYTES];
	struct tvp_pool *pool;
	size_t longest = 0;
	int64_t failed;

	/* First of all: forkserver and spawn execute this program again, and there this call does not return. */
	tvp_pool_worker(argc, argv, &registry);

	options.executor = argc > 1 ? argv[1] : "fork";
	options.registry = &registry;
	if (tvp_pool_create(&pool, &options, reason)) {
		fprintf(stderr, "map: %s\n", reason);
		return 1;
	}
	for (size_t i = 0; i < NUMBERS; i++)
		numbers[i] = i + 1;
	failed = tvp_pool_map(pool, &map);
	for (size_t i = 0; i < NUMBERS; i++)
		if (steps[i] > steps[longest])
			longest = i;
	printf("below a million, %llu takes most steps to come to 1: %u\n", (unsigned long long)numbers[longest],
	       steps[longest]);
	tvp_pool_destroy(pool);
	return failed != 0 || longest + 1 != 837799;
}
