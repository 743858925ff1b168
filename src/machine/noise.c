/* SPDX-License-Identifier: MIT */
/* What disturbs a measurement, as a table of facts. Counters run since boot: subtract what stood before a run. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/cgroup.h"
#include "machine/cpufreq.h"
#include "machine/facts.h"
#include "machine/files.h"

#define READER(name) static void name(const struct survey *survey, const struct fact_entry *entry, char *value)

/* A field of /proc/loadavg, "0.25 0.10 0.03 3/95 5311"; 3 is the tasks that can run, 4 all tasks. */
READER(read_load)
{
	char line[128], *at = line;

	if (file_line(entry->path, line, sizeof(line)))
		return;
	for (int field = 0; field < entry->number; field++) {
		at += strcspn(at, " /");
		at += *at != '\0';
	}
	value_print(value, "%.*s", (int)strcspn(at, " /"), at);
}

enum { TICKS_STEAL = 7, TICKS_FIELDS = 8 }; /* what guests use is in the user's ticks already */

/* Of the line "cpu user nice system idle iowait irq softirq steal …" the field `number`, or the sum for 0. */
READER(read_ticks)
{
	char *text = file_read(entry->path);
	uint64_t ticks[TICKS_FIELDS] = {0}, sum = 0;
	char line[512];
	int count = 0;

	if (text && text_field(text, entry->key, ' ', line, sizeof(line)) == 0)
		count = sscanf(line,
			       "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			       " %" SCNu64,
			       &ticks[0], &ticks[1], &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7]);
	free(text);
	if (count != TICKS_FIELDS)
		return;
	for (int field = 0; field < TICKS_FIELDS; field++)
		sum += ticks[field];
	value_print(value, "%" PRIu64, entry->number ? ticks[entry->number] : sum);
}

/* Microseconds in which some task waited: "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234" */
READER(read_pressure)
{
	char *text = file_read(entry->path);
	char line[256];
	const char *total;

	if (text && text_field(text, "some", ' ', line, sizeof(line)) == 0 && (total = strstr(line, "total=")))
		value_print(value, "%s", total + strlen("total="));
	free(text);
}

enum { THROTTLE_PERIODS, THROTTLE_THROTTLED, THROTTLE_TIME };

READER(read_throttle)
{
	struct cgroup_throttle throttle;

	if (cgroup_throttle(&throttle))
		return;
	value_print(value, "%" PRIu64,
		    entry->number == THROTTLE_PERIODS     ? throttle.periods
		    : entry->number == THROTTLE_THROTTLED ? throttle.throttled_periods
							  : throttle.throttled_us);
}

struct total {
	uint64_t sum;
	bool known;
};

static void add_number(const char *path, const char *text, void *context)
{
	struct total *total = context;
	uint64_t number;

	if (number_parse(text, &number) == 0) {
		total->sum += number;
		total->known = true;
	}
}

READER(read_sum)
{
	struct total total = {0};

	files_each(entry->path, add_number, &total);
	if (total.known)
		value_print(value, "%" PRIu64, total.sum);
}

static const struct fact_entry noise_table[] = {
	{"load_1min", FACT_NUMBER, read_load, "/proc/loadavg", NULL, 0},
	{"load_5min", FACT_NUMBER, read_load, "/proc/loadavg", NULL, 1},
	{"load_15min", FACT_NUMBER, read_load, "/proc/loadavg", NULL, 2},
	{"tasks_runnable", FACT_NUMBER, read_load, "/proc/loadavg", NULL, 3},
	{"tasks", FACT_NUMBER, read_load, "/proc/loadavg", NULL, 4},
	{"steal_ticks", FACT_NUMBER, read_ticks, "/proc/stat", "cpu", TICKS_STEAL},
	{"cpu_ticks", FACT_NUMBER, read_ticks, "/proc/stat", "cpu", 0},
	{"context_switches", FACT_NUMBER, read_counter, "/proc/stat", "ctxt", 0},
	{"forks", FACT_NUMBER, read_counter, "/proc/stat", "processes", 0},
	{"pressure_cpu_some_us", FACT_NUMBER, read_pressure, "/proc/pressure/cpu", NULL, 0},
	{"pressure_io_some_us", FACT_NUMBER, read_pressure, "/proc/pressure/io", NULL, 0},
	{"pressure_memory_some_us", FACT_NUMBER, read_pressure, "/proc/pressure/memory", NULL, 0},
	{"cgroup_quota_periods", FACT_NUMBER, read_throttle, NULL, NULL, THROTTLE_PERIODS},
	{"cgroup_throttled_periods", FACT_NUMBER, read_throttle, NULL, NULL, THROTTLE_THROTTLED},
	{"cgroup_throttled_us", FACT_NUMBER, read_throttle, NULL, NULL, THROTTLE_TIME},
	{"frequency_lowest_khz", FACT_NUMBER, read_frequency, "scaling_cur_freq", NULL, -1},
	{"frequency_highest_khz", FACT_NUMBER, read_frequency, "scaling_cur_freq", NULL, 1},
	{"thermal_throttles", FACT_NUMBER, read_sum,
	 "/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/*_throttle_count", NULL, 0},
	{"memory_available_bytes", FACT_NUMBER, read_counter, "/proc/meminfo", "MemAvailable:", 1024},
	{"major_faults", FACT_NUMBER, read_counter, "/proc/vmstat", "pgmajfault", 0},
	{"swapped_in_pages", FACT_NUMBER, read_counter, "/proc/vmstat", "pswpin", 0},
	{"swapped_out_pages", FACT_NUMBER, read_counter, "/proc/vmstat", "pswpout", 0},
};

int machine_noise(struct facts *facts)
{
	struct survey survey = {.cpuinfo = ""};

	return facts_collect(facts, noise_table, sizeof(noise_table) / sizeof(noise_table[0]), &survey);
}
