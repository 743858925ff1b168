/* SPDX-License-Identifier: MIT */
/* Which CPU each worker is bound to. A placement is an order of the usable CPUs; workers take them in turn. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/workload.h"
#include "machine/topology.h"

/* hwloc numbers hardware threads along the tree: siblings of a core, its next neighbour, …, the next package. */
static hwloc_obj_t thread_at(const struct machine *machine, unsigned index)
{
	return hwloc_get_obj_by_type(machine->topology, HWLOC_OBJ_PU, index);
}

static int order_compact(const struct machine *machine, unsigned *cpus, unsigned wanted, char *reason)
{
	for (unsigned i = 0; i < wanted; i++)
		cpus[i] = thread_at(machine, i)->os_index;
	return (int)wanted;
}

static int order_same_core(const struct machine *machine, unsigned *cpus, unsigned wanted, char *reason)
{
	return order_compact(machine, cpus, wanted > 1 ? 1 : wanted, reason);
}

/* What two workers had better not share, in order of importance. */
static const hwloc_obj_type_t scatter_levels[] = {
	HWLOC_OBJ_CORE, HWLOC_OBJ_PACKAGE, HWLOC_OBJ_DIE, HWLOC_OBJ_NUMANODE, HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L2CACHE,
};
enum { SCATTER_LEVELS = sizeof(scatter_levels) / sizeof(scatter_levels[0]) };

/* Where a hardware thread is: at each level the number of the object that it lies in. */
struct spot {
	unsigned cpu;
	unsigned inside[SCATTER_LEVELS];
	bool taken;
};

static unsigned object_number(const struct machine *machine, hwloc_obj_t thread, hwloc_obj_type_t type)
{
	unsigned objects = (unsigned)hwloc_get_nbobjs_by_type(machine->topology, type);
	hwloc_obj_t object = NULL;

	if (type == HWLOC_OBJ_NUMANODE) { /* memory hangs beside the tree, not in it */
		int node = hwloc_bitmap_first(thread->nodeset);

		if (node >= 0)
			object = hwloc_get_numanode_obj_by_os_index(machine->topology, (unsigned)node);
	} else {
		object = hwloc_get_ancestor_obj_by_type(machine->topology, type, thread);
	}
	if (object)
		return object->logical_index;
	/* Without cores each thread is its own; without one of the others all such threads share it. */
	return objects + (type == HWLOC_OBJ_CORE ? thread->logical_index : 0);
}

/* Objects of the level that has most, counting those that object_number makes up. */
static size_t objects_max(const struct machine *machine)
{
	size_t most = 0;

	for (unsigned level = 0; level < SCATTER_LEVELS; level++) {
		int objects = hwloc_get_nbobjs_by_type(machine->topology, scatter_levels[level]);

		if (objects > 0 && (size_t)objects > most)
			most = (size_t)objects;
	}
	return most + machine_cpus(machine);
}

static struct spot *spots_create(const struct machine *machine)
{
	unsigned count = machine_cpus(machine);
	struct spot *spots = calloc(count, sizeof(*spots));

	for (unsigned i = 0; spots && i < count; i++) {
		hwloc_obj_t thread = thread_at(machine, i);

		spots[i].cpu = thread->os_index;
		for (unsigned level = 0; level < SCATTER_LEVELS; level++)
			spots[i].inside[level] = object_number(machine, thread, scatter_levels[level]);
	}
	return spots;
}

/* users[level * stride + object]: workers in that object so far. */
static bool is_lonelier(const struct spot *a, const struct spot *b, const unsigned *users, size_t stride)
{
	for (unsigned level = 0; level < SCATTER_LEVELS; level++) {
		unsigned with_a = users[level * stride + a->inside[level]];
		unsigned with_b = users[level * stride + b->inside[level]];

		if (with_a != with_b)
			return with_a < with_b;
	}
	return false;
}

/* Each worker in turn takes the free thread whose core has fewest workers; among those, the package, die, NUMA node
 * and caches that have fewest. So cores are shared last, packages alternate, and uneven machines come out right. */
