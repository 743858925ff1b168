/* SPDX-License-Identifier: MIT */
/* The shortest system call that does something: getppid, made by number so that no library answers in its place. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/workload.h"

static int syscall_worker_init(struct worker *worker)
{
	long *parent = malloc(sizeof(*parent));

	if (!parent)
		return worker_fail(worker, -ENOMEM, "no memory");
	*parent = getppid();
	worker->state = parent;
	return 0;
}

/* The result counts the right answers. */
static int syscall_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	const long *parent = worker->state;

	for (uint64_t i = 0; i < ops; i++)
		worker->result += syscall(SYS_getppid) == *parent;
	return 0;
}

static void syscall_worker_exit(struct worker *worker)
{
	free(worker->state);
}

static int syscall_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	if (result != ops)
		return reason_set(reason, -EBADMSG, "%llu of %llu answers were right", (unsigned long long)result,
				  (unsigned long long)ops);
	return 0;
}

const struct workload workload_syscall = {
	.name = "syscall",
	.summary = "a system call that does next to nothing (getppid)",
	.kind = WORKLOAD_KERNEL,
	.worker_init = syscall_worker_init,
	.run = syscall_run,
	.worker_exit = syscall_worker_exit,
	.verify = syscall_verify,
};
