/* SPDX-License-Identifier: MIT */
/* Noise readings of made-up machines, and the columns and rules over two of them: each rule seen to break and not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/workload.h"
#include "machine/machine.h"
#include "machine/rules.h"
#include "made_up_machine.h"

static bool is_usable(unsigned cpu)
{
	cpu_set_t usable;

	assert_int_equal(sched_getaffinity(0, sizeof(usable), &usable), 0);
	return CPU_ISSET(cpu, &usable);
}

static unsigned usable_count(void)
{
	cpu_set_t usable;

	assert_int_equal(sched_getaffinity(0, sizeof(usable), &usable), 0);
	return (unsigned)CPU_COUNT(&usable);
}

/* A CPU that this process may not use; what happens there is not ours. */
static unsigned foreign_cpu(void)
{
	unsigned cpu = CPU_SETSIZE - 1;

	while (cpu > 0 && is_usable(cpu))
		cpu--;
	return is_usable(cpu) ? CPU_SETSIZE : cpu;
}

/* So many ticks and stolen ones for each usable CPU, and stolen ones for a CPU that is not. */
static void put_ticks(unsigned ticks, unsigned stolen, unsigned foreign)
{
	unsigned n = usable_count();
	char text[CPU_SETSIZE * 64];
	size_t used;

	used = (size_t)snprintf(text, sizeof(text), "cpu  0 0 0 %u 0 0 0 %u 9 9\n", n * (ticks - stolen),
				n * stolen + foreign);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (is_usable(cpu))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "cpu%u 0 0 0 %u 0 0 0 %u 9 9\n", cpu,
						 ticks - stolen, stolen);
	snprintf(text + used, sizeof(text) - used, "cpu%u 0 0 0 0 0 0 0 %u\nintr 1 2 3\nctxt 500\nprocesses 40\n%s",
		 foreign_cpu(), foreign, "procs_running 3\nprocs_blocked 0\n");
	put("/proc/stat", text);
}

