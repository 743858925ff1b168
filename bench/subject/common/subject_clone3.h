/* SPDX-License-Identifier: MIT */
/*
 * What subjects have in common that call clone3 themselves. The C library does not know of their workers. One that shares
 * its creator's memory (CLONE_VM) shares the thread-local storage of the creating thread as well, errno among it: it must
 * do no more than creation_work, whose system calls do not fail.
 */
#ifndef TVP_SUBJECT_COMMON_CLONE3_H
#define TVP_SUBJECT_COMMON_CLONE3_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct crew;
struct seat;

/* One of crew->state, by rank, from clone3_open to clone3_close. */
struct clone3_worker {
	/* What CLONE_CHILD_CLEARTID clears when it has ended: a futex. In a cache line of its own. */
	_Alignas(64) _Atomic uint32_t running;
	char *stack;
	size_t stack_bytes;
};

/* For executor.probe: does the kernel have clone3, and may we call it? 0, -ENOSYS, -EPERM or -EOPNOTSUPP with a reason. */
int clone3_probe(char *reason);
/* The same, and can we begin on another stack? */
int clone3_stack_probe(char *reason);

/* For executor.open and .close: a small stack for each seat, used again and again. */
int clone3_open(struct crew *crew);
void clone3_close(struct crew *crew);

/* A worker on its seat's stack, which ends when crew->entry returns. seat->pid is its id. 0 or a negative errno with
 * crew->reason. */
int clone3_start(struct seat *seat, uint64_t flags, int exit_signal);
/* Sleeps until a worker with CLONE_CHILD_CLEARTID has ended; for executor.reap. */
int clone3_await(struct seat *seat);

/* A worker in a copy of the memory, as fork makes it; it follows `owner`, if that is not 0, as executor fork's does.
 * Otherwise like clone3_start, and needs no clone3_open. */
int clone3_copy(struct seat *seat, uint64_t flags, pid_t owner);

#endif
