/* SPDX-License-Identifier: MIT */
/* A standing team that claims the operations of a batch. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/team.h"
#include "measure/footprint.h"
#include "measure/shape.h"

struct loop {
	struct team team;
	bool memory; /* is looked at */
	struct footprint before;
	double worker_bytes; /* NaN: not known, or not yet */
};

/* Passes `error` on, with the team's reason if there is one. */
static int loop_error(const struct loop *loop, int error, char *reason)
{
	if (error)
		memcpy(reason, loop->team.reason, REASON_BYTES);
	return error;
}

static int loop_begin(struct loop *loop, const struct team_options *options)
{
	int error = team_init(&loop->team, options);

	if (error)
		return error;
	if (loop->memory)
		loop->before = footprint_of(&loop->team, false);
	error = team_start(&loop->team);
	if (error)
		team_exit(&loop->team);
	return error;
}

static int loop_open(struct shape_run *run, const struct shape_setup *setup, char *reason)
{
	const struct team_options options = shape_team_options(setup);
	struct loop *loop = malloc(sizeof(*loop));
	int error;

	if (!loop)
		return reason_set(reason, -ENOMEM, "no memory for a team");
	loop->memory = setup->request->memory;
	loop->worker_bytes = NAN;
	error = loop_error(loop, loop_begin(loop, &options), reason);
	if (error) {
		free(loop);
		return error;
	}
	run->turn = setup->request->workers;
	run->shared_out = true;
	run->state = loop;
	return 0;
}

/* Once, after a batch: workers have what they need by then, and to look takes its time. */
static void loop_look(struct loop *loop)
{
	struct footprint after;

	if (!loop->memory || !isnan(loop->worker_bytes))
		return;
	after = footprint_of(&loop->team, true);
	loop->worker_bytes = footprint_of_worker(&loop->before, &after, loop->team.shared->job.workers);
}

static int loop_batch(struct shape_run *run, uint64_t ops, struct sample *sample, char *reason)
{
	struct loop *loop = run->state;
	const struct job *job = &loop->team.shared->job;
	const struct workload *workload = loop->team.workload;
	struct team_batch batch;
	int error = loop_error(loop, team_run(&loop->team, ops, &batch), reason);

	if (error)
		return error;
	loop_look(loop);
	*sample = (struct sample){
		.start_ns = batch.start_ns,
		.wall_ns = batch.wall_ns,
		.ops = ops,
		.usage = batch.usage,
		.workers = job->workers,
		.units = workload->operation_units ? ops * workload->operation_units(job) : 0,
		.worker_bytes = loop->worker_bytes,
	};
	return 0;
}

static int loop_close(struct shape_run *run, char *reason)
{
	struct loop *loop = run->state;

	return loop_error(loop, team_stop(&loop->team), reason);
}

static void loop_exit(struct shape_run *run)
{
	struct loop *loop = run->state;

	team_exit(&loop->team);
	free(loop);
}

static int loop_whereabouts(const struct shape_run *run, char **cpusets, char **cpus)
{
	const struct loop *loop = run->state;

	return team_whereabouts(&loop->team, cpusets, cpus);
}

const struct shape_ops shape_loop = {
	.open = loop_open,
	.batch = loop_batch,
	.close = loop_close,
	.exit = loop_exit,
	.whereabouts = loop_whereabouts,
};
