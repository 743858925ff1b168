/* SPDX-License-Identifier: MIT */
/* Spawned processes: posix_spawn of the lean program tvp-worker, which inherits the arena's descriptor. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/executor.h"
#include "core/process.h"
#include "core/team.h"

static int spawn_start(struct team *team)
{
	char name[] = "tvp-worker", fd[16], rank[16];
	char *argv[] = {name, fd, rank, NULL};

	snprintf(fd, sizeof(fd), "%d", team->arena.fd);
	while (team->started < team->workers) {
		int error;

		snprintf(rank, sizeof(rank), "%u", team->started);
		error = -posix_spawn(&team->seats[team->started].pid, team->worker_path, NULL, NULL, argv, environ);
		if (error)
			return reason_set(team->reason, error, "posix_spawn of %s for worker %u: %s", team->worker_path,
					  team->started, strerror(-error));
		team->started++;
	}
	return 0;
}

const struct executor executor_spawn = {
	.name = "spawn",
	.summary = "processes made by posix_spawn of a lean worker program (tvp-worker)",
	.sharing = SHARING_FRESH,
	.start = spawn_start,
	.reap = process_reap,
	.cancel = process_cancel,
	.alive = process_alive,
};
