/* SPDX-License-Identifier: MIT */
/* What the tests' pools run: tasks that compute, fail, wait or die on demand, and keep a ledger of what was run. */
#ifndef TVP_TESTS_TASKS_H
#define TVP_TESTS_TASKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tvp/pool.h"

enum act_kind { ACT_SQUARE, ACT_FAIL, ACT_HOLD, ACT_SLEEP, ACT_KILL, ACT_ABORT, ACT_EXIT_0, ACT_EXIT_3 };

/* Lies in the pool's shared memory. */
struct ledger {
	_Atomic uint32_t open;    /* 1: tasks that are held go on */
	_Atomic uint32_t holding; /* tasks that were held, ever */
	_Atomic uint64_t begun;   /* tasks that were begun, ever */
	_Atomic uint32_t runs[];  /* how often each task was begun */
};

/* Input of the tasks `act` (a range at a time) and `act_single` (one by one); their output is value × value. */
struct act {
	uint64_t ledger; /* its offset */
	uint32_t index;
	uint32_t kind;  /* enum act_kind */
	uint64_t value; /* ACT_FAIL: the error; ACT_SLEEP: us */
};

/* What the task `whoami` says of its worker. */
struct whoami {
	uint64_t rank, pid, state, bound_to;
};

/* For the initializer `diary`: it keeps `value` as its state and writes a line into the file at `path`, 'b' when it
 * begins and 'e' when it ends. What else it does, from the `after`th line on: */
enum diary_kind { DIARY_FINE, DIARY_FAIL, DIARY_ABORT, DIARY_EXIT_0 };
struct diary {
	char path[256];
	uint64_t value;
	uint32_t kind, after;
};

extern const struct tvp_registry tasks_registry;

/* The task `mixed`, for inputs and outputs of any size. */
int tasks_mixed(struct tvp_worker *worker, const void *input, size_t input_bytes, void *output, size_t output_bytes);

/* Lines of the diary that begin with `first`. */
unsigned tasks_diary_lines(const struct diary *diary, char first);

/* An empty ledger of `count` tasks in the pool's shared memory; NULL when there is no room. */
struct ledger *tasks_ledger(struct tvp_pool *pool, size_t count);

/* Waits until `count` tasks are held. */
void tasks_await_held(const struct ledger *ledger, uint32_t count);

#endif
