/* SPDX-License-Identifier: MIT */
/* Placements on machines that do not exist: what must hold on each of them, for any number of workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/workload.h"
#include "machine/topology.h"
#include "tvp/placement.h"

/* Numbered as on many PCs: the second threads of all cores come after all the first ones. */
#define NUMBERED_LIKE_A_PC "package:1 core:4 pu:2(indexes=0,4,1,5,2,6,3,7)"

static const char *const descriptions[] = {
	"package:1 core:1 pu:1",       "core:2 pu:1",
	"package:2 core:8 pu:2",       "package:2 numanode:2 core:4 pu:2",
	"package:2 l3:2 core:3 pu:1",  "package:1 l3:1 l2:4 core:2 pu:1",
	"package:3 core:5 pu:4",       NUMBERED_LIKE_A_PC,
	"package:4 l3:4 core:16 pu:2",
};
enum { DESCRIPTIONS = sizeof(descriptions) / sizeof(descriptions[0]) };

static struct machine *machine_of(const char *description)
{
	char reason[REASON_BYTES] = "";
	struct machine *machine = NULL;

	if (machine_open_synthetic(&machine, description, reason))
		fail_msg("%s: %s", description, reason);
	return machine;
}

/* Keeps only these CPUs. */
static void keep(struct machine *machine, const char *list)
{
	hwloc_bitmap_t cpus = hwloc_bitmap_alloc();

	assert_int_equal(hwloc_bitmap_list_sscanf(cpus, list), 0);
	assert_int_equal(hwloc_topology_restrict(machine->topology, cpus, 0), 0);
	hwloc_bitmap_free(cpus);
}

/* The CPU of each worker; fails unless there is exactly one list a worker, each of one usable CPU. */
static unsigned *place(const struct machine *machine, const char *placement, unsigned workers)
{
	unsigned *cpus = calloc(workers, sizeof(*cpus));
	char reason[REASON_BYTES] = "";
	char *lists = NULL, *at;

	assert_non_null(cpus);
	if (machine_place(machine, placement, workers, &lists, reason))
		fail_msg("%s, %u workers: %s", placement, workers, reason);
	at = lists;
	for (unsigned rank = 0; rank < workers; rank++) {
		char *end;

		assert_in_range(*at, '0', '9');
		cpus[rank] = (unsigned)strtoul(at, &end, 10);
		assert_int_equal(*end, rank + 1 < workers ? ';' : '\0');
		assert_non_null(hwloc_get_pu_obj_by_os_index(machine->topology, cpus[rank]));
		at = end + 1;
	}
	free(lists);
	return cpus;
}

static unsigned inside(const struct machine *machine, unsigned cpu, hwloc_obj_type_t type)
{
	hwloc_obj_t thread = hwloc_get_pu_obj_by_os_index(machine->topology, cpu);

	if (type == HWLOC_OBJ_NUMANODE)
		return (unsigned)hwloc_bitmap_first(thread->nodeset);
	return hwloc_get_ancestor_obj_by_type(machine->topology, type, thread)->logical_index;
}

/* Of the first `workers`, the fewest and the most that share one object of a type; an object may have none. */
static void share(const struct machine *machine, const unsigned *cpus, unsigned workers, hwloc_obj_type_t type,
		  unsigned *fewest, unsigned *most)
{
	unsigned objects = (unsigned)hwloc_get_nbobjs_by_type(machine->topology, type);
	unsigned *users = calloc((size_t)objects + 1, sizeof(*users));

	assert_non_null(users);
	for (unsigned rank = 0; rank < workers; rank++)
		users[inside(machine, cpus[rank], type)]++;
	*fewest = UINT_MAX;
	*most = 0;
	for (unsigned i = 0; i < objects; i++) {
		*fewest = users[i] < *fewest ? users[i] : *fewest;
		*most = users[i] > *most ? users[i] : *most;
	}
	free(users);
}

static void assert_balanced(const struct machine *machine, const unsigned *cpus, unsigned workers,
			    hwloc_obj_type_t type)
{
	unsigned fewest, most;

	share(machine, cpus, workers, type, &fewest, &most);
	assert_true(most - fewest <= 1);
}

/* No CPU has a second worker while another of the `places` has none. */
static void assert_evenly_used(const unsigned *cpus, unsigned workers, unsigned places)
{
	for (unsigned rank = 0; rank < workers; rank++) {
		unsigned users = 0;

		for (unsigned other = 0; other < workers; other++)
			users += cpus[other] == cpus[rank];
		assert_in_range(users, workers / places, (workers + places - 1) / places);
	}
}