static int order_scatter(const struct machine *machine, unsigned *cpus, unsigned wanted, char *reason)
{
	unsigned count = machine_cpus(machine);
	size_t stride = objects_max(machine);
	unsigned *users = calloc(SCATTER_LEVELS * stride, sizeof(*users));
	struct spot *spots = spots_create(machine);
	int result = (int)wanted;

	if (!users || !spots)
		result = reason_set(reason, -ENOMEM, "no memory to place workers on %u CPUs", count);
	for (unsigned worker = 0; result >= 0 && worker < wanted; worker++) {
		struct spot *best = NULL;

		for (struct spot *spot = spots; spot < spots + count; spot++)
			if (!spot->taken && (!best || is_lonelier(spot, best, users, stride)))
				best = spot;
		best->taken = true;
		cpus[worker] = best->cpu;
		for (unsigned level = 0; level < SCATTER_LEVELS; level++)
			users[level * stride + best->inside[level]]++;
	}
	free(spots);
	free(users);
	return result;
}

static int order_smt(const struct machine *machine, unsigned *cpus, unsigned wanted, char *reason)
{
	hwloc_obj_t core = NULL;
	unsigned count = 0;
	bool found = false;

	while ((core = hwloc_get_next_obj_by_type(machine->topology, HWLOC_OBJ_CORE, core))) {
		int first = hwloc_bitmap_first(core->cpuset);
		int second = hwloc_bitmap_next(core->cpuset, first);

		if (second < 0)
			continue;
		found = true;
		if (count < wanted)
			cpus[count++] = (unsigned)first;
		if (count < wanted)
			cpus[count++] = (unsigned)second;
	}
	if (!found)
		return reason_set(reason, -ENODEV, "no core here has two usable hardware threads");
	return (int)count;
}

const struct placement placement_table[] = {
	{"none", "not bound: the kernel moves workers as it likes", NULL},
	{"compact", "as close as possible: all hardware threads of a core, then the next core, then the next package",
	 order_compact},
	{"scatter", "as far apart as possible: packages in turn, one worker a core before any core is shared",
	 order_scatter},
	{"smt", "pairs of workers on two hardware threads of one core", order_smt},
	{"same-core", "all workers on one and the same hardware thread", order_same_core},
	{NULL, NULL, NULL},
};

static char *cpusets_format(const unsigned *cpus, unsigned count, unsigned workers)
{
	char *list = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&list, &length);

	if (!stream)
		return NULL;
	for (unsigned rank = 0; rank < workers; rank++)
		fprintf(stream, "%s%u", rank ? ";" : "", cpus[rank % count]);
	if (fclose(stream)) {
		free(list);
		return NULL;
	}
	return list;
}

static int cpusets_create(const struct placement *placement, const struct machine *machine, unsigned workers,
			  char **cpusets, char *reason)
{
	unsigned usable = machine_cpus(machine);
	unsigned wanted = workers < usable ? workers : usable;
	unsigned *cpus = calloc(usable, sizeof(*cpus));
	int count = cpus ? placement->order(machine, cpus, wanted, reason)
			 : reason_set(reason, -ENOMEM, "no memory for the places of %u workers", workers);
	char *list = NULL;

	if (count > 0) {
		list = cpusets_format(cpus, (unsigned)count, workers);
		if (!list)
			count = reason_set(reason, -ENOMEM, "no memory for the places of %u workers", workers);
	}
	free(cpus);
	if (!list)
		return count;
	*cpusets = list;
	return 0;
}

int machine_place(const struct machine *machine, const char *placement, unsigned workers, char **cpusets, char *reason)
{
	const struct placement *entry = placement_table;

	while (entry->name && strcmp(entry->name, placement) != 0)
		entry++;
	if (!entry->name)
		return reason_set(reason, -EINVAL, "there is no placement \"%s\"; `tvp list placements` shows them",
				  placement);
	if (workers == 0)
		return reason_set(reason, -EINVAL, "there are no workers to place");
	if (entry->order)
		return cpusets_create(entry, machine, workers, cpusets, reason);
	*cpusets = strdup("");
	return *cpusets ? 0 : reason_set(reason, -ENOMEM, "no memory for the places of %u workers", workers);
}
