/* SPDX-License-Identifier: MIT */
/* What disturbs a measurement, as numbers at one moment; rules.h says what two of them mean for the time between. */
#ifndef TVP_MACHINE_NOISE_H
#define TVP_MACHINE_NOISE_H

/* NAN: not known here. Counters run since boot; those of cgroups since the group was made. */
struct noise_reading {
	double monotonic_us; /* CLOCK_MONOTONIC: when this was read */
	double suspended_us; /* for how long the machine has slept: CLOCK_BOOTTIME runs on, CLOCK_MONOTONIC does not */
	double usable_cpus;  /* CPUs that the calling process may run on */

	/* Time in the kernel's clock ticks (1/100 s), idle time included, and what of it a hypervisor took away. */
	double cpu_ticks, steal_ticks;               /* of the whole machine */
	double usable_cpu_ticks, usable_steal_ticks; /* of the usable CPUs */

	double context_switches;
	double forks;          /* tasks made, threads too */
	double runnable_tasks; /* now, the reader among them */

	/* Pressure (PSI): time in which at least one task waited, since boot and as a share of the last 10 s. */
	double pressure_cpu_us, pressure_io_us, pressure_memory_us;
	double pressure_cpu_percent, pressure_io_percent, pressure_memory_percent;

	/* CPU quotas of our cgroup and those above it that can be seen: v1, v2 or both. */
	double quota_periods, throttled_periods, throttled_us;

	double thermal_throttles; /* how often a CPU or a package slowed down because of heat */

	double major_faults;
	double swapped_in_pages, swapped_out_pages;
};

/* Reads a dozen small files of /proc and /sys: 0.1 to 0.5 ms on machines of up to 64 CPUs. */
void noise_read(struct noise_reading *reading);

#endif