static void for_each_machine(void (*check)(const struct machine *machine, unsigned workers))
{
	for (unsigned i = 0; i < DESCRIPTIONS; i++) {
		struct machine *machine = machine_of(descriptions[i]);
		unsigned cpus = machine_cpus(machine);
		unsigned counts[] = {1, 2, 3, 4, 5, cpus / 2 + 1, cpus, cpus + 1, 2 * cpus, 3 * cpus + 1};

		for (unsigned j = 0; j < sizeof(counts) / sizeof(counts[0]); j++)
			check(machine, counts[j]);
		machine_close(machine);
	}
}

static void check_compact(const struct machine *machine, unsigned workers)
{
	unsigned *cpus = place(machine, "compact", workers);
	unsigned usable = machine_cpus(machine);

	assert_evenly_used(cpus, workers, usable);
	for (unsigned rank = 1; rank < workers && rank < usable; rank++) { /* never back, so that all are filled up */
		assert_true(inside(machine, cpus[rank], HWLOC_OBJ_CORE) >=
			    inside(machine, cpus[rank - 1], HWLOC_OBJ_CORE));
		assert_int_not_equal(cpus[rank], cpus[rank - 1]);
	}
	free(cpus);
}

static void check_scatter(const struct machine *machine, unsigned workers)
{
	static const hwloc_obj_type_t types[] = {HWLOC_OBJ_PACKAGE, HWLOC_OBJ_NUMANODE, HWLOC_OBJ_L3CACHE,
						 HWLOC_OBJ_L2CACHE};
	unsigned *cpus = place(machine, "scatter", workers);
	unsigned usable = machine_cpus(machine), first = workers < usable ? workers : usable;

	assert_evenly_used(cpus, workers, usable);
	for (unsigned begun = 1; begun <= first; begun++) {
		assert_balanced(machine, cpus, begun, HWLOC_OBJ_CORE);
		for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			if (hwloc_get_nbobjs_by_type(machine->topology, types[i]) > 0)
				assert_balanced(machine, cpus, begun, types[i]);
	}
	free(cpus);
}

static void check_same_core(const struct machine *machine, unsigned workers)
{
	unsigned *cpus = place(machine, "same-core", workers);

	assert_evenly_used(cpus, workers, 1);
	free(cpus);
}

static void check_smt(const struct machine *machine, unsigned workers)
{
	unsigned *cpus, cores = machine_cores(machine);

	if (machine_cpus(machine) == cores)
		return; /* refuses_smt_without_smt */
	cpus = place(machine, "smt", workers);
	assert_evenly_used(cpus, workers, 2 * cores);
	for (unsigned rank = 0; rank + 1 < workers; rank += 2) {
		assert_int_equal(inside(machine, cpus[rank], HWLOC_OBJ_CORE),
				 inside(machine, cpus[rank + 1], HWLOC_OBJ_CORE));
		assert_int_not_equal(cpus[rank], cpus[rank + 1]);
	}
	free(cpus);
}

static void compact_fills_up(void **state)
{
	(void)state;
	for_each_machine(check_compact);
}

static void scatter_spreads(void **state)
{
	(void)state;
	for_each_machine(check_scatter);
}

static void same_core_is_one_thread(void **state)
{
	(void)state;
	for_each_machine(check_same_core);
}

static void smt_pairs_are_siblings(void **state)
{
	(void)state;
	for_each_machine(check_smt);
}

static void assert_places(const struct machine *machine, const char *placement, unsigned workers, const char *expected)
{
	char reason[REASON_BYTES], *lists = NULL;

	assert_int_equal(machine_place(machine, placement, workers, &lists, reason), 0);
	assert_string_equal(lists, expected);
	free(lists);
}

static void known_lists(void **state)
{
	struct machine *pc = machine_of(NUMBERED_LIKE_A_PC), *server = machine_of("package:2 core:4 pu:2");

	(void)state;
	assert_places(pc, "none", 3, "");
	assert_places(pc, "compact", 9, "0;4;1;5;2;6;3;7;0");
	assert_places(pc, "scatter", 9, "0;1;2;3;4;5;6;7;0");
	assert_places(pc, "smt", 3, "0;4;1");
	assert_places(pc, "same-core", 3, "0;0;0");
	assert_places(server, "compact", 4, "0;1;2;3");
	assert_places(server, "scatter", 10, "0;8;2;10;4;12;6;14;1;9");
	machine_close(server);
	machine_close(pc);
}

