/* SPDX-License-Identifier: MIT */
/*
 * `tvp gbench`: every cell of the default plan as a benchmark of an ordinary Google Benchmark program, without those
 * over a pool: what a pool costs is seen from a process of its own, as the measurer is one.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/paths.h"
#include "cli/version.h"
#include "core/clock.h"
#include "gbench/gbench.h"
#include "machine/machine.h"
#include "measure/session.h"
#include "plan/plan.h"

/* Long enough that what surrounds a batch does not count, short enough for many within --benchmark_min_time. */
#define BATCH_NS (20 * NS_PER_MS)

/* A registered cell. Team, calibration and workload data are made when its turn comes. */
struct entry {
	const struct cell *cell;
	struct entry *all; /* every entry of the plan */
	unsigned count;
	struct measure_request request;
	struct session session;
	uint64_t ops, batch_ops;
	struct usage usage;
};

/* What one cell has found out about its workload holds for all cells with it. */
static void entry_share_constant(const struct entry *entry)
{
	for (unsigned i = 0; i < entry->count; i++)
		if (entry->all[i].cell && entry->all[i].cell->workload == entry->cell->workload)
			entry->all[i].request.constant = entry->session.constant;
}

/* A batch's length, once found, stays: Google Benchmark aborts unless all repetitions have as many iterations. */
static int entry_warm_up(struct entry *entry)
{
	struct sample discarded;

	if (!entry->batch_ops)
		return session_calibrate(&entry->session, &entry->batch_ops);
	return session_batch(&entry->session, entry->batch_ops, &discarded);
}

static const char *entry_open(void *context, uint64_t *ops)
{
	struct entry *entry = context;

	if (session_open(&entry->session, &entry->request, entry->cell->cpusets) != 0)
		return entry->session.reason;
	entry_share_constant(entry);
	entry->usage = (struct usage){0};
	entry->ops = 0;
	if (entry_warm_up(entry) == 0) {
		*ops = entry->batch_ops;
		return NULL;
	}
	session_exit(&entry->session);
	return entry->session.reason;
}

static const char *entry_batch(void *context, double *seconds)
{
	struct entry *entry = context;
	struct sample sample;

	if (session_batch(&entry->session, entry->batch_ops, &sample) != 0)
		return entry->session.reason;
	usage_add(&entry->usage, &sample.usage);
	entry->ops += sample.ops;
	*seconds = (double)sample.wall_ns / NS_PER_S;
	return NULL;
}

/* Google Benchmark's CPU column counts the calling process alone; this one has all workers. */
static void entry_close(void *context, struct gbench_state *state)
{
	struct entry *entry = context;
	double cpu_ns = (double)(entry->usage.user_ns + entry->usage.sys_ns);

	gbench_counter(state, "workers_cpu_ns", entry->ops ? cpu_ns / (double)entry->ops : 0, GBENCH_COUNTER_PLAIN);
	gbench_counter(state, "ops_per_second", (double)entry->ops, GBENCH_COUNTER_RATE);
	session_close(&entry->session);
	session_exit(&entry->session);
}

static int entries_register(struct entry *entries, const struct plan *plan, const char *directory,
			    const char *worker_path)
{
	int error = 0;

	for (unsigned i = 0; i < plan->cell_count && !error; i++) {
		const struct gbench_case benchmark = {
			.name = plan->cells[i].name,
			.context = &entries[i],
			.open = entry_open,
			.batch = entry_batch,
			.close = entry_close,
		};

		if (plan->cells[i].skip)
			continue;
		entries[i].cell = &plan->cells[i];
		entries[i].all = entries;
		entries[i].count = plan->cell_count;
		request_init(&entries[i].request, &plan->cells[i], directory, worker_path);
		entries[i].request.batch_ns = BATCH_NS;
		error = gbench_register(&benchmark);
	}
	return error;
}

/* Google Benchmark has read BENCHMARK_* variables as flags before main began; so this program begins once more. */
static void restart_without_variables(char **argv)
{
	static char name[] = "gbench";
	bool found = false;

	for (char **variable = environ; *variable;) {
		char variable_name[128];

		if (strncmp(*variable, "BENCHMARK_", strlen("BENCHMARK_")) != 0 ||
		    strcspn(*variable, "=") >= sizeof(variable_name)) {
			variable++;
			continue;
		}
		snprintf(variable_name, sizeof(variable_name), "%.*s", (int)strcspn(*variable, "="), *variable);
		fprintf(stderr, "tvp gbench: the environment variable %s is ignored; give it as a flag\n",
			variable_name);
		unsetenv(variable_name);
		found = true;
	}
	if (!found)
		return;
	/* argv[-1] and argv[0] are "tvp" and "tvp gbench" by now; give the command its own name back */
	argv[0] = name;
	execv("/proc/self/exe", argv - 1);
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

/* Google Benchmark prints its flags and ends the program, so nothing may have been made by then. */
static int print_help(int argc, char **argv)
{
	puts("Usage: tvp gbench [--benchmark_…]\n"
	     "The cells of `tvp run` as benchmarks of an ordinary Google Benchmark program, without those of\n"
	     "experiments over a pool, which `tvp run` alone can measure. These are its flags:\n");
	fflush(stdout);
	return gbench_main(argc, argv);
}

int command_gbench(int argc, char **argv)
{
	char temporary[PATH_MAX], reason[REASON_BYTES];
	const struct plan_request selected = {.in_process = true};
	struct program_paths paths;
	struct machine *machine;
	struct entry *entries;
	struct plan plan;
	int status = TVP_FAILED;

	restart_without_variables(argv);
	if (wants_help(argc, argv))
		return print_help(argc, argv);
	if (paths_find(&paths, reason) != 0 || machine_open(&machine, reason) != 0)
		return cli_error(TVP_FAILED, "gbench", "%s", reason);
	if (plan_init(&plan, &selected, machine, reason) != 0 || temporary_create(temporary, reason) != 0)
		return cli_error(TVP_FAILED, "gbench", "%s", reason);
	entries = calloc(plan.cell_count, sizeof(*entries));
	if (entries && entries_register(entries, &plan, temporary, paths.worker) == 0) {
		gbench_context("tvp_version", TVP_VERSION);
		gbench_context("tvp_git", version_git7());
		gbench_context("tvp_note", "a warning about a DEBUG library build speaks of the distribution's Google "
					   "Benchmark, not of tvp; the loop's own cost is the benchmark harness/noop");
		status = gbench_main(argc, argv);
	} else {
		cli_error(TVP_FAILED, "gbench", "out of memory");
	}
	temporary_remove(temporary);
	free(entries);
	plan_exit(&plan);
	machine_close(machine);
	return status;
}
