/* SPDX-License-Identifier: MIT */
/* Running a workload over data that a test has damaged: what its verify must find. */
#ifndef TVP_TESTS_SPOILT_H
#define TVP_TESTS_SPOILT_H

#include "teams.h"

/* 0, or the error of one worker's batch after `spoil` has been at the data; without it the batch has to be right.
 * NULL parameters are the small ones. */
static inline int run_spoilt(const char *workload, const uint64_t *parameters, uint64_t ops,
			     void (*spoil)(struct job *job, struct arena *arena))
{
	uint64_t unused[WORKLOAD_PARAMETERS_MAX];
	struct team_options options = teams_options(executor_find("serial"), workload_find(workload), 1, unused);
	struct team_batch batch;
	struct team team;
	int error;

	if (parameters)
		options.parameters = parameters;
	if (team_init(&team, &options))
		fail_msg("%s: %s", workload, team.reason);
	if (spoil)
		spoil(&team.shared->job, &team.arena);
	assert_int_equal(team_start(&team), 0);
	error = team_run(&team, ops, &batch);
	if (!spoil && error)
		fail_msg("%s: %s", workload, team.reason);
	team_exit(&team);
	return error;
}

#endif
