/* SPDX-License-Identifier: MIT */
/* What executors whose workers are processes have in common: the callbacks reap, cancel and alive over seat->pid. */
#ifndef TVP_CORE_PROCESS_H
#define TVP_CORE_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

struct team;

int process_reap(struct team *team);
void process_cancel(struct team *team);
int process_alive(struct team *team);

/* The calling process will be killed when its parent, who must be `owner`, ends; at once if it has ended already. */
void process_follow(pid_t owner);

#endif
