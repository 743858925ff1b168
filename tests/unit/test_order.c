/* SPDX-License-Identifier: MIT */
/* The random order of blocks, and the hash that tells plans apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>

#include "synthetic_plan.h"

enum { CELLS_MAX = 1000 };

/* A plan of groups of these sizes; nothing else of it matters to the order. Freed by the caller: plan->cells. */
static struct plan plan_of_groups(const unsigned *sizes, unsigned groups)
{
	struct plan plan = {.cells = calloc(CELLS_MAX, sizeof(struct cell)), .group_count = groups};

	assert_non_null(plan.cells);
	for (unsigned group = 0; group < groups; group++)
		for (unsigned i = 0; i < sizes[group]; i++)
			plan.cells[plan.cell_count++].group = group;
	assert_true(plan.cell_count <= CELLS_MAX);
	return plan;
}

static void check_order(const struct plan *plan, const unsigned *order)
{
	bool seen[CELLS_MAX] = {false}, left[CELLS_MAX] = {false};

	for (unsigned i = 0; i < plan->cell_count; i++) {
		unsigned group;

		assert_true(order[i] < plan->cell_count);
		assert_false(seen[order[i]]);
		seen[order[i]] = true;
		group = plan->cells[order[i]].group;
		assert_false(left[group]);
		if (i + 1 < plan->cell_count)
			left[group] = plan->cells[order[i + 1]].group != group;
	}
}

static void test_every_cell_once_and_groups_together(void **state)
{
	static const unsigned one[] = {1}, singles[] = {1, 1, 1, 1, 1}, whole[] = {13};
	static const unsigned rising[] = {1, 2, 3, 4, 5}, falling[] = {7, 1, 1, 1, 1, 1},
			      mixed[] = {13, 13, 4, 2, 1, 8};
	static const struct {
		const unsigned *sizes;
		unsigned groups;
	} shapes[] = {{one, 1}, {singles, 5}, {whole, 1}, {rising, 5}, {falling, 6}, {mixed, 6}};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		struct plan plan = plan_of_groups(shapes[i].sizes, shapes[i].groups);
		unsigned order[CELLS_MAX + 1];

		for (unsigned block = 0; block < 500; block++) {
			order[plan.cell_count] = 12345;
			plan_order(&plan, block / 7, block, order);
			assert_int_equal(order[plan.cell_count], 12345);
			check_order(&plan, order);
		}
		free(plan.cells);
	}
}

static void test_seed_and_block_decide(void **state)
{
	static const unsigned sizes[] = {13, 13, 13, 13};
	static const uint64_t seeds[] = {0, 1, 2, UINT64_MAX, UINT64_C(1) << 63, 20240229};
	struct plan plan = plan_of_groups(sizes, 4);
	unsigned(*orders)[CELLS_MAX] = calloc(60, sizeof(*orders)), again[CELLS_MAX];
	size_t bytes = plan.cell_count * sizeof(**orders);

	assert_non_null(orders);
	for (unsigned i = 0; i < 60; i++) {
		plan_order(&plan, seeds[i / 10], i % 10, orders[i]);
		memset(again, 0xff, sizeof(again));
		plan_order(&plan, seeds[i / 10], i % 10, again);
		assert_memory_equal(again, orders[i], bytes);
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(memcmp(orders[i], orders[j], bytes), 0);
	}
	free(orders);
	free(plan.cells);
}

/* Pearson's statistic against a uniform distribution. */
static double chi_square(const unsigned *counts, unsigned kinds, unsigned draws)
{
	double expected = (double)draws / kinds, sum = 0;

	for (unsigned i = 0; i < kinds; i++)
		sum += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
	return sum;
}

/* The number of a permutation of 0 … 3 that begins at order[0]; cells are numbered from `first`. */
static unsigned permutation_of_four(const unsigned *order, unsigned first)
{
	unsigned number = 0;

	for (unsigned i = 0; i < 4; i++) {
		unsigned smaller = 0;

		for (unsigned j = i + 1; j < 4; j++)
			smaller += order[j] < order[i];
		assert_in_range(order[i], first, first + 3);
		number = number * (4 - i) + smaller;
	}
	return number;
}

/* 99.9 % of uniform draws stay below these: 23 and 15 degrees of freedom (24 kinds, 16 kinds). */
#define CHI_23 49.73
#define CHI_15 37.70

