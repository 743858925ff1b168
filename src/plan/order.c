/* SPDX-License-Identifier: MIT */
/* The random order of a block, and the hash that tells plans apart. */

#include "plan/plan.h"

/* SplitMix64: Steele, Lea, Flood, Fast splittable pseudorandom number generators, OOPSLA 2014. */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Uniform in 0 … bound - 1: values from the incomplete last stretch are drawn again. */
static unsigned random_below(uint64_t *state, unsigned bound)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % bound, value;

	do
		value = random_next(state);
	while (value >= limit);
	return (unsigned)(value % bound);
}

/* Fisher and Yates. */
static void shuffle(unsigned *list, unsigned count, uint64_t *state)
{
	for (unsigned i = count; i > 1; i--) {
		unsigned j = random_below(state, i), kept = list[i - 1];

		list[i - 1] = list[j];
		list[j] = kept;
	}
}

/*
 * Without memory of its own: order[] first holds the groups' shuffled numbers at its end, which are consumed from the
 * front while the cells of each are laid down before them; there are never more groups left than cells.
 */
void plan_order(const struct plan *plan, uint64_t seed, unsigned block, unsigned *order)
{
	uint64_t state = seed ^ ((uint64_t)block + 1) * UINT64_C(0xd1342543de82ef95);
	unsigned *groups = order + plan->cell_count - plan->group_count, laid = 0;

	for (unsigned i = 0; i < plan->group_count; i++)
		groups[i] = i;
	shuffle(groups, plan->group_count, &state);
	for (unsigned i = 0; i < plan->group_count; i++) {
		unsigned group = groups[i], begin = laid;

		for (unsigned cell = 0; cell < plan->cell_count; cell++)
			if (plan->cells[cell].group == group)
				order[laid++] = cell;
		shuffle(order + begin, laid - begin, &state);
	}
}

static uint64_t fnv_add(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	while (*text++);
	return hash;
}

uint64_t plan_hash(const struct plan *plan)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (unsigned i = 0; i < plan->cell_count; i++) {
		const struct cell *cell = &plan->cells[i];

		hash = fnv_add(hash, cell->name);
		hash = fnv_add(hash, cell->params);
		for (const struct figure *figure = cell->experiment->figures; figure->name; figure++)
			hash = fnv_add(hash, figure->name);
	}
	return hash;
}
