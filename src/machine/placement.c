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

/* The next node that has usable CPUs, round and round; some have only memory. */
static hwloc_obj_t next_node(const struct machine *machine, hwloc_obj_t node)
{
	do {
		node = hwloc_get_next_obj_by_type(machine->topology, HWLOC_OBJ_NUMANODE, node);
	} while (!node || hwloc_bitmap_iszero(node->cpuset));
	return node;
}

static int lists_numa(const struct machine *machine, unsigned workers, FILE *stream, char *reason)
{
	hwloc_obj_t node = NULL;
	unsigned with_cpus = 0;

	while ((node = hwloc_get_next_obj_by_type(machine->topology, HWLOC_OBJ_NUMANODE, node)))
		with_cpus += !hwloc_bitmap_iszero(node->cpuset);
	if (with_cpus < 2)
		return reason_set(reason, -ENODEV, "all usable CPUs are of one NUMA node");
	for (unsigned rank = 0; rank < workers; rank++) {
		char *list = NULL;

		node = next_node(machine, node);
		if (hwloc_bitmap_list_asprintf(&list, node->cpuset) < 0)
			return reason_set(reason, -ENOMEM, "no memory for the places of %u workers", workers);
		fprintf(stream, "%s%s", rank ? ";" : "", list);
		free(list);
	}
	return 0;
}

const struct placement placement_table[] = {
	{"none", "not bound: the kernel moves workers as it likes", NULL, NULL},
	{"compact", "as close as possible: all hardware threads of a core, then the next core, then the next package",
	 order_compact, NULL},
	{"scatter", "as far apart as possible: packages in turn, one worker a core before any core is shared",
	 order_scatter, NULL},
	{"smt", "pairs of workers on two hardware threads of one core", order_smt, NULL},
	{"same-core", "all workers on one and the same hardware thread", order_same_core, NULL},
	{"numa", "each on any CPU of a NUMA node, the nodes in turn", NULL, lists_numa},
	{NULL, NULL, NULL, NULL},
};

static int lists_of_cpus(const struct placement *placement, const struct machine *machine, unsigned workers,
			 FILE *stream, char *reason)
{
	unsigned usable = machine_cpus(machine);
	unsigned *cpus = calloc(usable, sizeof(*cpus));
	int count = cpus ? placement->order(machine, cpus, workers < usable ? workers : usable, reason)
			 : reason_set(reason, -ENOMEM, "no memory for the places of %u workers", workers);

	for (unsigned rank = 0; count > 0 && rank < workers; rank++)
		fprintf(stream, "%s%u", rank ? ";" : "", cpus[rank % (unsigned)count]);
	free(cpus);
	return count < 0 ? count : 0;
}

static int cpusets_create(const struct placement *placement, const struct machine *machine, unsigned workers,
			  char **cpusets, char *reason)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	int error;

	if (!stream)
		return reason_set(reason, -ENOMEM, "no memory for the places of %u workers", workers);
	error = placement->lists ? placement->lists(machine, workers, stream, reason)
				 : lists_of_cpus(placement, machine, workers, stream, reason);
	if (fclose(stream) && !error)
		error = reason_set(reason, -ENOMEM, "no memory for the places of %u workers", workers);
	if (error)
		free(text);
	else
		*cpusets = text;
	return error;
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
	if (entry->order || entry->lists)
		return cpusets_create(entry, machine, workers, cpusets, reason);
	*cpusets = strdup("");
	return *cpusets ? 0 : reason_set(reason, -ENOMEM, "no memory for the places of %u workers", workers);
}
