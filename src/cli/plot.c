/* SPDX-License-Identifier: MIT */
/* `tvp plot`: hands over to the script that draws, which finds a Python that can, and asks this tvp for comparisons. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/paths.h"
#include "core/workload.h"

/* The script runs `$TVP_PROGRAM compare`: the very program that was called, whatever lies in PATH. */
static int tell_program(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length < 0)
		return -errno;
	path[length] = '\0';
	return setenv("TVP_PROGRAM", path, 1) == 0 ? 0 : -errno;
}

int command_plot(int argc, char **argv)
{
	char path[PATH_MAX], reason[REASON_BYTES];
	int error;

	if (paths_find_script("plot", path, reason) != 0)
		return cli_error(TVP_FAILED, "plot", "%s", reason);
	error = tell_program();
	if (error)
		return cli_error(TVP_FAILED, "plot", "cannot tell where tvp itself lies: %s", strerror(-error));
	argv[0] = path;
	execv(path, argv);
	return cli_error(TVP_FAILED, "plot", "cannot run %s: %s", path, strerror(errno));
}
