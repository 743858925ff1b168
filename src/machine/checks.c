/* SPDX-License-Identifier: MIT */
/* What disturbs a measurement, what it does, and what cures it: one entry a check. */
#include "machine/checks.h"

#include <math.h>
#include <string.h>

static bool is(const struct check *check, const struct evidence *evidence)
{
	return strcmp(evidence_text(evidence, check->facts[0]), check->word) == 0;
}

static bool is_not(const struct check *check, const struct evidence *evidence)
{
	return !is(check, evidence);
}

static bool above(const struct check *check, const struct evidence *evidence)
{
	return evidence_number(evidence, check->facts[0]) > check->limit;
}

static bool below(const struct check *check, const struct evidence *evidence)
{
	return evidence_number(evidence, check->facts[0]) < check->limit;
}

/* The first fact against the second. */
static bool more(const struct check *check, const struct evidence *evidence)
{
	return evidence_number(evidence, check->facts[0]) > evidence_number(evidence, check->facts[1]);
}

static bool fewer(const struct check *check, const struct evidence *evidence)
{
	return evidence_number(evidence, check->facts[0]) < evidence_number(evidence, check->facts[1]);
}

/* The first fact as a part of the second, against the limit. */
static double share(const struct check *check, const struct evidence *evidence)
{
	return evidence_number(evidence, check->facts[0]) / evidence_number(evidence, check->facts[1]);
}

static bool share_above(const struct check *check, const struct evidence *evidence)
{
	return share(check, evidence) > check->limit;
}

static bool share_below(const struct check *check, const struct evidence *evidence)
{
	return share(check, evidence) < check->limit;
}

/* intel_pstate, and intel_cpufreq, which is the same in another mode, have a switch of their own. */
static bool on_intel_pstate(const struct evidence *evidence)
{
	return strncmp(evidence_text(evidence, "frequency_driver"), "intel_", 6) == 0;
}

static bool on_other_drivers(const struct evidence *evidence)
{
	return !on_intel_pstate(evidence);
}

static bool on_x86(const struct evidence *evidence)
{
	const char *architecture = evidence_text(evidence, "architecture");

	return strcmp(architecture, "x86_64") == 0 || (architecture[0] == 'i' && strstr(architecture, "86"));
}

static bool for_ordinary_users(const struct evidence *evidence)
{
	return strcmp(evidence_text(evidence, "privileged"), "true") != 0;
}

/* Elsewhere CPUs cannot be set aside, or there are too few of them to spare some. */
static bool on_a_machine_of_ones_own(const struct evidence *evidence)
{
	return strcmp(evidence_text(evidence, "hypervisor"), "none") == 0 &&
	       strcmp(evidence_text(evidence, "container"), "none") == 0 &&
	       evidence_number(evidence, "cores_online") >= 4;
}

#define FROM_INSIDE "Nothing can be done from inside. "

