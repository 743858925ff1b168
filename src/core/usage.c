/* SPDX-License-Identifier: MIT */
/* getrusage(2) as differences. */
#include "core/usage.h"

#include <sys/resource.h>
#include <time.h>

#include "core/clock.h"

static uint64_t timeval_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_usec * 1000;
}

static void usage_from(struct usage *usage, const struct rusage *r)
{
	usage->user_ns = timeval_ns(r->ru_utime);
	usage->sys_ns = timeval_ns(r->ru_stime);
	usage->minor_faults = (uint64_t)r->ru_minflt;
	usage->major_faults = (uint64_t)r->ru_majflt;
	usage->voluntary_switches = (uint64_t)r->ru_nvcsw;
	usage->involuntary_switches = (uint64_t)r->ru_nivcsw;
}

void usage_read(enum usage_of whose, struct usage *usage)
{
	struct timespec now;
	struct rusage r;
	struct usage reaped;

	/* getrusage answers as of the last scheduler tick, milliseconds ago; asking the CPU clock brings it up to date. */
	clock_gettime(whose == USAGE_THREAD ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID, &now);
	getrusage(whose == USAGE_THREAD ? RUSAGE_THREAD : RUSAGE_SELF, &r);
	usage_from(usage, &r);
	if (whose == USAGE_THREAD)
		return;
	getrusage(RUSAGE_CHILDREN, &r);
	usage_from(&reaped, &r);
	usage_add(usage, &reaped);
}

void usage_add_difference(struct usage *sum, const struct usage *begin, const struct usage *end)
{
	sum->user_ns += end->user_ns - begin->user_ns;
	sum->sys_ns += end->sys_ns - begin->sys_ns;
	sum->minor_faults += end->minor_faults - begin->minor_faults;
	sum->major_faults += end->major_faults - begin->major_faults;
	sum->voluntary_switches += end->voluntary_switches - begin->voluntary_switches;
	sum->involuntary_switches += end->involuntary_switches - begin->involuntary_switches;
}

void usage_add(struct usage *sum, const struct usage *part)
{
	static const struct usage nothing;

	usage_add_difference(sum, &nothing, part);
}
