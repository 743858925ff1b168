/* SPDX-License-Identifier: MIT */
/* The advice on made-up machines: a quiet one passes every check, and one change at a time makes one check speak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/workload.h"
#include "machine/advice.h"
#include "machine/checks.h"
#include "made_up_machine.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { COMMAND_COLUMNS = 74 };

/* A file of the made-up machine, or, where there is no slash in front, a fact that does not come from files. */
struct change {
	const char *where;
	const char *what; /* NULL: removes the file */
};

#define CPU "/sys/devices/system/cpu/"

/* A machine that no check has anything to say about, and of which everything is known. */
static const struct change quiet_machine[] = {
	{"/proc/cpuinfo", "flags : fpu vme\n"},
	{"/proc/meminfo", "MemTotal: 16777216 kB\nMemAvailable: 12582912 kB\nSwapTotal: 2097152 kB\n"
			  "SwapFree: 2097152 kB\n"},
	{"/proc/loadavg", "0.25 0.10 0.03 4/95 5311\n"},
	{"/proc/stat", "cpu  10 0 10 999930 0 0 0 50\ncpu0 10 0 10 999930 0 0 0 50\nprocs_running 4\n"},
	{"/proc/pressure/cpu", "some avg10=5.00 avg60=0.00 avg300=0.00 total=678\n"},
	{"/proc/pressure/io", "some avg10=5.00 avg60=0.00 avg300=0.00 total=678\n"},
	{"/proc/pressure/memory", "some avg10=1.00 avg60=0.00 avg300=0.00 total=678\n"},
	{"/proc/self/mountinfo", "23 20 0:26 / /cg rw - cgroup2 cgroup2 rw\n"},
	{"/proc/self/cgroup", "0::/a\n"},
	{"/cg/a/cpu.max", "max 100000\n"},
	{"/cg/a/cpu.stat", "nr_periods 9\nnr_throttled 0\nthrottled_usec 0\n"},
	{"/cg/a/pids.max", "max\n"},
	{"/run/systemd/system/units", ""},
	{"/sys/class/power_supply/AC/type", "Mains\n"},
	{"/sys/class/power_supply/AC/online", "1\n"},
	{"/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n"},
	{"/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"},
	{"/proc/sys/kernel/randomize_va_space", "2\n"},
	{"/proc/sys/kernel/sched_autogroup_enabled", "0\n"},
	{"/proc/sys/vm/overcommit_memory", "0\n"},
	{CPU "online", "0-3\n"},
	{CPU "cpu0/topology/core_cpus_list", "0\n"},
	{CPU "cpu1/topology/core_cpus_list", "1\n"},
	{CPU "cpu2/topology/core_cpus_list", "2\n"},
	{CPU "cpu3/topology/core_cpus_list", "3\n"},
	{CPU "smt/active", "0\n"},
	{CPU "isolated", "2-3\n"},
	{CPU "vulnerabilities/meltdown", "Not affected\n"},
	{CPU "cpu0/cpufreq/scaling_governor", "performance\n"},
	{CPU "cpu1/cpufreq/scaling_governor", "performance\n"},
	{CPU "cpu0/cpufreq/scaling_driver", "intel_pstate\n"},
	{CPU "intel_pstate/no_turbo", "1\n"},
	{CPU "cpu0/thermal_throttle/core_throttle_count", "0\n"},
	{"architecture", "x86_64"},
	{"limit_processes", "unlimited"},
	{"privileged", "false"},
	{0},
};

