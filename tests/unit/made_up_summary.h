/* SPDX-License-Identifier: MIT */
/* Summaries of made-up runs, from files that a test may have changed before; to be included after cmocka.h. */
#ifndef TVP_TESTS_MADE_UP_SUMMARY_H
#define TVP_TESTS_MADE_UP_SUMMARY_H

#include <errno.h>

#include "made_up_run.h"
#include "output/summary.h"

/* A complete run of so many blocks of a plan. */
static inline void made_up_make(struct made_up_run *run, const struct plan *plan, unsigned blocks, made_up_value *value)
{
	assert_int_equal(made_up_begin(run), 0);
	run->record.plan = plan;
	while (blocks--)
		assert_int_equal(made_up_block(run, value), 0);
	run->record.status = "complete";
	assert_int_equal(run_folder_save(&run->folder, &run->record, run->reason), 0);
}

/* The same, and the summary of it. */
static inline void made_up_load(struct made_up_run *run, const struct plan *plan, struct summary *summary,
				unsigned blocks, made_up_value *value)
{
	made_up_make(run, plan, blocks, value);
	if (summary_load(summary, run->path, run->reason) != 0)
		fail_msg("%s", run->reason);
}

/* Ends both. */
static inline void made_up_exit(struct made_up_run *run, struct summary *summary)
{
	summary_exit(summary);
	made_up_end(run);
}

/* What a printer prints; the caller's to free. Inlined, GCC 12 at -O2 warns of a dangling pointer to `text`. */
static __attribute__((noinline, unused)) char *made_up_print(const struct summary *summary,
							     int (*printer)(const struct summary *, FILE *))
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	assert_int_equal(printer(summary, stream), 0);
	fclose(stream);
	return text;
}

/* run.json as it is now, and its path; the caller's. */
static inline json_t *made_up_run_json(const struct made_up_run *run, char path[160])
{
	json_t *json;

	snprintf(path, 160, "%s/run.json", run->path);
	json = json_load_file(path, 0, NULL);
	assert_non_null(json);
	return json;
}

/* Loads run.json with `value` (stolen) as that member of its first experiment; NULL: without the member. */
static inline int made_up_load_with(struct made_up_run *run, struct summary *summary, const char *member, json_t *value)
{
	char path[160];
	json_t *json = made_up_run_json(run, path),
	       *experiment = json_array_get(json_object_get(json, "experiments"), 0);

	if (value)
		json_object_set_new(experiment, member, value);
	else
		json_object_del(experiment, member);
	assert_int_equal(json_dump_file(json, path, 0), 0);
	json_decref(json);
	return summary_load(summary, run->path, run->reason);
}

/* That run.json is refused with such a member, and that `what` is a part of the reason. */
static inline void made_up_refused(struct made_up_run *run, const char *member, json_t *value, const char *what)
{
	struct summary summary;

	assert_int_equal(made_up_load_with(run, &summary, member, value), -EINVAL);
	if (strncmp(run->reason, "run.json: ", 10) != 0 || !strstr(run->reason, what))
		fail_msg("\"%s\" does not say \"%s\"", run->reason, what);
}

#endif
