/* SPDX-License-Identifier: MIT */
/* What disturbs a measurement, as a table of facts. Counters run since boot: subtract what stood before a run. */
#include "machine/noise.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "machine/cpufreq.h"
#include "machine/facts.h"
#include "machine/files.h"
#include "machine/power.h"

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

READER(read_swap_used)
{
	char *text = file_read(entry->path);
	uint64_t all_kib, free_kib;

	if (text && text_number(text, "SwapTotal:", ' ', &all_kib) == 0 &&
	    text_number(text, "SwapFree:", ' ', &free_kib) == 0 && free_kib <= all_kib)
		value_print(value, "%" PRIu64, (all_kib - free_kib) * 1024);
	free(text);
}

/* The field of the noise reading that lies `number` bytes in it. */
READER(read_reading)
{
	double number = *(const double *)((const char *)survey->noise + entry->number);

	if (!isnan(number))
		value_print(value, "%.15g", number);
}

#define READING(field) FACT_NUMBER, read_reading, NULL, NULL, offsetof(struct noise_reading, field)

static const struct fact_entry noise_table[] = {
	{"load_1min", FACT_NUMBER, read_load, "/proc/loadavg", NULL, 0},
	{"load_5min", FACT_NUMBER, read_load, "/proc/loadavg", NULL, 1},
	{"load_15min", FACT_NUMBER, read_load, "/proc/loadavg", NULL, 2},
	{"tasks_runnable", FACT_NUMBER, read_load, "/proc/loadavg", NULL, 3},
	{"tasks", FACT_NUMBER, read_load, "/proc/loadavg", NULL, 4},
	{"steal_ticks", READING(steal_ticks)},
	{"cpu_ticks", READING(cpu_ticks)},
	{"usable_steal_ticks", READING(usable_steal_ticks)},
	{"usable_cpu_ticks", READING(usable_cpu_ticks)},
	{"context_switches", READING(context_switches)},
	{"forks", READING(forks)},
	{"pressure_cpu_some_us", READING(pressure_cpu_us)},
	{"pressure_io_some_us", READING(pressure_io_us)},
	{"pressure_memory_some_us", READING(pressure_memory_us)},
	{"pressure_cpu_some_percent", READING(pressure_cpu_percent)}, /* of the last 10 s */
	{"pressure_io_some_percent", READING(pressure_io_percent)},
	{"pressure_memory_some_percent", READING(pressure_memory_percent)},
	{"cgroup_quota_periods", READING(quota_periods)},
	{"cgroup_throttled_periods", READING(throttled_periods)},
	{"cgroup_throttled_us", READING(throttled_us)},
	{"frequency_lowest_khz", FACT_NUMBER, read_frequency, "scaling_cur_freq", NULL, -1},
	{"frequency_highest_khz", FACT_NUMBER, read_frequency, "scaling_cur_freq", NULL, 1},
	{"thermal_throttles", READING(thermal_throttles)},
	{"power_source", FACT_TEXT, read_power, NULL, NULL, 0},
	{"memory_available_bytes", FACT_NUMBER, read_counter, "/proc/meminfo", "MemAvailable:", 1024},
	{"swap_used_bytes", FACT_NUMBER, read_swap_used, "/proc/meminfo", NULL, 0},
	{"major_faults", READING(major_faults)},
	{"swapped_in_pages", READING(swapped_in_pages)},
	{"swapped_out_pages", READING(swapped_out_pages)},
};

int machine_noise(struct facts *facts)
{
	struct noise_reading reading;
	struct survey survey = {.noise = &reading, .cpuinfo = ""};

	noise_read(&reading);
	return facts_collect(facts, noise_table, sizeof(noise_table) / sizeof(noise_table[0]), &survey);
}
