/* SPDX-License-Identifier: MIT */
/* A standing team that claims the operations of a batch. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/team.h"
#include "measure/shape.h"

/* Passes `error` on, with the team's reason if there is one. */
static int loop_error(const struct team *team, int error, char *reason)
{
	if (error)
		memcpy(reason, team->reason, REASON_BYTES);
	return error;
}

static int loop_begin(struct team *team, const struct team_options *options)
{
	int error = team_init(team, options);

	if (error)
		return error;
	error = team_start(team);
	if (error)
		team_exit(team);
	return error;
}

static int loop_open(struct shape_run *run, const struct shape_setup *setup, char *reason)
{
	const struct measure_request *request = setup->request;
	const struct team_options options = {
		.executor = setup->executor,
		.workload = setup->workload,
		.workers = request->workers,
		.parameters = request->parameters,
		.constant = setup->constant,
		.directory = request->directory,
		.cpusets = setup->cpusets,
		.worker_path = request->worker_path,
	};
	struct team *team = malloc(sizeof(*team));
	int error;

	if (!team)
		return reason_set(reason, -ENOMEM, "no memory for a team");
	error = loop_error(team, loop_begin(team, &options), reason);
	if (error) {
		free(team);
		return error;
	}
	run->turn = request->workers;
	run->shared_out = true;
	run->state = team;
	return 0;
}

static int loop_batch(struct shape_run *run, uint64_t ops, struct sample *sample, char *reason)
{
	const struct team *team = run->state;
	const struct workload *workload = team->workload;
	struct team_batch batch;
	int error = loop_error(team, team_run(run->state, ops, &batch), reason);

	if (error)
		return error;
	*sample = (struct sample){
		.start_ns = batch.start_ns,
		.wall_ns = batch.wall_ns,
		.ops = ops,
		.usage = batch.usage,
		.workers = team->workers,
		.units = workload->operation_units ? ops * workload->operation_units(&team->shared->job) : 0,
	};
	return 0;
}

static int loop_close(struct shape_run *run, char *reason)
{
	return loop_error(run->state, team_stop(run->state), reason);
}

static void loop_exit(struct shape_run *run)
{
	team_exit(run->state);
	free(run->state);
}

static int loop_whereabouts(const struct shape_run *run, char **cpusets, char **cpus)
{
	return team_whereabouts(run->state, cpusets, cpus);
}

const struct shape_ops shape_loop = {
	.open = loop_open,
	.batch = loop_batch,
	.close = loop_close,
	.exit = loop_exit,
	.whereabouts = loop_whereabouts,
};
