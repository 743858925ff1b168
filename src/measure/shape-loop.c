/* SPDX-License-Identifier: MIT */
/* A standing team that claims the operations of a batch. */
#include "measure/shape.h"

static int loop_batch(struct team *team, uint64_t ops, struct sample *sample)
{
	struct team_batch batch;
	int error = team_run(team, ops, &batch);

	if (error)
		return error;
	*sample = (struct sample){
		.start_ns = batch.start_ns,
		.wall_ns = batch.wall_ns,
		.ops = ops,
		.usage = batch.usage,
	};
	return 0;
}

const struct shape_ops shape_loop = {
	.mode = TEAM_GATED,
	.shared_out = true,
	.open = team_start,
	.batch = loop_batch,
	.close = team_stop,
};
