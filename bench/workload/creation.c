/* SPDX-License-Identifier: MIT */
/*
 * Bringing up a worker of one's own that does nothing, and reaping it. Creators that are threads share what the kernel
 * and the C library lock for that: the address space, the stacks, the list of children. What is forked ends at once, so
 * that it may be forked by a process that has threads.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/beside.h"
#include "core/workload.h"

enum { CREATION_WORKER };
enum creation_kind { CREATION_THREAD, CREATION_FORK, CREATION_SPAWN };

/* Loaded with the C library, as nearly all programs are, and the same on all machines. */
#define CREATION_PROGRAM     "tvp-tiny-dynamic"
#define CREATION_STACK_BYTES ((size_t)8 << 20) /* as executor thread has it */

static const struct parameter creation_parameters[] = {
	[CREATION_WORKER] = {"worker", "", "what is brought up", CREATION_THREAD, CREATION_THREAD, CREATION_SPAWN,
			     (const char *const[]){"thread", "fork", "spawn"}},
	{0},
};

struct creation_state {
	pthread_attr_t attributes;
	char path[PATH_MAX]; /* of what is spawned */
};

static int creation_worker_init(struct worker *worker)
{
	struct creation_state *state = calloc(1, sizeof(*state));

	if (!state)
		return worker_fail(worker, -ENOMEM, "no memory");
	pthread_attr_init(&state->attributes);
	pthread_attr_setstacksize(&state->attributes, CREATION_STACK_BYTES);
	worker->state = state;
	if (worker->job->parameters[CREATION_WORKER] != CREATION_SPAWN)
		return 0;
	return beside_find(CREATION_PROGRAM, state->path, worker->reason);
}

/* Joining it makes sure that its creator sees this. */
static void *creation_thread_entry(void *result)
{
	++*(uint64_t *)result;
	return NULL;
}

static int creation_thread(struct worker *worker)
{
	const struct creation_state *state = worker->state;
	pthread_t thread;
	int error = pthread_create(&thread, &state->attributes, creation_thread_entry, &worker->result);

	if (!error)
		error = pthread_join(thread, NULL);
	return error ? worker_fail(worker, -error, "pthread_create or pthread_join: %s", strerror(error)) : 0;
}

/* The result counts the processes that ended well. */
static int creation_reap(struct worker *worker, pid_t pid)
{
	int status = 0;
	pid_t reaped;

	do
		reaped = waitpid(pid, &status, 0);
	while (reaped < 0 && errno == EINTR);
	if (reaped < 0)
		return worker_fail(worker, -errno, "waitpid: %s", strerror(errno));
	if (WIFSIGNALED(status))
		return worker_fail(worker, -ECHILD, "what was brought up was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return worker_fail(worker, -ECHILD, "what was brought up exited with status %d", WEXITSTATUS(status));
	worker->result++;
	return 0;
}

static int creation_fork(struct worker *worker)
{
	pid_t pid = fork();

	if (pid < 0)
		return worker_fail(worker, -errno, "fork: %s", strerror(errno));
	if (pid == 0)
		_exit(0);
	return creation_reap(worker, pid);
}

static int creation_spawn(struct worker *worker)
{
	struct creation_state *state = worker->state;
	char *argv[] = {state->path, NULL};
	pid_t pid;
	int error = posix_spawn(&pid, state->path, NULL, NULL, argv, environ);

	if (error)
		return worker_fail(worker, -error, "posix_spawn of %s: %s", CREATION_PROGRAM, strerror(error));
	return creation_reap(worker, pid);
}

static int creation_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	static int (*const create[])(struct worker * worker) = {
		[CREATION_THREAD] = creation_thread,
		[CREATION_FORK] = creation_fork,
		[CREATION_SPAWN] = creation_spawn,
	};
	int error = 0;

	for (uint64_t i = 0; i < ops && !error; i++)
		error = create[worker->job->parameters[CREATION_WORKER]](worker);
	return error;
}

static void creation_worker_exit(struct worker *worker)
{
	struct creation_state *state = worker->state;

	if (state)
		pthread_attr_destroy(&state->attributes);
	free(state);
}

static int creation_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result,
			   char *reason)
{
	if (result != ops)
		return reason_set(reason, -EBADMSG, "of %llu workers that were to be brought up %llu ran",
				  (unsigned long long)ops, (unsigned long long)result);
	return 0;
}

const struct workload workload_creation = {
	.name = "creation",
	.summary = "bringing up a thread or process that does nothing, and reaping it",
	.shares = "nothing of their own; as threads, all that the kernel and the C library lock to bring a worker up",
	.kind = WORKLOAD_KERNEL,
	.parameters = creation_parameters,
	.worker_init = creation_worker_init,
	.run = creation_run,
	.worker_exit = creation_worker_exit,
	.verify = creation_verify,
};
