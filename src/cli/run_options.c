/* SPDX-License-Identifier: MIT */
/* argp's table for `tvp run`, and the checks of each option. */
#include "cli/run_options.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cli/cli.h"
#include "cli/names.h"
#include "cli/parse.h"
#include "core/clock.h"
#include "machine/machine.h"

#define BUDGET_DEFAULT_NS (5 * 60 * NS_PER_S)
#define BUDGET_QUICK_NS   (45 * NS_PER_S)
#define LIMIT_DEFAULT_NS  (30 * NS_PER_S)

enum {
	KEY_BUDGET = 0x100,
	KEY_QUICK,
	KEY_PRECISION,
	KEY_MARGIN,
	KEY_MIN_BLOCKS,
	KEY_MAX_BLOCKS,
	KEY_LIMIT,
	KEY_SEED,
	KEY_AA,
	KEY_WORKERS,
	KEY_EXECUTORS,
	KEY_WORKLOADS,
	KEY_PLACEMENT,
	KEY_SET,
	KEY_OUT,
	KEY_MACHINE_NAME,
	KEY_DRY_RUN,
	KEY_JSON
};

static const struct argp_option table[] = {
	{0, 0, 0, 0, "How long and how precisely:", 1},
	{"budget", KEY_BUDGET, "TIME", 0, "wall time to spend: 30s, 5m, 1h30m (default 5m)", 1},
	{"quick", KEY_QUICK, 0, 0, "a budget of 45s", 1},
	{"precision", KEY_PRECISION, "SHARE", 0, "stop measuring what is known so narrowly (default 2%)", 1},
	{"min-blocks", KEY_MIN_BLOCKS, "N", 0, "blocks before anything is known well enough (default 10)", 1},
	{"max-blocks", KEY_MAX_BLOCKS, "N", 0, "stop after so many blocks", 1},
	{"time-limit", KEY_LIMIT, "TIME", 0, "of one cell in one block (default 30s)", 1},
	{0, 0, 0, 0, "What to measure:", 2},
	{"workers", KEY_WORKERS, "LIST", 0, "worker counts: 1,2,4", 2},
	{"executors", KEY_EXECUTORS, "LIST", 0, "see `tvp list executors` and `tvp list peers`", 2},
	{"workloads", KEY_WORKLOADS, "LIST", 0, "see `tvp list workloads`", 2},
	{"placement", KEY_PLACEMENT, "LIST", 0, "see `tvp list placements` (default: as the experiment says)", 2},
	{"set", KEY_SET, "NAME=LIST", 0, "values of a workload's parameter or an experiment's setting: us=100,1000", 2},
	{"margin", KEY_MARGIN, "SHARE", 0, "differences below it are called equivalent (default 2%)", 2},
	{"aa", KEY_AA, "N", 0, "instead: how often does this machine find a difference where there is none? N pairs",
	 2},
	{"seed", KEY_SEED, "N", 0, "of the random order of cells (default: a random one, recorded)", 2},
	{0, 0, 0, 0, "Where to and how:", 3},
	{"out", KEY_OUT, "DIR", 0, "a new folder for the run (default results/<machine>/<time>-<commit>)", 3},
	{"machine-name", KEY_MACHINE_NAME, "NAME", 0, "instead of the machine id: a-z, 0-9, '-', '.'", 3},
	{"dry-run", KEY_DRY_RUN, 0, 0, "print the plan and what it will take", 3},
	{"json", KEY_JSON, 0, 0, "print the results as JSON", 3},
	{0},
};

static bool is_repeated(const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (values[i] == values[count])
			return true;
	return false;
}

static void read_workers(struct argp_state *state, struct run_options *options, const char *text)
{
	const char *limit;
	unsigned most = machine_max_workers(&limit);
	uint64_t *counts;
	char **items;
	size_t count = 0;

	if (parse_list(text, &items))
		names_usage(state->name, "--workers %s: a list of different counts is wanted, such as 1,2,4", text);
	while (items[count])
		count++;
	free(options->request.workers);
	options->request.workers = calloc(count + 1, sizeof(unsigned));
	counts = calloc(count, sizeof(*counts));
	for (size_t i = 0; i < count; i++) {
		int error = parse_number(items[i], 1, most, &counts[i]);

		if (error == -ERANGE && strspn(items[i], "0") != strlen(items[i]))
			names_usage(state->name, "--workers %s: at most %u workers can exist here (%s)", items[i], most,
				    limit);
		if (error)
			names_usage(state->name, "--workers %s: a whole number from 1 is wanted", items[i]);
		if (is_repeated(counts, i))
			names_usage(state->name, "--workers %s: %s is there twice", text, items[i]);
		options->request.workers[i] = (unsigned)counts[i];
	}
	free(counts);
	parse_list_free(items);
}

/* --set name=1,2,3; what the values may be is known when the experiments are. */
static void read_setting(struct argp_state *state, struct run_options *options, const char *text)
{
	struct plan_request *request = &options->request;
	const char *equals = strchr(text, '=');
	char **items;

	if (!equals || equals == text || parse_list(equals + 1, &items))
		names_usage(state->name, "--set %s: NAME=VALUE[,VALUE…] is wanted, such as us=100,1000", text);
	parse_list_free(items);
	request->settings = realloc(request->settings, (request->setting_count + 1) * sizeof(*request->settings));
	request->settings[request->setting_count++] = (struct plan_setting){
		.name = strndup(text, (size_t)(equals - text)),
		.values = strdup(equals + 1),
	};
}

