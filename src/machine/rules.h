/* SPDX-License-Identifier: MIT */
/*
 * What two noise readings say of the time between them: columns to be written beside the samples, and rules, declared
 * before anything is measured, that invalidate a whole block. The rules look at nothing that was measured: no sample is
 * dropped for its value.
 */
#ifndef TVP_MACHINE_RULES_H
#define TVP_MACHINE_RULES_H

#include "machine/noise.h"

/* One figure of a block; NAN: not known, also where a counter went backwards. */
struct noise_column {
	const char *name; /* with its unit: "throttled_us"; shares are of 1 */
	const char *summary;
	double (*value)(const struct noise_reading *before, const struct noise_reading *after);
};
extern const struct noise_column noise_columns[]; /* ends with a NULL name */

/*
 * A rule is broken above its limit. The limits, and why they are what they are:
 *   steal      2 % of the usable CPUs' time: the margin below which verdicts call two figures equivalent, so that what
 *              is let through cannot make a verdict. A stolen CPU stops one worker and not the others. Counters go in
 *              ticks, so that also more than one tick per usable CPU is asked for (this binds in blocks below 0.5 s).
 *   throttled  0: a quota stops all workers for the rest of a period of 100 ms, which no short sample survives.
 *   thermal    0: from then on the clock is another one.
 *   swap       64 pages: fewer is some other program that woke up; more is a machine whose memory runs out, where a
 *              worker's next page may take milliseconds.
 *   sleep      0.1 s: the machine was suspended; caches, clocks and temperature are those of a fresh start.
 *   cpus       0: a CPU came or went (hotplug, affinity, cpuset), and workers are no longer where they were placed.
 */
struct noise_rule {
	const char *name;
	const char *looks_at; /* what is counted, in words */
	const char *unit;     /* of the value and the limit, as written behind them: " %", "" */
	double limit;
	const char *why;
	double (*value)(const struct noise_reading *before, const struct noise_reading *after); /* NAN: not known */
};
extern const struct noise_rule noise_rules[]; /* ends with a NULL name */

/* 0: the block is valid as far as is known. Otherwise how many rules it breaks, with REASON_BYTES of reason: one line
 * with the name, the value and the limit of each. What is not known breaks no rule: see noise_unchecked. */
int noise_judge(const struct noise_reading *before, const struct noise_reading *after, char *reason);

/* The rules that cannot be checked here ("unknown" is not "fine"): bit i for noise_rules[i]. */
unsigned noise_unchecked(const struct noise_reading *before, const struct noise_reading *after);

#endif
