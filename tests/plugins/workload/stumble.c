/* SPDX-License-Identifier: MIT */
/* For the tests: tasks of which one fails, in the way that is asked for. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "core/workload.h"
#include "tvp/task.h"

enum { STUMBLE_HOW };
enum stumble_how { STUMBLE_NOT, STUMBLE_ERROR, STUMBLE_WRONG, STUMBLE_CRASH, STUMBLE_EXIT };

/* Neither the first nor, in a map of three or more, the last. */
enum { STUMBLE_AT = 1 };

static const char *const stumble_ways[] = {"not", "error", "wrong", "crash", "exit", NULL};

static const struct parameter stumble_parameters[] = {
	[STUMBLE_HOW] = {"how", "", "what becomes of one task", STUMBLE_NOT, STUMBLE_NOT, STUMBLE_EXIT, stumble_ways},
	{0},
};

static int stumble(struct tvp_worker *worker, const uint64_t *input, uint64_t *output)
{
	*output = *input + (*input == STUMBLE_WRONG);
	if (*input == STUMBLE_CRASH) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	if (*input == STUMBLE_EXIT)
		_exit(7);
	return *input == STUMBLE_ERROR ? -EDOM : 0;
}

TVP_TASK(stumble, uint64_t, uint64_t);

static int stumble_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	worker->result += ops;
	return 0;
}

static int stumble_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	return result == ops ? 0 : reason_set(reason, -EBADMSG, "lost operations");
}

static void stumble_input(const struct job *job, uint64_t index, uint64_t count, void *input)
{
	*(uint64_t *)input = index == STUMBLE_AT ? job->parameters[STUMBLE_HOW] : STUMBLE_NOT;
}

static bool stumble_task_verify(const struct job *job, const void *input, const void *output)
{
	return *(const uint64_t *)output == *(const uint64_t *)input;
}

const struct workload workload_stumble = {
	.name = "stumble",
	.summary = "tasks of which one fails on demand",
	.kind = WORKLOAD_CPU,
	.parameters = stumble_parameters,
	.run = stumble_run,
	.verify = stumble_verify,
	.task = &stumble_task,
	.task_input = stumble_input,
	.task_verify = stumble_task_verify,
};
