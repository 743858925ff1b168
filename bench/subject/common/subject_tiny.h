/* SPDX-License-Identifier: MIT */
/*
 * What subjects have in common whose worker is one of the tiny programs (tiny.c). These never wait for anybody, so they
 * need not be ended with their creator.
 */
#ifndef TVP_SUBJECT_COMMON_TINY_H
#define TVP_SUBJECT_COMMON_TINY_H

#include <limits.h>

struct crew;
struct seat;

#define TINY_STATIC_PROGRAM  "tvp-tiny-static"
#define TINY_DYNAMIC_PROGRAM "tvp-tiny-dynamic"

struct tiny {
	const char *program;
	int arena_fd; /* the arena's, open across exec */
	char path[PATH_MAX];
	char fd[24], offset[24];
	char *argv[4]; /* of the worker that tiny_aim has named last */
};

/* Is the program there? 0, or -ENOENT with a reason; for executor.probe. */
int tiny_probe(const char *program, char *reason);

/* Finds the program and gives it a way to the arena. 0 or a negative errno with crew->reason. */
int tiny_init(struct tiny *tiny, struct crew *crew, const char *program);
void tiny_exit(struct tiny *tiny);

/* The same for executor.open and .close: crew->state is a struct tiny. */
int tiny_open(struct crew *crew, const char *program);
void tiny_close(struct crew *crew);

/* Makes argv what the worker of this seat is to be told. */
void tiny_aim(struct tiny *tiny, const struct seat *seat);

/* posix_spawn of it, for executor.start after tiny_open. */
int tiny_spawn(struct seat *seat);

/* In a new process: becomes the program. If it cannot it says why in its slot, for tiny_reap, and ends. Does nothing that
 * is not allowed after vfork. */
_Noreturn void tiny_exec(const struct seat *seat, const struct tiny *tiny);
int tiny_reap(struct seat *seat);

#endif