/* What makes a check speak up, and what it says then. */
static const struct {
	const char *check;
	struct change changes[4];
	const char *says;
} cases[] = {
	{"runnable", {{"/proc/loadavg", "0.25 0.10 0.03 5/95 5311\n"}}, "5 tasks want to run on 4 CPUs "},
	{"pressure-cpu", {{"/proc/pressure/cpu", "some avg10=5.01 total=1\n"}}, "In 5.01 % of"},
	{"pressure-memory", {{"/proc/pressure/memory", "some avg10=1.25 total=1\n"}}, "In 1.25 % of"},
	{"memory",
	 {{"/proc/meminfo", "MemTotal: 16777216 kB\nMemAvailable: 1048576 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"}},
	 "Only 1.0 GiB of 16 GiB memory"},
	{"quota", {{"/cg/a/cpu.max", "350000 100000\n"}}, "the time of 3.50 CPUs; 4 can be used"},
	{"steal", {{"/proc/stat", "cpu  10 0 10 9908 0 0 0 72\ncpu0 10 0 10 9908 0 0 0 72\n"}}, "given 0.72 % of"},
	{"governor", {{CPU "cpu1/cpufreq/scaling_governor", "powersave\n"}}, "is performance,powersave."},
	{"battery", {{"/sys/class/power_supply/AC/online", "0\n"}}, "on its battery"},
	{"load", {{"/proc/loadavg", "0.51 0.10 0.03 1/95 5311\n"}}, "0.51 tasks on average"},
	{"pressure-io", {{"/proc/pressure/io", "some avg10=70.00 total=1\n"}}, "In 70 % of"},
	{"throttled", {{"/cg/a/cpu.stat", "nr_periods 9\nnr_throttled 3\nthrottled_usec 4\n"}}, "this cgroup 3 times"},
	{"hypervisor",
	 {{"/proc/cpuinfo", "flags : fpu vme hypervisor\n"}, {"/sys/class/dmi/id/sys_vendor", "QEMU\n"}},
	 "virtual machine (qemu)"},
	{"smt", {{CPU "smt/active", "1\n"}}, "(SMT)"},
	{"turbo", {{CPU "intel_pstate/no_turbo", "0\n"}}, "Turbo is on"},
	{"boost",
	 {{CPU "intel_pstate/no_turbo", NULL},
	  {CPU "cpufreq/boost", "1\n"},
	  {CPU "cpu0/cpufreq/scaling_driver", "acpi-cpufreq\n"}},
	 "Boost is on"},
	{"thermal", {{CPU "cpu0/thermal_throttle/core_throttle_count", "7\n"}}, "down 7 times"},
	{"huge-pages", {{"/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n"}}, "huge pages"},
	{"swap",
	 {{"/proc/meminfo", "MemTotal: 16777216 kB\nMemAvailable: 12582912 kB\nSwapTotal: 2097152 kB\n"
			    "SwapFree: 524288 kB\n"}},
	 "1.5 GiB of memory is swapped out"},
	{"clock", {{"/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n"}}, "is hpet, not tsc"},
	{"addresses", {{"/proc/sys/kernel/randomize_va_space", "0\n"}}, "not random"},
	{"overcommit", {{"/proc/sys/vm/overcommit_memory", "2\n"}}, "may be refused"},
	{"processes", {{"limit_processes", "1023"}}, "may have 1023 tasks"},
	{"pids", {{"/cg/a/pids.max", "300\n"}}, "may have 300 tasks"},
	{"cpus", {{"cpus_online", "8"}}, "4 of 8 CPUs"},
	{"container", {{"/.dockerenv", ""}}, "(docker)"},
	{"mitigations", {{CPU "vulnerabilities/meltdown", "Mitigation: PTI\n"}}, "works around"},
	{"autogroup", {{"/proc/sys/kernel/sched_autogroup_enabled", "1\n"}}, "(autogroup)"},
	{"isolation", {{CPU "isolated", "\n"}}, "No CPU is kept free"},
};

/* What was made up, judged. */
struct judged {
	struct facts environment, noise;
	struct advice_list advice;
};

static struct fact *fact_of(struct judged *judged, const char *name)
{
	for (size_t i = 0; i < judged->environment.count; i++)
		if (strcmp(judged->environment.list[i].name, name) == 0)
			return &judged->environment.list[i];
	for (size_t i = 0; i < judged->noise.count; i++)
		if (strcmp(judged->noise.list[i].name, name) == 0)
			return &judged->noise.list[i];
	return NULL;
}

static void fact_set(struct judged *judged, const char *name, const char *value)
{
	struct fact *fact = fact_of(judged, name);

	if (!fact)
		fail_msg("no fact %s", name);
	free(fact->value);
	fact->value = strdup(value);
	assert_non_null(fact->value);
}

static void put_files(const struct change *changes)
{
	for (; changes->where; changes++)
		if (changes->where[0] == '/')
			put(changes->where, changes->what);
}

static void set_facts(struct judged *judged, const struct change *changes)
{
	for (; changes->where; changes++)
		if (changes->where[0] != '/')
			fact_set(judged, changes->where, changes->what);
}

