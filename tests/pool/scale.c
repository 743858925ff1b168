/* SPDX-License-Identifier: MIT */
/*
 * Large pools: a million tasks queued at a time, a thousand workers; and what a pool and a queued task take in memory,
 * held against what docs/pool.md promises. Exits 77 if limits of this machine forbade a part of it.
 *
 * Usage: pool-scale [--executor NAME]
 */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/executor.h"
#include "held.h"
#include "tasks.h"

enum {
	POOL_MAX_BYTES = 64 << 10,
	THREAD_MAX_BYTES = 16 << 10, /* what a thread touches of its stack and heap is not the pool's */
	TASK_MAX_BYTES = 128,
	QUEUED = HELD_SANITIZED ? 50000 : 1000000,
	CROWD = HELD_SANITIZED ? 60 : 1000,
	QUEUE = 4096, /* the default */
	PLACES = 256, /* of it that one task at a time may take */
	TURNS = 5,
	WORKERS = 2,
};

static int skipped;

static void fail(const char *executor, const char *what, long long value)
{
	fprintf(stderr, "pool-scale: %s: %s (%lld)\n", executor, what, value);
	exit(1);
}

static struct tvp_pool *pool_open(struct tvp_pool_options *options, const struct executor *executor)
{
	char reason[TVP_REASON_BYTES];
	struct tvp_pool *pool;
	int error;

	options->executor = executor->name;
	options->registry = &tasks_registry;
	error = tvp_pool_create(&pool, options, reason);
	if (error == -EAGAIN || error == -EMFILE || error == -ENFILE || error == -ENOMEM) {
		printf("%-10s  skipped: %s\n", executor->name, reason);
		skipped = 1;
		return NULL;
	}
	if (error)
		fail(executor->name, reason, error);
	return pool;
}

static void check_map(struct tvp_pool *pool, const struct executor *executor, size_t count, enum tvp_schedule schedule)
{
	/* Not in the heap, which is measured. */
	static uint64_t inputs[20 * CROWD], outputs[20 * CROWD];
	const struct tvp_map map = {.task = "square",
				    .count = count,
				    .inputs = inputs,
				    .input_bytes = sizeof(*inputs),
				    .outputs = outputs,
				    .output_bytes = sizeof(*outputs),
				    .schedule = schedule};

	for (size_t i = 0; i < count; i++) {
		inputs[i] = i;
		outputs[i] = UINT64_MAX;
	}
	if (tvp_pool_map(pool, &map) != 0)
		fail(executor->name, "a map failed", (long long)count);
	for (size_t i = 0; i < count; i++)
		if (outputs[i] != i * i)
			fail(executor->name, "wrong output", (long long)i);
}

static void check_squares(struct tvp_pool *pool, const struct executor *executor, size_t count)
{
	check_map(pool, executor, count, TVP_SCHEDULE_DYNAMIC);
}

static void small_work(struct tvp_pool *pool, const struct executor *executor)
{
	for (size_t count = 1; count <= 200; count++)
		check_squares(pool, executor, 1 + count % 20);
	/* Twice round the queue, with one task in it at a time. */
	for (uint64_t i = 0, output; i < 2 * QUEUE; i++)
		if (tvp_pool_apply(pool, "square", &i, sizeof(i), &output, sizeof(output), NULL) != 0)
			fail(executor->name, "an apply failed", (long long)i);
}

/* Bytes of a pool as created, and after it has done a little of everything. */
static uint64_t pool_memory_once(const struct executor *executor)
{
	struct tvp_pool_options options = {0};
	uint64_t before = held_bytes(), fresh, used;
	struct tvp_pool *pool;

	options.workers = executor->max_workers == 1 ? 1 : WORKERS;
	pool = pool_open(&options, executor);
	if (!pool)
		return 0;
	fresh = held_bytes() - before;
	small_work(pool, executor);
	used = held_bytes() - before;
	if (!HELD_SANITIZED && executor->sharing != SHARING_SAME && fresh > POOL_MAX_BYTES)
		fail(executor->name, "bytes of a new pool are too many", (long long)fresh);
	printf("%-10s  a pool of %u workers takes %llu B, after small work %llu B\n", executor->name, options.workers,
	       (unsigned long long)fresh, (unsigned long long)used);
	tvp_pool_destroy(pool);
	return used;
}

/* The first one may also pay for what the process keeps: the heap's own, stacks, pages of the program. And how many
 * places of the queue small work touches depends on who is faster, so one pool may take some pages more than another; none
 * more than one whose queue was full. */
static void pool_memory(const struct executor *executor)
{
	uint64_t most = POOL_MAX_BYTES + PLACES * TASK_MAX_BYTES, used;

	if (executor->sharing == SHARING_SAME)
		most += WORKERS * THREAD_MAX_BYTES;
	for (int turn = 0; turn < TURNS; turn++) {
		used = pool_memory_once(executor);
		if (HELD_SANITIZED || used <= most)
			return;
		if (used > most + QUEUE * TASK_MAX_BYTES)
			break;
	}
	fail(executor->name, "bytes of a pool are too many", (long long)used);
}

/* Hands in QUEUED tasks that are held back by the first ones. Inputs and outputs are shared memory, so that a task
 * brings nothing along. */
