/* SPDX-License-Identifier: MIT */
/*
 * The gate. Invariant: between two openings `arrived` only grows, from 0 to `expected`; only the worker that brings
 * it there wakes the owner, and only the owner sets it back, before it opens.
 */
#include "core/gate.h"

#include <errno.h>
#include <linux/futex.h>

#include "core/clock.h"
#include "core/futex.h"

void gate_init(struct gate *gate, uint32_t expected, bool one_address_space)
{
	atomic_init(&gate->generation, 0);
	atomic_init(&gate->arrived, 0);
	gate->expected = expected;
	gate->futex_flags = one_address_space ? FUTEX_PRIVATE_FLAG : 0;
}

uint32_t gate_generation(const struct gate *gate)
{
	/* Acquire: who has seen an opening sees what was written before it, such as the order to leave. */
	return atomic_load_explicit(&gate->generation, memory_order_acquire);
}

void gate_arrive(struct gate *gate)
{
	/* Release: what this worker wrote (its slot) is there for the owner, who acquires `arrived`. The read-modify-
	 * writes of the other workers continue the release sequence, so the owner sees every worker's writes. */
	uint32_t before = atomic_fetch_add_explicit(&gate->arrived, 1, memory_order_release);

	if (before + 1 == gate->expected)
		futex_wake(&gate->arrived, 1, gate->futex_flags);
}

uint32_t gate_wait_open(struct gate *gate, uint32_t seen)
{
	uint32_t now;

	/* Acquire pairs with the release in gate_open: the batch that the owner described is visible. */
	while ((now = atomic_load_explicit(&gate->generation, memory_order_acquire)) == seen)
		futex_wait(&gate->generation, seen, gate->futex_flags, UINT64_MAX);
	return now;
}

int gate_wait_arrived(struct gate *gate, uint64_t timeout_ns)
{
	uint64_t begin_ns = clock_now_ns();
	uint64_t deadline_ns = timeout_ns < UINT64_MAX - begin_ns ? begin_ns + timeout_ns : UINT64_MAX;
	uint32_t arrived;

	while ((arrived = atomic_load_explicit(&gate->arrived, memory_order_acquire)) < gate->expected) {
		uint64_t now_ns = clock_now_ns();

		if (now_ns >= deadline_ns)
			return -ETIMEDOUT;
		futex_wait(&gate->arrived, arrived, gate->futex_flags, deadline_ns - now_ns);
	}
	return 0;
}

void gate_open(struct gate *gate)
{
	/* Relaxed: no worker touches `arrived` before it has acquired the new generation. */
	atomic_store_explicit(&gate->arrived, 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&gate->generation, 1, memory_order_release);
	futex_wake(&gate->generation, FUTEX_ALL, gate->futex_flags);
}