/* Orders of groups, orders within the last group, and both together, along blocks or along seeds. */
static void check_uniform(bool along_seeds)
{
	enum { DRAWS = 24000 };
	static const unsigned sizes[] = {1, 1, 1, 4};
	struct plan plan = plan_of_groups(sizes, 4);
	unsigned groups[24] = {0}, cells[24] = {0}, both[16] = {0}, order[CELLS_MAX];

	for (unsigned i = 0; i < DRAWS; i++) {
		unsigned group_order[4], at = 0, place = 0, inside;

		plan_order(&plan, along_seeds ? i : 42, along_seeds ? 3 : i, order);
		for (unsigned j = 0; j < 4; j++) {
			group_order[j] = plan.cells[order[at]].group;
			place = group_order[j] == 3 ? j : place;
			at += sizes[group_order[j]];
		}
		groups[permutation_of_four(group_order, 0)]++;
		/* With groups of one before it, the large one begins at its own place. */
		inside = permutation_of_four(order + place, 3);
		cells[inside]++;
		both[place * 4 + inside / 6]++;
	}
	assert_true(chi_square(groups, 24, DRAWS) < CHI_23);
	assert_true(chi_square(cells, 24, DRAWS) < CHI_23);
	assert_true(chi_square(both, 16, DRAWS) < CHI_15);
	free(plan.cells);
}

static void test_all_orders_are_equally_likely(void **state)
{
	check_uniform(false);
	check_uniform(true);
}

/* One block's order tells nothing of the next one's: where a cell is, and where it was before. */
static void test_blocks_are_independent(void **state)
{
	enum { DRAWS = 16000 };
	static const unsigned sizes[] = {4};
	struct plan plan = plan_of_groups(sizes, 1);
	unsigned pairs[16] = {0}, before = 0, order[CELLS_MAX];

	for (unsigned block = 0; block <= DRAWS; block++) {
		unsigned place = 0;

		plan_order(&plan, 7, block, order);
		while (order[place] != 0)
			place++;
		if (block)
			pairs[before * 4 + place]++;
		before = place;
	}
	assert_true(chi_square(pairs, 16, DRAWS) < CHI_15);
	free(plan.cells);
}

static uint64_t hash_of(const char *machine, const struct plan_request *request)
{
	char reason[REASON_BYTES] = "";
	unsigned order[CELLS_MAX];
	struct plan plan;
	uint64_t hash;

	if (plan_on(machine, request, &plan, reason))
		fail_msg("%s", reason);
	assert_true(plan.cell_count <= CELLS_MAX);
	hash = plan_hash(&plan);
	/* Looking at the plan, or shuffling it, does not change it. */
	plan_order(&plan, 1, 1, order);
	assert_int_equal(plan_hash(&plan), hash);
	plan_exit(&plan);
	return hash;
}

/* Anything that makes a cell another one: its name, and parameters that no name tells because they are defaults. */
static void test_hash_of_changed_cells(void **state)
{
	static char other[] = "x=1";
	char reason[REASON_BYTES] = "", *kept;
	struct plan plan;
	uint64_t hash;

	assert_int_equal(plan_on("core:2 pu:1", &(struct plan_request){0}, &plan, reason), 0);
	hash = plan_hash(&plan);
	for (unsigned i = 0; i < plan.cell_count; i++) {
		kept = plan.cells[i].params;
		plan.cells[i].params = other;
		assert_int_not_equal(plan_hash(&plan), hash);
		plan.cells[i].params = kept;
		kept = plan.cells[i].name;
		plan.cells[i].name = other;
		assert_int_not_equal(plan_hash(&plan), hash);
		plan.cells[i].name = kept;
	}
	assert_int_equal(plan_hash(&plan), hash);
	plan_exit(&plan);
}

static void test_hash(void **state)
{
	const struct executor *executors[] = {executor_find("thread"), executor_find("fork"), NULL};
	struct plan_setting default_us = {(char[]){"us"}, (char[]){"1000"}};
	struct plan_setting other_us = {(char[]){"us"}, (char[]){"1001"}};
	const struct plan_request requests[] = {
		{0},
		{.executors = executors},
		{.workloads = (const struct workload *[]){workload_find("sleep"), NULL}},
		{.workers = (unsigned[]){1, 2, 0}},
		{.workers = (unsigned[]){1, 3, 0}},
		{.settings = &other_us, .setting_count = 1},
		{.experiments = (const struct experiment *[]){experiment_find("create"), NULL}},
		{.placements = (const char *[]){"compact", NULL}},
	};
	enum { REQUESTS = sizeof(requests) / sizeof(*requests) };
	uint64_t hashes[REQUESTS];

	for (size_t i = 0; i < REQUESTS; i++) {
		hashes[i] = hash_of("core:2 pu:1", &requests[i]);
		assert_int_equal(hash_of("core:2 pu:1", &requests[i]), hashes[i]);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(hashes[i], hashes[j]);
		/* The machine counts only where the cells are others for it. */
		assert_int_equal(hash_of("package:1 l3:1 core:2 pu:2", &requests[i]), hashes[i]);
	}
	assert_int_not_equal(hash_of("core:4 pu:1", &requests[0]), hashes[0]);
	assert_int_equal(hash_of("core:2 pu:1", &(struct plan_request){.settings = &default_us, .setting_count = 1}),
			 hashes[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cell_once_and_groups_together),
		cmocka_unit_test(test_seed_and_block_decide),
		cmocka_unit_test(test_all_orders_are_equally_likely),
		cmocka_unit_test(test_blocks_are_independent),
		cmocka_unit_test(test_hash_of_changed_cells),
		cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
