/* SPDX-License-Identifier: MIT */
/* tvp: threads versus processes. */
#include <argp.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

const struct command command_table[] = {
	{"run", "measure, and print what was found", command_run},
	{"list", "experiments, workloads, executors, peers, placements", command_list},
	{"env", "this machine, and what it is like to measure on it", command_env},
	{"summary", "the table that `run` printed, again", command_summary},
	{"compare", "runs beside one another: what got faster or slower", command_compare},
	{"plot", "draw the pictures of a run", command_plot},
	{"gbench", "the same cells as an ordinary Google Benchmark program", command_gbench},
	{0},
};

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	argp_err_exit_status = TVP_USAGE;
	return cli_dispatch(argc, argv);
}
