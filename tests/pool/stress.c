/* SPDX-License-Identifier: MIT */
/*
 * Many small pieces of work in flight at once, begun, looked at and got in random order, by workers that sleep as soon
 * as they can, or hardly ever; with recycling. For ThreadSanitizer above all, and for whoever loses a wake-up.
 *
 * Usage: pool-stress [--rounds N] [--executor NAME] [--seed N]
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/executor.h"
#include "tasks.h"

enum { SLOTS = 6, TASKS_MAX = 40, WORKERS = 4 };

enum slot_kind { SLOT_FREE, SLOT_MAP, SLOT_IMAP, SLOT_APPLY };

/* A piece of work in flight. */
struct slot {
	enum slot_kind kind;
	size_t count, given;
	struct tvp_async handle;
	uint64_t inputs[TASKS_MAX], outputs[TASKS_MAX];
};

static struct settings {
	uint64_t rounds, seed;
	const char *executor;
} settings = {.rounds = 3000};

static struct slot slots[SLOTS];
static uint64_t random_state;

/* xorshift64* (Vigna: An experimental exploration of Marsaglia's xorshift generators, scrambled, 2016). */
static uint64_t random_below(uint64_t limit)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * UINT64_C(0x2545f4914f6cdd1d) >> 16) % limit;
}

static void check(int condition, const struct slot *slot, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "pool-stress: %s: kind %d, %zu tasks, %zu given (--seed %llu)\n", what, (int)slot->kind,
		slot->count, slot->given, (unsigned long long)settings.seed);
	exit(1);
}

static void begin(struct tvp_pool *pool, struct slot *slot)
{
	struct tvp_map map = {.task = "square",
			      .inputs = slot->inputs,
			      .input_bytes = sizeof(uint64_t),
			      .outputs = slot->outputs,
			      .output_bytes = sizeof(uint64_t),
			      .schedule = (enum tvp_schedule)random_below(TVP_SCHEDULE_COUNT),
			      .chunk = random_below(5)};

	slot->kind = (enum slot_kind)(SLOT_MAP + random_below(3));
	slot->given = 0;
	slot->count = slot->kind == SLOT_APPLY ? 1 : random_below(TASKS_MAX + 1);
	map.count = slot->count;
	for (size_t i = 0; i < slot->count; i++) {
		slot->inputs[i] = random_below(1000000);
		slot->outputs[i] = 1;
	}
	if (slot->kind == SLOT_MAP)
		check(tvp_pool_map_async(pool, &map, &slot->handle) == 0, slot, "map_async");
	else if (slot->kind == SLOT_IMAP)
		check(tvp_pool_imap_unordered(pool, &map, &slot->handle) == 0, slot, "imap_unordered");
	else
		check(tvp_pool_apply_async(pool, "square", slot->inputs, sizeof(uint64_t), slot->outputs,
					   sizeof(uint64_t), &slot->handle) == 0,
		      slot, "apply_async");
}

static void check_output(const struct slot *slot, size_t i)
{
	check(slot->outputs[i] == slot->inputs[i] * slot->inputs[i], slot, "wrong output");
}

static void get(struct slot *slot)
{
	check(tvp_async_get(&slot->handle, NULL) == 0, slot, "get");
	for (size_t i = 0; i < slot->count; i++)
		check_output(slot, i);
	slot->kind = SLOT_FREE;
}

static void next(struct slot *slot, uint64_t timeout_ns)
{
	size_t index = SIZE_MAX;
	int error, more = tvp_async_next(&slot->handle, timeout_ns, &index, &error);

	if (more == 0)
		check(slot->given == slot->count, slot, "ended too early");
	if (more != 1) {
		check(more == 0 || (more == -ETIMEDOUT && timeout_ns != TVP_FOREVER), slot, "next");
		return;
	}
	slot->given++;
	check(index < slot->count && error == 0 && slot->given <= slot->count, slot, "gave what there is not");
	check_output(slot, index);
}

/* Something that can be done with what is in flight. */
static void step(struct slot *slot)
{
	const uint64_t timeouts_ns[] = {0, 1000, 100000, TVP_FOREVER};
	uint64_t timeout_ns = timeouts_ns[random_below(4)];
	int error;

	switch (random_below(4)) {
	case 0:
		error = tvp_async_ready(&slot->handle);
		check(error == 0 || error == 1, slot, "ready");
		break;
	case 1:
		error = tvp_async_wait(&slot->handle, timeout_ns);
		check(error == 0 || (error == -ETIMEDOUT && timeout_ns != TVP_FOREVER), slot, "wait");
		break;
	case 2:
		if (slot->kind == SLOT_IMAP) {
			next(slot, timeout_ns);
			break;
		}
		get(slot);
		break;
	default:
		get(slot);
	}
}

