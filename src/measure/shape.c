/* SPDX-License-Identifier: MIT */
/* The list of shapes, and what those over a team have in common. */
#include "measure/shape.h"

const struct shape_ops *const shape_table[] = {
	[SHAPE_CREATE] = &shape_create,
	[SHAPE_LOOP] = &shape_loop,
	[SHAPE_OPEN] = &shape_open,
	[SHAPE_FARM] = &shape_farm,
};

struct team_options shape_team_options(const struct shape_setup *setup)
{
	const struct measure_request *request = setup->request;

	return (struct team_options){
		.executor = setup->executor,
		.workload = setup->workload,
		.workers = request->workers,
		.parameters = request->parameters,
		.constant = setup->constant,
		.directory = request->directory,
		.cpusets = setup->cpusets,
		.worker_path = request->worker_path,
	};
}
