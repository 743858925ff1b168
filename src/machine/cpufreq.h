/* SPDX-License-Identifier: MIT */
/* Clock frequencies of the CPUs: most virtual machines tell nothing. */
#ifndef TVP_MACHINE_CPUFREQ_H
#define TVP_MACHINE_CPUFREQ_H

#include "machine/facts.h"

/* May the clock go above its nominal frequency? */
void read_boost(const struct survey *survey, const struct fact_entry *entry, char *value);

/* The lowest (number < 0) or highest (number > 0) value, over the CPUs that this process may use, of the cpufreq
 * file named `path`. */
void read_frequency(const struct survey *survey, const struct fact_entry *entry, char *value);

#endif
