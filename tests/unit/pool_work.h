/* SPDX-License-Identifier: MIT */
/* A map of the task `act`, each of which may be made to do something else than to compute, and what came of it. */
#ifndef TVP_TESTS_POOL_WORK_H
#define TVP_TESTS_POOL_WORK_H

#include "pools.h"

enum { WORK_MAX = 200 };

struct work {
	struct ledger *ledger;
	struct act acts[WORK_MAX];
	uint64_t outputs[WORK_MAX];
	int errors[WORK_MAX];
	struct tvp_map map;
};

/* `count` tasks that compute, one at a time. Its ledger is the pool's. */
static inline void work_init(struct work *work, struct tvp_pool *pool, size_t count)
{
	*work = (struct work){.ledger = tasks_ledger(pool, count)};
	assert_non_null(work->ledger);
	for (size_t i = 0; i < count; i++) {
		work->acts[i] = (struct act){.ledger = tvp_pool_offset(pool, work->ledger),
					     .index = (uint32_t)i,
					     .kind = ACT_SQUARE,
					     .value = i + 1};
		work->errors[i] = 1;
	}
	work->map = (struct tvp_map){.task = "act",
				     .count = count,
				     .inputs = work->acts,
				     .input_bytes = sizeof(*work->acts),
				     .outputs = work->outputs,
				     .output_bytes = sizeof(*work->outputs),
				     .errors = work->errors,
				     .schedule = TVP_SCHEDULE_DYNAMIC};
}

static inline void work_set(struct work *work, size_t first, size_t step, enum act_kind kind)
{
	for (size_t i = first; i < work->map.count; i += step)
		work->acts[i].kind = kind;
}

/* Done exactly once, with the right result. */
static inline void work_assert_done(const struct work *work, size_t i)
{
	if (work->errors[i] || work->outputs[i] != work->acts[i].value * work->acts[i].value ||
	    work->ledger->runs[i] != 1)
		fail_msg("task %zu gave %llu, ended with %d, was begun %u times", i,
			 (unsigned long long)work->outputs[i], work->errors[i], work->ledger->runs[i]);
}

static inline void work_assert_all_done(const struct work *work)
{
	for (size_t i = 0; i < work->map.count; i++)
		work_assert_done(work, i);
}

static inline int work_apply(struct work *work, struct tvp_pool *pool, size_t i)
{
	return tvp_pool_apply(pool, work->map.task, &work->acts[i], sizeof(struct act), &work->outputs[i],
			      sizeof(uint64_t), &work->errors[i]);
}

static inline int work_apply_async(struct work *work, struct tvp_pool *pool, size_t i, struct tvp_async *handle)
{
	return tvp_pool_apply_async(pool, work->map.task, &work->acts[i], sizeof(struct act), &work->outputs[i],
				    sizeof(uint64_t), handle);
}

#endif
