/* SPDX-License-Identifier: MIT */
/* Loads runs to be compared: see compare.h. */
#include "output/compare.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/workload.h"
#include "output/compare_parts.h"
#include "output/model.h"
#include "output/summary_verdicts.h"

/* A … Z, AA … ZZ, AAA … */
static void name_run(struct compare_run *run, size_t index)
{
	char *at = run->label + sizeof(run->label) - 1;

	for (index++; index > 0 && at > run->label; index = (index - 1) / 26)
		*--at = (char)('A' + (index - 1) % 26);
	memmove(run->label, at, strlen(at) + 1);
}

static int load_run(struct compare_run *run, const char *folder, size_t index, char *reason)
{
	const char *hash;
	int error;

	name_run(run, index);
	run->folder = folder;
	error = summary_load(&run->summary, folder, reason);
	if (error)
		return error;
	hash = json_string_value(json_object_get(run->summary.run, "plan_hash"));
	run->plan_hash = hash ? hash : "";
	return 0;
}

static enum compare_mode find_mode(const struct comparison *comparison)
{
	for (size_t i = 1; i < comparison->run_count; i++)
		if (strcmp(comparison->runs[i].summary.model->machine_id,
			   comparison->runs[0].summary.model->machine_id) != 0)
			return COMPARE_MACHINES;
	return COMPARE_RUNS;
}

/* What the controls of both runs find where nothing is to be found bounds what is believed between them. */
static void set_margins(const struct comparison *comparison, struct compare_run *run)
{
	const struct summary *first = &comparison->runs[0].summary, *other = &run->summary;
	double floor = fmax(summary_floor(first), summary_floor(other));

	run->margin = comparison->options.margin;
	if (isnan(run->margin))
		run->margin = fmax(first->model->margin, other->model->margin);
	run->margin = fmax(run->margin, floor);
	run->limit = comparison->options.fail_on;
	if (!isnan(run->limit))
		run->limit = fmax(run->limit, floor);
}

/* *at is the one that the reason is about. */
static int load_runs(struct comparison *comparison, char *const *folders, size_t count, size_t *at, char *reason)
{
	comparison->runs = calloc(count, sizeof(*comparison->runs));
	if (!comparison->runs)
		return reason_set(reason, -ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		int error = load_run(&comparison->runs[i], folders[i], i, reason);

		*at = i;
		if (error)
			return error;
		comparison->run_count++;
	}
	comparison->mode = find_mode(comparison);
	for (size_t i = 1; i < count; i++)
		set_margins(comparison, &comparison->runs[i]);
	return 0;
}

int compare_load(struct comparison *comparison, char *const *folders, size_t count,
		 const struct compare_options *options, const char **folder, char *reason)
{
	struct comparison loaded = {.options = *options};
	size_t at = 0;
	int error = load_runs(&loaded, folders, count, &at, reason);

	if (!error)
		error = compare_match(&loaded, &at, reason);
	if (!error && ((error = compare_compute(&loaded)) || (error = compare_differ(&loaded))))
		reason_set(reason, error, "out of memory");
	if (error) {
		*folder = folders[at];
		compare_exit(&loaded);
		return error;
	}
	*comparison = loaded;
	return 0;
}

static void free_lines(struct compare_lines *lines)
{
	free(lines->list);
	free(lines->entries);
}

void compare_exit(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->run_count; i++) {
		struct compare_run *run = &comparison->runs[i];

		free(run->only_here.list);
		free(run->only_first.list);
		free(run->means);
		summary_exit(&run->summary);
	}
	free(comparison->runs);
	free_lines(&comparison->lines);
	free_lines(&comparison->kernels);
	free_lines(&comparison->controls);
	free(comparison->differences);
	free(comparison->difference_values);
	*comparison = (struct comparison){0};
}

unsigned compare_regressions(const struct comparison *comparison)
{
	unsigned regressions = 0;

	for (size_t i = 1; i < comparison->run_count; i++)
		regressions += comparison->runs[i].regressions;
	return regressions;
}
