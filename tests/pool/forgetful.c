/* SPDX-License-Identifier: MIT */
/* A program whose main does not begin with tvp_pool_worker. Executed as a worker it would make a pool again, whose workers
 * would make pools, and so on. Exits 0 if the pool was refused, with the reason. */
#include <stdio.h>
#include <stdlib.h>

#include "tasks.h"

int main(void)
{
	/* Not an argument: those of a worker are the pool's. */
	const struct tvp_pool_options options = {
		.executor = getenv("FORGETFUL_EXECUTOR"), .workers = 2, .registry = &tasks_registry};
	char reason[TVP_REASON_BYTES] = "";
	struct tvp_pool *pool;
	int error = tvp_pool_create(&pool, &options, reason);

	fprintf(stderr, "%s (%d)\n", reason, error);
	if (!error)
		tvp_pool_destroy(pool);
	return error && *reason ? 0 : 1;
}
