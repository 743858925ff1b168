/* SPDX-License-Identifier: MIT */
/*
 * Tasks: the functions that a pool's workers run, registered by name, so that a worker in a program of its own finds
 * them. A registry is a constant of the program.
 */
#ifndef TVP_TASK_H
#define TVP_TASK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A worker as its tasks see it. */
struct tvp_worker {
	unsigned rank;       /* 0 … workers - 1; a replacement has the rank of the one that it replaces */
	void *state;         /* the initializer's own */
	const void *_memory; /* the pool's shared memory in this worker; see tvp_worker_at */
};

/* What a worker has claimed: tasks first … first + count - 1 of a map; task i's input is at inputs + i × input_bytes. */
struct tvp_range {
	struct tvp_worker *worker;
	const void *inputs;
	void *outputs;
	size_t input_bytes, output_bytes;
	size_t first, count;
	/* The pool's own: the task in hand, for whoever comes after a worker that died, and where errors go. */
	uint64_t *_at;
	int *_error;
	void (*_fail)(void *context, size_t i, int error);
	void *_context;
};

struct tvp_task {
	const char *name;
	size_t input_bytes, output_bytes; /* of every call; SIZE_MAX: what the call says */

	/* One task: 0, or its own negative errno. */
	int (*run)(struct tvp_worker *worker, const void *input, size_t input_bytes, void *output, size_t output_bytes);
	/* A whole range, calling tvp_range_done after each task; NULL: `run` is called for each. See TVP_TASK. */
	void (*run_range)(const struct tvp_range *range);
};

struct tvp_initializer {
	const char *name;
	/* 0, or a negative errno: then the worker does not become one. */
	int (*begin)(struct tvp_worker *worker, const void *argument, size_t argument_bytes);
	/* When the worker leaves in order; NULL: nothing to do. */
	void (*end)(struct tvp_worker *worker);
};

/* Both lists end with NULL; NULL: none. Names are at most 63 characters long. */
struct tvp_registry {
	const struct tvp_task *const *tasks;
	const struct tvp_initializer *const *initializers;
};

/* Task i has ended: 0 or its negative errno. */
static inline void tvp_range_done(const struct tvp_range *range, size_t i, int error)
{
	if (__builtin_expect(error != 0, 0)) {
		if (range->_fail)
			range->_fail(range->_context, i, error);
		else
			*range->_error = error;
	}
	/* Release: who sees that the worker went on sees this task's output. */
	__atomic_store_n(range->_at, i + 1, __ATOMIC_RELEASE);
}

/* The address of shared memory in this worker; offset is tvp_pool_offset's. */
static inline void *tvp_worker_at(const struct tvp_worker *worker, uint64_t offset)
{
	return (char *)worker->_memory + offset;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): names and types, not expressions. */
/*
 * Makes `static const struct tvp_task NAME_task` of a function
 *	static int NAME(struct tvp_worker *worker, const INPUT *input, OUTPUT *output)
 * with a loop into which the function can be inlined.
 */
#define TVP_TASK(NAME, INPUT, OUTPUT)                                                                                  \
	static void NAME##_range(const struct tvp_range *range)                                                        \
	{                                                                                                              \
		const struct tvp_range own = *range;                                                                   \
		const INPUT *inputs = (const INPUT *)own.inputs;                                                       \
		OUTPUT *outputs = (OUTPUT *)own.outputs;                                                               \
                                                                                                                       \
		for (size_t i = own.first; i < own.first + own.count; i++)                                             \
			tvp_range_done(&own, i, NAME(own.worker, &inputs[i], &outputs[i]));                            \
	}                                                                                                              \
	static const struct tvp_task NAME##_task = {                                                                   \
		.name = #NAME,                                                                                         \
		.input_bytes = sizeof(INPUT),                                                                          \
		.output_bytes = sizeof(OUTPUT),                                                                        \
		.run = NULL,                                                                                           \
		.run_range = NAME##_range,                                                                             \
	}

/* NOLINTEND(bugprone-macro-parentheses) */

#ifdef __cplusplus
}
#endif

#endif
