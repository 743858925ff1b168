/* SPDX-License-Identifier: MIT */
/* Plans on machines that do not exist, and what must hold for each of them. To be included after cmocka.h. */
#ifndef TVP_TESTS_SYNTHETIC_PLAN_H
#define TVP_TESTS_SYNTHETIC_PLAN_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"

#define EXPERIMENTS(...) ((const struct experiment *[]){__VA_ARGS__, NULL})
#define WORKLOADS(...)   ((const struct workload *[]){__VA_ARGS__, NULL})
#define EXECUTORS(...)   ((const struct executor *[]){__VA_ARGS__, NULL})
#define PLACEMENTS(...)  ((const char *[]){__VA_ARGS__, NULL})
#define WORKERS(...)     ((unsigned[]){__VA_ARGS__, 0})
/* One --set. */
#define SETTING(name, values) ((struct plan_setting){(char[]){name}, (char[]){values}})

/* plan_init on a synthetic machine; its result, -ENODEV if there is no such machine. */
static inline int plan_on(const char *description, const struct plan_request *request, struct plan *plan, char *reason)
{
	struct machine *machine;
	int error = machine_open_synthetic(&machine, description, reason);

	if (error)
		return -ENODEV;
	error = plan_init(plan, request, machine, reason);
	machine_close(machine);
	return error;
}

static inline int plan_find(const struct plan *plan, const char *name)
{
	for (unsigned i = 0; i < plan->cell_count; i++)
		if (strcmp(plan->cells[i].name, name) == 0)
			return (int)i;
	return -1;
}

static inline struct plan plan_of(const char *description, const struct plan_request *request)
{
	char reason[REASON_BYTES] = "";
	struct plan plan;

	if (plan_on(description, request, &plan, reason))
		fail_msg("%s: %s", description, reason);
	return plan;
}

/* The request makes no sense, and one line says why. */
static inline void assert_refused_as(int expected, const struct plan_request *request, const char *part_of_reason)
{
	char reason[REASON_BYTES] = "";
	struct plan plan;
	int error = plan_on("core:4 pu:2", request, &plan, reason);

	if (error == 0)
		plan_exit(&plan);
	assert_int_equal(error, expected);
	if (!strstr(reason, part_of_reason))
		fail_msg("\"%s\" does not say \"%s\"", reason, part_of_reason);
	assert_null(strchr(reason, '\n'));
}

static inline void assert_refused(const struct plan_request *request, const char *part_of_reason)
{
	assert_refused_as(-EINVAL, request, part_of_reason);
}

static inline void assert_compared(const struct plan *plan, const char *name, const char *baseline,
				   const char *reference)
{
	int i = plan_find(plan, name);
	const struct cell *cell = &plan->cells[i];

	if (i < 0)
		fail_msg("there is no %s", name);
	assert_int_equal(cell->baseline, baseline ? plan_find(plan, baseline) : -1);
	assert_int_equal(cell->reference, reference ? plan_find(plan, reference) : -1);
	assert_true(!baseline || cell->baseline >= 0);
	assert_true(!reference || cell->reference >= 0);
}

static inline bool same_text(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* A group: one experiment, workload, placement and parameter set, all its cells next to each other. */
static inline void check_groups(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->cell_count; i++) {
		const struct cell *cell = &plan->cells[i], *before = i ? cell - 1 : NULL;

		assert_in_range(cell->group, 0, plan->group_count - 1);
		assert_int_equal(before ? before->group + (before->group != cell->group) : 0, cell->group);
		if (!before)
			continue;
		assert_int_equal(before->group == cell->group, same_text(before->group_name, cell->group_name));
		if (before->group != cell->group)
			continue;
		assert_ptr_equal(before->experiment, cell->experiment);
		assert_ptr_equal(before->workload, cell->workload);
		if (!cell->experiment->placements_compared)
			assert_string_equal(before->placement, cell->placement);
		assert_memory_equal(before->parameters, cell->parameters, sizeof(cell->parameters));
		assert_memory_equal(before->settings, cell->settings, sizeof(cell->settings));
	}
	assert_int_equal(plan->cells[plan->cell_count - 1].group, plan->group_count - 1);
}

static inline void check_cells(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->cell_count; i++) {
		const struct cell *cell = &plan->cells[i];

		assert_true(cell->workers >= 1);
		assert_true(!cell->executor->max_workers || cell->executor->concurrent ||
			    cell->workers <= cell->executor->max_workers);
		assert_true(cell->name && cell->group_name && cell->params && cell->cpusets);
		assert_null(strpbrk(cell->name, " ,\"\n"));
		for (unsigned j = 0; j < i; j++)
			assert_false(same_text(plan->cells[j].name, cell->name));
		assert_true(cell->baseline != (int)i);
		if (cell->baseline >= 0)
			assert_int_equal(plan->cells[cell->baseline].group, cell->group);
		if (cell->reference >= 0)
			assert_int_equal(plan->cells[cell->reference].group, cell->group);
	}
}

/* Every experiment that judges the run itself is there, at its end, each cell as often as it says. */
static inline void check_controls(const struct plan *plan)
{
	for (const struct experiment *const *entry = experiment_table; *entry; entry++) {
		unsigned cells = 0, workloads = 0, replicates = (*entry)->replicates ? (*entry)->replicates : 1;

		while ((*entry)->workloads[workloads])
			workloads++;
		for (unsigned i = 0; i < plan->cell_count; i++) {
			cells += plan->cells[i].experiment == *entry;
			if (i && plan->cells[i - 1].experiment->control)
				assert_true(plan->cells[i].experiment->control);
		}
		if ((*entry)->control)
			assert_int_equal(cells, workloads * replicates);
	}
}

static inline void check_plan(const struct plan *plan)
{
	assert_true(plan->cell_count > 0);
	check_groups(plan);
	check_cells(plan);
	check_controls(plan);
}

#endif
