/* SPDX-License-Identifier: MIT */
/* Which CPUs there are, and which of them this process may use. */
#include "machine/topology.h"

#include <errno.h>
#include <hwloc/glibc-sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cpuset.h"
#include "core/workload.h"
#include "machine/files.h"

/* HWLOC_XMLFILE, HWLOC_SYNTHETIC, HWLOC_FSROOT, … would make hwloc describe a machine other than the one that is
 * bound and measured. They are dropped for good: exporting and loading again read them too. */
static void hwloc_environment_scrub(void)
{
	char **variable = environ;

	while (variable && *variable) {
		size_t length = strcspn(*variable, "=");
		char name[256];

		if (strncmp(*variable, "HWLOC_", 6) != 0 || length >= sizeof(name)) {
			variable++;
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)length, *variable);
		unsetenv(name);
		variable = environ;
	}
}

/* The CPUs of the whole machine; the caller's to free, NULL if not known. */
static hwloc_bitmap_t online_read(void)
{
	char list[4096];
	hwloc_bitmap_t cpus;

	if (file_line("/sys/devices/system/cpu/online", list, sizeof(list)))
		return NULL;
	cpus = hwloc_bitmap_alloc();
	if (cpus && (hwloc_bitmap_list_sscanf(cpus, list) || hwloc_bitmap_weight(cpus) <= 0)) {
		hwloc_bitmap_free(cpus);
		return NULL;
	}
	return cpus;
}

static unsigned online_count(void)
{
	hwloc_bitmap_t cpus = online_read();
	long count = cpus ? hwloc_bitmap_weight(cpus) : sysconf(_SC_NPROCESSORS_ONLN);

	hwloc_bitmap_free(cpus);
	return count > 0 ? (unsigned)count : 1;
}

/* Is this CPU the first of its core? Lists of siblings hold online CPUs only. */
static bool cpu_leads_core(unsigned cpu, hwloc_bitmap_t siblings)
{
	static const char *const names[] = {"core_cpus_list", "thread_siblings_list"};
	char path[128], list[4096];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/topology/%s", cpu, names[i]);
		if (file_line(path, list, sizeof(list)) == 0 && hwloc_bitmap_list_sscanf(siblings, list) == 0)
			return hwloc_bitmap_first(siblings) == (int)cpu;
	}
	return false;
}

unsigned topology_cores_online(void)
{
	hwloc_bitmap_t online = online_read(), siblings = hwloc_bitmap_alloc();
	unsigned cores = 0;

	if (online && siblings)
		for (int cpu = hwloc_bitmap_first(online); cpu >= 0; cpu = hwloc_bitmap_next(online, cpu))
			cores += cpu_leads_core((unsigned)cpu, siblings);
	hwloc_bitmap_free(siblings);
	hwloc_bitmap_free(online);
	return cores;
}

/* hwloc misses restrictions that it does not know (other cgroup layouts); the kernel's mask has the last word. */
static int restrict_to(hwloc_topology_t topology, const cpu_set_t *affinity, size_t size_bytes, char *reason)
{
	hwloc_bitmap_t usable = hwloc_bitmap_alloc();
	int error = 0;

	if (!usable)
		return reason_set(reason, -ENOMEM, "no memory for a set of CPUs");
	if (hwloc_cpuset_from_glibc_sched_affinity(topology, usable, affinity, size_bytes))
		error = reason_set(reason, -ENOMEM, "no memory for a set of CPUs");
	else if (!hwloc_bitmap_isequal(usable, hwloc_topology_get_topology_cpuset(topology)) &&
		 hwloc_topology_restrict(topology, usable, 0))
		error = reason_set(reason, -ENODEV,
				   "hwloc knows none of the CPUs that this process may use; check taskset, the cgroup "
				   "cpuset and that /sys is mounted");
	hwloc_bitmap_free(usable);
	return error;
}

/* Loads, and sees to it that looking did not move this process to other CPUs. */
static int load_here(hwloc_topology_t topology, cpu_set_t *before, cpu_set_t *after, size_t size_bytes, char *reason)
{
	int error = cpuset_get(before, size_bytes);

	if (error)
		return reason_set(reason, error, "sched_getaffinity failed: %s", strerror(-error));
	hwloc_topology_set_flags(topology,
				 HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM | HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING);
	if (hwloc_topology_load(topology))
		return reason_set(reason, errno ? -errno : -EIO,
				  "hwloc could not read this machine's topology: %s; check that /sys and /proc are "
				  "mounted",
				  strerror(errno ? errno : EIO));
	if (!hwloc_topology_is_thissystem(topology))
		return reason_set(reason, -ENOTSUP, "hwloc describes another machine; unset all HWLOC_* variables");
	error = cpuset_get(after, size_bytes);
	if (!error && memcmp(before, after, size_bytes) != 0)
		error = cpuset_bind(before, size_bytes);
	if (error)
		return reason_set(reason, error, "the CPU binding was lost while hwloc looked: %s", strerror(-error));
	return restrict_to(topology, before, size_bytes, reason);
}

static struct machine *machine_new(void)
{
	struct machine *machine = calloc(1, sizeof(*machine));

	hwloc_environment_scrub();
	if (machine && hwloc_topology_init(&machine->topology)) {
		free(machine);
		return NULL;
	}
	return machine;
}

int machine_open(struct machine **machine, char *reason)
{
	size_t size_bytes = cpuset_size_bytes();
	cpu_set_t *masks = calloc(2, size_bytes);
	struct machine *opened = machine_new();
	int error = -ENOMEM;

	if (!masks || !opened)
		reason_set(reason, error, "no memory for the topology of this machine");
	else
		error = load_here(opened->topology, masks, (cpu_set_t *)((char *)masks + size_bytes), size_bytes,
				  reason);
	free(masks);
	if (error) {
		machine_close(opened);
		return error;
	}
	opened->here = true;
	opened->online = online_count();
	*machine = opened;
	return 0;
}

int machine_open_synthetic(struct machine **machine, const char *description, char *reason)
{
	struct machine *opened = machine_new();

	if (!opened)
		return reason_set(reason, -ENOMEM, "no memory for a synthetic topology");
	if (hwloc_topology_set_synthetic(opened->topology, description) || hwloc_topology_load(opened->topology)) {
		machine_close(opened);
		return reason_set(reason, -EINVAL, "hwloc cannot build \"%s\"; see hwloc's synthetic topologies",
				  description);
	}
	opened->online = machine_cpus(opened);
	*machine = opened;
	return 0;
}

void machine_close(struct machine *machine)
{
	if (!machine)
		return;
	hwloc_topology_destroy(machine->topology);
	free(machine);
}

unsigned machine_cpus(const struct machine *machine)
{
	return (unsigned)hwloc_get_nbobjs_by_type(machine->topology, HWLOC_OBJ_PU);
}

unsigned machine_cores(const struct machine *machine)
{
	int cores = hwloc_get_nbobjs_by_type(machine->topology, HWLOC_OBJ_CORE);

	/* hwloc leaves cores out where the kernel does not tell them: then each hardware thread counts as one. */
	return cores > 0 ? (unsigned)cores : machine_cpus(machine);
}

unsigned machine_online(const struct machine *machine)
{
	return machine->online;
}
