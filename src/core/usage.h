/* SPDX-License-Identifier: MIT */
/* What the kernel has charged: CPU time, page faults, context switches (getrusage(2)). */
#ifndef TVP_CORE_USAGE_H
#define TVP_CORE_USAGE_H

#include <stdint.h>

struct usage {
	uint64_t user_ns;
	uint64_t sys_ns;
	uint64_t minor_faults;
	uint64_t major_faults;
	uint64_t voluntary_switches;
	uint64_t involuntary_switches;
};

enum usage_of {
	USAGE_THREAD,            /* the calling thread alone */
	USAGE_PROCESS_AND_REAPED /* the calling process and all its children that were waited for */
};

void usage_read(enum usage_of whose, struct usage *usage);

/* *sum += end - begin */
void usage_add_difference(struct usage *sum, const struct usage *begin, const struct usage *end);

/* *sum += part */
void usage_add(struct usage *sum, const struct usage *part);

#endif