/* Work that is waited for, in between. */
static void step_beside(struct tvp_pool *pool)
{
	struct slot own = {.kind = SLOT_MAP, .count = random_below(2 * WORKERS)};
	const struct tvp_map map = {.task = "square",
				    .count = own.count,
				    .inputs = own.inputs,
				    .input_bytes = sizeof(uint64_t),
				    .outputs = own.outputs,
				    .output_bytes = sizeof(uint64_t),
				    .schedule = (enum tvp_schedule)random_below(TVP_SCHEDULE_COUNT)};

	for (size_t i = 0; i < own.count; i++)
		own.inputs[i] = random_below(1000000);
	check(tvp_pool_map(pool, &map) == 0, &own, "map");
	for (size_t i = 0; i < own.count; i++)
		check_output(&own, i);
	own.kind = SLOT_APPLY;
	check(tvp_pool_apply(pool, "square", own.inputs, sizeof(uint64_t), own.outputs, sizeof(uint64_t), NULL) == 0,
	      &own, "apply");
	check_output(&own, 0);
}

static void stress(const struct executor *executor, uint64_t spin_ns, uint64_t tasks_per_worker)
{
	struct tvp_pool_options options = {.executor = executor->name,
					   .workers = executor->max_workers == 1 ? 1 : WORKERS,
					   .registry = &tasks_registry,
					   .queue_tasks = 3,
					   .spin_ns = spin_ns,
					   .tasks_per_worker = tasks_per_worker};
	uint64_t begin_ns = clock_now_ns();
	char reason[TVP_REASON_BYTES], spin[40];
	struct tvp_pool_counts counts;
	struct tvp_pool *pool;

	if (tvp_pool_create(&pool, &options, reason)) {
		fprintf(stderr, "pool-stress: %s: %s\n", executor->name, reason);
		exit(1);
	}
	for (uint64_t round = 0; round < settings.rounds; round++) {
		struct slot *slot = &slots[random_below(SLOTS)];

		if (slot->kind == SLOT_FREE)
			begin(pool, slot);
		else
			step(slot);
		if (random_below(16) == 0)
			step_beside(pool);
	}
	for (size_t i = 0; i < SLOTS; i++)
		if (slots[i].kind != SLOT_FREE)
			get(&slots[i]);
	tvp_pool_counts(pool, &counts);
	if (counts.lost || counts.replaced)
		check(0, &slots[0], "workers died");
	tvp_pool_destroy(pool);
	if (spin_ns == TVP_SPIN_NONE)
		snprintf(spin, sizeof(spin), "no spin");
	else
		snprintf(spin, sizeof(spin), "spin %llu ns", (unsigned long long)spin_ns);
	printf("%-10s  %-13s  %llu rounds, %llu workers recycled, %.2f s\n", executor->name,
	       spin_ns ? spin : "default spin", (unsigned long long)settings.rounds,
	       (unsigned long long)counts.recycled, (double)(clock_now_ns() - begin_ns) / 1e9);
}

static int parse(int argc, char **argv)
{
	static const struct option options[] = {{"rounds", required_argument, NULL, 'r'},
						{"executor", required_argument, NULL, 'e'},
						{"seed", required_argument, NULL, 's'},
						{0}};
	int option;

	settings.seed = clock_now_ns();
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option == 'r')
			settings.rounds = strtoull(optarg, NULL, 10);
		else if (option == 'e')
			settings.executor = optarg;
		else if (option == 's')
			settings.seed = strtoull(optarg, NULL, 10);
		else
			return -EINVAL;
	return optind == argc ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
	tvp_pool_worker(argc, argv, &tasks_registry);
	if (parse(argc, argv)) {
		fprintf(stderr, "Usage: pool-stress [--rounds N] [--executor NAME] [--seed N]\n");
		return 2;
	}
	printf("seed %llu\n", (unsigned long long)settings.seed);
	fflush(stdout);
	random_state = settings.seed | 1;
	alarm(250 + (unsigned)(settings.rounds / 100));
	for (const struct executor *const *executor = executor_table; *executor; executor++) {
		if ((*executor)->concurrent || (settings.executor && strcmp(settings.executor, (*executor)->name) != 0))
			continue;
		stress(*executor, TVP_SPIN_NONE, 0);
		stress(*executor, 20000, 0);
		/* A worker that ends is another process or thread to be made: fewer of those. */
		stress(*executor, 0, 200);
	}
	return 0;
}