/* Collects the facts of the files that there are, on four cores, and makes up those that come from elsewhere. */
static void judged_collect(struct judged *judged, const struct change *changes)
{
	char reason[REASON_BYTES] = "";
	struct machine *machine;

	if (machine_open_synthetic(&machine, "package:1 core:4 pu:1", reason))
		fail_msg("%s", reason);
	*judged = (struct judged){0};
	assert_int_equal(machine_environment(machine, &judged->environment), 0);
	assert_int_equal(machine_noise(&judged->noise), 0);
	machine_close(machine);
	set_facts(judged, quiet_machine);
	if (changes)
		set_facts(judged, changes);
}

static void judged_advise(struct judged *judged)
{
	advice_exit(&judged->advice);
	assert_int_equal(machine_advise(&judged->environment, &judged->noise, &judged->advice), 0);
}

static void judged_exit(struct judged *judged)
{
	advice_exit(&judged->advice);
	facts_exit(&judged->environment);
	facts_exit(&judged->noise);
}

static const struct check *check_of(const char *name)
{
	for (const struct check *check = check_table; check->name; check++)
		if (strcmp(check->name, name) == 0)
			return check;
	fail_msg("no check %s", name);
	return NULL;
}

static const struct advice *advice_of(const struct judged *judged, const char *check)
{
	for (size_t i = 0; i < judged->advice.count; i++)
		if (strcmp(judged->advice.list[i].check, check) == 0)
			return &judged->advice.list[i];
	return NULL;
}

/* A sentence for people: filled in, closed, of printable ASCII, and short. */
static void assert_sentence(const char *text)
{
	size_t length = strlen(text);

	assert_in_range(length, 10, 220);
	assert_null(strpbrk(text, "{}"));
	assert_null(strstr(text, "nan"));
	assert_null(strstr(text, "unknown"));
	for (const char *at = text; *at; at++)
		assert_in_range(*at, ' ', '~');
}

static void assert_finding(const struct judged *judged, const struct check *check, const char *says)
{
	const struct advice *advice = advice_of(judged, check->name);

	if (!advice)
		fail_msg("%s says nothing", check->name);
	assert_int_equal(advice->severity, check->severity);
	assert_sentence(advice->text);
	assert_int_equal(advice->text[strlen(advice->text) - 1], '.');
	if (!strstr(advice->text, says))
		fail_msg("\"%s\" is not in: %s", says, advice->text);
	assert_sentence(advice->cure);
	assert_int_equal(advice->cure[strlen(advice->cure) - 1], advice->command ? ':' : '.');
}

static void a_quiet_machine_passes_every_check(void **state)
{
	struct judged judged;
	size_t checks = 0;

	put_files(quiet_machine);
	judged_collect(&judged, NULL);
	judged_advise(&judged);
	for (size_t i = 0; i < judged.advice.count; i++)
		fail_msg("%s: %s", judged.advice.list[i].check, judged.advice.list[i].text);
	while (check_table[checks].name)
		checks++;
	assert_int_equal(judged.advice.passed, checks - 1); /* turbo or boost */
	judged_exit(&judged);
}

/* Each check speaks up for its own reason, and the others stay silent. */
static void each_check_speaks_alone(void **state)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct judged judged;

		assert_int_equal(made_up_create(state), 0);
		put_files(quiet_machine);
		put_files(cases[i].changes);
		judged_collect(&judged, cases[i].changes);
		judged_advise(&judged);
		assert_finding(&judged, check_of(cases[i].check), cases[i].says);
		if (judged.advice.count != 1)
			fail_msg("not %s alone, but also %s or %s", cases[i].check, judged.advice.list[0].check,
				 judged.advice.list[1].check);
		judged_exit(&judged);
		assert_int_equal(made_up_remove(state), 0);
	}
}

static void each_check_has_a_case(void **state)
{
	for (const struct check *check = check_table; check->name; check++) {
		size_t found = 0;

		for (size_t i = 0; i < COUNT(cases); i++)
			found += strcmp(cases[i].check, check->name) == 0;
		if (found == 0)
			fail_msg("the check %s is not tested: add it to cases", check->name);
	}
}

