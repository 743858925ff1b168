/* SPDX-License-Identifier: MIT */
/* Spawned processes: posix_spawn of the lean program tvp-worker, which inherits the arena's descriptor. */
#include <errno.h>
#include <string.h>

#include "core/crew.h"
#include "core/executor.h"
#include "core/process.h"
#include "core/program.h"

static int spawn_start(struct seat *seat)
{
	struct crew *crew = seat->crew;
	struct program_arguments arguments;
	int error;

	program_arguments(&arguments, crew, seat->rank, -1);
	error = program_spawn(crew, &arguments, -1, &seat->pid);
	if (error)
		reason_set(crew->reason, error, "posix_spawn of %s for worker %u: %s", crew->program, seat->rank,
			   strerror(-error));
	return error;
}

const struct executor executor_spawn = {
	.name = "spawn",
	.summary = "processes made by posix_spawn of a lean worker program (tvp-worker)",
	.sharing = SHARING_FRESH,
	.start = spawn_start,
	.reap = process_reap,
	.kill = process_kill,
	.alive = process_alive,
};
