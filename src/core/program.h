/* SPDX-License-Identifier: MIT */
/*
 * Programs that are executed to be workers. Their arguments say what to be: ROLE ARENA-FD OWNER-PID RANK for one worker,
 * ROLE ARENA-FD OWNER-PID template SOCKET-FD for a template that forks workers when asked (executor forkserver).
 */
#ifndef TVP_CORE_PROGRAM_H
#define TVP_CORE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/arena.h"

enum { PROGRAM_ARGUMENTS = 7, PROGRAM_NUMBER_BYTES = 24 };

/* Exit statuses of a program that cannot be what it is told to be. */
enum { EXIT_NO_ARENA = 120, EXIT_NO_ROLE = 121, EXIT_NO_WORK = 122 };

struct crew;

/* The arguments for a worker, or with socket >= 0 for a template. */
struct program_arguments {
	char *argv[PROGRAM_ARGUMENTS];
	char text[4][PROGRAM_NUMBER_BYTES];
};
void program_arguments(struct program_arguments *arguments, const struct crew *crew, unsigned rank, int socket);

/* Executes the crew's program with the crew's descriptors, and `socket` if that is not negative. 0 or a negative errno. */
int program_spawn(const struct crew *crew, const struct program_arguments *arguments, int socket, pid_t *pid);

/* Set in the environment of such a program until it has become what it is to be. */
#define PROGRAM_VARIABLE "TVP_IS_WORKER"

/* All of a worker's life in such a program. False: it knows no such work, or the rank is too high. */
typedef bool (*program_entry)(struct arena *arena, unsigned rank, uint64_t started_ns);

/* If the arguments are for this role, does what they say and never returns; else returns at once. started_ns is the
 * program's first instruction. */
void program_run(int argc, char **argv, const char *role, program_entry entry, uint64_t started_ns);

/* What owner and template say to each other (SOCK_SEQPACKET). */
enum template_request_kind {
	TEMPLATE_FORK, /* value: rank. Answer: its pid, or a negative errno */
	TEMPLATE_REAP, /* value: pid. Answer: 0 once it has ended, and its wait status */
	TEMPLATE_ALIVE /* value: pid. Answer: 0, or -ECHILD when it has ended, and its wait status */
};

struct template_request {
	int32_t kind;
	int32_t value;
};

struct template_answer {
	int32_t value;
	int32_t wait_status;
};

#endif
