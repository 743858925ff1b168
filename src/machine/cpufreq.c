/* SPDX-License-Identifier: MIT */
/* Clock frequencies of the CPUs. */
#include "machine/cpufreq.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/cpuset.h"
#include "machine/files.h"

void read_boost(const struct survey *survey, const struct fact_entry *entry, char *value)
{
	uint64_t number;

	if (file_number("/sys/devices/system/cpu/intel_pstate/no_turbo", &number) == 0)
		value_bool(value, number == 0);
	else if (file_number("/sys/devices/system/cpu/cpufreq/boost", &number) == 0)
		value_bool(value, number != 0);
}

void read_frequency(const struct survey *survey, const struct fact_entry *entry, char *value)
{
	size_t size_bytes = cpuset_size_bytes();
	cpu_set_t *usable = calloc(1, size_bytes);
	uint64_t extreme = 0, khz;

	if (!usable || cpuset_get(usable, size_bytes)) {
		free(usable);
		return;
	}
	for (unsigned cpu = 0; cpu < size_bytes * 8; cpu++) {
		char path[128];

		if (!CPU_ISSET_S(cpu, size_bytes, usable))
			continue;
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/cpufreq/%s", cpu, entry->path);
		if (file_number(path, &khz) || khz == 0)
			continue;
		if (extreme == 0 || (entry->number < 0 ? khz < extreme : khz > extreme))
			extreme = khz;
	}
	if (extreme > 0)
		value_print(value, "%" PRIu64, extreme);
	free(usable);
}
