/* SPDX-License-Identifier: MIT */
/* Teams for tests: the worker program, and workloads with small parameters. */
#ifndef TVP_TESTS_TEAMS_H
#define TVP_TESTS_TEAMS_H

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/executor.h"
#include "core/team.h"

/* tvp-worker lies beside the tests. "" if that cannot be found out. */
static inline const char *teams_worker_path(void)
{
	static char path[PATH_MAX + 16];
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	path[length < 0 ? 0 : length] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		strcpy(slash + 1, "tvp-worker");
	return path;
}

/* How many seats are taken. */
static inline unsigned teams_started(const struct team *team)
{
	unsigned count = 0;

	for (unsigned rank = 0; rank < team->workers; rank++)
		count += team->crew.seats[rank].taken;
	return count;
}

static const struct {
	const char *workload;
	const char *parameter;
	uint64_t value;
} teams_small[] = {
	{"spin", "ns", 100},
	{"sleep", "us", 20},
	{"primes", "limit", 20000},
	{"primes", "segment", 1000},
	{"file-read", "size", 256},
	{"file-read", "block", 4},
	{"busy", "length_ns", 100},
	{"checksum", "bytes", 61},
	{"file-write", "size", 32},
	{"file-write", "block", 4},
	{"crawl", "pages", 20},
	{"crawl", "seeds", 4},
	{"crawl", "delay_us", 50},
	{"matmul", "n", 50},
	{"matmul", "rows", 8},
	{"sha256", "kib", 1},
	{"compress", "kib", 4},
	{"image", "size", 11},
	{"mandelbrot", "width", 20},
	{"mandelbrot", "height", 10},
	{"mandelbrot", "iterations", 50},
	{"montecarlo-pi", "points", 100},
	{"sort", "keys", 100},
	{"triad", "kib", 16},
	{"pointer-chase", "kib", 16},
	{"first-touch", "kib", 64},
};

/* The workload's parameters at their initial values, the known ones small. */
static inline void teams_parameters(const struct workload *workload, uint64_t values[WORKLOAD_PARAMETERS_MAX])
{
	memset(values, 0, WORKLOAD_PARAMETERS_MAX * sizeof(*values));
	for (size_t i = 0; workload->parameters && workload->parameters[i].name; i++) {
		values[i] = workload->parameters[i].initial;
		for (size_t j = 0; j < sizeof(teams_small) / sizeof(*teams_small); j++)
			if (strcmp(teams_small[j].workload, workload->name) == 0 &&
			    strcmp(teams_small[j].parameter, workload->parameters[i].name) == 0)
				values[i] = teams_small[j].value;
	}
}

/* Options for a team of this executor and workload; `values` must live as long as they do. */
static inline struct team_options teams_options(const struct executor *executor, const struct workload *workload,
						unsigned workers, uint64_t values[WORKLOAD_PARAMETERS_MAX])
{
	teams_parameters(workload, values);
	return (struct team_options){
		.executor = executor,
		.workload = workload,
		.workers = workers,
		.parameters = values,
		.constant = 1000000, /* for spin: a turn lasts about a nanosecond */
		.worker_path = teams_worker_path(),
	};
}

#endif
