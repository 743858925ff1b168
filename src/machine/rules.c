/* SPDX-License-Identifier: MIT */
/* What went on between two noise readings: the columns of a block, and the rules that invalidate it. */
#include "machine/rules.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/workload.h"

/* Shorthand for the tables' functions. */
#define BETWEEN(name) static double name(const struct noise_reading *before, const struct noise_reading *after)

/* By how much a counter has risen; one that fell has begun anew and says nothing. */
static double rise(double before, double after)
{
	return after >= before ? after - before : NAN;
}

/* Parts are counted at other moments than wholes, and may come out larger. fmin would take the 1 for a NAN. */
static double share(double part, double whole)
{
	if (part == 0)
		return 0;
	return part > 0 && whole > 0 ? fmin(part / whole, 1) : NAN;
}

BETWEEN(steal_share)
{
	return share(rise(before->usable_steal_ticks, after->usable_steal_ticks),
		     rise(before->usable_cpu_ticks, after->usable_cpu_ticks));
}

/* Of the time between the readings. */
static double time_share(double part_us, const struct noise_reading *before, const struct noise_reading *after)
{
	return share(part_us, rise(before->monotonic_us, after->monotonic_us));
}

BETWEEN(pressure_cpu_share)
{
	return time_share(rise(before->pressure_cpu_us, after->pressure_cpu_us), before, after);
}

BETWEEN(pressure_io_share)
{
	return time_share(rise(before->pressure_io_us, after->pressure_io_us), before, after);
}

BETWEEN(pressure_memory_share)
{
	return time_share(rise(before->pressure_memory_us, after->pressure_memory_us), before, after);
}

BETWEEN(throttled_us)
{
	return rise(before->throttled_us, after->throttled_us);
}

BETWEEN(thermal_throttles)
{
	return rise(before->thermal_throttles, after->thermal_throttles);
}

BETWEEN(swapped_pages)
{
	return rise(before->swapped_in_pages, after->swapped_in_pages) +
	       rise(before->swapped_out_pages, after->swapped_out_pages);
}

BETWEEN(major_faults)
{
	return rise(before->major_faults, after->major_faults);
}

/* Between blocks nothing of ours runs but the reader. fmax takes the one that is known. */
BETWEEN(runnable_tasks)
{
	double most = fmax(before->runnable_tasks, after->runnable_tasks);

	return isnan(most) ? NAN : fmax(most - 1, 0);
}

BETWEEN(context_switches)
{
	return rise(before->context_switches, after->context_switches);
}

const struct noise_column noise_columns[] = {
	{"steal_share", "part of the usable CPUs' time that the hypervisor gave to others", steal_share},
	{"pressure_cpu_share", "part of the time in which a task of the machine waited for a CPU", pressure_cpu_share},
	{"pressure_io_share", "part of the time in which a task of the machine waited for a disk", pressure_io_share},
	{"pressure_memory_share", "part of the time in which a task of the machine waited for memory",
	 pressure_memory_share},
	{"throttled_us", "time for which CPU quotas stopped our cgroup and those above it", throttled_us},
	{"thermal_throttles", "how often CPUs slowed down because of heat", thermal_throttles},
	{"swapped_pages", "pages that the machine swapped in or out", swapped_pages},
	{"major_faults", "page faults of the machine that had to wait for a disk", major_faults},
	{"runnable_tasks", "tasks of others that could run just before or just after, whichever is more",
	 runnable_tasks},
	{"context_switches", "switches between tasks on the machine", context_switches},
	{0},
};

/* Each CPU's counter may hide or bring along nearly a tick. */
BETWEEN(steal_percent)
{
	double stolen = rise(before->usable_steal_ticks, after->usable_steal_ticks);

	return stolen <= after->usable_cpus ? 0 : 100 * steal_share(before, after);
}

/* A stop that the period's end has not counted yet shows in the time, or the other way round. */
BETWEEN(throttled_times)
{
	double periods = rise(before->throttled_periods, after->throttled_periods);
	double time_us = throttled_us(before, after);

	return fmax(periods, isnan(time_us) ? NAN : time_us > 0);
}

BETWEEN(slept_s)
{
	double gap_us = after->suspended_us - before->suspended_us;

	return isnan(gap_us) ? NAN : fmax(gap_us, 0) / 1e6;
}

BETWEEN(cpus_changed)
{
	return fabs(after->usable_cpus - before->usable_cpus);
}

const struct noise_rule noise_rules[] = {
	{"steal", "time of the usable CPUs that the hypervisor gave to others", " %", 2,
	 "a stolen CPU stops one worker and not the others; 2 % is the margin of a verdict", steal_percent},
	{"throttled", "times that a CPU quota stopped us", "", 0, "a quota stops all workers until its period ends",
	 throttled_times},
	{"thermal", "times that a CPU slowed down because of heat", "", 0, "from then on the clock is another one",
	 thermal_throttles},
	{"swap", "pages swapped in or out", "", 64, "memory ran out; a worker's next page may take milliseconds",
	 swapped_pages},
	{"sleep", "time that the machine slept", " s", 0.1, "caches, clocks and temperature start afresh", slept_s},
	{"cpus", "usable CPUs that came or went", "", 0, "workers are no longer where they were placed", cpus_changed},
	{0},
};

static void add_reason(char *reason, const struct noise_rule *rule, double value)
{
	size_t used = strlen(reason);

	snprintf(reason + used, REASON_BYTES - used, "%s%s: %s: %.*f%s (limit %g%s)", used ? "; " : "", rule->name,
		 rule->looks_at, value == floor(value) ? 0 : 2, value, rule->unit, rule->limit, rule->unit);
}

int noise_judge(const struct noise_reading *before, const struct noise_reading *after, char *reason)
{
	int broken = 0;

	reason[0] = '\0';
	for (const struct noise_rule *rule = noise_rules; rule->name; rule++) {
		double value = rule->value(before, after);

		if (!(value > rule->limit)) /* NAN is not */
			continue;
		add_reason(reason, rule, value);
		broken++;
	}
	return broken;
}

unsigned noise_unchecked(const struct noise_reading *before, const struct noise_reading *after)
{
	unsigned unchecked = 0;

	for (unsigned i = 0; noise_rules[i].name; i++)
		if (isnan(noise_rules[i].value(before, after)))
			unchecked |= 1u << i;
	return unchecked;
}
