/* SPDX-License-Identifier: MIT */
/* imap_unordered: results as they come; the job that takes longest was begun first and comes last. */
#include <stdio.h>
#include <unistd.h>

#include <tvp/pool.h>

enum { JOBS = 12 };

static int nap(struct tvp_worker *worker, const uint32_t *ms, unsigned *rank)
{
	usleep(*ms * 1000);
	*rank = worker->rank;
	return 0;
}

TVP_TASK(nap, uint32_t, unsigned);

static const struct tvp_task *const tasks[] = {&nap_task, NULL};
static const struct tvp_registry registry = {.tasks = tasks};

int main(int argc, char **argv)
{
	struct tvp_pool_options options = {0};
	uint32_t naps_ms[JOBS];
	unsigned ranks[JOBS];
	/* One at a time: a worker that had claimed several would give the quick one after the slow one. */
	const struct tvp_map map = {.task = "nap",
				    .count = JOBS,
				    .inputs = naps_ms,
				    .input_bytes = sizeof(*naps_ms),
				    .outputs = ranks,
				    .output_bytes = sizeof(*ranks),
				    .schedule = TVP_SCHEDULE_DYNAMIC,
				    .chunk = 1};
	char reason[TVP_REASON_BYTES];
	struct tvp_async handle;
	struct tvp_pool *pool;
	size_t index, count = 0;
	int error;

	tvp_pool_worker(argc, argv, &registry);
	options.executor = argc > 1 ? argv[1] : "forkserver";
	options.workers = 3;
	options.registry = &registry;
	if (tvp_pool_create(&pool, &options, reason)) {
		fprintf(stderr, "imap_unordered: %s\n", reason);
		return 1;
	}
	for (uint32_t i = 0; i < JOBS; i++)
		naps_ms[i] = i == 0 ? 60 : 5;
	if (tvp_pool_imap_unordered(pool, &map, &handle))
		return 1;
	/* This program has no signal handlers; one that has looks for -EINTR and calls again. */
	for (; tvp_async_next(&handle, TVP_FOREVER, &index, &error) == 1; count++)
		printf("job %2zu took %2u ms in worker %u\n", index, naps_ms[index], ranks[index]);
	/* Even so, to give the handle up. */
	if (tvp_async_get(&handle, NULL) != 0)
		return 1;
	tvp_pool_destroy(pool);
	return count != JOBS;
}
