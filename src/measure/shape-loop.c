/* SPDX-License-Identifier: MIT */
/* A standing team that claims the operations of a batch. */
#include "measure/shape-team.h"

static int loop_open(struct shape_run *run, const struct shape_setup *setup, char *reason)
{
	run->turn = setup->request->workers;
	run->shared_out = true;
	return shape_team_open(run, setup, TEAM_GATED, team_start, reason);
}

static int loop_batch(struct shape_run *run, uint64_t ops, struct sample *sample, char *reason)
{
	struct team_batch batch;
	int error = team_run(run->state, ops, &batch);

	if (error)
		return shape_team_error(run, error, reason);
	*sample = (struct sample){
		.start_ns = batch.start_ns,
		.wall_ns = batch.wall_ns,
		.ops = ops,
		.usage = batch.usage,
	};
	return 0;
}

static int loop_close(struct shape_run *run, char *reason)
{
	return shape_team_error(run, team_stop(run->state), reason);
}

const struct shape_ops shape_loop = {
	.open = loop_open,
	.batch = loop_batch,
	.close = loop_close,
	.exit = shape_team_exit,
	.whereabouts = shape_team_whereabouts,
};
