/* SPDX-License-Identifier: MIT */
/* latency.csv while a run is written: its rows, its header once, and nothing of a block that could not be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "core/latency.h"
#include "made_up_farm.h"

#define HEADER "schema,run_id,machine_id,cell,block,batch,begin_ns,end_ns,low_ns,high_ns,count\n"
#define ROW    "1,20260102T030405Z-abcdef0,x86_64-example-2c-0a1b2c,granularity/busy/thread/2/none/length_ns=100,"

enum { BINS = 20000 };

static char reason[REASON_BYTES];
static struct made_up_farm farm;
static struct latency_bin bins[BINS];

static void begin(struct made_up_run *run)
{
	made_up_farm_make(&farm);
	assert_int_equal(made_up_farm_begin(run, &farm), 0);
	for (unsigned i = 0; i < BINS; i++)
		bins[i] = (struct latency_bin){
			.batch = i % 3, .bucket = 100 + i % 300, .begin_ns = i, .end_ns = i + 25, .count = i + 1};
}

static int append(struct made_up_run *run, const struct measurement *measurements, size_t count)
{
	return run_folder_append_latencies(&run->folder, &run->record, measurements, count, reason);
}

static void pinned_rows(void **state)
{
	const struct latency_bin some[] = {
		{.batch = 0, .bucket = 0, .begin_ns = 0, .end_ns = 25000000, .count = 1},
		{.batch = 2, .bucket = 37, .begin_ns = 225000000, .end_ns = 250000000, .count = UINT64_C(1) << 40},
		{.batch = 2, .bucket = LATENCY_BUCKETS - 1, .begin_ns = 5, .end_ns = UINT64_MAX, .count = 7},
	};
	const struct measurement measurements[] = {
		{.cell = FARM_SERIAL},
		{.cell = FARM_THREAD, .latency_count = 3, .latencies = some},
		{.cell = FARM_FORK, .status = STATUS_FAILED, .reason = "no"},
		{.cell = FARM_THREAD, .block = 3, .status = STATUS_INVALID, .latency_count = 1, .latencies = some},
	};
	const char *const first =
		HEADER ROW "0,0,0,25000000,0,1,1\n" ROW "0,2,225000000,250000000,42,44,1099511627776\n" ROW
			   "0,2,5,18446744073709551615,17870283321406128128,18446744073709551615,7\n";
	char both[1024];
	struct made_up_run run;

	(void)state;
	begin(&run);
	assert_int_equal(append(&run, measurements, 3), 0);
	made_up_assert_file(&run, "latency.csv", first);
	assert_int_equal(append(&run, measurements + 3, 1), 0);
	snprintf(both, sizeof(both), "%s" ROW "3,0,0,25000000,0,1,1\n", first);
	made_up_assert_file(&run, "latency.csv", both);
	made_up_end(&run);
}

/* Whatever a bucket is, its row says just what it counts. */
static void every_bucket(void **state)
{
	struct latency_bin all[LATENCY_BUCKETS];
	const struct measurement measurement = {
		.cell = FARM_THREAD, .latency_count = LATENCY_BUCKETS, .latencies = all};
	struct made_up_run run;
	size_t bytes = 0;
	char *text, *at;

	(void)state;
	begin(&run);
	for (uint32_t i = 0; i < LATENCY_BUCKETS; i++)
		all[i] = (struct latency_bin){.bucket = i, .end_ns = 1, .count = i + 1};
	assert_int_equal(append(&run, &measurement, 1), 0);
	text = made_up_read(&run, "latency.csv", &bytes);
	at = text + strlen(HEADER);
	for (uint32_t i = 0; i < LATENCY_BUCKETS; i++) {
		unsigned long long low, high, count;

		assert_int_equal(strncmp(at, ROW "0,0,0,1,", strlen(ROW "0,0,0,1,")), 0);
		assert_int_equal(sscanf(at + strlen(ROW "0,0,0,1,"), "%llu,%llu,%llu\n", &low, &high, &count), 3);
		assert_int_equal(count, i + 1);
		assert_int_equal(latency_bucket(low), i);
		assert_int_equal(latency_bucket(high - 1), i);
		assert_true(i == LATENCY_BUCKETS - 1 || latency_bucket(high) == i + 1);
		at = strchr(at, '\n') + 1;
	}
	assert_string_equal(at, "");
	free(text);
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
	assert_null(made_up_read(&run, "latency.csv", &bytes));
	made_up_end(&run);
}

/* Appends all bins where a file may have so many bytes. */
static int append_limited(struct made_up_run *run, rlim_t limit_bytes)
{
	const struct measurement measurement = {.cell = FARM_THREAD, .latency_count = BINS, .latencies = bins};
	struct rlimit before, limit;
	int error;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){limit_bytes, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	error = append(run, &measurement, 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	return error;
}

/* After the first megabyte was written: none of the block stays, and all of those before it. */
static void full_disk(void **state)
{
	const struct measurement small = {.cell = FARM_THREAD, .latency_count = 2, .latencies = bins};
	struct made_up_run run;
	size_t bytes = 0;
	char *before;

	(void)state;
	begin(&run);
	assert_int_equal(append_limited(&run, 1500000), -EFBIG);
	assert_non_null(strstr(reason, "latency.csv: File too large; free some space"));
	assert_null(made_up_read(&run, "latency.csv", &bytes));
	assert_int_equal(append(&run, &small, 1), 0);
	before = made_up_read(&run, "latency.csv", &bytes);
	assert_int_equal(append_limited(&run, 1500000), -EFBIG);
	made_up_assert_file(&run, "latency.csv", before);
	assert_int_equal(append_limited(&run, 100000000), 0);
	free(before);
	before = made_up_read(&run, "latency.csv", &bytes);
	assert_true(bytes > 2 << 20);
	free(before);
	made_up_end(&run);
}

static void folder_that_has_gone(void **state)
{
	const struct measurement measurement = {.cell = FARM_THREAD, .latency_count = 1, .latencies = bins};
	struct made_up_run run;

	(void)state;
	begin(&run);
	snprintf(run.folder.path + strlen(run.folder.path) - 1, 2, "x");
	assert_int_equal(append(&run, &measurement, 1), -ENOENT);
	assert_non_null(strstr(reason, "latency.csv"));
	made_up_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pinned_rows),          cmocka_unit_test(every_bucket),
		cmocka_unit_test(no_file_for_nothing),  cmocka_unit_test(full_disk),
		cmocka_unit_test(folder_that_has_gone),
	};

	return cmocka_run_group_tests_name("latency.csv", tests, NULL, NULL);
}
