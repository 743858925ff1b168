/* SPDX-License-Identifier: MIT */
/* What this machine is, as a table of facts: an allow-list, so that nothing that names it slips in. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "machine/cgroup.h"
#include "machine/cpu.h"
#include "machine/cpufreq.h"
#include "machine/facts.h"
#include "machine/files.h"
#include "machine/limits.h"
#include "machine/platform.h"
#include "machine/topology.h"

/* Shorthand for the table's functions: all have the type of fact_entry.read. */
#define READER(name) static void name(const struct survey *survey, const struct fact_entry *entry, char *value)

READER(read_architecture)
{
	struct utsname names;

	(void)survey, (void)entry;
	if (uname(&names) == 0)
		value_print(value, "%s", names.machine);
}

READER(read_libc)
{
	(void)survey, (void)entry;
	confstr(_CS_GNU_LIBC_VERSION, value, FACT_BYTES);
}

READER(read_page_bytes)
{
	(void)survey, (void)entry;
	value_print(value, "%ld", sysconf(_SC_PAGESIZE));
}

/* "PREEMPT_DYNAMIC" from the kernel's build text; the model in use where debugfs may be read. */
READER(read_preemption)
{
	char line[512];
	const char *word;

	read_choice(survey, entry, value);
	if (value[0])
		return;
	if (file_line("/proc/sys/kernel/version", line, sizeof(line)) == 0 && (word = strstr(line, "PREEMPT")))
		value_print(value, "%.*s", (int)strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), word);
}

READER(read_model)
{
	cpu_model(survey->cpuinfo, value, FACT_BYTES);
}

/* `key`, or what arm64 calls it (`path`) */
READER(read_cpuinfo)
{
	if (text_field(survey->cpuinfo, entry->key, ':', value, FACT_BYTES) && entry->path)
		text_field(survey->cpuinfo, entry->path, ':', value, FACT_BYTES);
}

READER(read_cpus_usable)
{
	value_print(value, "%u", machine_cpus(survey->machine));
}

READER(read_cores_usable)
{
	value_print(value, "%u", machine_cores(survey->machine));
}

READER(read_cpus_online)
{
	value_print(value, "%u", machine_online(survey->machine));
}

READER(read_cores_online)
{
	unsigned cores = topology_cores_online();

	(void)survey, (void)entry;
	if (cores > 0)
		value_print(value, "%u", cores);
}

READER(read_objects)
{
	int objects = hwloc_get_nbobjs_by_type(survey->machine->topology, (hwloc_obj_type_t)entry->number);

	if (objects > 0)
		value_print(value, "%d", objects);
}

/* Do cores run more than one thread? The kernel says so; else siblings that can be seen prove it. */
READER(read_smt)
{
	read_switch(survey, entry, value);
	if (!value[0] && machine_cores(survey->machine) < machine_cpus(survey->machine))
		value_bool(value, 1);
}

/* The first usable CPU's cache of a level. */
READER(read_cache)
{
	hwloc_obj_t cache = hwloc_get_obj_by_type(survey->machine->topology, (hwloc_obj_type_t)entry->number, 0);

	if (cache && cache->attr->cache.size > 0)
		value_print(value, "%llu", (unsigned long long)cache->attr->cache.size);
}

READER(read_cgroup_version)
{
	(void)survey, (void)entry;
	value_print(value, "%s", cgroup_version());
}

READER(read_cgroup_cpu)
{
	(void)survey, (void)entry;
	value_limit(value, cgroup_cpu_cores());
}

READER(read_cgroup_cpuset)
{
	(void)survey, (void)entry;
	cgroup_cpus(value, FACT_BYTES);
}

READER(read_cgroup_memory)
{
	(void)survey, (void)entry;
	value_limit(value, cgroup_memory_bytes());
}

READER(read_cgroup_pids)
{
	(void)survey, (void)entry;
	value_limit(value, cgroup_pids());
}

READER(read_rlimit)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)entry->number, &limit) == 0)
		value_limit(value, limit.rlim_cur == RLIM_INFINITY ? INFINITY : (double)limit.rlim_cur);
}

READER(read_privileged)
{
	(void)survey, (void)entry;
	value_bool(value, limits_privileged());
}

