/* SPDX-License-Identifier: MIT */
/* `tvp summary`: a run's table again, from its files. */
#include <argp.h>
#include <stdbool.h>

#include "cli/cli.h"
#include "cli/names.h"
#include "core/workload.h"
#include "output/summary.h"

enum { KEY_JSON = 0x100 };

struct summary_options {
	const char *folder;
	bool json;
};

static error_t read_option(int key, char *text, struct argp_state *state)
{
	struct summary_options *options = state->input;

	switch (key) {
	case KEY_JSON:
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->folder)
			names_usage(state->name, "one folder at a time: %s, %s", options->folder, text);
		options->folder = text;
		return 0;
	case ARGP_KEY_END:
		if (!options->folder)
			names_usage(state->name, "the folder of a run is wanted, such as results/latest");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int command_summary(int argc, char **argv)
{
	static const struct argp_option table[] = {{"json", KEY_JSON, 0, 0, "print JSON", 0}, {0}};
	static const struct argp argp = {
		.options = table,
		.parser = read_option,
		.args_doc = "DIR",
		.doc = "Prints what a run found, from the files in its folder, and writes its summary.csv, "
		       "crossings.csv and fits.csv anew.",
	};
	struct summary_options options = {0};
	struct summary summary;
	char reason[REASON_BYTES];
	int error;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (summary_load(&summary, options.folder, reason) != 0)
		return cli_error(TVP_FAILED, "summary", "%s: %s", options.folder, reason);
	error = options.json ? summary_print_json(&summary, stdout) : summary_print(&summary, stdout);
	/* A folder that cannot be written to, from someone else's machine say, can still be read. */
	if (summary_write_csv(&summary, options.folder, reason) != 0)
		cli_error(TVP_OK, "summary", "summary.csv was not written anew: %s", reason);
	else if (crossings_write_csv(&summary, options.folder, reason) != 0)
		cli_error(TVP_OK, "summary", "crossings.csv was not written anew: %s", reason);
	else if (fits_write_csv(&summary, options.folder, reason) != 0)
		cli_error(TVP_OK, "summary", "fits.csv was not written anew: %s", reason);
	summary_exit(&summary);
	return error ? TVP_FAILED : TVP_OK;
}
