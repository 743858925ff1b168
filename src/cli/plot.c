/* SPDX-License-Identifier: MIT */
/* `tvp plot`: hands over to the script that draws, which finds a Python that can. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/paths.h"
#include "core/workload.h"

int command_plot(int argc, char **argv)
{
	char path[PATH_MAX], reason[REASON_BYTES];

	if (paths_find_script("plot", path, reason) != 0)
		return cli_error(TVP_FAILED, "plot", "%s", reason);
	argv[0] = path;
	execv(path, argv);
	return cli_error(TVP_FAILED, "plot", "cannot run %s: %s", path, strerror(errno));
}
