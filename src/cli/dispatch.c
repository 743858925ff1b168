/* SPDX-License-Identifier: MIT */
/* From the first argument to its command. */
#include <argp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/parse.h"
#include "cli/version.h"

int cli_error(int status, const char *command, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "tvp %s: ", command);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return status;
}

static void print_help(void)
{
	fputs("Usage: tvp COMMAND [OPTION…]\n"
	      "Threads or processes: which, for this work, on this machine, and by how much?\n\n",
	      stdout);
	for (const struct command *command = command_table; command->name; command++)
		printf("  %-9s %s\n", command->name, command->summary);
	fputs("\n`tvp COMMAND --help` tells more of each. Start with: tvp run --quick\n", stdout);
}

static int unknown_command(const char *name)
{
	const char *valid[16] = {0};
	char hint[256];

	for (size_t i = 0; command_table[i].name; i++)
		valid[i] = command_table[i].name;
	suggest_names(name, valid, hint, sizeof(hint));
	fprintf(stderr, "tvp: unknown command '%s'%s\n", name, hint);
	return TVP_USAGE;
}

int cli_dispatch(int argc, char **argv)
{
	static char program[64];

	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		print_help();
		return TVP_OK;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("tvp %s (%s)\n", TVP_VERSION, version_git7());
		return TVP_OK;
	}
	for (const struct command *command = command_table; command->name; command++)
		if (strcmp(command->name, argv[1]) == 0) {
			snprintf(program, sizeof(program), "tvp %s", command->name);
			argv[1] = program;
			return command->run(argc - 1, argv + 1);
		}
	return unknown_command(argv[1]);
}
