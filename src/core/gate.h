/* SPDX-License-Identifier: MIT */
/*
 * The gate that a team's workers start behind: all arrive, then one broadcast lets them go together.
 * Lives in the arena; built on futexes, private ones where the workers share an address space.
 */
#ifndef TVP_CORE_GATE_H
#define TVP_CORE_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct gate {
	_Alignas(64) _Atomic uint32_t generation; /* how often the gate has opened */
	_Alignas(64) _Atomic uint32_t arrived;    /* workers waiting since it last opened */
	uint32_t expected;                        /* workers in the team */
	uint32_t futex_flags;                     /* FUTEX_PRIVATE_FLAG or 0 */
};

void gate_init(struct gate *gate, uint32_t expected, bool one_address_space);

/* Worker: what is now the gate's generation; to be read once, before the first arrival. */
uint32_t gate_generation(const struct gate *gate);

/* Worker: everything that this worker wrote before is visible to who waits for all. */
void gate_arrive(struct gate *gate);

/* Worker: sleeps until the gate has opened since generation `seen`; returns the new generation. */
uint32_t gate_wait_open(struct gate *gate, uint32_t seen);

/* Owner: sleeps until all workers have arrived, or timeout_ns has passed. 0 or -ETIMEDOUT. */
int gate_wait_arrived(struct gate *gate, uint64_t timeout_ns);

/* Owner, once all have arrived: lets every worker go. All that was written before is visible to them. */
void gate_open(struct gate *gate);

#endif
