/* SPDX-License-Identifier: MIT */
/* timeline.csv while a run is written: its rows, its header once, and what happens where it cannot be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "made_up_farm.h"

#define HEADER "schema,run_id,machine_id,cell,block,worker,first,tasks,begin_ns,end_ns\n"
#define ROW    "1,20260102T030405Z-abcdef0,x86_64-example-2c-0a1b2c,granularity/busy/thread/2/none/length_ns=100,"

enum { EVENTS = 20000 };

static char reason[REASON_BYTES];
static struct made_up_farm farm;
static struct timeline_event events[EVENTS];

static void begin(struct made_up_run *run)
{
	made_up_farm_make(&farm);
	assert_int_equal(made_up_farm_begin(run, &farm), 0);
}

static int append(struct made_up_run *run, const struct measurement *measurements, size_t count)
{
	return run_folder_append_timeline(&run->folder, &run->record, measurements, count, reason);
}

static void pinned_rows(void **state)
{
	const struct timeline_event some[] = {
		{.begin_ns = 10, .end_ns = 250, .first = 0, .count = 16, .worker = 1},
		{.begin_ns = 0, .end_ns = UINT64_MAX, .first = UINT64_C(1) << 40, .count = 1, .worker = 0},
	};
	const struct measurement measurements[] = {
		{.cell = FARM_SERIAL},
		{.cell = FARM_THREAD, .timeline_count = 2, .timeline = some},
		{.cell = FARM_FORK, .status = STATUS_FAILED, .reason = "no"},
		{.cell = FARM_THREAD, .block = 3, .timeline_count = 1, .timeline = some},
	};
	struct made_up_run run;

	(void)state;
	begin(&run);
	assert_int_equal(append(&run, measurements, 3), 0);
	made_up_assert_file(&run, "timeline.csv",
			    HEADER ROW "0,1,0,16,10,250\n" ROW "0,0,1099511627776,1,0,18446744073709551615\n");
	assert_int_equal(append(&run, measurements + 3, 1), 0);
	made_up_assert_file(&run, "timeline.csv",
			    HEADER ROW "0,1,0,16,10,250\n" ROW "0,0,1099511627776,1,0,18446744073709551615\n" ROW
				       "3,1,0,16,10,250\n");
	made_up_end(&run);
}

static void no_file_for_nothing(void **state)
{
	const struct measurement measurements[] = {{.cell = FARM_SERIAL}, {.cell = FARM_THREAD}};
	struct made_up_run run;
	size_t bytes;

	(void)state;
	begin(&run);
	assert_int_equal(append(&run, measurements, 2), 0);
	assert_int_equal(append(&run, NULL, 0), 0);
	assert_null(made_up_read(&run, "timeline.csv", &bytes));
	made_up_end(&run);
}

/* More than is kept in memory at a time: no row is lost or doubled. */
static void many_events(void **state)
{
	const struct measurement measurement = {.cell = FARM_THREAD, .timeline_count = EVENTS, .timeline = events};
	struct made_up_run run;
	char *text, *at, wanted[200];
	size_t bytes = 0;

	(void)state;
	begin(&run);
	for (unsigned i = 0; i < EVENTS; i++)
		events[i] = (struct timeline_event){
			.begin_ns = 100 + i, .end_ns = 200 + i, .first = i, .count = 1, .worker = i % 2};
	assert_int_equal(append(&run, &measurement, 1), 0);
	text = made_up_read(&run, "timeline.csv", &bytes);
	assert_true(bytes > 2 << 20);
	at = text + strlen(HEADER);
	for (unsigned i = 0; i < EVENTS; i++) {
		int length = snprintf(wanted, sizeof(wanted), ROW "0,%u,%u,1,%u,%u\n", i % 2, i, 100 + i, 200 + i);

		if (strncmp(at, wanted, (size_t)length) != 0)
			fail_msg("row %u is not \"%s\"", i, wanted);
		at += length;
	}
	assert_string_equal(at, "");
	free(text);
	made_up_end(&run);
}

static void full_disk(void **state)
{
	const struct measurement measurement = {.cell = FARM_THREAD, .timeline_count = EVENTS, .timeline = events};
	struct rlimit before, limit;
	struct made_up_run run;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	begin(&run);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){1500000, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(append(&run, &measurement, 1), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_non_null(strstr(reason, "timeline.csv: File too large; free some space"));
	made_up_end(&run);
}

static void folder_that_has_gone(void **state)
{
	const struct measurement measurement = {.cell = FARM_THREAD, .timeline_count = 1, .timeline = events};
	struct made_up_run run;

	(void)state;
	begin(&run);
	snprintf(run.folder.path + strlen(run.folder.path) - 1, 2, "x");
	assert_int_equal(append(&run, &measurement, 1), -ENOENT);
	assert_non_null(strstr(reason, "timeline.csv"));
	made_up_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pinned_rows), cmocka_unit_test(no_file_for_nothing),  cmocka_unit_test(many_events),
		cmocka_unit_test(full_disk),   cmocka_unit_test(folder_that_has_gone),
	};

	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