/* Where a fact that it looks at is unknown, a check is neither passed nor a finding. */
static void each_unknown_fact_is_told(void **state)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct check *check = check_of(cases[i].check);

		assert_int_equal(made_up_create(state), 0);
		put_files(quiet_machine);
		put_files(cases[i].changes);
		for (size_t j = 0; j < COUNT(check->facts) && check->facts[j]; j++) {
			const struct advice *advice;
			struct judged judged;

			judged_collect(&judged, cases[i].changes);
			fact_set(&judged, check->facts[j], "");
			judged_advise(&judged);
			advice = advice_of(&judged, check->name);
			assert_non_null(advice);
			assert_int_equal(advice->severity, ADVICE_UNKNOWN);
			assert_string_equal(advice->text, check->subject);
			assert_null(advice->cure);
			assert_null(advice->command);
			judged_exit(&judged);
		}
		assert_int_equal(made_up_remove(state), 0);
	}
}

/* No /proc, no /sys: nothing is claimed, and hardly anything passes. */
static void without_files_all_is_unknown(void **state)
{
	struct judged judged;

	judged_collect(&judged, NULL);
	judged_advise(&judged);
	for (size_t i = 0; i < judged.advice.count; i++)
		assert_int_equal(judged.advice.list[i].severity, ADVICE_UNKNOWN);
	assert_in_range(judged.advice.count, 20, 100);
	assert_int_equal(judged.advice.passed, 2); /* cpus and processes, which come from elsewhere */
	assert_non_null(advice_of(&judged, "governor"));
	assert_non_null(advice_of(&judged, "steal"));
	judged_exit(&judged);
}

/* All at once, and some unknown: what is worse comes first. */
static void findings_are_in_order(void **state)
{
	unsigned seen = 0;
	struct judged judged;

	put_files(quiet_machine);
	for (size_t i = 0; i < COUNT(cases); i++)
		if (strcmp(cases[i].check, "boost") != 0)
			put_files(cases[i].changes);
	put("/proc/pressure/io", NULL);
	judged_collect(&judged, NULL);
	judged_advise(&judged);
	for (size_t i = 0; i < judged.advice.count; i++) {
		seen |= 1u << judged.advice.list[i].severity;
		if (i > 0)
			assert_true(judged.advice.list[i - 1].severity <= judged.advice.list[i].severity);
	}
	assert_int_equal(seen, 15);
	assert_string_equal(judged.advice.list[judged.advice.count - 1].check, "pressure-io");
	judged_exit(&judged);
}

/* What holds for ordinary users, for one kind of CPU, or only where CPUs can be set aside. */
static void checks_that_do_not_apply_are_silent(void **state)
{
	static const struct {
		const char *check;
		struct change change;
	} elsewhere[] = {
		{"processes", {"privileged", "true"}},      {"clock", {"architecture", "aarch64"}},
		{"isolation", {"hypervisor", "kvm"}},       {"isolation", {"container", "docker"}},
		{"isolation", {"cores_online", "2"}},       {"isolation", {"container", ""}},
		{"turbo", {"frequency_driver", "cppc"}},    {"boost", {"frequency_driver", "intel_cpufreq"}},
		{"clock", {"architecture", "ia64"}},        {"clock", {"architecture", ""}},
		{"processes", {"limit_processes", "1024"}},
	};

	for (size_t i = 0; i < COUNT(elsewhere); i++) {
		const struct change *changes = NULL;
		struct judged judged;

		for (size_t j = 0; j < COUNT(cases); j++)
			if (strcmp(cases[j].check, elsewhere[i].check) == 0)
				changes = cases[j].changes;
		assert_int_equal(made_up_create(state), 0);
		put_files(quiet_machine);
		put_files(changes);
		judged_collect(&judged, changes);
		judged_advise(&judged);
		assert_non_null(advice_of(&judged, elsewhere[i].check));
		fact_set(&judged, elsewhere[i].change.where, elsewhere[i].change.what);
		judged_advise(&judged);
		assert_null(advice_of(&judged, elsewhere[i].check));
		judged_exit(&judged);
		assert_int_equal(made_up_remove(state), 0);
	}
}

