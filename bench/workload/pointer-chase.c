/* SPDX-License-Identifier: MIT */
/*
 * Loads that each wait for the last one, from a place that no prefetcher foresees: how long one of them takes where the
 * worker's memory fits. The nodes, one a cache line, are linked to one cycle in an order that looks random; each worker
 * has nodes of its own, touches them first and walks on where its last operation stopped. Linking the nodes in the order
 * of a permutation gives one cycle for certain, as Sattolo's algorithm does (S. Sattolo, An algorithm to generate a
 * random cyclic permutation, Information Processing Letters 22, 1986), and tells each node's place in it besides. The
 * permutation is computed instead of kept, as memory of its own would take a part of the caches.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/workload.h"

#define POINTER_CHASE_HUGE_BYTES ((size_t)2 << 20)

enum { POINTER_CHASE_KIB, POINTER_CHASE_PAGES };

/* Odd, so that no even number of nodes takes the walk back to where it began. */
enum { POINTER_CHASE_LOADS = 4093, POINTER_CHASE_LINE_BYTES = 64, POINTER_CHASE_ROUNDS = 3 };

static const char *const pointer_chase_pages[] = {"system", "small", "huge", NULL};

static const struct parameter pointer_chase_parameters[] = {
	[POINTER_CHASE_KIB] = {"kib", "KiB", "of a worker's nodes together, 64 bytes each", 4096, 1, 1 << 26, NULL},
	[POINTER_CHASE_PAGES] = {"pages", "", "as the system gives them, or what it is asked for", 0, 0, 2,
				 pointer_chase_pages},
	{0},
};

struct pointer_chase_node {
	_Alignas(POINTER_CHASE_LINE_BYTES) struct pointer_chase_node *next;
	uint64_t place; /* in the cycle: 0 … nodes - 1 */
};

_Static_assert(sizeof(struct pointer_chase_node) == POINTER_CHASE_LINE_BYTES, "a node is a line");

struct pointer_chase_state {
	void *mapping;
	size_t mapping_bytes;
	struct pointer_chase_node *nodes;
	const struct pointer_chase_node *at; /* where the next operation begins */
};

static uint64_t pointer_chase_nodes(const struct job *job)
{
	return job->parameters[POINTER_CHASE_KIB] * 1024 / POINTER_CHASE_LINE_BYTES;
}

static uint64_t pointer_chase_units(const struct job *job)
{
	return POINTER_CHASE_LOADS;
}

static uint64_t pointer_chase_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	return parameters[POINTER_CHASE_KIB] * 1024 * workers;
}

/* A permutation of the numbers of so many bits: each step, a product with an odd number and a shifted xor, can be undone.
 * The factors are digits of pi, made odd. */
static uint64_t pointer_chase_scatter(uint64_t number, unsigned bits)
{
	static const uint64_t factors[POINTER_CHASE_ROUNDS] = {
		UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707345), UINT64_C(0xa4093822299f31d1)};
	uint64_t mask = (UINT64_C(1) << bits) - 1;

	for (int round = 0; round < POINTER_CHASE_ROUNDS; round++) {
		number = (number * factors[round] + factors[POINTER_CHASE_ROUNDS - 1 - round]) & mask;
		number ^= number >> (bits + 1) / 2;
	}
	return number;
}

/* The node that comes after one in the order: where the permutation leaves the nodes it is applied again, which makes a
 * permutation of the nodes alone. */
static uint64_t pointer_chase_node_at(uint64_t place, uint64_t nodes, unsigned bits)
{
	do
		place = pointer_chase_scatter(place, bits);
	while (place >= nodes);
	return place;
}

static void pointer_chase_link(struct pointer_chase_node *nodes, uint64_t count)
{
	unsigned bits = 64 - (unsigned)__builtin_clzll(count - 1);
	struct pointer_chase_node *first = &nodes[pointer_chase_node_at(0, count, bits)], *node = first;

	/* In the order of addresses: to be touched first in any other would take longer. */
	for (uint64_t i = 0; i < count; i++)
		nodes[i].next = NULL;
	for (uint64_t place = 0; place < count; place++) {
		struct pointer_chase_node *next =
			place + 1 < count ? &nodes[pointer_chase_node_at(place + 1, count, bits)] : first;

		node->place = place;
		node->next = next;
		node = next;
	}
}

/* From where huge pages can begin. The rest of the mapping is never touched. */
static int pointer_chase_map(struct worker *worker, struct pointer_chase_state *state, size_t bytes)
{
	uint64_t pages = worker->job->parameters[POINTER_CHASE_PAGES];
	char *begin;

	state->mapping_bytes = bytes + POINTER_CHASE_HUGE_BYTES;
	state->mapping = mmap(NULL, state->mapping_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (state->mapping == MAP_FAILED)
		return worker_fail(worker, -errno, "mmap of %zu KiB for the nodes: %s; a smaller kib takes less",
				   bytes >> 10, strerror(errno));
	begin = (char *)state->mapping +
		(POINTER_CHASE_HUGE_BYTES - (uintptr_t)state->mapping % POINTER_CHASE_HUGE_BYTES);
	if (pages && madvise(begin, bytes, pages == 2 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) < 0 && pages == 2)
		return worker_fail(worker, -EOPNOTSUPP, "pages=huge: this kernel has no transparent huge pages");
	state->nodes = (struct pointer_chase_node *)begin;
	return 0;
}

static int pointer_chase_worker_init(struct worker *worker)
{
	uint64_t count = pointer_chase_nodes(worker->job);
	struct pointer_chase_state *state = calloc(1, sizeof(*state));
	int error;

	if (!state)
		return worker_fail(worker, -ENOMEM, "no memory");
	worker->state = state;
	error = pointer_chase_map(worker, state, count * sizeof(*state->nodes));
	if (error)
		return error;
	pointer_chase_link(state->nodes, count);
	state->at = state->nodes;
	return 0;
}

/* The result is how far each operation came along the cycle. */
static int pointer_chase_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	struct pointer_chase_state *state = worker->state;
	uint64_t nodes = pointer_chase_nodes(worker->job);
	const struct pointer_chase_node *at = state->at;

	for (uint64_t i = 0; i < ops; i++) {
		uint64_t begin = at->place;

		for (unsigned load = 0; load < POINTER_CHASE_LOADS; load++)
			at = at->next;
		worker->result += (at->place + nodes - begin) % nodes;
	}
	state->at = at;
	return 0;
}

static void pointer_chase_worker_exit(struct worker *worker)
{
	struct pointer_chase_state *state = worker->state;

	if (state && state->mapping && state->mapping != MAP_FAILED)
		munmap(state->mapping, state->mapping_bytes);
	free(state);
}

/* By arithmetic, without a walk. */
static int pointer_chase_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result,
				char *reason)
{
	uint64_t expected = ops * (POINTER_CHASE_LOADS % pointer_chase_nodes(job));

	if (result != expected)
		return reason_set(reason, -EBADMSG, "the walks have come %llu nodes further in the cycle, not %llu",
				  (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

const struct workload workload_pointer_chase = {
	.name = "pointer-chase",
	.summary = "loads that wait for one another: memory latency; an operation is 4093 of them",
	.shares = "nothing; each worker has nodes of its own",
	.kind = WORKLOAD_MEMORY,
	.parameters = pointer_chase_parameters,
	.memory_bytes = pointer_chase_memory_bytes,
	.operation_units = pointer_chase_units,
	.worker_init = pointer_chase_worker_init,
	.run = pointer_chase_run,
	.worker_exit = pointer_chase_worker_exit,
	.verify = pointer_chase_verify,
};
