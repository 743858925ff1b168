/* SPDX-License-Identifier: MIT */
/* From a cell of the plan to what its measurer is asked. */
#include "measure/request.h"

#include <stdio.h>
#include <string.h>

#include "plan/plan.h"

void request_init(struct measure_request *request, const struct cell *cell, const char *directory,
		  const char *worker_path)
{
	*request = (struct measure_request){
		.size_bytes = sizeof(*request),
		.shape = cell->experiment->shape,
		.workers = cell->workers,
		.timeline = cell->experiment->timeline,
		.memory = cell->experiment->memory,
		.bare = cell->experiment->bare,
		.cpusets_bytes = (uint32_t)strlen(cell->cpusets) + 1,
	};
	memcpy(request->parameters, cell->parameters, sizeof(request->parameters));
	memcpy(request->settings, cell->settings, sizeof(request->settings));
	snprintf(request->workload, sizeof(request->workload), "%s", cell->workload->name);
	snprintf(request->executor, sizeof(request->executor), "%s", cell->executor->name);
	snprintf(request->directory, sizeof(request->directory), "%.*s", JOB_DIRECTORY_BYTES - 1, directory);
	snprintf(request->worker_path, sizeof(request->worker_path), "%.*s", PATH_MAX - 1, worker_path);
}
