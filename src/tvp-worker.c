/* SPDX-License-Identifier: MIT */
/* The program that the executor `spawn` runs: one worker, found by the arena's descriptor and its rank. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/process.h"
#include "core/team.h"
#include "core/worker.h"

enum { EXIT_NOT_A_TEAM = 2, EXIT_UNKNOWN_WORKLOAD = 3 };

int main(int argc, char **argv)
{
	uint64_t started_ns = clock_now_ns();
	const struct team_shared *shared;
	const struct workload *workload;
	struct arena arena;
	unsigned rank;

	if (argc != 3 || arena_attach(&arena, atoi(argv[1])) != 0) {
		fputs("tvp-worker is started by tvp; it does nothing on its own\n", stderr);
		return EXIT_NOT_A_TEAM;
	}
	shared = arena_at(&arena, TEAM_SHARED_OFFSET);
	rank = (unsigned)strtoul(argv[2], NULL, 10);
	if (rank >= shared->workers)
		return EXIT_NOT_A_TEAM;
	process_follow((pid_t)shared->owner_pid);
	workload = workload_find(shared->job.workload);
	if (!workload)
		return EXIT_UNKNOWN_WORKLOAD;
	worker_main(&arena, workload, rank, started_ns);
	return 0;
}
