/* SPDX-License-Identifier: MIT */
/* The command line of `tvp run`, read and checked. */
#ifndef TVP_CLI_RUN_OPTIONS_H
#define TVP_CLI_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"

struct run_options {
	struct plan_request request;
	uint64_t budget_ns;
	uint64_t limit_ns; /* of one cell in one block */
	uint64_t seed;
	double precision;
	double margin;
	unsigned min_blocks;
	unsigned max_blocks; /* 0: none */
	const char *out;
	const char *machine_name;
	bool quick;
	bool dry_run;
	bool json;
};

/* Reads argv; what makes no sense ends the program with one line and exit status 2, as argp does. */
void run_options_read(struct run_options *options, int argc, char **argv);
void run_options_exit(struct run_options *options);

#endif
