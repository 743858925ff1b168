/* SPDX-License-Identifier: MIT */
/* Reads what disturbs a measurement, as numbers at one moment. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/cpuset.h"
#include "machine/cgroup.h"
#include "machine/files.h"
#include "machine/noise.h"

static double clock_us(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now))
		return NAN;
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* The two clocks cannot be read at once. Whatever comes in between makes the gap look wider: the least of several. */
static double suspended_us(void)
{
	double least = NAN;

	for (int i = 0; i < 3; i++) {
		double monotonic = clock_us(CLOCK_MONOTONIC);

		least = fmin(least, clock_us(CLOCK_BOOTTIME) - monotonic);
	}
	return least;
}

/* The number behind `key` and a blank. */
static double counter(const char *text, const char *key)
{
	uint64_t number;

	return text && text_number(text, key, ' ', &number) == 0 ? (double)number : NAN;
}

enum { TICKS_STEAL = 7, TICKS_FIELDS = 8 }; /* what guests use is in the user's ticks already */

/* Adds " user nice system idle iowait irq softirq steal …". NAN plus anything stays NAN. */
static void add_ticks(const char *fields, double *all, double *steal)
{
	for (int field = 0; field < TICKS_FIELDS; field++) {
		uint64_t ticks;

		if (*fields != ' ' || number_parse(fields, &ticks)) {
			*all = *steal = NAN;
			return;
		}
		*all += (double)ticks;
		if (field == TICKS_STEAL)
			*steal += (double)ticks;
		fields += strspn(fields, " ");
		fields += strspn(fields, "0123456789");
	}
}

/* Kernels that only look like Linux count nothing: all zeros are not "nothing was stolen". */
static void ticks_check(double *all, double *steal)
{
	if (!(*all > 0))
		*all = *steal = NAN;
}

/* Lines "cpu …" for all and "cpu7 …" for each CPU come first in /proc/stat. */
static void read_ticks(struct noise_reading *reading, const char *text, const cpu_set_t *usable, size_t size_bytes)
{
	reading->cpu_ticks = reading->steal_ticks = 0;
	reading->usable_cpu_ticks = reading->usable_steal_ticks = 0;
	for (const char *line = text; line && strncmp(line, "cpu", 3) == 0;) {
		char *end;
		unsigned long cpu = strtoul(line + 3, &end, 10);

		if (line[3] == ' ')
			add_ticks(line + 3, &reading->cpu_ticks, &reading->steal_ticks);
		else if (end > line + 3 && cpu < size_bytes * 8 && CPU_ISSET_S(cpu, size_bytes, usable))
			add_ticks(end, &reading->usable_cpu_ticks, &reading->usable_steal_ticks);
		line = strchr(line, '\n');
		line += line != NULL;
	}
	ticks_check(&reading->cpu_ticks, &reading->steal_ticks);
	ticks_check(&reading->usable_cpu_ticks, &reading->usable_steal_ticks);
}

static void read_stat(struct noise_reading *reading)
{
	size_t size_bytes = cpuset_size_bytes();
	cpu_set_t *usable = calloc(1, size_bytes);
	char *text = file_read("/proc/stat");

	if (usable && cpuset_get(usable, size_bytes) == 0) {
		reading->usable_cpus = CPU_COUNT_S(size_bytes, usable);
		read_ticks(reading, text, usable, size_bytes);
	}
	reading->context_switches = counter(text, "ctxt");
	reading->forks = counter(text, "processes");
	reading->runnable_tasks = counter(text, "procs_running");
	free(text);
	free(usable);
}

static double pressure_field(const char *line, const char *key)
{
	const char *found = strstr(line, key);
	char *end;
	double value;

	if (!found)
		return NAN;
	found += strlen(key);
	value = strtod(found, &end);
	return end > found && isfinite(value) && value >= 0 ? value : NAN;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234" */
static void read_pressure(const char *path, double *total_us, double *percent)
{
	char *text = file_read(path);
	char line[256];

	if (text && text_field(text, "some", ' ', line, sizeof(line)) == 0) {
		*total_us = pressure_field(line, "total=");
		*percent = pressure_field(line, "avg10=");
	}
	free(text);
}

static void read_throttle(struct noise_reading *reading)
{
	struct cgroup_throttle throttle;

	if (cgroup_throttle(&throttle))
		return;
	reading->quota_periods = (double)throttle.periods;
	reading->throttled_periods = (double)throttle.throttled_periods;
	reading->throttled_us = (double)throttle.throttled_us;
}

static void add_number(const char *path, const char *text, void *context)
{
	double *sum = context;
	uint64_t number;

	if (number_parse(text, &number) == 0)
		*sum = (isnan(*sum) ? 0 : *sum) + (double)number;
}

static void read_vmstat(struct noise_reading *reading)
{
	char *text = file_read("/proc/vmstat");

	reading->major_faults = counter(text, "pgmajfault");
	reading->swapped_in_pages = counter(text, "pswpin");
	reading->swapped_out_pages = counter(text, "pswpout");
	free(text);
}

void noise_read(struct noise_reading *reading)
{
	double *fields = (double *)reading;

	_Static_assert(sizeof(*reading) % sizeof(double) == 0, "all fields are double");
	for (size_t i = 0; i < sizeof(*reading) / sizeof(*fields); i++)
		fields[i] = NAN;
	reading->monotonic_us = clock_us(CLOCK_MONOTONIC);
	reading->suspended_us = suspended_us();
	read_stat(reading);
	read_pressure("/proc/pressure/cpu", &reading->pressure_cpu_us, &reading->pressure_cpu_percent);
	read_pressure("/proc/pressure/io", &reading->pressure_io_us, &reading->pressure_io_percent);
	read_pressure("/proc/pressure/memory", &reading->pressure_memory_us, &reading->pressure_memory_percent);
	read_throttle(reading);
	files_each("/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/*_throttle_count", add_number,
		   &reading->thermal_throttles);
	read_vmstat(reading);
}