static const char *read_machine_name(struct argp_state *state, const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.");

	if (!length || text[length] || length > 64 || !isalnum((unsigned char)text[0]))
		names_usage(state->name,
			    "--machine-name %s: up to 64 of a-z, 0-9, '-' and '.' are wanted, a letter or digit first",
			    text);
	return text;
}

static double read_share(struct argp_state *state, const char *option, const char *text)
{
	double share;

	if (parse_share(text, &share))
		names_usage(state->name, "--%s %s: a share is wanted, such as 2%% or 0.02", option, text);
	return share;
}

static uint64_t read_duration(struct argp_state *state, const char *option, const char *text)
{
	uint64_t ns;

	if (parse_duration(text, &ns))
		names_usage(state->name, "--%s %s: a time with its unit is wanted, such as 30s, 5m or 1h30m", option,
			    text);
	return ns;
}

static uint64_t read_number(struct argp_state *state, const char *option, const char *text, uint64_t min, uint64_t max)
{
	uint64_t number;

	if (parse_number(text, min, max, &number))
		names_usage(state->name, "--%s %s: a whole number from %llu to %llu is wanted", option, text,
			    (unsigned long long)min, (unsigned long long)max);
	return number;
}

static error_t read_selection(int key, char *text, struct argp_state *state)
{
	struct run_options *options = state->input;
	struct plan_request *request = &options->request;

	switch (key) {
	case KEY_WORKERS:
		read_workers(state, options, text);
		return 0;
	case KEY_EXECUTORS:
		free(request->executors);
		request->executors = names_executors(state->name, text);
		return 0;
	case KEY_WORKLOADS:
		free(request->workloads);
		request->workloads = names_workloads(state->name, text);
		return 0;
	case KEY_PLACEMENT:
		free(request->placements);
		request->placements = names_placements(state->name, text);
		return 0;
	case KEY_SET:
		read_setting(state, options, text);
		return 0;
	case ARGP_KEY_ARG:
		names_add_experiment(state->name, text, &request->experiments);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t read_option(int key, char *text, struct argp_state *state)
{
	struct run_options *options = state->input;

	switch (key) {
	case KEY_BUDGET:
		options->budget_ns = read_duration(state, "budget", text);
		return 0;
	case KEY_QUICK:
		options->quick = true;
		return 0;
	case KEY_PRECISION:
		options->precision = read_share(state, "precision", text);
		return 0;
	case KEY_MARGIN:
		options->margin = read_share(state, "margin", text);
		return 0;
	case KEY_MIN_BLOCKS:
		options->min_blocks = (unsigned)read_number(state, "min-blocks", text, 1, 100000);
		return 0;
	case KEY_MAX_BLOCKS:
		options->max_blocks = (unsigned)read_number(state, "max-blocks", text, 1, 100000);
		return 0;
	case KEY_LIMIT:
		options->limit_ns = read_duration(state, "time-limit", text);
		return 0;
	case KEY_SEED:
		options->seed = read_number(state, "seed", text, 0, UINT64_MAX);
		return 0;
	case KEY_AA:
		options->request.aa_pairs = (unsigned)read_number(state, "aa", text, 2, 1000);
		return 0;
	case KEY_OUT:
		options->out = text;
		return 0;
	case KEY_MACHINE_NAME:
		options->machine_name = read_machine_name(state, text);
		return 0;
	case KEY_DRY_RUN:
		options->dry_run = true;
		return 0;
	case KEY_JSON:
		options->json = true;
		return 0;
	default:
		return read_selection(key, text, state);
	}
}

void run_options_read(struct run_options *options, int argc, char **argv)
{
	static const struct argp argp = {
		.options = table,
		.parser = read_option,
		.args_doc = "[EXPERIMENT…]",
		.doc = "Measures and answers: threads or processes? Without EXPERIMENT it runs all of them "
		       "that have a cell with what is selected."
		       "\vExit status: 0 fine, 1 failed, 2 usage, 130 interrupted (what was measured is saved).",
	};

	*options = (struct run_options){
		.request.peers = peer_table,
		.limit_ns = LIMIT_DEFAULT_NS,
		.precision = 0.02,
		.margin = 0.02,
		.min_blocks = 10,
	};
	if (getrandom(&options->seed, sizeof(options->seed), GRND_NONBLOCK) < 0)
		options->seed = clock_now_ns();
	argp_parse(&argp, argc, argv, 0, NULL, options);
	if (!options->budget_ns)
		options->budget_ns = options->quick ? BUDGET_QUICK_NS : BUDGET_DEFAULT_NS;
	else if (options->quick)
		names_usage(argv[0], "--quick and --budget: only one of them");
	if (options->request.aa_pairs &&
	    (options->request.experiments || options->request.workloads || options->request.executors ||
	     options->request.setting_count || options->request.workers || options->request.placements))
		names_usage(argv[0], "--aa: it has cells of its own, and takes no experiment or selection");
	if (options->out && !*options->out)
		names_usage(argv[0], "--out: a folder is wanted");
}

void run_options_exit(struct run_options *options)
{
	struct plan_request *request = &options->request;

	free(request->experiments);
	free(request->workloads);
	free(request->executors);
	free(request->placements);
	free(request->workers);
	for (size_t i = 0; i < request->setting_count; i++) {
		free(request->settings[i].name);
		free(request->settings[i].values);
	}
	free(request->settings);
}
