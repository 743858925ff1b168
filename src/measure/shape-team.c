/* SPDX-License-Identifier: MIT */
/* A team as a shape's state. */
#include "measure/shape-team.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int shape_team_error(const struct shape_run *run, int error, char *reason)
{
	const struct team *team = run->state;

	if (error)
		memcpy(reason, team->reason, REASON_BYTES);
	return error;
}

int shape_team_open(struct shape_run *run, const struct shape_setup *setup, enum team_mode mode,
		    int (*begin)(struct team *team), char *reason)
{
	const struct measure_request *request = setup->request;
	const struct team_options options = {
		.executor = setup->executor,
		.workload = setup->workload,
		.mode = mode,
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
	run->state = team;
	error = team_init(team, &options);
	if (error)
		goto free_team;
	error = begin(team);
	if (!error)
		return 0;
	team_exit(team);
free_team:
	shape_team_error(run, error, reason);
	free(team);
	return error;
}

void shape_team_exit(struct shape_run *run)
{
	team_exit(run->state);
	free(run->state);
}

int shape_team_whereabouts(const struct shape_run *run, char **cpusets, char **cpus)
{
	return team_whereabouts(run->state, cpusets, cpus);
}
