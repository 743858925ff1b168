/* SPDX-License-Identifier: MIT */
/*
 * The folder of a run while it is written, and read again when something went wrong with it.
 * With a folder as its argument: writes the whole made-up run there, for tests in other languages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "made_up_run.h"
#include "output/summary.h"

#define HEADER                                                                                                         \
	"schema,run_id,machine_id,experiment,group,cell,workload,executor,workers,placement,params,block,position,"    \
	"batch,start_ns,ops,wall_ns,user_ns,sys_ns,minor_faults,major_faults,voluntary_switches,"                      \
	"involuntary_switches,figure,value,unit,better,status,reason,cpuset,cpu\n"
#define RUN "1,20260102T030405Z-abcdef0,x86_64-example-2c-0a1b2c,"

static char reason[REASON_BYTES];

static void assert_file(const struct made_up_run *run, const char *name, const char *wanted)
{
	size_t bytes = 0;
	char *text = made_up_read(run, name, &bytes);

	assert_non_null(text);
	assert_string_equal(text, wanted);
	free(text);
}

static void pinned_samples(void **state)
{
	struct sample samples[2] = {
		{.start_ns = 123, .ops = 4, .wall_ns = 50, .usage = {1, 2, 3, 4, 5, 6}, .phase_ns = {6, 0, 0, 10}},
		{.start_ns = 456, .ops = 1, .wall_ns = 0, .phase_ns = {1, 0, 0, 3}},
	};
	const struct measurement measurements[] = {
		{.cell = 0, .position = 2, .sample_count = 2, .samples = samples, .cpusets = "0;1", .cpus = "1;0"},
		{.cell = 4, .position = 1, .sample_count = 1, .samples = samples + 1, .cpusets = "", .cpus = ""},
		{.cell = 3, .position = 0, .status = STATUS_SKIPPED, .reason = "no, \"it\" is\nnot there"},
		{.cell = 3,
		 .block = 7,
		 .status = STATUS_INVALID,
		 .reason = "steal",
		 .sample_count = 1,
		 .samples = samples},
	};
	struct made_up_run run;

	(void)state;
	assert_int_equal(made_up_begin(&run), 0);
	assert_file(&run, "samples.csv", HEADER);
	assert_int_equal(run_folder_append(&run.folder, &run.record, measurements, 4, reason), 0);
	assert_file(
		&run, "samples.csv",
		HEADER RUN
		"create,create/spin/none,create/spin/thread/1/"
		"none,spin,thread,1,none,work=7,0,2,0,123,4,50,1,2,3,4,5,6,"
		"reaped,2.5,ns,lower,ok,,0;1,1;0\n" RUN "create,create/spin/none,create/spin/thread/1/"
		"none,spin,thread,1,none,work=7,0,2,0,123,4,50,1,2,3,4,5,6,"
		"called,1.5,ns,lower,ok,,0;1,1;0\n" RUN
		"create,create/spin/none,create/spin/thread/1/none,spin,thread,1,none,work=7,0,2,1,456,1,0,0,0,0,0,0,0,"
		"reaped,3,ns,lower,ok,,0;1,1;0\n" RUN
		"create,create/spin/none,create/spin/thread/1/none,spin,thread,1,none,work=7,0,2,1,456,1,0,0,0,0,0,0,0,"
		"called,1,ns,lower,ok,,0;1,1;0\n" RUN "scaling,scaling/spin/none,scaling/spin/thread/2/"
		"none,spin,thread,2,none,work=7,0,1,0,456,1,0,0,0,0,0,0,0,"
		"throughput,,1/s,higher,failed,this sample gives the figure no finite value,,\n" RUN
		"scaling,scaling/spin/none,scaling/spin/serial/1/none,spin,serial,1,none,work=7,0,0,0,,,,,,,,,,"
		"throughput,,1/s,higher,skipped,\"no, \"\"it\"\" is\nnot there\",,\n" RUN
		"scaling,scaling/spin/none,scaling/spin/serial/1/"
		"none,spin,serial,1,none,work=7,7,0,0,123,4,50,1,2,3,4,5,6,"
		"throughput,80000000,1/s,higher,invalid,steal,,\n");
	assert_int_equal(run.folder.blocks, 1);
	made_up_end(&run);
}

static void pinned_run_json(void **state)
{
	struct made_up_run run;
	uint64_t ops[MADE_UP_CELLS] = {10, 20};
	json_t *json;
	char path[160], hash[20];

	(void)state;
	assert_int_equal(made_up_begin(&run), 0);
	run.record.ops = ops;
	assert_int_equal(made_up_block(&run, made_up_usual), 0);
	snprintf(path, sizeof(path), "%s/run.json", run.path);
	json = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_int_equal(json_object_size(json), 22);
	snprintf(hash, sizeof(hash), "%016" PRIx64, plan_hash(&made_up_plan));
	assert_string_equal(json_string_value(json_object_get(json, "plan_hash")), hash);
	assert_int_equal(json_integer_value(json_object_get(json, "blocks")), 1);
	assert_int_equal(json_integer_value(json_object_get(json, "samples_bytes")), run.folder.samples_bytes);
	assert_true(json_real_value(json_object_get(json, "measuring_share")) == 0.5);
	assert_true(json_real_value(json_object_get(json_object_get(json, "options"), "margin")) == 0.02);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "environment"), "cpus_online")), 2);
	assert_true(json_is_null(json_object_get(json_object_get(json, "environment"), "smt_active")));
	assert_true(json_is_null(json_object_get(json_object_get(json, "noise"), "after")));
	assert_true(json_is_null(json_object_get(json, "aa")));
	assert_int_equal(json_array_size(json_object_get(json, "experiments")), 3);
	json_decref(json);
	made_up_end(&run);
}

static void never_overwrites(void **state)
{
	struct made_up_run run;
	struct run_folder other;

	(void)state;
	assert_int_equal(made_up_begin(&run), 0);
	assert_int_equal(run_folder_create(&other, run.path, "m", "r", reason), -EEXIST);
	assert_non_null(strstr(reason, "--out"));
	assert_int_equal(run_folder_create(&other, "/proc/nothing/run", "m", "r", reason), -ENOENT);
	assert_int_equal(run_folder_create(&other, NULL, "../up", "r", reason), -EINVAL);
	assert_int_equal(run_folder_create(&other, NULL, "a/b", "r", reason), -EINVAL);
	made_up_end(&run);
}

static void default_place(void **state)
{
	struct made_up_run run;
	struct run_folder folder;
	char *before = get_current_dir_name();

	(void)state;
	made_up_record(&run);
	snprintf(run.parent, sizeof(run.parent), "/tmp/tvp-test-XXXXXX");
	assert_non_null(mkdtemp(run.parent));
	assert_int_equal(chdir(run.parent), 0);
	assert_int_equal(run_folder_create(&folder, NULL, "machine", "run-1", reason), 0);
	assert_string_equal(folder.path, "results/machine/run-1");
	assert_int_equal(access("results/machine/run-1/samples.csv", R_OK), 0);
	assert_int_equal(unlink("results/machine/run-1/samples.csv"), 0);
	run_folder_exit(&folder);
	assert_int_equal(rmdir("results/machine/run-1") | rmdir("results/machine") | rmdir("results"), 0);
	assert_int_equal(chdir(before), 0);
	assert_int_equal(rmdir(run.parent), 0);
	free(before);
}

/* A file system that is full, as far as a process can have one: the limit on a file's size. */
static void cut_back_when_full(void **state)
{
	struct rlimit before, limit;
	struct made_up_run run;
	struct summary summary;
	uint64_t whole;
	struct stat status;
	char path[160];

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(made_up_begin(&run), 0);
	assert_int_equal(made_up_block(&run, made_up_usual), 0);
	whole = run.folder.samples_bytes;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){whole + 1000, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(made_up_block(&run, made_up_usual), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_non_null(strstr(run.reason, "free some space"));
	snprintf(path, sizeof(path), "%s/samples.csv", run.path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, whole);
	assert_int_equal(run.folder.samples_bytes, whole);
	assert_int_equal(run.folder.blocks, 1);
	assert_int_equal(summary_load(&summary, run.path, reason), 0);
	assert_int_equal(summary.blocks, 1);
	summary_exit(&summary);
	assert_int_equal(made_up_block(&run, made_up_usual), 0);
	assert_int_equal(run.folder.blocks, 2);
	made_up_end(&run);
}

/* run.json that cannot be replaced stays as it was, and no temporary file is left. */
static void old_run_json_stays(void **state)
{
	struct rlimit before, limit;
	struct made_up_run run;
	char *old, *now, path[160];
	size_t bytes = 0;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(made_up_begin(&run), 0);
	assert_int_equal(made_up_block(&run, made_up_usual), 0);
	old = made_up_read(&run, "run.json", &bytes);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){100, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	run.record.status = "complete";
	assert_int_equal(run_folder_save(&run.folder, &run.record, reason), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	now = made_up_read(&run, "run.json", &bytes);
	assert_string_equal(now, old);
	snprintf(path, sizeof(path), "%s/run.json.new", run.path);
	assert_int_equal(access(path, F_OK), -1);
	free(old);
	free(now);
	made_up_end(&run);
}

/* Of a run that was killed, what lies behind the whole blocks is not read, whatever it is. */
static void half_a_block_is_ignored(void **state)
{
	struct made_up_run run;
	struct summary summary;
	char *text;
	size_t bytes = 0, whole;

	(void)state;
	assert_int_equal(made_up_begin(&run), 0);
	assert_int_equal(made_up_block(&run, made_up_usual), 0);
	whole = run.folder.samples_bytes;
	assert_int_equal(run_folder_append(&run.folder, &run.record,
					   &(struct measurement){.status = STATUS_FAILED, .block = 1}, 1, reason),
			 0);
	text = made_up_read(&run, "samples.csv", &bytes);
	assert_true(bytes > whole);
	for (; bytes > whole; bytes--) {
		made_up_write(&run, "samples.csv", text, bytes);
		assert_int_equal(summary_load(&summary, run.path, reason), 0);
		assert_int_equal(summary.rows[0].samples, MADE_UP_BATCHES);
		assert_int_equal(summary.rows[0].failed, 0);
		summary_exit(&summary);
	}
	free(text);
	made_up_end(&run);
}

/* Cut off after every byte: refused with the file and where, or, with nothing lost, read like the whole. */
static void cut_off(const char *name, const char *status)
{
	struct sample sample = {.ops = 1, .wall_ns = 3, .phase_ns = {1, 0, 0, 2}};
	struct measurement measurement = {.cell = MADE_UP_THREAD, .sample_count = 1, .samples = &sample};
	struct made_up_run run;
	char *text;
	size_t bytes = 0, read = 0;

	assert_int_equal(made_up_begin(&run), 0);
	assert_int_equal(run_folder_append(&run.folder, &run.record, &measurement, 1, reason), 0);
	run.record.status = status;
	assert_int_equal(run_folder_save(&run.folder, &run.record, reason), 0);
	text = made_up_read(&run, name, &bytes);
	assert_true(bytes > 500);
	for (size_t kept = 0; kept < bytes; kept++) {
		struct summary summary;
		int error;

		made_up_write(&run, name, text, kept);
		error = summary_load(&summary, run.path, reason);
		if (error) {
			assert_int_equal(error, -EINVAL);
			assert_ptr_equal(strstr(reason, name), reason);
			assert_non_null(strstr(reason, "copy"));
			continue;
		}
		read++;
		assert_true(strcmp(name, "run.json") == 0 && kept == bytes - 1);
		assert_int_equal(summary.rows[0].samples, 1);
		summary_exit(&summary);
	}
	assert_int_equal(read, strcmp(name, "run.json") == 0 ? 1 : 0);
	free(text);
	made_up_end(&run);
}

static void cut_off_files(void **state)
{
	(void)state;
	cut_off("samples.csv", "complete");
	cut_off("samples.csv", "interrupted");
	cut_off("run.json", "complete");
}

static void cut_off_row_is_named(void **state)
{
	struct made_up_run run;
	struct summary summary;
	size_t bytes = 0;
	char *text;

	(void)state;
	assert_int_equal(made_up_complete(&run, 1, made_up_usual), 0);
	text = made_up_read(&run, "samples.csv", &bytes);
	made_up_write(&run, "samples.csv", text, (size_t)(strstr(text, ",create/spin/thread") - text));
	assert_int_equal(summary_load(&summary, run.path, reason), -EINVAL);
	assert_non_null(
		strstr(reason, "samples.csv: row 2 has 5 of 31 fields: the file was cut off; copy the folder again"));
	free(text);
	made_up_end(&run);
}

/* One text of samples.csv or run.json is replaced by another: refused, and the reason has `why`. */
static void refuses_strange_files(void **state)
{
	static const struct {
		const char *file, *old, *new, *why;
	} cases[] = {
		{"samples.csv", ",value,", ",worth,", "no column \"value\""},
		{"samples.csv", ",value,", ",block,", "column \"block\""},
		{"samples.csv", "1,20260102T", "2,20260102T", "row 2, column schema"},
		{"samples.csv", "1,20260102T", "1,20260103T", "row 2, column run_id"},
		{"samples.csv", "thread/1/none,", "thread/9/none,", "row 2, column cell"},
		{"samples.csv", "reaped,", "raeped,", "row 2, column figure"},
		{"samples.csv", "reaped,9995", "reaped,nan", "row 2, column value"},
		{"samples.csv", "work=7,0,7,0,", "work=7,3,7,0,", "row 2, column block"},
		{"samples.csv", "work=7,0,7,0,", "work=7,x,7,0,", "row 2, column block"},
		{"samples.csv", "work=7,0,7,0,", "work=7,0,7,1,", "rows 2 and 4"},
		{"samples.csv", ",ok,", ",okay,", "row 2, column status"},
		{"samples.csv", ",ok,", ",ok,,", "row 2 has 32 fields"},
		{"samples.csv", "1000000,10,", "1000000,0,", "row 2, column ops"},
		{"run.json", "\"schema\": 1", "\"schema\": 2", "newer tvp"},
		{"run.json", "\"schema\": 1", "\"schema\": \"1\"", "schema is not a whole number"},
		{"run.json", "\"schema\": 1", "\"schema\": 1, \"schema\": 1", "line 2"},
		{"run.json", "\"complete\"", "\"done\"", "status"},
		{"run.json", "\"blocks\": 1", "\"blocks\": -1", "blocks is out of range"},
		{"run.json", "\"workers\": 2", "\"workers\": 0", "cells[4].workers"},
		{"run.json", "\"workers\": 2", "\"workers\": 1e9", "cells[4].workers"},
		{"run.json", "\"experiment\": \"create\"", "\"experiment\": \"creation\"", "cells[0].experiment"},
		{"run.json", "\"baseline\": \"create", "\"baseline\": \"x", "cells[1].baseline"},
		{"run.json", "\"baseline\": \"create/spin/thread/1/none\"", "\"baseline\": 7",
		 "cells[1].baseline is not text"},
		{"run.json", "\"cell\": \"create/spin/fork", "\"cell\": \"create/spin/thread", "is there twice"},
		{"run.json", "\"control\": false", "\"control\": 0", "cells[0].control"},
		{"run.json", "\"higher\"", "\"upper\"", "better"},
		{"run.json", "\"margin\": 0.02", "\"margin\": \"2 %\"", "options.margin"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct made_up_run run;
		struct summary summary;
		size_t bytes = 0;
		char *text, *at, *changed;
		int length;

		assert_int_equal(made_up_complete(&run, 1, made_up_usual), 0);
		text = made_up_read(&run, cases[i].file, &bytes);
		at = strstr(text, cases[i].old);
		assert_non_null(at);
		length =
			asprintf(&changed, "%.*s%s%s", (int)(at - text), text, cases[i].new, at + strlen(cases[i].old));
		assert_true(length > 0);
		made_up_write(&run, cases[i].file, changed, (size_t)length);
		assert_int_equal(summary_load(&summary, run.path, reason), -EINVAL);
		assert_ptr_equal(strstr(reason, cases[i].file), reason);
		if (!strstr(reason, cases[i].why))
			fail_msg("%s\nis not about: %s", reason, cases[i].why);
		free(text);
		free(changed);
		made_up_end(&run);
	}
}

static void refuses_what_is_no_folder(void **state)
{
	struct made_up_run run;
	struct summary summary;
	char path[160];

	(void)state;
	assert_int_equal(summary_load(&summary, "/nowhere/at/all", reason), -ENOENT);
	assert_int_equal(made_up_complete(&run, 1, made_up_usual), 0);
	snprintf(path, sizeof(path), "%s/samples.csv", run.path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(summary_load(&summary, run.path, reason), -ENOENT);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(summary_load(&summary, run.path, reason), -EINVAL);
	made_up_end(&run);
}

static void more_columns_are_fine(void **state)
{
	struct made_up_run run;
	struct summary summary;
	size_t bytes = 0;
	char *text, *wider, *to;

	(void)state;
	assert_int_equal(made_up_complete(&run, 1, made_up_usual), 0);
	text = made_up_read(&run, "samples.csv", &bytes);
	assert_non_null(text);
	to = wider = malloc(2 * bytes + 1);
	for (const char *from = text; *from; from++) {
		if (*from == '\n')
			to = stpcpy(to, from - text < 500 ? ",later\r" : ",\"x,y\"\r");
		*to++ = *from;
	}
	made_up_write(&run, "samples.csv", wider, (size_t)(to - wider));
	assert_int_equal(summary_load(&summary, run.path, reason), 0);
	assert_int_equal(summary.rows[0].samples, MADE_UP_BATCHES);
	summary_exit(&summary);
	free(text);
	free(wider);
	made_up_end(&run);
}

static int write_example(const char *path)
{
	struct made_up_run run;
	struct summary summary;
	int error;

	made_up_record(&run);
	run.record.wall_seconds = 93.5;
	run.record.warnings = json_pack("[s]", "this run never took place");
	error = run_folder_create(&run.folder, path, "", "", run.reason);
	for (int block = 0; !error && block < 20; block++)
		error = made_up_block(&run, made_up_usual);
	run.record.status = "complete";
	if (!error)
		error = run_folder_save(&run.folder, &run.record, run.reason);
	if (!error)
		error = summary_load(&summary, path, run.reason);
	if (!error) {
		run.record.summary = &summary;
		error = run_folder_save(&run.folder, &run.record, run.reason);
		if (!error)
			error = summary_write_csv(&summary, path, run.reason);
		if (!error)
			error = gbench_json_write(path, run.reason);
		if (!error)
			error = summary_print(&summary, stdout);
		summary_exit(&summary);
	}
	if (error)
		fprintf(stderr, "%s\n", run.reason);
	json_decref(run.record.warnings);
	run_folder_exit(&run.folder);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pinned_samples),
		cmocka_unit_test(pinned_run_json),
		cmocka_unit_test(never_overwrites),
		cmocka_unit_test(default_place),
		cmocka_unit_test(cut_back_when_full),
		cmocka_unit_test(old_run_json_stays),
		cmocka_unit_test(half_a_block_is_ignored),
		cmocka_unit_test(cut_off_files),
		cmocka_unit_test(cut_off_row_is_named),
		cmocka_unit_test(refuses_strange_files),
		cmocka_unit_test(refuses_what_is_no_folder),
		cmocka_unit_test(more_columns_are_fine),
	};

	if (argc > 1)
		return write_example(argv[1]);
	return cmocka_run_group_tests_name("folder", tests, NULL, NULL);
}