static void put_throttle_v2(const char *group, unsigned periods, unsigned throttled, unsigned time_us)
{
	char path[128], text[128];

	put("/proc/self/mountinfo", "23 20 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
	put("/proc/self/cgroup", "0::/a/b\n");
	snprintf(path, sizeof(path), "/cg%s/cpu.stat", group);
	snprintf(text, sizeof(text), "usage_usec 7\nnr_periods %u\nnr_throttled %u\nthrottled_usec %u\n", periods,
		 throttled, time_us);
	put(path, text);
}

static void put_throttle_v1(const char *group, unsigned periods, unsigned throttled, unsigned long long time_ns)
{
	char path[128], text[128];

	snprintf(path, sizeof(path), "/cg/cpu%s/cpu.stat", group);
	snprintf(text, sizeof(text), "nr_periods %u\nnr_throttled %u\nthrottled_time %llu\n", periods, throttled,
		 time_ns);
	put(path, text);
}

/* Every file that a reading looks at; nothing has happened yet. */
static void put_all(void)
{
	put_ticks(1000, 0, 0);
	put_throttle_v2("/a/b", 0, 0, 0);
	put("/proc/pressure/cpu", "some avg10=1.25 avg60=0.00 avg300=0.00 total=1000\nfull avg10=9.00 total=7\n");
	put("/proc/pressure/io", "some avg10=2.50 avg60=0.00 avg300=0.00 total=2000\n");
	put("/proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=3000\n");
	put("/proc/vmstat", "pgmajfault 5\npswpin 6\npswpout 7\npswpinx 1\n");
	put("/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "2\n");
	put("/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count", "3\n");
	put("/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_total_time_ms", "999\n");
	put("/sys/devices/system/cpu/cpu7/thermal_throttle/core_throttle_count", "0\n");
}

static struct noise_reading reading_of(void)
{
	struct noise_reading reading;

	noise_read(&reading);
	return reading;
}

/* A reading in which everything is known and quiet. */
static struct noise_reading quiet(void)
{
	return (struct noise_reading){.usable_cpus = 2, .cpu_ticks = 1000, .usable_cpu_ticks = 1000};
}

static const struct noise_rule *rule_of(const char *name)
{
	for (const struct noise_rule *rule = noise_rules; rule->name; rule++)
		if (strcmp(rule->name, name) == 0)
			return rule;
	fail_msg("no rule %s", name);
	return NULL;
}

static unsigned bit_of(const char *name)
{
	return 1u << (rule_of(name) - noise_rules);
}

static double column(const char *name, const struct noise_reading *before, const struct noise_reading *after)
{
	for (const struct noise_column *entry = noise_columns; entry->name; entry++)
		if (strcmp(entry->name, name) == 0)
			return entry->value(before, after);
	fail_msg("no column %s", name);
	return NAN;
}

static void assert_valid(const struct noise_reading *before, const struct noise_reading *after)
{
	char reason[REASON_BYTES] = "old";

	if (noise_judge(before, after, reason) != 0)
		fail_msg("%s", reason);
	assert_string_equal(reason, "");
}

/* Invalid by this rule alone, and the reason has both parts. */
static void assert_broken(const struct noise_reading *before, const struct noise_reading *after, const char *rule,
			  const char *value)
{
	char reason[REASON_BYTES] = "";

	assert_int_equal(noise_judge(before, after, reason), 1);
	assert_int_equal(strncmp(reason, rule, strlen(rule)), 0);
	assert_int_equal(reason[strlen(rule)], ':');
	if (!strstr(reason, value))
		fail_msg("\"%s\" is not in: %s", value, reason);
	assert_non_null(strstr(reason, "(limit "));
	assert_null(strchr(reason, '\n'));
}

static void a_reading_has_what_the_files_say(void **state)
{
	struct noise_reading reading;

	put_all();
	put_ticks(1000, 20, 5);
	put_throttle_v2("/a/b", 10, 4, 5000);
	put_throttle_v2("/a", 100, 40, 70000);
	reading = reading_of();
	assert_true(reading.monotonic_us > 0);
	assert_true(reading.suspended_us >= 0);
	assert_true(reading.usable_cpus == usable_count());
	assert_true(reading.cpu_ticks == 1000.0 * usable_count() + 5);
	assert_true(reading.steal_ticks == 20.0 * usable_count() + 5);
	assert_true(reading.usable_cpu_ticks == 1000.0 * usable_count());
	assert_true(reading.usable_steal_ticks == 20.0 * usable_count());
	assert_true(reading.context_switches == 500);
	assert_true(reading.forks == 40);
	assert_true(reading.runnable_tasks == 3);
	assert_true(reading.pressure_cpu_us == 1000);
	assert_true(reading.pressure_io_us == 2000);
	assert_true(reading.pressure_memory_us == 3000);
	assert_true(reading.pressure_cpu_percent == 1.25);
	assert_true(reading.pressure_io_percent == 2.5);
	assert_true(reading.pressure_memory_percent == 0);
	assert_true(reading.quota_periods == 110);
	assert_true(reading.throttled_periods == 44);
	assert_true(reading.throttled_us == 75000);
	assert_true(reading.thermal_throttles == 5);
	assert_true(reading.major_faults == 5);
	assert_true(reading.swapped_in_pages == 6);
	assert_true(reading.swapped_out_pages == 7);
}

/* The facts of a run come from the same reading. */
static void facts_are_those_of_the_reading(void **state)
{
	struct noise_reading reading;
	struct facts facts;
	char expected[64];

	put_all();
	put_ticks(123456789, 98765, 4321);
	put("/proc/meminfo", "SwapTotal: 100 kB\nSwapFree: 60 kB\n");
	reading = reading_of();
	assert_int_equal(machine_noise(&facts), 0);
	snprintf(expected, sizeof(expected), "%.0f", reading.usable_cpu_ticks);
	assert_string_equal(facts_get(&facts, "usable_cpu_ticks"), expected);
	snprintf(expected, sizeof(expected), "%.0f", reading.usable_steal_ticks);
	assert_string_equal(facts_get(&facts, "usable_steal_ticks"), expected);
	assert_string_equal(facts_get(&facts, "context_switches"), "500");
	assert_string_equal(facts_get(&facts, "pressure_cpu_some_us"), "1000");
	assert_string_equal(facts_get(&facts, "pressure_cpu_some_percent"), "1.25");
	assert_string_equal(facts_get(&facts, "cgroup_throttled_us"), "0");
	assert_string_equal(facts_get(&facts, "thermal_throttles"), "5");
	assert_string_equal(facts_get(&facts, "swap_used_bytes"), "40960");
	facts_exit(&facts);
	put("/proc/meminfo", "SwapTotal: 100 kB\nSwapFree: 160 kB\n");
	assert_int_equal(machine_noise(&facts), 0);
	assert_string_equal(facts_get(&facts, "swap_used_bytes"), "");
	facts_exit(&facts);
}

static void assert_all_but_clocks_unknown(const struct noise_reading *reading)
{
	const double *fields = (const double *)reading;
	size_t known = 0;

	for (size_t i = 0; i < sizeof(*reading) / sizeof(*fields); i++)
		known += !isnan(fields[i]);
	assert_int_equal(known, 3);
	assert_true(reading->monotonic_us > 0 && reading->suspended_us >= 0 && reading->usable_cpus >= 1);
}

/* Unknown breaks no rule, and is told apart from fine. */
static void without_files_rules_go_unchecked(void **state)
{
	struct noise_reading before = reading_of(), after = reading_of();

	assert_all_but_clocks_unknown(&before);
	assert_valid(&before, &after);
	assert_int_equal(noise_unchecked(&before, &after),
			 bit_of("steal") | bit_of("throttled") | bit_of("thermal") | bit_of("swap"));
	for (const struct noise_column *entry = noise_columns; entry->name; entry++)
		assert_true(isnan(entry->value(&before, &after)));
}

static void with_all_files_every_rule_is_checked(void **state)
{
	struct noise_reading before, after;

	put_all();
	before = reading_of();
	after = reading_of();
	assert_int_equal(noise_unchecked(&before, &after), 0);
	assert_valid(&before, &after);
	for (const struct noise_column *entry = noise_columns; entry->name; entry++)
		assert_true(entry->value(&before, &after) == (strcmp(entry->name, "runnable_tasks") == 0 ? 2 : 0));
}

/* One file at a time is missing: its rule goes unchecked, and no other. */
static void each_missing_file_is_noticed(void **state)
{
	static const char *const files[][2] = {
		{"/proc/stat", "steal"},
		{"/cg/a/b/cpu.stat", "throttled"},
		{"/proc/self/cgroup", "throttled"},
		{"/proc/vmstat", "swap"},
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct noise_reading reading;

		put_all();
		put(files[i][0], NULL);
		reading = reading_of();
		assert_int_equal(noise_unchecked(&reading, &reading), bit_of(files[i][1]));
	}
}

static void garbage_is_unknown(void **state)
{
	struct noise_reading reading;

	put("/proc/stat", "cpu  1 2 3\ncpu0 1 2 x 4 5 6 7 8\ncpux 1\nctxt many\nprocesses -4\nprocs_running");
	put("/proc/pressure/cpu", "some avg10=nan total=\n");
	put("/proc/pressure/io", "full avg10=1.00 total=5\n");
	put("/proc/pressure/memory", "some avg10=-1 total=inf\n");
	put("/proc/vmstat", "pgmajfault\npswpin x\npswpout 99999999999999999999999\n");
	put("/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "hot\n");
	put_throttle_v2("/a/b", 0, 0, 0);
	put("/cg/a/b/cpu.stat", "nr_periods x\nnr_throttled y\n");
	reading = reading_of();
	assert_all_but_clocks_unknown(&reading);
}

/* Kernels that only look like Linux count no ticks: then nobody knows what was stolen. */
static void ticks_that_are_all_zero_are_unknown(void **state)
{
	struct noise_reading before, after;

	put_all();
	put_ticks(0, 0, 0);
	before = reading_of();
	after = reading_of();
	assert_true(isnan(before.cpu_ticks) && isnan(before.steal_ticks));
	assert_int_equal(noise_unchecked(&before, &after), bit_of("steal"));
}

/* 2 % is let through, 3 % is not. */
static void steal_of_usable_cpus_counts(void **state)
{
	struct noise_reading before, after;

	put_all();
	put_ticks(1000, 50, 50);
	before = reading_of();
	put_ticks(2000, 70, 50);
	after = reading_of();
	assert_true(column("steal_share", &before, &after) == 0.02);
	assert_valid(&before, &after);
	put_ticks(2000, 80, 50);
	after = reading_of();
	assert_true(column("steal_share", &before, &after) == 0.03);
	assert_broken(&before, &after, "steal", "3 % (limit 2 %)");
}

static void steal_of_other_cpus_does_not_count(void **state)
{
	struct noise_reading before, after;

	put_all();
	before = reading_of();
	put_ticks(2000, 0, 100000);
	after = reading_of();
	assert_true(after.steal_ticks - before.steal_ticks == 100000);
	assert_true(column("steal_share", &before, &after) == 0);
	assert_valid(&before, &after);
}

/* A tick on each CPU may lie before the block, however short that was. */
static void one_tick_of_steal_is_no_proof(void **state)
{
	struct noise_reading before, after;

	put_all();
	before = reading_of();
	put_ticks(1010, 1, 0);
	after = reading_of();
	assert_true(column("steal_share", &before, &after) == 0.1);
	assert_valid(&before, &after);
	assert_int_equal(noise_unchecked(&before, &after), 0);
	put_ticks(1010, 2, 0);
	after = reading_of();
	assert_broken(&before, &after, "steal", "20 %");
}

static void throttling_v2_of_the_group_and_above(void **state)
{
	struct noise_reading before, after;

	put_all();
	put_throttle_v2("/a/b", 10, 4, 5000);
	put_throttle_v2("/a", 10, 0, 0);
	put_throttle_v2("/elsewhere", 0, 0, 0);
	before = reading_of();
	put_throttle_v2("/a/b", 50, 4, 5000);
	put_throttle_v2("/elsewhere", 99, 99, 99);
	after = reading_of();
	assert_valid(&before, &after);
	put_throttle_v2("/a/b", 50, 7, 25000);
	after = reading_of();
	assert_broken(&before, &after, "throttled", ": 3 (limit 0)");
	assert_true(column("throttled_us", &before, &after) == 20000);
	put_throttle_v2("/a/b", 50, 4, 5000);
	put_throttle_v2("/a", 60, 2, 700);
	after = reading_of();
	assert_broken(&before, &after, "throttled", ": 2 (limit 0)");
	assert_true(column("throttled_us", &before, &after) == 700);
}

/* What has been counted in only one of the two. */
static void throttling_by_time_or_by_periods(void **state)
{
	struct noise_reading before, after;

	put_all();
	before = reading_of();
	put_throttle_v2("/a/b", 1, 0, 1);
	after = reading_of();
	assert_broken(&before, &after, "throttled", ": 1 (limit 0)");
	put_throttle_v2("/a/b", 1, 1, 0);
	after = reading_of();
	assert_broken(&before, &after, "throttled", ": 1 (limit 0)");
}

static void assert_throttling_v1(void)
{
	struct noise_reading before, after;

	put_throttle_v1("/job", 10, 4, 5000000);
	put_throttle_v1("/job/step", 1, 1, 9000);
	before = reading_of();
	assert_true(before.throttled_us == 5009);
	put_throttle_v1("/job", 20, 4, 5000000);
	after = reading_of();
	assert_valid(&before, &after);
	put_throttle_v1("/job", 20, 5, 6000000);
	after = reading_of();
	assert_broken(&before, &after, "throttled", ": 1 (limit 0)");
	assert_true(column("throttled_us", &before, &after) == 1000);
}

static void throttling_v1(void **state)
{
	put("/proc/self/mountinfo", "30 20 0:29 / /cg/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n");
	put("/proc/self/cgroup", "1:cpu,cpuacct:/job/step\n");
	assert_throttling_v1();
}

/* The cpu controller is v1's; what v2 counts of the same name is not asked. */
static void throttling_hybrid(void **state)
{
	put("/proc/self/mountinfo", "30 20 0:29 / /cg/cpu rw - cgroup cgroup rw,cpu\n"
				    "31 20 0:30 / /cg/unified rw - cgroup2 cgroup2 rw\n");
	put("/proc/self/cgroup", "2:cpu:/job/step\n1:name=systemd:/x\n0::/x\n");
	put("/cg/unified/x/cpu.stat", "nr_periods 77\nnr_throttled 77\nthrottled_usec 77\n");
	assert_throttling_v1();
}

static void heat(void **state)
{
	struct noise_reading before, after;

	put_all();
	before = reading_of();
	put("/sys/devices/system/cpu/cpu7/thermal_throttle/core_throttle_count", "1\n");
	after = reading_of();
	assert_broken(&before, &after, "thermal", ": 1 (limit 0)");
	assert_true(column("thermal_throttles", &before, &after) == 1);
}

static void swapping(void **state)
{
	struct noise_reading before, after;

	put_all();
	before = reading_of();
	put("/proc/vmstat", "pgmajfault 9\npswpin 36\npswpout 41\n");
	after = reading_of();
	assert_true(column("swapped_pages", &before, &after) == 64);
	assert_true(column("major_faults", &before, &after) == 4);
	assert_valid(&before, &after);
	put("/proc/vmstat", "pgmajfault 9\npswpin 37\npswpout 41\n");
	after = reading_of();
	assert_broken(&before, &after, "swap", ": 65 (limit 64)");
}

static void columns_of_waiting_tasks(void **state)
{
	struct noise_reading before, after;

	put_all();
	before = reading_of();
	put("/proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=251000\n");
	put("/proc/pressure/io", "some avg10=0.00 avg60=0.00 avg300=0.00 total=502000\n");
	put("/proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=103000\n");
	put("/proc/stat", "ctxt 1500\nprocs_running 8\n");
	after = reading_of();
	after.monotonic_us = before.monotonic_us + 1e6;
	assert_true(column("pressure_cpu_share", &before, &after) == 0.25);
	assert_true(column("pressure_io_share", &before, &after) == 0.5);
	assert_true(column("pressure_memory_share", &before, &after) == 0.1);
	assert_true(column("context_switches", &before, &after) == 1000);
	assert_true(column("runnable_tasks", &before, &after) == 7);
	assert_true(column("runnable_tasks", &after, &before) == 7);
	before.runnable_tasks = NAN;
	assert_true(column("runnable_tasks", &before, &after) == 7);
	after.monotonic_us = before.monotonic_us + 1e5; /* more than all of the time cannot be */
	assert_true(column("pressure_cpu_share", &before, &after) == 1);
	assert_valid(&before, &after); /* pressure is written down, and no rule: our own workers make it too */
}

/* For each rule what its value just within the limit is made of, and what just beyond. */
struct edge {
	const char *rule;
	size_t field;
	double within, beyond;
};

#define FIELD(name) offsetof(struct noise_reading, name)

static const struct edge edges[] = {
	{"steal", FIELD(usable_steal_ticks), 20, 21}, {"throttled", FIELD(throttled_periods), 0, 1},
	{"throttled", FIELD(throttled_us), 0, 1},     {"thermal", FIELD(thermal_throttles), 0, 1},
	{"swap", FIELD(swapped_in_pages), 64, 65},    {"swap", FIELD(swapped_out_pages), 64, 65},
	{"sleep", FIELD(suspended_us), 1e5, 2e5},     {"cpus", FIELD(usable_cpus), 0, 1},
	{"cpus", FIELD(usable_cpus), 0, -1},
};

static double *field_of(struct noise_reading *reading, const struct edge *edge)
{
	return (double *)((char *)reading + edge->field);
}

static void each_rule_breaks_beyond_its_limit(void **state)
{
	unsigned seen = 0, all = 0;

	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++) {
		struct noise_reading before = quiet(), after = quiet();

		after.usable_cpu_ticks += 1000;
		*field_of(&after, &edges[i]) += edges[i].within;
		assert_valid(&before, &after);
		after = quiet();
		after.usable_cpu_ticks += 1000;
		*field_of(&after, &edges[i]) += edges[i].beyond;
		assert_broken(&before, &after, edges[i].rule, "limit");
		seen |= bit_of(edges[i].rule);
	}
	for (const struct noise_rule *rule = noise_rules; rule->name; rule++)
		all |= bit_of(rule->name);
	assert_int_equal(seen, all);
}

static void each_rule_is_unchecked_without_its_figure(void **state)
{
	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++) {
		struct noise_reading before = quiet(), after = quiet();
		bool halves = strcmp(edges[i].rule, "throttled") == 0;

		after.usable_cpu_ticks += 1000;
		assert_int_equal(noise_unchecked(&before, &after), 0);
		*field_of(&after, &edges[i]) = NAN;
		assert_valid(&before, &after);
		assert_int_equal(noise_unchecked(&before, &after), halves ? 0 : bit_of(edges[i].rule));
	}
}

/* A counter that fell has begun anew (a CPU went, a group was made again): nobody knows what it has counted. */
static void counters_that_fall_are_unknown(void **state)
{
	struct noise_reading before = quiet(), after = quiet();

	before.usable_steal_ticks = 10;
	before.throttled_periods = before.throttled_us = 10;
	before.thermal_throttles = before.swapped_in_pages = 10;
	assert_valid(&before, &after);
	assert_int_equal(noise_unchecked(&before, &after),
			 bit_of("steal") | bit_of("throttled") | bit_of("thermal") | bit_of("swap"));
	assert_true(isnan(column("steal_share", &before, &after)));
	assert_true(isnan(column("swapped_pages", &before, &after)));
}

static void all_broken_rules_are_named_on_one_line(void **state)
{
	struct noise_reading before = quiet(), after = quiet();
	char reason[REASON_BYTES + 1];
	int rules = 0;

	after.thermal_throttles = 5;
	after.swapped_in_pages = 1234567;
	memset(reason, 'x', sizeof(reason));
	assert_int_equal(noise_judge(&before, &after, reason), 2);
	assert_string_equal(reason, "thermal: times that a CPU slowed down because of heat: 5 (limit 0); "
				    "swap: pages swapped in or out: 1234567 (limit 64)");
	after.usable_cpu_ticks = after.usable_steal_ticks = 4321;
	after.throttled_periods = after.suspended_us = 1e18;
	after.usable_cpus = 100;
	for (const struct noise_rule *rule = noise_rules; rule->name; rule++)
		rules++;
	assert_int_equal(noise_judge(&before, &after, reason), rules);
	assert_true(memchr(reason, '\0', REASON_BYTES) != NULL);
	assert_int_equal(reason[REASON_BYTES], 'x');
}

static void tables_are_well_formed(void **state)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
	size_t rules = 0;

	for (const struct noise_rule *rule = noise_rules; rule->name; rule++, rules++) {
		assert_int_equal(strspn(rule->name, letters), strlen(rule->name));
		assert_ptr_equal(rule_of(rule->name), rule);
		assert_true(*rule->looks_at && *rule->why && rule->limit >= 0);
	}
	assert_in_range(rules, 1, 8 * sizeof(unsigned));
	for (const struct noise_column *entry = noise_columns; entry->name; entry++) {
		assert_int_equal(strspn(entry->name, letters), strlen(entry->name));
		assert_true(*entry->summary);
		for (const struct noise_column *other = noise_columns; other < entry; other++)
			assert_string_not_equal(entry->name, other->name);
	}
}