/* Package 0 (CPUs 0 to 15) has one core left. */
static void uneven_machine(void **state)
{
	struct machine *machine = machine_of("package:2 core:8 pu:2");
	unsigned *cpus, fewest, most;

	(void)state;
	keep(machine, "6-7,16-31");
	assert_int_equal(machine_cpus(machine), 18);
	assert_int_equal(machine_cores(machine), 9);
	cpus = place(machine, "scatter", 18);
	assert_int_not_equal(inside(machine, cpus[0], HWLOC_OBJ_PACKAGE), inside(machine, cpus[1], HWLOC_OBJ_PACKAGE));
	share(machine, cpus, 9, HWLOC_OBJ_CORE, &fewest, &most);
	assert_int_equal(fewest, 1);
	assert_int_equal(most, 1);
	assert_evenly_used(cpus, 18, 18);
	free(cpus);
	assert_places(machine, "compact", 4, "6;7;16;17");
	assert_places(machine, "smt", 4, "6;7;16;17");
	machine_close(machine);
}

/* One thread of core 0, both of core 1, one of core 2. */
static void only_one_whole_core(void **state)
{
	struct machine *machine = machine_of("core:3 pu:2");

	(void)state;
	keep(machine, "1,2-3,4");
	assert_places(machine, "smt", 5, "2;3;2;3;2");
	assert_places(machine, "scatter", 4, "1;2;4;3");
	assert_places(machine, "same-core", 2, "1;1");
	machine_close(machine);
}

static void many_cpus(void **state)
{
	struct machine *machine = machine_of("package:4 core:64 pu:16");
	unsigned *cpus;
	char *seen;

	(void)state;
	assert_int_equal(machine_cpus(machine), 4096);
	cpus = place(machine, "scatter", 4096);
	seen = calloc(4096, 1);
	assert_non_null(seen);
	for (unsigned rank = 0; rank < 4096; rank++) {
		assert_int_equal(seen[cpus[rank]]++, 0);
		assert_int_equal(inside(machine, cpus[rank], HWLOC_OBJ_PACKAGE), rank % 4);
	}
	free(seen);
	free(cpus);
	machine_close(machine);
}

static void refuses_smt_without_smt(void **state)
{
	struct machine *machine = machine_of("core:2 pu:2");
	char reason[REASON_BYTES] = "", *lists = NULL;

	(void)state;
	keep(machine, "1,2");
	assert_int_equal(machine_place(machine, "smt", 2, &lists, reason), -ENODEV);
	assert_string_equal(reason, "no core here has two usable hardware threads");
	assert_null(lists);
	machine_close(machine);
}

static void refuses_nonsense(void **state)
{
	struct machine *machine = machine_of("core:2 pu:1");
	char reason[REASON_BYTES] = "", *lists = NULL;

	(void)state;
	assert_int_equal(machine_place(machine, "diagonal", 2, &lists, reason), -EINVAL);
	assert_non_null(strstr(reason, "diagonal"));
	assert_int_equal(machine_place(machine, "compact", 0, &lists, reason), -EINVAL);
	assert_null(lists);
	machine_close(machine);
	assert_int_equal(machine_open_synthetic(&machine, "sofa:2", reason), -EINVAL);
	assert_non_null(strstr(reason, "sofa:2"));
}

static void table_is_complete(void **state)
{
	(void)state;
	assert_string_equal(placement_table[0].name, "none");
	for (const struct placement *placement = placement_table; placement->name; placement++) {
		assert_true(placement->summary[0]);
		for (const struct placement *other = placement + 1; other->name; other++)
			assert_string_not_equal(placement->name, other->name);
	}
}

/* What programs call: this machine's lists, or why not. */
static void test_for_programs(void **state)
{
	char reason[REASON_BYTES] = "", *lists = NULL, *wanted = NULL;
	struct machine *machine;

	assert_int_equal(machine_open(&machine, reason), 0);
	assert_int_equal(machine_place(machine, "compact", 5, &wanted, reason), 0);
	machine_close(machine);
	assert_int_equal(tvp_placement("compact", 5, &lists, reason), 0);
	assert_string_equal(lists, wanted);
	free(lists);
	free(wanted);
	assert_int_equal(tvp_placement("sideways", 5, &lists, reason), -EINVAL);
	assert_non_null(strstr(reason, "sideways"));
	assert_int_equal(tvp_placement("compact", 0, &lists, NULL), -EINVAL);
	assert_int_equal(tvp_placement(NULL, 1, &lists, NULL), -EINVAL);
	assert_int_equal(tvp_placement("compact", 1, NULL, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_for_programs),
		cmocka_unit_test(compact_fills_up),
		cmocka_unit_test(scatter_spreads),
		cmocka_unit_test(same_core_is_one_thread),
		cmocka_unit_test(smt_pairs_are_siblings),
		cmocka_unit_test(known_lists),
		cmocka_unit_test(uneven_machine),
		cmocka_unit_test(only_one_whole_core),
		cmocka_unit_test(many_cpus),
		cmocka_unit_test(refuses_smt_without_smt),
		cmocka_unit_test(refuses_nonsense),
		cmocka_unit_test(table_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