const struct check check_table[] = {
	{
		.name = "runnable",
		.severity = ADVICE_DISTURBS,
		.subject = "how many tasks want to run",
		.facts = {"tasks_runnable", "cpus_online"},
		.found = more,
		.text = "{tasks_runnable} tasks want to run on {cpus_online} CPUs at this moment. They take turns, and "
			"workers would have to take turns with them.",
		.cure = "See what runs; stop it, or wait for it to end:",
		.command = "top",
	},
	{
		.name = "pressure-cpu",
		.severity = ADVICE_DISTURBS,
		.subject = "pressure on the CPUs (PSI)",
		.facts = {"pressure_cpu_some_percent"},
		.found = above,
		.limit = 5,
		.text = "In {pressure_cpu_some_percent} % of the last ten seconds some task waited for a CPU. Workers "
			"would wait too, and their times grow by it.",
		.cure = "See what runs; stop it, or wait for it to end:",
		.command = "top",
	},
	{
		.name = "pressure-memory",
		.severity = ADVICE_DISTURBS,
		.subject = "pressure on the memory (PSI)",
		.facts = {"pressure_memory_some_percent"},
		.found = above,
		.limit = 1,
		.text = "In {pressure_memory_some_percent} % of the last ten seconds some task waited for memory. Page "
			"faults, and with them fork, take far longer then.",
		.cure = "See which programs have most of the memory, and end some:",
		.command = "ps -e -o rss,pid,comm --sort=-rss | head",
	},
	{
		.name = "memory",
		.severity = ADVICE_DISTURBS,
		.subject = "how much memory is free",
		.facts = {"memory_available_bytes", "memory_bytes"},
		.found = share_below,
		.limit = 0.1,
		.text = "Only {memory_available_bytes} of {memory_bytes} memory can still be used. When it runs out, "
			"the "
			"kernel takes pages away from the workers.",
		.cure = "See which programs have most of the memory, and end some:",
		.command = "ps -e -o rss,pid,comm --sort=-rss | head",
	},
	{
		.name = "quota",
		.severity = ADVICE_DISTURBS,
		.subject = "the CPU quota",
		.facts = {"cgroup_cpu_quota_cores", "cpus_usable"},
		.found = fewer,
		.text = "A quota allows the time of {cgroup_cpu_quota_cores} CPUs; {cpus_usable} can be used. Once it "
			"is "
			"spent, all workers stop until its next period begins.",
		.cure = "Lift it from outside: start the container without --cpus, or under systemd:",
		.command = "sudo systemctl set-property --runtime UNIT CPUQuota=",
	},
	{
		.name = "steal",
		.severity = ADVICE_DISTURBS,
		.subject = "what the hypervisor takes away (steal)",
		.facts = {"steal_ticks", "cpu_ticks"},
		.found = share_above,
		.limit = 0.005,
		.text = "Since boot the hypervisor has given {steal_ticks/cpu_ticks} of the CPUs' time to other "
			"guests. "
			"One worker stops then, and the others wait for it.",
		.cure = FROM_INSIDE "Ask for CPUs of your own (dedicated, pinned), or measure at a quieter time.",
	},
	{
		.name = "governor",
		.severity = ADVICE_DISTURBS,
		.subject = "the frequency governor",
		.facts = {"frequency_governor"},
		.found = is_not,
		.word = "performance",
		.text = "The frequency governor is {frequency_governor}. A CPU that was idle starts with a slow clock, "
			"so "
			"that short work looks slower than it is.",
		.cure = "Keep the clock high:",
		.command = "sudo cpupower frequency-set -g performance",
	},
	{
		.name = "battery",
		.severity = ADVICE_DISTURBS,
		.subject = "whether it runs on a battery",
		.facts = {"power_source"},
		.found = is,
		.word = "battery",
		.text = "The machine runs on its battery. To save it the clock is kept low, and changes.",
		.cure = "Plug it in.",
	},
	{
		.name = "load",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "the load",
		.facts = {"load_1min"},
		.found = above,
		.limit = 0.5,
		.text = "In the last minute {load_1min} tasks on average were running or waiting. What they do takes "
			"CPUs "
			"and caches away from the workers.",
		.cure = "See what runs; stop it, or wait a minute:",
		.command = "top",
	},
	{
		.name = "pressure-io",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "pressure on the disks (PSI)",
		.facts = {"pressure_io_some_percent"},
		.found = above,
		.limit = 5,
		.text = "In {pressure_io_some_percent} % of the last ten seconds some task waited for a disk. "
			"Workloads "
			"that read or write files would wait too.",
		.cure = "See who reads and writes; stop it, or wait for it to end:",
		.command = "sudo iotop -o",
	},
	{
		.name = "throttled",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "whether a CPU quota has stopped us",
		.facts = {"cgroup_throttled_periods"},
		.found = above,
		.text = "A CPU quota has already stopped this cgroup {cgroup_throttled_periods} times. It will do so "
			"again under load; such blocks are measured again.",
		.cure = "Lift it from outside: start the container without --cpus, or under systemd:",
		.command = "sudo systemctl set-property --runtime UNIT CPUQuota=",
	},
	{
		.name = "hypervisor",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "whether there is a hypervisor",
		.facts = {"hypervisor"},
		.found = is_not,
		.word = "none",
		.text = "This is a virtual machine ({hypervisor}). Other guests use the same CPUs, caches and memory, "
			"and "
			"page faults cost more than on the bare machine.",
		.cure = FROM_INSIDE "Measure long, in many blocks; or on a machine without a hypervisor.",
	},
	{
		.name = "smt",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "whether cores run two threads (SMT)",
		.facts = {"smt_active"},
		.found = is,
		.word = "true",
		.text = "Each core runs two or more hardware threads (SMT). Two workers on one core are slower than "
			"two "
			"on two, and the kernel chooses.",
		.cure = "Give each worker a core (tvp run --placement scatter), or until the next boot:",
		.command = "echo off | sudo tee /sys/devices/system/cpu/smt/control",
	},
	{
		.name = "turbo",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "whether the clock may rise (turbo)",
		.facts = {"frequency_boost"},
		.found = is,
		.word = "true",
		.applies = on_intel_pstate,
		.text = "Turbo is on. The more CPUs work, and the hotter they are, the slower the clock: many workers "
			"look "
			"less efficient than they are.",
		.cure = "Until the next boot:",
		.command = "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo",
	},
	{
		.name = "boost",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "whether the clock may rise (boost)",
		.facts = {"frequency_boost"},
		.found = is,
		.word = "true",
		.applies = on_other_drivers,
		.text = "Boost is on. The more CPUs work, and the hotter they are, the slower the clock: many workers "
			"look "
			"less efficient than they are.",
		.cure = "Until the next boot:",
		.command = "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost",
	},
	{
		.name = "thermal",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "whether heat slows the CPUs down",
		.facts = {"thermal_throttles"},
		.found = above,
		.text = "Heat has slowed the CPUs down {thermal_throttles} times since boot. Under a long load it may "
			"happen again; such blocks are measured again.",
		.cure = "Clear the air vents, use a hard surface, and let the machine cool down first.",
	},
	{
		.name = "huge-pages",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "transparent huge pages",
		.facts = {"transparent_hugepage"},
		.found = is,
		.word = "always",
		.text = "The kernel gives huge pages to everybody, when it has some (always). fork and page faults are "
			"then cheap at one time and dear at another.",
		.cure = "Only give them to programs that ask:",
		.command = "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled",
	},
	{
		.name = "swap",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "whether memory is swapped out",
		.facts = {"swap_used_bytes"},
		.found = above,
		.text = "{swap_used_bytes} of memory is swapped out. Who needs it back waits for a disk, and keeps the "
			"disk from others.",
		.cure = "Bring it back, if there is enough free memory:",
		.command = "sudo swapoff -a && sudo swapon -a",
	},
	{
		.name = "clock",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "the clock source",
		.facts = {"clocksource"},
		.found = is_not,
		.word = "tsc",
		.applies = on_x86,
		.text = "The clock source is {clocksource}, not tsc. To read the time may take longer, which blurs "
			"what "
			"is short.",
		.cure = "If available_clocksource, in the same folder, lists tsc:",
		.command = "echo tsc | sudo tee /sys/devices/system/clocksource/*/current_clocksource",
	},
	{
		.name = "addresses",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "whether addresses are random (ASLR)",
		.facts = {"address_randomization"},
		.found = is,
		.word = "0",
		.text = "Addresses are not random here, which is unusual. Every process gets the same ones, so that "
			"one "
			"lucky layout counts in every block.",
		.cure = "Switch it on again:",
		.command = "sudo sysctl -w kernel.randomize_va_space=2",
	},
	{
		.name = "overcommit",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "whether memory may be promised twice",
		.facts = {"overcommit_memory"},
		.found = is,
		.word = "2",
		.text = "The kernel promises no more memory than there is. To fork a large process may be refused, "
			"though "
			"the child would never use its copy.",
		.cure = "Until the next boot:",
		.command = "sudo sysctl -w vm.overcommit_memory=0",
	},
	{
		.name = "processes",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "how many tasks a user may have",
		.facts = {"limit_processes"},
		.found = below,
		.limit = 1024,
		.applies = for_ordinary_users,
		.text = "This user may have {limit_processes} tasks at once, in all sessions together. Where more are "
			"wanted, workers fail.",
		.cure = "In the shell that runs tvp, as far as the hard limit (ulimit -Hu) lets you:",
		.command = "ulimit -u 4096",
	},
	{
		.name = "pids",
		.severity = ADVICE_MAY_DISTURB,
		.subject = "how many tasks the cgroup may have",
		.facts = {"cgroup_pids_limit"},
		.found = below,
		.limit = 1024,
		.text = "This cgroup may have {cgroup_pids_limit} tasks at once. Where more are wanted, workers fail.",
		.cure = "Raise it from outside: start the container with --pids-limit 4096, or under systemd:",
		.command = "sudo systemctl set-property --runtime UNIT TasksMax=4096",
	},
	{
		.name = "cpus",
		.severity = ADVICE_RECORDED,
		.subject = "how many CPUs there are",
		.facts = {"cpus_usable", "cpus_online"},
		.found = fewer,
		.text = "{cpus_usable} of {cpus_online} CPUs can be used here (affinity or cgroup), and only they are "
			"measured. Others may be busy with something else.",
		.cure = "To use all of them, start without taskset, or the container without --cpuset-cpus.",
	},
	{
		.name = "container",
		.severity = ADVICE_RECORDED,
		.subject = "whether this is a container",
		.facts = {"container"},
		.found = is_not,
		.word = "none",
		.text = "This is a container ({container}). What others do on the same machine can hardly be seen from "
			"inside, and its filters make some system calls slower.",
		.cure = "For the finest differences measure outside of it.",
	},
	{
		.name = "mitigations",
		.severity = ADVICE_RECORDED,
		.subject = "what is done about flaws of the CPU",
		.facts = {"mitigations"},
		.found = is_not,
		.word = "none",
		.text = "The CPU has flaws that the kernel works around, or leaves open. Its work makes system calls "
			"and "
			"switches dearer, and not equally so on every machine.",
		.cure = "Leave it as it is, and think of it when machines differ.",
	},
	{
		.name = "autogroup",
		.severity = ADVICE_RECORDED,
		.subject = "whether sessions share the CPUs (autogroup)",
		.facts = {"autogroup"},
		.found = is,
		.word = "true",
		.text = "The kernel shares the CPUs out by session (autogroup), not by task. It matters only while "
			"other "
			"sessions are busy.",
		.cure = "Where they are, and cannot be stopped:",
		.command = "sudo sysctl -w kernel.sched_autogroup_enabled=0",
	},
	{
		.name = "isolation",
		.severity = ADVICE_RECORDED,
		.subject = "which CPUs are kept free (isolcpus)",
		.facts = {"cpus_isolated"},
		.found = is,
		.word = "none",
		.applies = on_a_machine_of_ones_own,
		.text = "No CPU is kept free of other tasks. Workers that are bound to a CPU share it with whatever "
			"else "
			"runs there.",
		.cure = "For the finest differences boot with isolcpus=2,3 (say), and then:",
		.command = "taskset -c 2,3 tvp run --placement compact",
	},
	{0},
};
