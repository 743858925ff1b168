/* SPDX-License-Identifier: MIT */
/* The program that the executors `spawn` and `forkserver` run. */
#include <stdio.h>

#include "core/clock.h"
#include "core/creation.h"
#include "core/program.h"
#include "core/registry.h"
#include "core/team.h"
#include "tvp/pool.h"

int main(int argc, char **argv)
{
	uint64_t started_ns = clock_now_ns();

	program_run(argc, argv, CREATION_ROLE, creation_program_entry, started_ns);
	program_run(argc, argv, TEAM_ROLE, team_program_entry, started_ns);
	tvp_pool_worker(argc, argv, registry_of_workloads());
	fputs("tvp-worker is started by tvp; it does nothing on its own\n", stderr);
	return 2;
}
