/* SPDX-License-Identifier: MIT */
/* What the cgroups of this process allow it: v1, v2 and both at once, inside containers or not. */
#ifndef TVP_MACHINE_CGROUP_H
#define TVP_MACHINE_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One control group that this process is in; cgroup_parent goes up to the last one that can be seen. */
struct cgroup {
	int version; /* 1 or 2 */
	char directory[PATH_MAX];
	size_t mount_length; /* of directory: the mount point */
};

/* The group that a controller ("cpu", "memory", "pids", "cpuset") has this process in. false: not known. */
bool cgroup_open(struct cgroup *group, const char *controller);
bool cgroup_parent(struct cgroup *group);

/* A file of the group: the caller's to free; NULL if it is not there. */
char *cgroup_file(const struct cgroup *group, const char *name);

/* "v1", "v2", "hybrid" or "none"; "" if not known. */
const char *cgroup_version(void);

/* The tightest limit of the group and those above it: INFINITY without one, NAN if not known. */
double cgroup_cpu_cores(void);
double cgroup_memory_bytes(void);
double cgroup_pids(void);

/* What the tightest of the memory limits leaves, page cache that can be dropped included: INFINITY, NAN as above. */
double cgroup_memory_left(void);

/* The list of CPUs that the cpuset allows. 0 or -ENOENT. */
int cgroup_cpus(char *list, size_t size);

/* How often, and for how long in all, the CPU quotas of the group and those above it stopped it. */
struct cgroup_throttle {
	uint64_t periods;
	uint64_t throttled_periods;
	uint64_t throttled_us;
};
/* 0, or -ENOENT if not known. */
int cgroup_throttle(struct cgroup_throttle *throttle);

#endif
