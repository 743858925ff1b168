/* SPDX-License-Identifier: MIT */
/*
 * What workers take of the machine's memory: anonymous pages, each counted by the part that every process has of it, and page
 * tables (/proc/PID/smaps_rollup and status). Kernel stacks are not in it, some 16 KiB for a thread and a process alike.
 */
#ifndef TVP_MEASURE_FOOTPRINT_H
#define TVP_MEASURE_FOOTPRINT_H

#include "core/team.h"

struct footprint {
	double bytes;          /* of all processes of a team; NaN: not known */
	double server_private; /* bytes that only the server has */
};

/* Of the caller and the team's server; and of what the executor has brought up, if `started`. */
struct footprint footprint_of(const struct team *team, bool started);

/* What each worker has added to it, without what the server did. NaN: not known. */
double footprint_of_worker(const struct footprint *before, const struct footprint *after, uint64_t workers);

#endif
