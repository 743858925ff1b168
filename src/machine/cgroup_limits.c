/* SPDX-License-Identifier: MIT */
/* The limits that stand in the cgroups of this process. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/cgroup.h"
#include "machine/files.h"

/* v1 writes "no limit" as the largest multiple of the page size. */
#define V1_UNLIMITED (UINT64_C(1) << 62)

/* "max" or a number; NAN for anything else. */
static double limit_parse(const char *text)
{
	uint64_t number;

	if (strncmp(text, "max", 3) == 0 || strncmp(text, "-1", 2) == 0)
		return INFINITY;
	if (number_parse(text, &number))
		return NAN;
	return number >= V1_UNLIMITED ? INFINITY : (double)number;
}

static double limit_read(const struct cgroup *group, const char *name)
{
	char *text = cgroup_file(group, name);
	double limit = text ? limit_parse(text) : NAN;

	free(text);
	return limit;
}

/* cpu.max: "50000 100000" or "max 100000" */
static double quota_v2(const struct cgroup *group)
{
	char *text = cgroup_file(group, "cpu.max");
	char *blank = text ? strchr(text, ' ') : NULL;
	double cores = blank ? limit_parse(text) / limit_parse(blank) : NAN;

	free(text);
	return cores;
}

static double quota_v1(const struct cgroup *group)
{
	return limit_read(group, "cpu.cfs_quota_us") / limit_read(group, "cpu.cfs_period_us");
}

static double cores_of(const struct cgroup *group)
{
	return group->version == 2 ? quota_v2(group) : quota_v1(group);
}

static double memory_of(const struct cgroup *group)
{
	return limit_read(group, group->version == 2 ? "memory.max" : "memory.limit_in_bytes");
}

/* Above memory.high (v2) whoever takes more is held up and its pages are swapped out; beyond the limit itself somebody is
 * killed. */
static double memory_bound_of(const struct cgroup *group)
{
	double bound = memory_of(group), high = group->version == 2 ? limit_read(group, "memory.high") : NAN;

	return high < bound ? high : bound; /* NAN is less than nothing: there is no such file */
}

/* Files that nobody has asked for lately are dropped when the room is needed. */
static double memory_left_of(const struct cgroup *group)
{
	double used = limit_read(group, group->version == 2 ? "memory.current" : "memory.usage_in_bytes");
	char *stat = cgroup_file(group, "memory.stat");
	uint64_t inactive = 0;

	if (stat)
		text_number(stat, group->version == 2 ? "inactive_file" : "total_inactive_file", ' ', &inactive);
	free(stat);
	used = used > (double)inactive ? used - (double)inactive : 0; /* 0 also where it is not known */
	return memory_bound_of(group) - used;
}

static double pids_of(const struct cgroup *group)
{
	return limit_read(group, "pids.max");
}

/* Root groups have no limit files, so that none at all means no limit, once the group is known. */
static double tightest(const char *controller, double (*limit_of)(const struct cgroup *group))
{
	double least = INFINITY;
	struct cgroup group;

	if (!cgroup_open(&group, controller))
		return NAN;
	do {
		double limit = limit_of(&group);

		if (limit < least) /* never true of NAN */
			least = limit;
	} while (cgroup_parent(&group));
	return least;
}

double cgroup_cpu_cores(void)
{
	return tightest("cpu", cores_of);
}

double cgroup_memory_bytes(void)
{
	return tightest("memory", memory_of);
}

double cgroup_memory_left(void)
{
	return tightest("memory", memory_left_of);
}

double cgroup_pids(void)
{
	return tightest("pids", pids_of);
}

/* Groups below the one that was given CPUs have an empty list, or none: theirs is the parent's. */
int cgroup_cpus(char *list, size_t size)
{
	static const char *const names[] = {"cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus"};
	struct cgroup group;

	if (!cgroup_open(&group, "cpuset"))
		return -ENOENT;
	do {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			char *text = cgroup_file(&group, names[i]);
			size_t length = text ? strcspn(text, "\n") : 0;

			if (length > 0)
				snprintf(list, size, "%.*s", (int)length, text);
			free(text);
			if (length > 0)
				return 0;
		}
	} while (cgroup_parent(&group));
	return -ENOENT;
}

static bool throttle_add(struct cgroup_throttle *throttle, const struct cgroup *group)
{
	char *text = cgroup_file(group, "cpu.stat");
	uint64_t periods, throttled, time;
	bool known = text && text_number(text, "nr_periods", ' ', &periods) == 0 &&
		     text_number(text, "nr_throttled", ' ', &throttled) == 0;

	if (known) {
		throttle->periods += periods;
		throttle->throttled_periods += throttled;
		if (text_number(text, "throttled_usec", ' ', &time) == 0)
			throttle->throttled_us += time;
		else if (text_number(text, "throttled_time", ' ', &time) == 0) /* v1: nanoseconds */
			throttle->throttled_us += time / 1000;
	}
	free(text);
	return known;
}

int cgroup_throttle(struct cgroup_throttle *throttle)
{
	struct cgroup_throttle sum = {0};
	struct cgroup group;
	bool known = false;

	if (!cgroup_open(&group, "cpu"))
		return -ENOENT;
	do
		known |= throttle_add(&sum, &group);
	while (cgroup_parent(&group));
	if (!known)
		return -ENOENT;
	*throttle = sum;
	return 0;
}
