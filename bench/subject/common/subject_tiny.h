/* SPDX-License-Identifier: MIT */
/* What subjects have in common whose worker is one of the tiny programs (tiny.c). */
#ifndef TVP_SUBJECT_COMMON_TINY_H
#define TVP_SUBJECT_COMMON_TINY_H

#include <limits.h>

struct crew;
struct seat;

#define TINY_STATIC_PROGRAM  "tvp-tiny-static"
#define TINY_DYNAMIC_PROGRAM "tvp-tiny-dynamic"

/* crew->state, from tiny_open to tiny_close. */
struct tiny {
	int arena_fd; /* the arena's, open across exec */
	char path[PATH_MAX];
	char fd[24], offset[24];
	char *argv[4]; /* of the worker that tiny_aim has named last */
};

/* Is the program there? 0, or -ENOENT with a reason; for executor.probe. */
int tiny_probe(const char *program, char *reason);
int tiny_open(struct crew *crew, const char *program);
void tiny_close(struct crew *crew);

/* Makes argv what the worker of this seat is to be told. */
const struct tiny *tiny_aim(const struct seat *seat);

#endif