/* This machine, whatever it is: what counts up does not fall, and it has not slept or lost a CPU in between. */
static void readings_of_this_machine_follow_each_other(void **state)
{
	struct noise_reading before = reading_of(), after;
	char reason[REASON_BYTES];

	for (volatile unsigned i = 0; i < 10000000; i++)
		continue;
	after = reading_of();
	assert_true(after.monotonic_us > before.monotonic_us);
	assert_false(after.cpu_ticks < before.cpu_ticks - 2);
	assert_false(after.context_switches < before.context_switches);
	assert_true(before.usable_cpus == usable_count());
	assert_int_equal(noise_unchecked(&before, &after) & (bit_of("sleep") | bit_of("cpus")), 0);
	noise_judge(&before, &after, reason);
	assert_null(strstr(reason, "sleep:"));
	assert_null(strstr(reason, "cpus:"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(a_reading_has_what_the_files_say),
		WITH_FILES(facts_are_those_of_the_reading),
		WITH_FILES(without_files_rules_go_unchecked),
		WITH_FILES(with_all_files_every_rule_is_checked),
		WITH_FILES(each_missing_file_is_noticed),
		WITH_FILES(garbage_is_unknown),
		WITH_FILES(ticks_that_are_all_zero_are_unknown),
		WITH_FILES(steal_of_usable_cpus_counts),
		WITH_FILES(steal_of_other_cpus_does_not_count),
		WITH_FILES(one_tick_of_steal_is_no_proof),
		WITH_FILES(throttling_v2_of_the_group_and_above),
		WITH_FILES(throttling_by_time_or_by_periods),
		WITH_FILES(throttling_v1),
		WITH_FILES(throttling_hybrid),
		WITH_FILES(heat),
		WITH_FILES(swapping),
		WITH_FILES(columns_of_waiting_tasks),
		cmocka_unit_test(each_rule_breaks_beyond_its_limit),
		cmocka_unit_test(each_rule_is_unchecked_without_its_figure),
		cmocka_unit_test(counters_that_fall_are_unknown),
		cmocka_unit_test(all_broken_rules_are_named_on_one_line),
		cmocka_unit_test(tables_are_well_formed),
		cmocka_unit_test(readings_of_this_machine_follow_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