/* "Mitigation: …" or "Vulnerable…"; what comes first counts, as a mitigation may mention what it leaves open. */
static void add_vulnerability(const char *path, const char *text, void *context)
{
	const char *mitigated = strstr(text, "Mitigation"), *vulnerable = strcasestr(text, "vulnerable");
	const char *name = strrchr(path, '/') + 1;
	char *value = context;
	size_t used = strlen(value);

	if (!mitigated && !vulnerable)
		return;
	snprintf(value + used, FACT_BYTES - used, "%s%s=%s", used ? "," : "", name,
		 mitigated && (!vulnerable || mitigated < vulnerable) ? "mitigated" : "vulnerable");
}

static void note_file(const char *path, const char *text, void *context)
{
	(void)path, (void)text;
	*(bool *)context = true;
}

READER(read_mitigations)
{
	bool known = false;

	files_each(entry->path, note_file, &known);
	files_each(entry->path, add_vulnerability, value);
	if (known && !value[0])
		value_print(value, "none");
}

READER(read_cpuid_vendor)
{
	value_print(value, "%s", survey->cpuid.vendor);
}

READER(read_cpuid_brand)
{
	value_print(value, "%s", survey->cpuid.brand);
}

READER(read_cpuid_leaves)
{
	value_print(value, "%s", survey->cpuid.leaves);
}

#define CPU_FILES "/sys/devices/system/cpu/"
#define KERNEL    "/proc/sys/kernel/"
#define THP_FILES "/sys/kernel/mm/transparent_hugepage/"

