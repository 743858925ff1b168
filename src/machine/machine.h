/* SPDX-License-Identifier: MIT */
/*
 * This machine as the conductor knows it: which CPUs are usable (hwloc; within taskset, cgroup cpuset and what is
 * online), which CPU it is (/proc/cpuinfo, libcpuid), and the facts that explain a measurement.
 * The measurer loads none of this: it is given CPU lists.
 */
#ifndef TVP_MACHINE_MACHINE_H
#define TVP_MACHINE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct machine; /* holds the hwloc topology */

/* Loads the topology of this machine, restricted to the CPUs this process may use. Single-threaded callers only
 * (hwloc binds for a moment while it looks). 0 or a negative errno with REASON_BYTES of reason. */
int machine_open(struct machine **machine, char *reason);

/* The same from an hwloc synthetic description ("package:2 core:8 pu:2"), for tests; nothing can be bound there. */
int machine_open_synthetic(struct machine **machine, const char *description, char *reason);
void machine_close(struct machine *machine);

unsigned machine_cpus(const struct machine *machine);   /* usable hardware threads */
unsigned machine_cores(const struct machine *machine);  /* usable cores: those with a usable hardware thread */
unsigned machine_online(const struct machine *machine); /* hardware threads online in the whole machine */

/* Most workers that can exist at once: the least of RLIMIT_NPROC (unless privileged), pid_max, threads-max and the
 * pids cgroups, less what runs now, with some left for others. *what names the limit that binds. */
unsigned machine_max_workers(const char **what);

/* Memory that one cell may take, in bytes: half of what is available now, be that to the machine, below the limits of the
 * memory cgroups, or within RLIMIT_AS and RLIMIT_DATA. *what names the one that binds. UINT64_MAX and NULL if nothing is
 * known. */
uint64_t machine_memory_usable(const char **what);

/* A way to bind workers to CPUs. */
struct placement {
	const char *name;
	const char *summary;
	/* Fills cpus[] with at most `wanted` usable CPUs in the order in which workers take them; workers beyond
	 * them begin again. Their number (> 0), or a negative errno with a reason. */
	int (*order)(const struct machine *machine, unsigned *cpus, unsigned wanted, char *reason);
	/* In place of that, where a worker may run on several CPUs: writes a list for each, ';' between. 0, or a negative
	 * errno with a reason. Neither: workers are not bound. */
	int (*lists)(const struct machine *machine, unsigned workers, FILE *stream, char *reason);
};
extern const struct placement placement_table[]; /* ends with a NULL name; "none" comes first */

/* CPU lists for W workers: "0;1;0;1". `none` gives "". 0; -EINVAL for an unknown name; -ENODEV with a reason where
 * this machine has no such thing (smt without SMT, …). *cpusets is the caller's to free. */
int machine_place(const struct machine *machine, const char *placement, unsigned workers, char **cpusets, char *reason);

/* Writes topology.xml without host name, serial numbers and the like. 0 or a negative errno. */
int machine_export_topology(const struct machine *machine, const char *path, char *reason);

enum fact_type { FACT_TEXT, FACT_NUMBER, FACT_BOOL };

/* One fact; a value is "" when it could not be found out ("unknown" is not "fine"). */
struct fact {
	const char *name; /* snake_case, with its unit: "memory_bytes" */
	enum fact_type type;
	char *value; /* text, a decimal number, or "true" / "false" */
};

struct facts {
	struct fact *list;
	size_t count;
};

/* What this machine is: does not change during a run. An allow-list: no host, user, path, address or serial. */
int machine_environment(const struct machine *machine, struct facts *facts);

/* What disturbs a measurement now: load, steal, pressure, throttling, …; taken before and after a run. */
int machine_noise(struct facts *facts);
void facts_exit(struct facts *facts);

/* The value of a fact, or "" */
const char *facts_get(const struct facts *facts, const char *name);

/* <arch>-<cpu slug>-<cores>c-<6 hex>: tells machines apart without naming them. The caller's to free; NULL if out
 * of memory. */
char *machine_id(const struct machine *machine);

#endif
