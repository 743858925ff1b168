/* SPDX-License-Identifier: MIT */
/* Taking operations one by one, in a closed or an open loop. */
#include "core/operations.h"

#include "core/clock.h"
#include "core/team.h"

enum operations_next operations_take(struct operations *operations, uint64_t *index, uint64_t *due_ns)
{
	struct team_shared *shared = operations->shared;

	/* Relaxed, as in worker.c: the claim hands over a number, no data. */
	if (!operations->holding)
		operations->held = atomic_fetch_add_explicit(&shared->next, 1, memory_order_relaxed);
	operations->holding = 1;
	if (operations->held >= shared->ops)
		return OPERATIONS_OVER;
	if (operations->starts_ns) {
		*due_ns = operations->origin_ns + operations->starts_ns[operations->held];
		if (clock_now_ns() < *due_ns)
			return OPERATIONS_LATER;
	}
	operations->holding = 0;
	*index = operations->held;
	return OPERATIONS_TAKEN;
}

void operations_done(struct operations *operations, uint64_t index)
{
	operations->done++;
	if (operations->latencies_ns)
		operations->latencies_ns[index] =
			clock_now_ns() - (operations->origin_ns + operations->starts_ns[index]);
}
