/* SPDX-License-Identifier: MIT */
/* The one clock: CLOCK_MONOTONIC, comparable between all processes of a machine. */
#ifndef TVP_CORE_CLOCK_H
#define TVP_CORE_CLOCK_H

#include <errno.h>
#include <stdint.h>
#include <time.h>

#include "core/call.h"

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

/* Nanoseconds since boot; never goes back. Answered by the vDSO, no system call. */
static inline uint64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Sleeps until then. */
static inline void clock_sleep_until_ns(uint64_t when_ns)
{
	struct timespec when = {(time_t)(when_ns / NS_PER_S), (long)(when_ns % NS_PER_S)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
		;
}

/* The same as clock_now_ns by a system call, for the first steps of a process: see call.h. */
static inline uint64_t clock_call_ns(void)
{
	struct timespec now = {0};

	call_kernel(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0, 0, 0);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

#endif
