/* SPDX-License-Identifier: MIT */
/* A task that crashes costs one task: it is told which, another worker takes over, and the rest is done. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tvp/pool.h>

enum { TASKS = 100, BAD = 41 };

/* A library that does not survive what it is fed. */
static int parse(struct tvp_worker *worker, const uint32_t *document, uint32_t *words)
{
	(void)worker;
	if (*document == BAD)
		abort();
	*words = *document * 7;
	return 0;
}

TVP_TASK(parse, uint32_t, uint32_t);

static const struct tvp_task *const tasks[] = {&parse_task, NULL};
static const struct tvp_registry registry = {.tasks = tasks};

int main(int argc, char **argv)
{
	struct tvp_pool_options options = {0};
	uint32_t documents[TASKS], words[TASKS];
	int errors[TASKS];
	const struct tvp_map map = {.task = "parse",
				    .count = TASKS,
				    .inputs = documents,
				    .input_bytes = sizeof(*documents),
				    .outputs = words,
				    .output_bytes = sizeof(*words),
				    .errors = errors};
	struct tvp_pool_counts counts;
	char reason[TVP_REASON_BYTES];
	struct tvp_pool *pool;
	int64_t failed;
	int good = 0;

	tvp_pool_worker(argc, argv, &registry);
	/* A process of any kind. Under "thread" the crash would be this program's. */
	options.executor = argc > 1 ? argv[1] : "fork";
	options.registry = &registry;
	if (tvp_pool_create(&pool, &options, reason)) {
		fprintf(stderr, "worker_death: %s\n", reason);
		return 1;
	}
	for (uint32_t i = 0; i < TASKS; i++)
		documents[i] = i;
	failed = tvp_pool_map(pool, &map);
	for (int i = 0; i < TASKS; i++)
		if (errors[i] == 0)
			good += words[i] == documents[i] * 7;
		else
			printf("document %d: %s\n", i,
			       errors[i] == -EOWNERDEAD ? "its worker died" : strerror(-errors[i]));
	tvp_pool_counts(pool, &counts);
	printf("%d documents are done, %lld failed, %llu lost\n", good, (long long)failed,
	       (unsigned long long)counts.lost);
	tvp_pool_destroy(pool);
	return failed != 1 || errors[BAD] != -EOWNERDEAD || good != TASKS - 1;
}
