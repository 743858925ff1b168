/* SPDX-License-Identifier: MIT */
/* What executors whose workers are processes have in common: the callbacks reap, kill and alive over seat->pid. */
#ifndef TVP_CORE_PROCESS_H
#define TVP_CORE_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

struct seat;

int process_reap(struct seat *seat);
void process_kill(struct seat *seat);
int process_alive(struct seat *seat);

/* Says how the seat's worker ended: 0 if it ended well, else -ECHILD with a reason. */
int process_verdict(struct seat *seat, int wait_status);

/* The calling process will be killed when its parent, who must be `owner`, ends; at once if it has ended already. */
void process_follow(pid_t owner);

#endif
