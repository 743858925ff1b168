/* SPDX-License-Identifier: MIT */
/* Squaring a number: as little work as a task with an input and an output can be, so that what is seen is the rest. */
#include <errno.h>

#include "core/workload.h"
#include "tvp/task.h"

static int square(struct tvp_worker *worker, const uint64_t *input, uint64_t *output)
{
	*output = *input * *input;
	return 0;
}

TVP_TASK(square, uint64_t, uint64_t);

static int square_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	for (uint64_t i = first; i < first + ops; i++) {
		uint64_t number = i;

		__asm__("" : "+r"(number)); /* keeps the compiler from summing up by formula, as verify does */
		worker->result += number * number;
	}
	return 0;
}

/* (n - 1) n (2 n - 1) / 6, modulo 2^64 only in the end. */
static int square_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	unsigned __int128 n = ops;
	uint64_t expected = ops ? (uint64_t)((n - 1) * n * (2 * n - 1) / 6) : 0;

	if (result != expected)
		return reason_set(reason, -EBADMSG, "the sum of the squares below %llu is %llu, not %llu",
				  (unsigned long long)ops, (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

static void square_input(const struct job *job, uint64_t index, uint64_t count, void *input)
{
	*(uint64_t *)input = index;
}

/* n^2 = (n - 1) (n + 1) + 1 */
static bool square_task_verify(const struct job *job, const void *input, const void *output)
{
	uint64_t number = *(const uint64_t *)input;

	return *(const uint64_t *)output == (number - 1) * (number + 1) + 1;
}

const struct workload workload_square = {
	.name = "square",
	.summary = "the square of a number: hardly any work",
	.kind = WORKLOAD_CPU,
	.run = square_run,
	.verify = square_verify,
	.task = &square_task,
	.task_input = square_input,
	.task_verify = square_task_verify,
};