static const struct fact_entry environment_table[] = {
	{"kernel_release", FACT_TEXT, read_line, KERNEL "osrelease", NULL, 0},
	{"kernel_preemption", FACT_TEXT, read_preemption, "/sys/kernel/debug/sched/preempt", NULL, 0},
	{"architecture", FACT_TEXT, read_architecture, NULL, NULL, 0},
	{"libc", FACT_TEXT, read_libc, NULL, NULL, 0},
	{"page_bytes", FACT_NUMBER, read_page_bytes, NULL, NULL, 0},
	{"memory_bytes", FACT_NUMBER, read_counter, "/proc/meminfo", "MemTotal:", 1024},
	{"swap_bytes", FACT_NUMBER, read_counter, "/proc/meminfo", "SwapTotal:", 1024},
	{"cpu_model", FACT_TEXT, read_model, NULL, NULL, 0},
	{"cpu_vendor", FACT_TEXT, read_cpuinfo, "CPU implementer", "vendor_id", 0},
	{"cpu_family", FACT_NUMBER, read_cpuinfo, "CPU architecture", "cpu family", 0},
	{"cpu_model_number", FACT_TEXT, read_cpuinfo, "CPU part", "model", 0},
	{"cpu_stepping", FACT_NUMBER, read_cpuinfo, "CPU revision", "stepping", 0},
	{"cpus_usable", FACT_NUMBER, read_cpus_usable, NULL, NULL, 0},
	{"cores_usable", FACT_NUMBER, read_cores_usable, NULL, NULL, 0},
	{"cpus_online", FACT_NUMBER, read_cpus_online, NULL, NULL, 0},
	{"cores_online", FACT_NUMBER, read_cores_online, NULL, NULL, 0},
	{"packages_usable", FACT_NUMBER, read_objects, NULL, NULL, HWLOC_OBJ_PACKAGE},
	{"numa_nodes_usable", FACT_NUMBER, read_objects, NULL, NULL, HWLOC_OBJ_NUMANODE},
	{"smt_active", FACT_BOOL, read_smt, CPU_FILES "smt/active", NULL, 0},
	{"cache_l1d_bytes", FACT_NUMBER, read_cache, NULL, NULL, HWLOC_OBJ_L1CACHE},
	{"cache_l2_bytes", FACT_NUMBER, read_cache, NULL, NULL, HWLOC_OBJ_L2CACHE},
	{"cache_l3_bytes", FACT_NUMBER, read_cache, NULL, NULL, HWLOC_OBJ_L3CACHE},
	{"cpus_isolated", FACT_TEXT, read_list, CPU_FILES "isolated", NULL, 0},
	{"cpus_nohz_full", FACT_TEXT, read_list, CPU_FILES "nohz_full", NULL, 0},
	{"hypervisor", FACT_TEXT, read_hypervisor, NULL, NULL, 0},
	{"container", FACT_TEXT, read_container, NULL, NULL, 0},
	{"cgroup_version", FACT_TEXT, read_cgroup_version, NULL, NULL, 0},
	{"cgroup_cpu_quota_cores", FACT_TEXT, read_cgroup_cpu, NULL, NULL, 0},
	{"cgroup_cpuset", FACT_TEXT, read_cgroup_cpuset, NULL, NULL, 0},
	{"cgroup_memory_limit_bytes", FACT_TEXT, read_cgroup_memory, NULL, NULL, 0},
	{"cgroup_pids_limit", FACT_TEXT, read_cgroup_pids, NULL, NULL, 0},
	{"limit_processes", FACT_TEXT, read_rlimit, NULL, NULL, RLIMIT_NPROC},
	{"limit_open_files", FACT_TEXT, read_rlimit, NULL, NULL, RLIMIT_NOFILE},
	{"limit_address_space_bytes", FACT_TEXT, read_rlimit, NULL, NULL, RLIMIT_AS},
	{"limit_stack_bytes", FACT_TEXT, read_rlimit, NULL, NULL, RLIMIT_STACK},
	{"limit_locked_memory_bytes", FACT_TEXT, read_rlimit, NULL, NULL, RLIMIT_MEMLOCK},
	{"privileged", FACT_BOOL, read_privileged, NULL, NULL, 0},
	{"frequency_driver", FACT_TEXT, read_distinct, CPU_FILES "cpu[0-9]*/cpufreq/scaling_driver", NULL, 0},
	{"frequency_governor", FACT_TEXT, read_distinct, CPU_FILES "cpu[0-9]*/cpufreq/scaling_governor", NULL, 0},
	{"frequency_boost", FACT_BOOL, read_boost, NULL, NULL, 0},
	{"frequency_min_khz", FACT_NUMBER, read_frequency, "scaling_min_freq", NULL, -1},
	{"frequency_max_khz", FACT_NUMBER, read_frequency, "scaling_max_freq", NULL, 1},
	{"clocksource", FACT_TEXT, read_line, "/sys/devices/system/clocksource/clocksource0/current_clocksource", NULL,
	 0},
	{"transparent_hugepage", FACT_TEXT, read_choice, THP_FILES "enabled", NULL, 0},
	{"transparent_hugepage_defrag", FACT_TEXT, read_choice, THP_FILES "defrag", NULL, 0},
	{"address_randomization", FACT_NUMBER, read_line, KERNEL "randomize_va_space", NULL, 0},
	{"overcommit_memory", FACT_NUMBER, read_line, "/proc/sys/vm/overcommit_memory", NULL, 0},
	{"max_map_count", FACT_NUMBER, read_line, "/proc/sys/vm/max_map_count", NULL, 0},
	{"pid_max", FACT_NUMBER, read_line, KERNEL "pid_max", NULL, 0},
	{"threads_max", FACT_NUMBER, read_line, KERNEL "threads-max", NULL, 0},
	{"autogroup", FACT_BOOL, read_switch, KERNEL "sched_autogroup_enabled", NULL, 0},
	{"mitigations", FACT_TEXT, read_mitigations, CPU_FILES "vulnerabilities/*", NULL, 0},
	{"cpuid_vendor", FACT_TEXT, read_cpuid_vendor, NULL, NULL, 0},
	{"cpuid_brand", FACT_TEXT, read_cpuid_brand, NULL, NULL, 0},
	{"cpuid_leaves", FACT_TEXT, read_cpuid_leaves, NULL, NULL, 0},
};

int machine_environment(const struct machine *machine, struct facts *facts)
{
	char *cpuinfo = file_read("/proc/cpuinfo");
	struct survey survey = {.machine = machine, .cpuinfo = cpuinfo ? cpuinfo : ""};
	int error;

	if (machine->here)
		cpuid_ask(&survey.cpuid);
	error = facts_collect(facts, environment_table, sizeof(environment_table) / sizeof(environment_table[0]),
			      &survey);
	free(cpuinfo);
	return error;
}
