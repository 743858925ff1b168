/* SPDX-License-Identifier: MIT */
/* This machine as it is (binding, export, id), and the facts of machines made up of files in a temporary folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cpuset.h"
#include "core/workload.h"
#include "machine/cgroup.h"
#include "machine/cpu.h"
#include "machine/files.h"
#include "machine/siphash.h"
#include "machine/topology.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char root[] = "/tmp/tvp-test-machine-XXXXXX";

static int make_root(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/tvp-test-machine-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	files_set_root(root);
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

static int remove_root(void **state)
{
	(void)state;
	files_set_root("");
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Makes a file of the made-up machine, with the folders above it. */
static void put(const char *path, const char *text)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0700);
		*slash = '/';
	}
	file = fopen(full, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static struct machine *machine_here(void)
{
	char reason[REASON_BYTES] = "";
	struct machine *machine = NULL;

	if (machine_open(&machine, reason))
		fail_msg("%s", reason);
	return machine;
}

static struct machine *machine_of(const char *description)
{
	char reason[REASON_BYTES] = "";
	struct machine *machine = NULL;

	if (machine_open_synthetic(&machine, description, reason))
		fail_msg("%s", reason);
	return machine;
}

/* Asserts a fact of the made-up machine: "" for unknown. */
static void assert_environment(const char *name, const char *expected)
{
	struct machine *machine = machine_of("package:1 core:2 pu:2");
	struct facts facts;

	assert_int_equal(machine_environment(machine, &facts), 0);
	assert_string_equal(facts_get(&facts, name), expected);
	facts_exit(&facts);
	machine_close(machine);
}

static void assert_noise(const char *name, const char *expected)
{
	struct facts facts;

	assert_int_equal(machine_noise(&facts), 0);
	assert_string_equal(facts_get(&facts, name), expected);
	facts_exit(&facts);
}

static void affinity_get(cpu_set_t *set)
{
	assert_int_equal(sched_getaffinity(0, sizeof(*set), set), 0);
}

static unsigned first_cpu(const cpu_set_t *set)
{
	unsigned cpu = 0;

	while (!CPU_ISSET(cpu, set))
		cpu++;
	return cpu;
}

/* Everything that looks at the machine; none of it may move this process. */
static void look_at_everything(unsigned expected_cpus)
{
	struct machine *machine = machine_here();
	struct facts facts;
	char *id;

	assert_int_equal(machine_cpus(machine), expected_cpus);
	assert_in_range(machine_cores(machine), 1, machine_cpus(machine));
	assert_in_range(machine_online(machine), machine_cpus(machine), UINT_MAX);
	assert_int_equal(machine_environment(machine, &facts), 0);
	facts_exit(&facts);
	assert_int_equal(machine_noise(&facts), 0);
	facts_exit(&facts);
	id = machine_id(machine);
	assert_non_null(id);
	free(id);
	machine_close(machine);
}

static void binding_stays(void **state)
{
	cpu_set_t before, after, one;
	char reason[REASON_BYTES], expected[64], *lists, *free_id, *bound_id;
	struct machine *machine;

	(void)state;
	affinity_get(&before);
	look_at_everything((unsigned)CPU_COUNT(&before));
	affinity_get(&after);
	assert_true(CPU_EQUAL(&before, &after));
	machine = machine_here();
	free_id = machine_id(machine);
	machine_close(machine);

	CPU_ZERO(&one);
	CPU_SET(first_cpu(&before), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	look_at_everything(1);
	affinity_get(&after);
	assert_true(CPU_EQUAL(&one, &after));
	machine = machine_here();
	bound_id = machine_id(machine);
	assert_int_equal(machine_place(machine, "scatter", 2, &lists, reason), 0);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	snprintf(expected, sizeof(expected), "%u;%u", first_cpu(&before), first_cpu(&before));
	assert_string_equal(lists, expected);
	assert_string_equal(bound_id, free_id);
	free(lists);
	free(bound_id);
	free(free_id);
	machine_close(machine);
}

static void other_machines_in_the_environment_are_ignored(void **state)
{
	struct machine *machine;
	cpu_set_t usable;

	(void)state;
	setenv("HWLOC_SYNTHETIC", "package:64 core:8 pu:2", 1);
	setenv("HWLOC_COMPONENTS", "synthetic", 1);
	setenv("HWLOC_FSROOT", "/nonexistent", 1);
	affinity_get(&usable);
	machine = machine_here();
	assert_int_equal(machine_cpus(machine), CPU_COUNT(&usable));
	machine_close(machine);
}

/* What a fact promises, on this machine. */
static void assert_well_formed(const struct fact *fact)
{
	size_t digits = strspn(fact->value, "0123456789.");

	assert_int_equal(strspn(fact->name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(fact->name));
	if (fact->type == FACT_NUMBER)
		assert_int_equal(digits, strlen(fact->value));
	if (fact->type == FACT_BOOL && fact->value[0] && strcmp(fact->value, "true") != 0)
		assert_string_equal(fact->value, "false");
	for (const char *at = fact->value; *at; at++)
		assert_in_range(*at, ' ', '~');
}

static void facts_are_well_formed(void **state)
{
	struct machine *machine = machine_here();
	struct facts tables[2];
	char host[256] = "", id[64] = "";

	(void)state;
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	file_line("/etc/machine-id", id, sizeof(id));
	assert_int_equal(machine_environment(machine, &tables[0]), 0);
	assert_int_equal(machine_noise(&tables[1]), 0);
	for (size_t i = 0; i < COUNT(tables); i++) {
		for (size_t j = 0; j < tables[i].count; j++) {
			const struct fact *fact = &tables[i].list[j];

			assert_well_formed(fact);
			assert_string_not_equal(fact->value, host);
			assert_true(!id[0] || !strstr(fact->value, id));
			for (size_t k = 0; k < j; k++)
				assert_string_not_equal(fact->name, tables[i].list[k].name);
		}
		facts_exit(&tables[i]);
	}
	machine_close(machine);
}

static void export_loads_again_and_names_nobody(void **state)
{
	char path[512], host[256] = "", quoted[300], reason[REASON_BYTES] = "", *xml;
	struct machine *machine = machine_here();
	hwloc_topology_t again;

	assert_int_equal(make_root(state), 0);
	snprintf(path, sizeof(path), "%s/topology.xml", root);
	assert_int_equal(machine_export_topology(machine, path, reason), 0);
	assert_int_equal(hwloc_topology_init(&again), 0);
	assert_int_equal(hwloc_topology_set_xml(again, path), 0);
	assert_int_equal(hwloc_topology_load(again), 0);
	assert_int_equal(hwloc_get_nbobjs_by_type(again, HWLOC_OBJ_PU), machine_cpus(machine));
	hwloc_topology_destroy(again);

	xml = file_read("/topology.xml");
	assert_non_null(xml);
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	snprintf(quoted, sizeof(quoted), "\"%s\"", host);
	assert_null(strstr(xml, quoted));
	assert_null(strstr(xml, "HostName"));
	assert_null(strstr(xml, "ProcessName"));
	assert_null(strstr(xml, "DMI"));
	assert_non_null(strstr(xml, "<info name=\"Architecture\""));
	free(xml);

	snprintf(path, sizeof(path), "%s/missing/topology.xml", root);
	assert_int_equal(machine_export_topology(machine, path, reason), -ENOENT);
	assert_non_null(strstr(reason, path));
	machine_close(machine);
	assert_int_equal(remove_root(state), 0);
}

static void scrub_keeps_only_what_is_allowed(void **state)
{
	char xml[] =
		"<a>\n  <info name=\"HostName\" value=\"x &gt; > '/>' y\"/>\n  <info name=\"CPUModel\" value=\"m>\"/>\n"
		"  <info name=\"CPUModelSerial\" value=\"1\"/>\n  <info value=\"h\" name=\"Backend\"/>\n</a>\n";
	char open[] = "<info name=\"CPUModel\" value=\"", paired[] = "<info name=\"HostName\">host</info>";

	(void)state;
	assert_int_equal(topology_xml_scrub(xml), 0);
	assert_string_equal(xml, "<a>\n  <info name=\"CPUModel\" value=\"m>\"/>\n</a>\n");
	assert_int_equal(topology_xml_scrub(open), -EINVAL);
	assert_int_equal(topology_xml_scrub(paired), -EINVAL);
}

/* Appendix A of the paper, and the first vector of its reference implementation. */
static void siphash_of_the_paper(void **state)
{
	unsigned char key[SIPHASH_KEY_BYTES], data[15];

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)i;
	memcpy(data, key, sizeof(data));
	assert_true(siphash(key, data, sizeof(data)) == UINT64_C(0xa129ca6149be45e5));
	assert_true(siphash(key, data, 0) == UINT64_C(0x726fdb47dd0e0e31));
}

static void slugs(void **state)
{
	static const char *const expected[][2] = {
		{"Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz", "intel-core-i7-8650u"},
		{"Intel(R) Xeon(R) Processor", "intel-xeon"},
		{"AMD EPYC 7763 64-Core Processor", "amd-epyc-7763-64-core"},
		{"ARM implementer 0x41 part 0xd0c", "arm-0x41-0xd0c"},
		{"An exceedingly long name of a CPU", "an-exceedingly-long-name"},
		{"Twenty three characters x y", "twenty-three-characters"},
		{"Processor @ 3GHz", "unknown-cpu"},
		{"((((", "unknown-cpu"},
		{"", "unknown-cpu"},
		{"../../etc/\"x\"", "etc-x"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(expected); i++) {
		char slug[CPU_SLUG_BYTES];

		cpu_slug(expected[i][0], slug);
		assert_string_equal(slug, expected[i][1]);
	}
}

static void assert_model(const char *cpuinfo, const char *expected)
{
	char model[256];

	cpu_model(cpuinfo, model, sizeof(model));
	assert_string_equal(model, expected);
}

static void models(void **state)
{
	(void)state;
	assert_model("processor\t: 0\nmodel\t\t: 167\nmodel name\t: Some CPU\n\nmodel name\t: Another\n", "Some CPU");
	assert_model("processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd0c\n",
		     "ARM implementer 0x41 part 0xd0c");
	assert_model("processor\t: 0\ncpu\t\t: POWER9, altivec supported\n", "POWER9, altivec supported");
	assert_model("cpu MHz : 100\n:\n\n::\nmodel name\n", "");
	assert_model("", "");
}

static char *id_here(void)
{
	struct machine *machine = machine_of("core:2 pu:1");
	char *id = machine_id(machine);

	machine_close(machine);
	assert_non_null(id);
	return id;
}

/* <arch>-<slug>-<cores>c-<6 hex> */
static void id_depends_on_the_right_things(void **state)
{
	char *first, *same, *other, *without, *tail;

	(void)state;
	put("/proc/cpuinfo", "model name : Some(R) CPU @ 2GHz\n");
	put("/proc/meminfo", "MemTotal: 8000000 kB\n");
	put("/sys/devices/system/cpu/online", "0-3\n");
	put("/sys/devices/system/cpu/cpu0/topology/core_cpus_list", "0,2\n");
	put("/sys/devices/system/cpu/cpu1/topology/thread_siblings_list", "1,3\n");
	put("/sys/devices/system/cpu/cpu2/topology/core_cpus_list", "0,2\n");
	put("/sys/devices/system/cpu/cpu3/topology/core_cpus_list", "1,3\n");
	put("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
	first = id_here();
	tail = strstr(first, "-some-2c-");
	assert_non_null(tail);
	assert_int_equal(strspn(tail + 9, "0123456789abcdef"), 6);
	assert_int_equal(strlen(tail), 15);
	put("/proc/meminfo", "MemTotal: 16000000 kB\n");
	same = id_here();
	assert_string_equal(first, same);
	put("/etc/machine-id", "0123456789abcdef0123456789abcdee\n");
	other = id_here();
	assert_string_not_equal(first, other);
	put("/etc/machine-id", "uninitialized\n");
	without = id_here();
	assert_string_not_equal(first, without);
	assert_string_not_equal(other, without);
	free(same);
	put("/etc/machine-id", "00000000000000000000000000000000\n");
	same = id_here();
	assert_string_equal(same, without);
	free(first);
	free(same);
	free(other);
	free(without);
}

#define V1_MOUNTS                                                                                                      \
	"30 20 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"                \
	"31 20 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"                                            \
	"32 20 0:31 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"                                                \
	"33 20 0:32 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"

static void cgroup_v1(void **state)
{
	struct cgroup_throttle throttle;
	char list[64];

	(void)state;
	put("/proc/self/mountinfo", V1_MOUNTS);
	put("/proc/self/cgroup", "4:cpuset:/job\n3:pids:/job\n2:memory:/job\n1:cpu,cpuacct:/job/step\n");
	put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
	put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
	put("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "150000\n");
	put("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
	put("/sys/fs/cgroup/cpu,cpuacct/job/cpu.stat", "nr_periods 10\nnr_throttled 4\nthrottled_time 5000000\n");
	put("/sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_quota_us", "400000\n");
	put("/sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_period_us", "100000\n");
	put("/sys/fs/cgroup/cpu,cpuacct/job/step/cpu.stat", "nr_periods 1\nnr_throttled 1\nthrottled_time 9000\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	put("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "1073741824\n");
	put("/sys/fs/cgroup/pids/job/pids.max", "max\n");
	put("/sys/fs/cgroup/cpuset/cpuset.cpus", "0-3\n");
	put("/sys/fs/cgroup/cpuset/job/cpuset.cpus", "\n");
	assert_string_equal(cgroup_version(), "v1");
	assert_true(cgroup_cpu_cores() == 1.5);
	assert_true(cgroup_memory_bytes() == 1073741824.0);
	assert_true(isinf(cgroup_pids()));
	assert_int_equal(cgroup_cpus(list, sizeof(list)), 0);
	assert_string_equal(list, "0-3");
	assert_int_equal(cgroup_throttle(&throttle), 0);
	assert_int_equal(throttle.periods, 11);
	assert_int_equal(throttle.throttled_periods, 5);
	assert_int_equal(throttle.throttled_us, 5009);
	assert_environment("cgroup_cpu_quota_cores", "1.50");
	assert_environment("cgroup_memory_limit_bytes", "1073741824");
	assert_environment("cgroup_pids_limit", "unlimited");
	assert_noise("cgroup_throttled_us", "5009");
}

static void cgroup_v2(void **state)
{
	(void)state;
	put("/proc/self/mountinfo", "23 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n");
	put("/proc/self/cgroup", "0::/user.slice/session-1.scope\n");
	put("/sys/fs/cgroup/user.slice/cpu.max", "50000 100000\n");
	put("/sys/fs/cgroup/user.slice/session-1.scope/cpu.max", "max 100000\n");
	put("/sys/fs/cgroup/user.slice/session-1.scope/memory.max", "max\n");
	put("/sys/fs/cgroup/user.slice/session-1.scope/cpu.stat",
	    "usage_usec 7\nnr_periods 3\nnr_throttled 2\nthrottled_usec 77\n");
	put("/sys/fs/cgroup/user.slice/pids.max", "1000\n");
	put("/sys/fs/cgroup/cpuset.cpus.effective", "0-7\n");
	assert_environment("cgroup_version", "v2");
	assert_environment("cgroup_cpu_quota_cores", "0.50");
	assert_environment("cgroup_memory_limit_bytes", "unlimited");
	assert_environment("cgroup_pids_limit", "1000");
	assert_environment("cgroup_cpuset", "0-7");
	assert_noise("cgroup_quota_periods", "3");
	assert_noise("cgroup_throttled_periods", "2");
	assert_noise("cgroup_throttled_us", "77");
}

/* cpu is still v1's, pids is v2's */
static void cgroup_hybrid(void **state)
{
	(void)state;
	put("/proc/self/mountinfo", "30 20 0:29 / /cg/cpu rw - cgroup cgroup rw,cpu\n"
				    "31 20 0:30 / /cg/unified rw - cgroup2 cgroup2 rw\n");
	put("/proc/self/cgroup", "2:cpu:/a\n1:name=systemd:/b\n0::/c\n");
	put("/cg/cpu/a/cpu.cfs_quota_us", "200000\n");
	put("/cg/cpu/a/cpu.cfs_period_us", "100000\n");
	put("/cg/unified/c/pids.max", "333\n");
	assert_string_equal(cgroup_version(), "hybrid");
	assert_true(cgroup_cpu_cores() == 2);
	assert_true(cgroup_pids() == 333);
}

/* Without a cgroup namespace the path is the host's, and only a part of the hierarchy is mounted. */
static void cgroup_in_containers(void **state)
{
	(void)state;
	put("/proc/self/mountinfo", "30 20 0:29 /docker/abc /cg/cpu rw - cgroup cgroup rw,cpu\n");
	put("/proc/self/cgroup", "1:cpu:/docker/abc/in\n");
	put("/cg/cpu/in/cpu.cfs_quota_us", "300000\n");
	put("/cg/cpu/in/cpu.cfs_period_us", "100000\n");
	assert_true(cgroup_cpu_cores() == 3);
	assert_environment("container", "docker");
	put("/cg/cpu/cpu.cfs_quota_us", "100000\n");
	put("/cg/cpu/cpu.cfs_period_us", "100000\n");
	put("/proc/self/cgroup", "1:cpu:/docker/abcdef\n");
	assert_true(cgroup_cpu_cores() == 1);
	put("/cg/cpu.cfs_quota_us", "1000\n"); /* no group: above what is mounted */
	put("/cg/cpu.cfs_period_us", "100000\n");
	put("/proc/self/mountinfo", "30 20 0:29 / /cg/cpu rw - cgroup cgroup rw,cpu\n");
	put("/proc/self/cgroup", "1:cpu:/../../elsewhere\n");
	assert_true(cgroup_cpu_cores() == 1);
}

static void cgroup_garbage(void **state)
{
	(void)state;
	assert_true(isnan(cgroup_cpu_cores()));
	assert_string_equal(cgroup_version(), "");
	put("/proc/self/cgroup", "nonsense\n:\n::\n0:\n0::relative\n\n9999");
	put("/proc/self/mountinfo", "1 2 3\n - \n a b c d e - cgroup2\n");
	assert_true(isnan(cgroup_cpu_cores()));
	assert_string_equal(cgroup_version(), "none");
	put("/proc/self/cgroup", "0::/a\n");
	put("/proc/self/mountinfo", "23 20 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
	put("/cg/a/cpu.max", "fast\n");
	put("/cg/a/pids.max", "99999999999999999999999\n");
	assert_true(isinf(cgroup_cpu_cores()));
	assert_true(isinf(cgroup_pids()));
	assert_environment("cgroup_cpuset", "");
}

static void assert_max_workers(unsigned least, unsigned most, const char *by)
{
	const char *what = NULL;
	unsigned workers = machine_max_workers(&what);

	assert_in_range(workers, least, most);
	assert_non_null(strstr(what, by));
}

static void max_workers_names_the_limit(void **state)
{
	(void)state;
	put("/proc/self/uid_map", "0 0 4294967295\n");
	put("/proc/loadavg", "0.00 0.00 0.00 1/500 77\n");
	put("/proc/sys/kernel/pid_max", "4194304\n");
	put("/proc/sys/kernel/threads-max", "20500\n");
	if (geteuid() == 0) /* RLIMIT_NPROC binds others */
		assert_max_workers(19000, 19999, "threads-max");
	put("/proc/self/cgroup", "0::/a/b\n");
	put("/proc/self/mountinfo", "23 20 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
	put("/cg/a/b/pids.max", "max\n");
	put("/cg/a/pids.max", "300\n");
	put("/cg/a/pids.current", "100\n");
	assert_max_workers(100, 199, "pids cgroup");
	put("/cg/a/pids.max", "100\n");
	assert_max_workers(1, 1, "pids cgroup");
	put("/cg/a/pids.max", "110\n");
	assert_max_workers(1, 9, "pids cgroup");
}

static void max_workers_of_a_user(void **state)
{
	struct rlimit before, low;
	char status[128];

	(void)state;
	put("/proc/self/uid_map", "0 100000 65536\n"); /* root of a container */
	snprintf(status, sizeof(status), "Name:\tx\nUid:\t%u\t0\t0\t0\nThreads:\t50\n", (unsigned)getuid());
	put("/proc/12/status", status);
	put("/proc/13/status", status);
	put("/proc/14/status", "Uid:\t4242\t0\t0\t0\nThreads:\t5000\n");
	put("/proc/15/status", "garbage");
	assert_int_equal(getrlimit(RLIMIT_NPROC, &before), 0);
	low = before;
	low.rlim_cur = before.rlim_max < 400 ? before.rlim_max : 400;
	assert_int_equal(setrlimit(RLIMIT_NPROC, &low), 0);
	assert_max_workers(low.rlim_cur == 400 ? 150 : 1, 300, "RLIMIT_NPROC"); /* 100 tasks are there */
	assert_int_equal(setrlimit(RLIMIT_NPROC, &before), 0);
	assert_environment("privileged", "false");
}

/* An empty root: no /proc, no /sys. Facts of the program itself, of the kernel call uname and of hwloc remain. */
static void nothing_is_known_without_files(void **state)
{
	static const char *const known[] = {"architecture",
					    "libc",
					    "page_bytes",
					    "cpus_usable",
					    "cores_usable",
					    "cpus_online",
					    "packages_usable",
					    "numa_nodes_usable",
					    "smt_active",
					    "cache_l1d_bytes",
					    "limit_processes",
					    "limit_open_files",
					    "limit_stack_bytes",
					    "limit_locked_memory_bytes",
					    "limit_address_space_bytes",
					    "privileged"};
	struct machine *machine = machine_of("package:1 core:2 pu:2");
	struct facts facts;
	char *id;

	(void)state;
	assert_int_equal(machine_environment(machine, &facts), 0);
	for (size_t i = 0; i < facts.count; i++) {
		bool expected = false;

		for (size_t j = 0; j < COUNT(known); j++)
			expected |= strcmp(known[j], facts.list[i].name) == 0;
		if (!expected)
			assert_string_equal(facts.list[i].value, "");
	}
	facts_exit(&facts);
	assert_int_equal(machine_noise(&facts), 0);
	for (size_t i = 0; i < facts.count; i++)
		assert_string_equal(facts.list[i].value, "");
	assert_string_equal(facts_get(&facts, "no such fact"), "");
	facts_exit(&facts);
	id = machine_id(machine);
	assert_non_null(strstr(id, "-unknown-cpu-4c-"));
	free(id);
	machine_close(machine);
	assert_max_workers(1, 32768, "");
}

static void garbage_is_unknown(void **state)
{
	(void)state;
	put("/proc/meminfo", "MemTotal: lots\nSwapTotal:\n");
	put("/proc/cpuinfo", "stepping : \xff\xfe\nmodel name : caf\xc3\xa9\t\x01 \ncpu family : six\n");
	put("/proc/loadavg", "");
	put("/proc/stat", "cpu 1 2\nctxt -5\n");
	put("/proc/pressure/cpu", "some\n");
	put("/sys/devices/system/cpu/smt/active", "7\n");
	put("/sys/devices/system/cpu/online", "0-x\n");
	put("/sys/kernel/mm/transparent_hugepage/enabled", "always ] madvise [never\n");
	put("/sys/kernel/mm/transparent_hugepage/defrag", "");
	put("/sys/devices/system/cpu/isolated", "\n");
	assert_environment("memory_bytes", "");
	assert_environment("swap_bytes", "");
	assert_environment("cpu_stepping", "");
	assert_environment("cpu_family", "");
	assert_environment("cpu_model", "caf?? ?");
	assert_environment("smt_active", "true"); /* what the topology shows */
	assert_environment("cores_online", "");
	assert_environment("transparent_hugepage", "");
	assert_environment("cpus_isolated", "none");
	assert_noise("load_1min", "");
	assert_noise("tasks", "");
	assert_noise("steal_ticks", "");
	assert_noise("context_switches", "");
	assert_noise("pressure_cpu_some_us", "");
}

static void environment_of_files(void **state)
{
	(void)state;
	put("/proc/meminfo", "MemTotal:       16000 kB\nSwapTotal:  4 kB\n");
	put("/proc/cpuinfo", "processor : 0\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\n"
			     "CPU part\t: 0xd0c\nCPU revision\t: 1\n");
	put("/proc/sys/kernel/version", "#1 SMP PREEMPT_RT Thu Jan 1 1970\n");
	put("/proc/sys/kernel/randomize_va_space", "2\n");
	put("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
	put("/proc/sys/vm/overcommit_memory", "2\n");
	put("/proc/sys/vm/max_map_count", "65530\n");
	put("/proc/sys/kernel/pid_max", "4194304\n");
	put("/proc/sys/kernel/threads-max", "30000\n");
	put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
	put("/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n");
	put("/sys/devices/system/cpu/cpu2/cpufreq/scaling_governor", "performance\n");
	put("/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
	put("/sys/devices/system/cpu/vulnerabilities/meltdown", "Not affected\n");
	put("/sys/devices/system/cpu/vulnerabilities/spectre_v1", "Vulnerable: no barriers\n");
	put("/sys/devices/system/cpu/vulnerabilities/spectre_v2", "Mitigation: IBRS; BHI: Vulnerable\n");
	put("/sys/devices/system/cpu/nohz_full", "(null)\n");
	assert_environment("memory_bytes", "16384000");
	assert_environment("swap_bytes", "4096");
	assert_environment("cpu_vendor", "0x41");
	assert_environment("cpu_family", "8");
	assert_environment("cpu_model_number", "0xd0c");
	assert_environment("cpu_stepping", "1");
	assert_environment("kernel_preemption", "PREEMPT_RT");
	put("/sys/kernel/debug/sched/preempt", "none voluntary (full) lazy\n");
	assert_environment("kernel_preemption", "full");
	assert_environment("address_randomization", "2");
	assert_environment("transparent_hugepage", "madvise");
	assert_environment("overcommit_memory", "2");
	assert_environment("max_map_count", "65530");
	assert_environment("pid_max", "4194304");
	assert_environment("threads_max", "30000");
	assert_environment("frequency_governor", "performance,powersave");
	assert_environment("frequency_boost", "false");
	assert_environment("mitigations", "spectre_v1=vulnerable,spectre_v2=mitigated");
	assert_environment("cpus_nohz_full", "none");
	assert_environment("cpuid_leaves", ""); /* not this machine */
}

static void noise_of_files(void **state)
{
	char path[128];
	cpu_set_t usable;

	(void)state;
	affinity_get(&usable);
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_cur_freq", first_cpu(&usable));
	put(path, "1800000\n");
	put("/proc/loadavg", "0.25 1.10 0.03 3/95 5311\n");
	put("/proc/stat", "cpu  1 2 3 4 5 6 7 80 9 10\ncpu0 0 0\nctxt 123\nprocesses 45\n");
	put("/proc/pressure/io", "some avg10=0.00 avg60=0.00 avg300=0.00 total=678\nfull total=9\n");
	put("/proc/vmstat", "pgmajfault 5\npswpin 6\npswpout 7\n");
	put("/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "2\n");
	put("/sys/devices/system/cpu/cpu10/thermal_throttle/package_throttle_count", "3\n");
	assert_noise("frequency_lowest_khz", "1800000");
	assert_noise("frequency_highest_khz", "1800000");
	assert_noise("load_1min", "0.25");
	assert_noise("load_15min", "0.03");
	assert_noise("tasks_runnable", "3");
	assert_noise("tasks", "95");
	assert_noise("steal_ticks", "80");
	assert_noise("cpu_ticks", "108");
	assert_noise("context_switches", "123");
	assert_noise("forks", "45");
	assert_noise("pressure_io_some_us", "678");
	assert_noise("pressure_cpu_some_us", "");
	assert_noise("major_faults", "5");
	assert_noise("swapped_out_pages", "7");
	assert_noise("thermal_throttles", "5");
}

static void hypervisors(void **state)
{
	(void)state;
	put("/proc/cpuinfo", "flags : fpu hypervisor_not vme\n");
	put("/sys/class/dmi/id/sys_vendor", "QEMU\n");
	assert_environment("hypervisor", "none");
	put("/proc/cpuinfo", "flags : fpu vme hypervisor\n");
	assert_environment("hypervisor", "qemu");
	put("/sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n");
	put("/sys/class/dmi/id/product_name", "Virtual Machine\n");
	assert_environment("hypervisor", "hyper-v");
	put("/sys/class/dmi/id/product_name", "Secret Project 7\n");
	assert_environment("hypervisor", "unknown");
	put("/proc/cpuinfo", "CPU implementer : 0x41\n");
	assert_environment("hypervisor", "none");
	put("/sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
	put("/sys/class/dmi/id/product_name", "c7g.large\n");
	assert_environment("hypervisor", "amazon");
	put("/sys/class/dmi/id/product_name", "c7g.metal\n");
	assert_environment("hypervisor", "none");
}

static void containers(void **state)
{
	(void)state;
	put("/proc/self/cgroup", "0::/user.slice\n");
	assert_environment("container", "");
	put("/run/systemd/system/units", "");
	assert_environment("container", "none");
	put("/proc/1/environ", "PATH=/bin\ncontainer=systemd-nspawn\n");
	assert_environment("container", "systemd-nspawn");
	put("/proc/1/environ", "container=host name!\n");
	assert_environment("container", "");
	put("/run/systemd/container", "lxc\n");
	assert_environment("container", "lxc");
	put("/proc/self/cgroup", "0::/kubepods/burstable/pod1\n");
	assert_environment("container", "kubernetes");
	put("/run/.containerenv", "");
	assert_environment("container", "podman");
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(binding_stays),
		cmocka_unit_test(other_machines_in_the_environment_are_ignored),
		cmocka_unit_test(facts_are_well_formed),
		cmocka_unit_test(export_loads_again_and_names_nobody),
		cmocka_unit_test(scrub_keeps_only_what_is_allowed),
		cmocka_unit_test(siphash_of_the_paper),
		cmocka_unit_test(slugs),
		cmocka_unit_test(models),
		WITH_FILES(id_depends_on_the_right_things),
		WITH_FILES(cgroup_v1),
		WITH_FILES(cgroup_v2),
		WITH_FILES(cgroup_hybrid),
		WITH_FILES(cgroup_in_containers),
		WITH_FILES(cgroup_garbage),
		WITH_FILES(max_workers_names_the_limit),
		WITH_FILES(max_workers_of_a_user),
		WITH_FILES(nothing_is_known_without_files),
		WITH_FILES(garbage_is_unknown),
		WITH_FILES(environment_of_files),
		WITH_FILES(noise_of_files),
		WITH_FILES(hypervisors),
		WITH_FILES(containers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
