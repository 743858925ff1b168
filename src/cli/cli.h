/* SPDX-License-Identifier: MIT */
/* The subcommands: each is given its own argc and argv and returns the exit status. */
#ifndef TVP_CLI_CLI_H
#define TVP_CLI_CLI_H

enum { TVP_OK = 0, TVP_FAILED = 1, TVP_USAGE = 2, TVP_REGRESSION = 3, TVP_INTERRUPTED = 130 };

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

/* In the order of `tvp --help`; ends with a NULL name. */
extern const struct command command_table[];

int command_run(int argc, char **argv);
int command_list(int argc, char **argv);
int command_env(int argc, char **argv);
int command_summary(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_plot(int argc, char **argv);
int command_gbench(int argc, char **argv);

/* Finds and runs the command that argv[1] names; answers --help and --version. */
int cli_dispatch(int argc, char **argv);

/* "tvp COMMAND: message" on standard error; returns `status`. */
int cli_error(int status, const char *command, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
