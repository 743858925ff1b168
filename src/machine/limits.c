/* SPDX-License-Identifier: MIT */
/* How many workers can exist at once. */
#include "machine/limits.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "machine/cgroup.h"
#include "machine/files.h"
#include "machine/machine.h"

enum {
	RESERVE_TASKS = 64,     /* so that a desktop, or a shell to stop us with, can still start something */
	RESERVE_SHARE = 100,    /* or one hundredth, if that is more */
	PID_MAX_DEFAULT = 32768 /* the kernel's own */
};

bool limits_privileged(void)
{
	unsigned long inside, outside;
	char line[128];

	if (geteuid() != 0)
		return false;
	if (file_line("/proc/self/uid_map", line, sizeof(line)) || sscanf(line, "%lu %lu", &inside, &outside) != 2)
		return true; /* no user namespaces in this kernel */
	return inside == 0 && outside == 0;
}

struct room {
	double workers;
	const char *what;
};

/* Half of what is left stays usable for us where a limit is too small for the whole reserve. */
static void room_consider(struct room *room, const char *what, double limit, double used)
{
	double left = limit > used ? limit - used : 0;
	double reserve = limit / RESERVE_SHARE;

	if (reserve < RESERVE_TASKS)
		reserve = RESERVE_TASKS;
	if (reserve > left / 2)
		reserve = left / 2;
	if (left - reserve < room->workers)
		*room = (struct room){.workers = left - reserve, .what = what};
}

struct user_tasks {
	uid_t uid;
	uint64_t count;
};

static void count_process(const char *path, const char *status, void *context)
{
	struct user_tasks *tasks = context;
	uint64_t uid, threads;

	if (text_number(status, "Uid", ':', &uid) == 0 && uid == tasks->uid &&
	    text_number(status, "Threads", ':', &threads) == 0)
		tasks->count += threads;
}

/* RLIMIT_NPROC counts every task of the real user, in all sessions. */
static void consider_rlimit(struct room *room)
{
	struct user_tasks tasks = {.uid = getuid()};
	struct rlimit limit;

	if (limits_privileged() || getrlimit(RLIMIT_NPROC, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return;
	files_each("/proc/[0-9]*/status", count_process, &tasks);
	room_consider(room, "RLIMIT_NPROC (ulimit -u)", (double)limit.rlim_cur, (double)tasks.count);
}

/* The tasks of the whole machine: "0.25 0.10 0.03 3/95 5311" has them after the slash. */
static double tasks_now(void)
{
	unsigned long tasks;
	char line[128];

	if (file_line("/proc/loadavg", line, sizeof(line)) || sscanf(line, "%*s %*s %*s %*u/%lu", &tasks) != 1)
		return 0;
	return (double)tasks;
}

static void consider_kernel(struct room *room)
{
	double used = tasks_now();
	uint64_t limit;

	if (file_number("/proc/sys/kernel/pid_max", &limit))
		limit = PID_MAX_DEFAULT;
	room_consider(room, "kernel.pid_max", (double)limit, used);
	if (file_number("/proc/sys/kernel/threads-max", &limit) == 0)
		room_consider(room, "kernel.threads-max", (double)limit, used);
}

/* Every group up the hierarchy counts its whole subtree against its own limit. */
static void consider_cgroups(struct room *room)
{
	struct cgroup group;

	if (!cgroup_open(&group, "pids"))
		return;
	do {
		char *max = cgroup_file(&group, "pids.max");
		char *current = cgroup_file(&group, "pids.current");
		uint64_t limit, used = 0;

		if (max && number_parse(max, &limit) == 0) {
			if (current)
				number_parse(current, &used);
			room_consider(room, "the pids cgroup (pids.max)", (double)limit, (double)used);
		}
		free(current);
		free(max);
	} while (cgroup_parent(&group));
}

unsigned machine_max_workers(const char **what)
{
	struct room room = {.workers = INFINITY};

	consider_rlimit(&room);
	consider_kernel(&room);
	consider_cgroups(&room);
	if (what)
		*what = room.what;
	if (room.workers < 1)
		return 1;
	return room.workers > UINT_MAX ? UINT_MAX : (unsigned)room.workers;
}

struct memory {
	double bytes;
	const char *what; /* NULL: no limit is known */
};

static void memory_consider(struct memory *memory, const char *what, double bytes)
{
	if (bytes < memory->bytes) /* never true of NAN */
		*memory = (struct memory){bytes > 0 ? bytes : 0, what};
}

/* These count addresses that a process has, of which a measurer needs few beside what it is asked to take. */
static void memory_consider_rlimit(struct memory *memory, const char *what, __rlimit_resource_t resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		memory_consider(memory, what, (double)limit.rlim_cur);
}

/* Swap is no memory here: what is in it would have to be read back while something is timed. */
uint64_t machine_memory_usable(const char **what)
{
	struct memory memory = {.bytes = INFINITY};
	uint64_t kib;
	char *meminfo = file_read("/proc/meminfo");

	if (meminfo && text_number(meminfo, "MemAvailable", ':', &kib) == 0)
		memory_consider(&memory, "MemAvailable", (double)kib * 1024);
	free(meminfo);
	memory_consider(&memory, "the memory cgroup", cgroup_memory_left());
	memory_consider_rlimit(&memory, "RLIMIT_AS (ulimit -v)", RLIMIT_AS);
	memory_consider_rlimit(&memory, "RLIMIT_DATA (ulimit -d)", RLIMIT_DATA);
	if (what)
		*what = memory.what;
	return isfinite(memory.bytes) ? (uint64_t)(memory.bytes / 2) : UINT64_MAX;
}