/* On a guest that looks like a cloud's: no frequencies, no heat, no batteries to be seen. */
static void a_guest_knows_what_it_does_not_know(void **state)
{
	struct judged judged;

	put_files(quiet_machine);
	put("/proc/cpuinfo", "flags : fpu hypervisor\n");
	put(CPU "cpu0/cpufreq/scaling_governor", NULL);
	put(CPU "cpu1/cpufreq/scaling_governor", NULL);
	put(CPU "cpu0/cpufreq/scaling_driver", NULL);
	put(CPU "intel_pstate/no_turbo", NULL);
	put(CPU "cpu0/thermal_throttle/core_throttle_count", NULL);
	put("/sys/class/power_supply/AC/type", NULL);
	judged_collect(&judged, NULL);
	judged_advise(&judged);
	assert_int_equal(judged.advice.count, 4);
	assert_string_equal(judged.advice.list[0].check, "hypervisor");
	assert_string_equal(judged.advice.list[1].check, "governor");
	assert_string_equal(judged.advice.list[2].check, "boost"); /* and not also turbo */
	assert_string_equal(judged.advice.list[3].check, "thermal");
	judged_exit(&judged);
}

/* Names in texts and tables are those of facts; commands stand on one line of a terminal. */
static void the_table_is_well_formed(void **state)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz-";
	struct judged judged;
	char name[64];

	judged_collect(&judged, NULL);
	for (const struct check *check = check_table; check->name; check++) {
		assert_int_equal(strspn(check->name, letters), strlen(check->name));
		assert_ptr_equal(check_of(check->name), check);
		assert_in_range(check->severity, ADVICE_DISTURBS, ADVICE_RECORDED);
		assert_true(check->subject && *check->subject && check->facts[0] && check->found && check->cure);
		if (check->command && strlen(check->command) > COMMAND_COLUMNS)
			fail_msg("too long for a line: %s", check->command);
		for (size_t i = 0; i < COUNT(check->facts) && check->facts[i]; i++)
			if (!fact_of(&judged, check->facts[i]))
				fail_msg("%s looks at %s, which is no fact", check->name, check->facts[i]);
		for (const char *at = check->text; (at = strchr(at, '{')); at++) {
			snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 1, "/}"), at + 1);
			if (!fact_of(&judged, name))
				fail_msg("the text of %s has %s, which is no fact", check->name, name);
		}
	}
	judged_exit(&judged);
}

static void assert_power(const char *expected)
{
	struct facts facts;

	assert_int_equal(machine_noise(&facts), 0);
	assert_string_equal(facts_get(&facts, "power_source"), expected);
	facts_exit(&facts);
}

#define SUPPLY "/sys/class/power_supply/"

static void power_of_laptops_and_others(void **state)
{
	assert_power("");
	put(SUPPLY "BAT0/capacity", "50\n"); /* a folder with nothing that we know */
	assert_power("none");
	put(SUPPLY "mouse/type", "Battery\n");
	put(SUPPLY "mouse/scope", "Device\n");
	put(SUPPLY "mouse/status", "Discharging\n");
	assert_power("none");
	put(SUPPLY "BAT0/type", "Battery\n");
	put(SUPPLY "BAT0/status", "Unknown\n");
	assert_power("");
	put(SUPPLY "BAT0/status", "Full\n");
	assert_power("mains");
	put(SUPPLY "BAT0/status", "Discharging\n");
	assert_power("battery");
	put(SUPPLY "AC/type", "Mains\n");
	put(SUPPLY "AC/online", "1\n"); /* one of two batteries is kept from being full */
	assert_power("mains");
	put(SUPPLY "AC/online", "0\n");
	assert_power("battery");
	put(SUPPLY "usb-c/type", "USB\n");
	put(SUPPLY "usb-c/online", "1\n");
	assert_power("mains");
	put(SUPPLY "usb-c/online", "0\n");
	put(SUPPLY "BAT0/status", "Not charging\n");
	assert_power("battery");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(a_quiet_machine_passes_every_check),
		cmocka_unit_test(each_check_speaks_alone),
		cmocka_unit_test(each_check_has_a_case),
		cmocka_unit_test(each_unknown_fact_is_told),
		WITH_FILES(without_files_all_is_unknown),
		WITH_FILES(findings_are_in_order),
		cmocka_unit_test(checks_that_do_not_apply_are_silent),
		WITH_FILES(a_guest_knows_what_it_does_not_know),
		WITH_FILES(the_table_is_well_formed),
		WITH_FILES(power_of_laptops_and_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
