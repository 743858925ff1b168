/* SPDX-License-Identifier: MIT */
/* `tvp compare`: runs beside one another, from their files. */
#include <argp.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/names.h"
#include "cli/parse.h"
#include "core/workload.h"
#include "output/compare.h"

enum { KEY_JSON = 0x100, KEY_MARKDOWN, KEY_FAIL_ON, KEY_MARGIN, KEY_ALL_FIGURES };

struct compare_arguments {
	struct compare_options options;
	char **folders; /* room for all of argv */
	size_t count;
	bool json, markdown;
};

static double read_share(const struct argp_state *state, const char *option, const char *text)
{
	double share;

	if (parse_share(text, &share))
		names_usage(state->name, "--%s %s: a share such as 5%% or 0.05 is wanted", option, text);
	return share;
}

static void check(const struct argp_state *state, const struct compare_arguments *arguments)
{
	if (arguments->count < 2)
		names_usage(state->name, "the folders of at least two runs are wanted, such as results/MACHINE/RUN");
	if (arguments->json && arguments->markdown)
		names_usage(state->name, "--json and --markdown: only one of them");
}

static error_t read_option(int key, char *text, struct argp_state *state)
{
	struct compare_arguments *arguments = state->input;

	switch (key) {
	case KEY_JSON:
		arguments->json = true;
		return 0;
	case KEY_MARKDOWN:
		arguments->markdown = true;
		return 0;
	case KEY_FAIL_ON:
		arguments->options.fail_on = read_share(state, "fail-on", text);
		return 0;
	case KEY_MARGIN:
		arguments->options.margin = read_share(state, "margin", text);
		return 0;
	case KEY_ALL_FIGURES:
		arguments->options.all_figures = true;
		return 0;
	case ARGP_KEY_ARG:
		arguments->folders[arguments->count++] = text;
		return 0;
	case ARGP_KEY_END:
		check(state, arguments);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void read_arguments(struct compare_arguments *arguments, int argc, char **argv)
{
	static const struct argp_option table[] = {
		{"json", KEY_JSON, 0, 0, "print JSON", 0},
		{"markdown", KEY_MARKDOWN, 0, 0, "print GitHub's Markdown, for a comment on a pull request", 0},
		{"fail-on", KEY_FAIL_ON, "SHARE", 0,
		 "end with 3 if anything has got worse by more than this (5%) with confidence; one machine only", 0},
		{"margin", KEY_MARGIN, "SHARE", 0,
		 "the least difference that counts (2%), never less than the runs' own controls are off; default: the "
		 "runs' own",
		 0},
		{"all-figures", KEY_ALL_FIGURES, 0, 0, "every figure, not only each experiment's first", 0},
		{0}};
	static const struct argp argp = {
		.options = table,
		.parser = read_option,
		.args_doc = "DIR DIR…",
		.doc = "Compares runs with the first one. Of one machine: which cells got faster or slower. Of several "
		       "machines: whether processes over threads, and the speed-up, come to the same on all."
		       "\vExit status: 0 fine, 1 failed, 2 usage, 3 --fail-on found something that got worse.",
	};

	argp_parse(&argp, argc, argv, 0, NULL, arguments);
}

static int print(const struct comparison *comparison, const struct compare_arguments *arguments)
{
	int error = arguments->json       ? compare_print_json(comparison, stdout)
		    : arguments->markdown ? compare_print_markdown(comparison, stdout)
					  : compare_print(comparison, stdout);
	unsigned regressions = compare_regressions(comparison);

	if (error)
		return cli_error(TVP_FAILED, "compare", "cannot print: %s", strerror(-error));
	if (regressions)
		return cli_error(TVP_REGRESSION, "compare", "%u figure%s got worse by more than --fail-on %g %%",
				 regressions, regressions == 1 ? "" : "s", comparison->options.fail_on * 100);
	return TVP_OK;
}

int command_compare(int argc, char **argv)
{
	struct compare_arguments arguments = {.options = {.margin = NAN, .fail_on = NAN}};
	struct comparison comparison;
	char reason[REASON_BYTES];
	const char *folder = "";
	int status;

	arguments.folders = calloc((size_t)argc + 1, sizeof(*arguments.folders));
	if (!arguments.folders)
		return cli_error(TVP_FAILED, "compare", "out of memory");
	read_arguments(&arguments, argc, argv);
	if (compare_load(&comparison, arguments.folders, arguments.count, &arguments.options, &folder, reason) != 0) {
		status = cli_error(TVP_FAILED, "compare", "%s: %s", folder, reason);
		goto free_folders;
	}
	if (comparison.mode == COMPARE_MACHINES && !isnan(arguments.options.fail_on))
		status = cli_error(TVP_USAGE, "compare",
				   "--fail-on is for runs of one machine: between machines a slower one is no "
				   "regression");
	else
		status = print(&comparison, &arguments);
	compare_exit(&comparison);
free_folders:
	free(arguments.folders);
	return status;
}
