/* SPDX-License-Identifier: MIT */
/*
 * Pools that are made, used and ended again and again: descriptors, processes, threads, mappings and memory are the
 * same afterwards. Every way to end a pool takes its turn.
 *
 * Usage: pool-cycles [--cycles N] [--executor NAME]
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/resources.h"
#include "core/clock.h"
#include "core/executor.h"
#include "held.h"
#include "tasks.h"

/* The C library keeps stacks and heaps for the next time, and where it puts them varies. A page lost in each of a
 * thousand cycles would be four times what is allowed. */
enum { CYCLES = 1000, CYCLES_SANITIZED = 40, WARMUPS = 50, TASKS = 16, GROWTH_MAX_BYTES = 1 << 20, MAPPINGS_MAX = 24 };

static uint64_t cycles = HELD_SANITIZED ? CYCLES_SANITIZED : CYCLES;
static const char *wanted;

struct holdings {
	int descriptors, threads, mappings;
	uint64_t resident_bytes;
};

static struct holdings holdings_now(void)
{
	return (struct holdings){.descriptors = resources_descriptors(),
				 .threads = resources_threads(),
				 .mappings = resources_mappings(""),
				 .resident_bytes = held_resident_bytes()};
}

static void fail(const char *executor, const char *what, long long value)
{
	fprintf(stderr, "pool-cycles: %s: %s (%lld)\n", executor, what, value);
	exit(1);
}

static void use(struct tvp_pool *pool, const struct executor *executor)
{
	uint64_t inputs[TASKS], outputs[TASKS], one = 5, other = 0;
	/* These outlive the pool. */
	static struct tvp_async handle;
	static uint64_t late;
	struct tvp_map map = {.task = "square",
			      .count = TASKS,
			      .inputs = inputs,
			      .input_bytes = sizeof(*inputs),
			      .outputs = outputs,
			      .output_bytes = sizeof(*outputs)};

	for (uint64_t i = 0; i < TASKS; i++)
		inputs[i] = i;
	for (unsigned payload = TVP_PAYLOAD_COPY; payload <= (executor->lends ? TVP_PAYLOAD_COPY : TVP_PAYLOAD_PIPE);
	     payload++) {
		map.payload = payload;
		if (tvp_pool_map(pool, &map) != 0)
			fail(executor->name, "a map failed", payload);
		for (uint64_t i = 0; i < TASKS; i++)
			if (outputs[i] != i * i)
				fail(executor->name, "wrong output", (long long)i);
	}
	if (tvp_pool_apply(pool, "square", &one, sizeof(one), &other, sizeof(other), NULL) != 0 || other != 25)
		fail(executor->name, "an apply failed", (long long)other);
	/* In flight, or done, when the pool ends; never got. */
	if (tvp_pool_apply_async(pool, "square", &one, sizeof(one), &late, sizeof(late), &handle) != 0)
		fail(executor->name, "an apply_async failed", 0);
}

static void cycle(const struct executor *executor, uint64_t number)
{
	struct tvp_pool_options options = {0};
	char reason[TVP_REASON_BYTES];
	struct tvp_pool *pool;
	int error;

	options.executor = executor->name;
	options.workers = executor->max_workers == 1 ? 1 : 2;
	options.registry = &tasks_registry;
	options.pipes = !executor->lends;
	error = tvp_pool_create(&pool, &options, reason);
	if (error)
		fail(executor->name, reason, error);
	use(pool, executor);
	if (number % 3 == 0 && (tvp_pool_close(pool) || tvp_pool_join(pool)))
		fail(executor->name, "close and join failed", 0);
	if (number % 3 == 1 && tvp_pool_terminate(pool))
		fail(executor->name, "terminate failed", 0);
	tvp_pool_destroy(pool);
}

static void check(const char *executor, const struct holdings *before, const struct holdings *after)
{
	if (after->descriptors != before->descriptors)
		fail(executor, "descriptors more than before", after->descriptors - before->descriptors);
	if (after->threads > before->threads && resources_threads_settled(before->threads) > before->threads)
		fail(executor, "threads more than before", after->threads - before->threads);
	if (resources_mappings("memfd:") != 0)
		fail(executor, "shared memory is still mapped", resources_mappings("memfd:"));
	if (after->mappings - before->mappings > MAPPINGS_MAX)
		fail(executor, "mappings more than before", after->mappings - before->mappings);
	if (!resources_no_children() || resources_group() != 1)
		fail(executor, "processes more than before", resources_group() - 1);
	if (!HELD_SANITIZED && after->resident_bytes > before->resident_bytes + GROWTH_MAX_BYTES)
		fail(executor, "resident bytes more than before",
		     (long long)(after->resident_bytes - before->resident_bytes));
}

static void run(const struct executor *executor)
{
	struct holdings before, after;
	uint64_t begin_ns;

	for (uint64_t i = 0; i < WARMUPS && i < cycles; i++)
		cycle(executor, i);
	before = holdings_now();
	begin_ns = clock_now_ns();
	for (uint64_t i = 0; i < cycles; i++)
		cycle(executor, i);
	after = holdings_now();
	printf("%-10s  %llu cycles of %.0f us; mappings %+d, resident memory %+lld KiB\n", executor->name,
	       (unsigned long long)cycles, (double)(clock_now_ns() - begin_ns) / 1e3 / (double)cycles,
	       after.mappings - before.mappings,
	       ((long long)after.resident_bytes - (long long)before.resident_bytes) / 1024);
	fflush(stdout);
	check(executor->name, &before, &after);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"cycles", required_argument, NULL, 'c'}, {"executor", required_argument, NULL, 'e'}, {0}};
	int option;

	tvp_pool_worker(argc, argv, &tasks_registry);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option == 'c')
			cycles = strtoull(optarg, NULL, 10);
		else if (option == 'e')
			wanted = optarg;
		else
			return 2;
	if (!cycles || optind != argc) {
		fprintf(stderr, "Usage: pool-cycles [--cycles N] [--executor NAME]\n");
		return 2;
	}
	setpgid(0, 0);
	alarm(250 + (unsigned)(cycles / 20));
	for (const struct executor *const *executor = executor_table; *executor; executor++)
		if (!(*executor)->concurrent && (!wanted || strcmp(wanted, (*executor)->name) == 0))
			run(*executor);
	return 0;
}
