/* SPDX-License-Identifier: MIT */
/* What subjects have in common whose worker is a POSIX thread. */
#ifndef TVP_SUBJECT_COMMON_THREAD_H
#define TVP_SUBJECT_COMMON_THREAD_H

#include <stdbool.h>
#include <stddef.h>

struct seat;

/* Creates the seat's thread. 0 or a negative errno with crew->reason. */
int thread_start(struct seat *seat, size_t stack_bytes, bool detached);
/* For executor.reap, if it is not detached. */
int thread_join(struct seat *seat);

#endif