static void queue_up(struct tvp_pool *pool, const struct executor *executor, struct ledger *ledger, struct act *acts,
		     uint64_t *outputs)
{
	for (uint32_t i = 0; i < QUEUED; i++) {
		int error;

		acts[i] = (struct act){.ledger = tvp_pool_offset(pool, ledger),
				       .index = i,
				       .kind = i < WORKERS ? ACT_HOLD : ACT_SQUARE,
				       .value = i};
		outputs[i] = UINT64_MAX;
		error = tvp_pool_apply_async(pool, "act", &acts[i], sizeof(*acts), &outputs[i], sizeof(*outputs), NULL);
		if (error)
			fail(executor->name, "apply_async", error);
	}
}

static void queue_memory(const struct executor *executor)
{
	struct tvp_pool_options options = {0};
	uint64_t before, payload, begin_ns, queued_ns, done_ns;
	struct tvp_pool *pool;
	struct ledger *ledger;
	void *acts = NULL, *outputs = NULL;
	double task_bytes;

	options.workers = WORKERS;
	options.queue_tasks = QUEUED;
	pool = pool_open(&options, executor);
	if (!pool)
		return;
	ledger = tasks_ledger(pool, QUEUED);
	if (!ledger || tvp_pool_alloc(pool, QUEUED * sizeof(struct act), &acts) ||
	    tvp_pool_alloc(pool, QUEUED * sizeof(uint64_t), &outputs))
		fail(executor->name, "no room for the payload", QUEUED);
	memset(acts, 0, QUEUED * sizeof(struct act));
	memset(outputs, 0, QUEUED * sizeof(uint64_t));
	payload = QUEUED * (sizeof(struct act) + sizeof(uint64_t) + sizeof(uint32_t));
	before = held_private_bytes();
	begin_ns = clock_now_ns();
	queue_up(pool, executor, ledger, acts, outputs);
	queued_ns = clock_now_ns();
	task_bytes = (double)(held_bytes() - payload - before) / QUEUED;
	atomic_store(&ledger->open, 1);
	if (tvp_pool_drain(pool, TVP_FOREVER))
		fail(executor->name, "drain", 0);
	done_ns = clock_now_ns();
	for (uint64_t i = 0; i < QUEUED; i++)
		if (ledger->runs[i] != 1 || ((uint64_t *)outputs)[i] != i * i)
			fail(executor->name, "task not done exactly once", (long long)i);
	tvp_pool_destroy(pool);
	printf("%-10s  %d queued tasks: %.1f B each with the pool's own, handed in at %.0f ns, done at %.0f ns each\n",
	       executor->name, QUEUED, task_bytes, (double)(queued_ns - begin_ns) / QUEUED,
	       (double)(done_ns - queued_ns) / QUEUED);
	if (!HELD_SANITIZED && task_bytes > TASK_MAX_BYTES)
		fail(executor->name, "bytes of a queued task are too many", (long long)task_bytes);
}

static void crowd(const struct executor *executor)
{
	struct tvp_pool_options options = {0};
	uint64_t begin_ns = clock_now_ns(), up_ns, done_ns;
	struct tvp_pool_counts counts;
	struct tvp_pool *pool;

	options.workers = CROWD;
	pool = pool_open(&options, executor);
	if (!pool)
		return;
	up_ns = clock_now_ns();
	check_squares(pool, executor, 1);
	check_squares(pool, executor, CROWD);
	/* Where nobody helps, everybody has to come. */
	for (unsigned schedule = 0; schedule < TVP_SCHEDULE_COUNT; schedule++)
		for (size_t i = 0; i < 3; i++)
			check_map(pool, executor, 20 * CROWD - i, schedule);
	for (uint64_t i = 0, output = 0; i < 100; i++)
		if (tvp_pool_apply(pool, "square", &i, sizeof(i), &output, sizeof(output), NULL) || output != i * i)
			fail(executor->name, "an apply failed", (long long)i);
	done_ns = clock_now_ns();
	tvp_pool_counts(pool, &counts);
	if (counts.workers != CROWD || counts.replaced || counts.lost)
		fail(executor->name, "workers", counts.workers);
	if (tvp_pool_close(pool) || tvp_pool_join(pool))
		fail(executor->name, "close and join", CROWD);
	tvp_pool_destroy(pool);
	printf("%-10s  %d workers up in %.0f ms, work of %.0f ms, down in %.0f ms\n", executor->name, CROWD,
	       (double)(up_ns - begin_ns) / 1e6, (double)(done_ns - up_ns) / 1e6,
	       (double)(clock_now_ns() - done_ns) / 1e6);
}

/* As many descriptors as this user may have. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"executor", required_argument, NULL, 'e'}, {0}};
	const char *wanted = NULL;
	int option;

	tvp_pool_worker(argc, argv, &tasks_registry);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option == 'e')
			wanted = optarg;
		else
			return 2;
	raise_limit();
	/* Fixed: by itself it grows with what is freed, and large pieces would come from the heap. */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	alarm(250);
	for (const struct executor *const *executor = executor_table; *executor; executor++) {
		if ((*executor)->concurrent || (wanted && strcmp(wanted, (*executor)->name) != 0))
			continue;
		pool_memory(*executor);
		if ((*executor)->lends)
			continue;
		queue_memory(*executor);
		crowd(*executor);
		fflush(stdout);
	}
	return skipped ? 77 : 0;
}
