/* SPDX-License-Identifier: MIT */
/* How much memory a cell may take, on machines made up of files, and what the plan does with cells that want more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <sys/resource.h>

#include "child.h"
#include "core/parent.h"
#include "machine/cgroup.h"
#include "machine/machine.h"
#include "made_up_machine.h"
#include "synthetic_plan.h"

#define MIB UINT64_C(1048576)

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static void assert_usable(uint64_t bytes, const char *by)
{
	const char *what = "left as it was";

	assert_int_equal(machine_memory_usable(&what), bytes);
	assert_int_equal(machine_memory_usable(NULL), bytes);
	if (by)
		assert_string_equal(what, by);
	else
		assert_null(what);
}

static void test_of_the_machine(void **state)
{
	assert_usable(UINT64_MAX, NULL);
	put("/proc/meminfo", "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8192000 kB\n"
			     "SwapFree:        9000000 kB\n");
	assert_usable(4096000 * UINT64_C(1024), "MemAvailable");
	put("/proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable: 0 kB\n");
	assert_usable(0, "MemAvailable");
	put("/proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable: lots\n");
	assert_usable(UINT64_MAX, NULL);
}

static void test_of_cgroups_v2(void **state)
{
	put("/proc/meminfo", "MemAvailable: 8192000 kB\n");
	put("/proc/self/mountinfo", "23 20 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
	put("/proc/self/cgroup", "0::/a/b\n");
	put("/cg/a/b/memory.max", "max\n");
	put("/cg/a/b/memory.current", "4096\n");
	assert_usable(4096000 * UINT64_C(1024), "MemAvailable");
	/* The group above has a limit for both, and files in it that can be dropped. */
	put("/cg/a/memory.max", "1073741824\n");
	put("/cg/a/memory.current", "805306368\n");
	assert_true(cgroup_memory_left() == 256.0 * (double)MIB);
	assert_usable(128 * MIB, "the memory cgroup");
	put("/cg/a/memory.stat", "anon 5\nfile 7\ninactive_file 134217728\nactive_file 9\n");
	assert_usable(192 * MIB, "the memory cgroup");
	/* Beyond memory.high it would be swapped out. */
	put("/cg/a/b/memory.high", "67108864\n");
	put("/cg/a/b/memory.current", "4194304\n");
	assert_usable(30 * MIB, "the memory cgroup");
	put("/cg/a/b/memory.high", "max\n");
	assert_usable(192 * MIB, "the memory cgroup");
	/* More is in use than is allowed: the limit was lowered. */
	put("/cg/a/memory.max", "104857600\n");
	assert_usable(0, "the memory cgroup");
}

/* v1 writes no limit as a number, and knows of all groups below only under another name. */
static void test_of_cgroups_v1(void **state)
{
	put("/proc/meminfo", "MemAvailable: 8192000 kB\n");
	put("/proc/self/mountinfo", "31 20 0:30 / /cg/memory rw - cgroup cgroup rw,memory\n");
	put("/proc/self/cgroup", "2:memory:/job\n");
	put("/cg/memory/memory.limit_in_bytes", "9223372036854771712\n");
	put("/cg/memory/memory.usage_in_bytes", "999999999\n");
	put("/cg/memory/job/memory.limit_in_bytes", "9223372036854771712\n");
	put("/cg/memory/job/memory.usage_in_bytes", "1048576\n");
	assert_usable(4096000 * UINT64_C(1024), "MemAvailable");
	put("/cg/memory/job/memory.limit_in_bytes", "209715200\n");
	put("/cg/memory/job/memory.stat", "inactive_file 999999999\ntotal_inactive_file 524288\n");
	assert_usable((200 * MIB - MIB / 2) / 2, "the memory cgroup");
}

static void test_of_half_known_cgroups(void **state)
{
	put("/proc/self/mountinfo", "23 20 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
	put("/proc/self/cgroup", "0::/a\n");
	assert_true(isinf(cgroup_memory_left()));
	assert_usable(UINT64_MAX, NULL);
	put("/cg/a/memory.max", "104857600\n"); /* what of it is in use is not known */
	assert_usable(50 * MIB, "the memory cgroup");
	put("/cg/a/memory.max", "a lot\n");
	assert_usable(UINT64_MAX, NULL);
}

struct limited {
	__rlimit_resource_t resource;
	const char *by;
};

/* The limit is of the real machine; everything else is made up. */
static void body_limited(void *context)
{
	const struct limited *limited = context;
	const char *what = NULL;
	struct rlimit limit;

	child_check(getrlimit(limited->resource, &limit) == 0);
	limit.rlim_cur = 1000 * MIB;
	child_check(setrlimit(limited->resource, &limit) == 0);
	child_check(machine_memory_usable(&what) == 500 * MIB);
	child_check(strcmp(what, limited->by) == 0);
}

static void test_of_limits(void **state)
{
	struct limited limits[] = {{RLIMIT_AS, "RLIMIT_AS (ulimit -v)"}, {RLIMIT_DATA, "RLIMIT_DATA (ulimit -d)"}};

	put("/proc/meminfo", "MemAvailable: 8192000 kB\n");
	for (size_t i = 0; !SANITIZED && i < sizeof(limits) / sizeof(*limits); i++)
		assert_child(body_limited, &limits[i]);
	assert_usable(4096000 * UINT64_C(1024), "MemAvailable");
}

static uint64_t bytes_of(uint64_t memory_mib, uint64_t write, unsigned workers)
{
	const uint64_t settings[SETTINGS_MAX] = {[PARENT_MEMORY_MIB] = memory_mib, [PARENT_WRITE] = write};

	return parent_memory_bytes(settings, workers);
}

/* Pages that are shared exist once, and once more for everyone who writes to them. */
static void test_of_a_parent_and_its_workers(void **state)
{
	assert_int_equal(bytes_of(0, PARENT_WRITE_CREATOR, 9), 0);
	assert_int_equal(bytes_of(10, PARENT_WRITE_NONE, 9), 10 * MIB);
	assert_int_equal(bytes_of(10, PARENT_WRITE_CREATOR, 9), 20 * MIB);
	assert_int_equal(bytes_of(10, PARENT_WRITE_WORKER, 9), 100 * MIB);
	assert_int_equal(bytes_of(1 << 24, PARENT_WRITE_WORKER, 1 << 16), 65537 * (MIB << 24));
}

static const char *skip_of(const struct plan *plan, const char *name)
{
	int i = plan_find(plan, name);

	if (i < 0)
		fail_msg("there is no %s", name);
	return plan->cells[i].skip ? plan->cells[i].skip : "";
}

/* Half of 1000 MiB may be taken, and who wants more is told the same as the others. */
static void test_the_plan_refuses(void **state)
{
	struct plan_setting levels = SETTING("memory_mib", "0,500,501,1000000");
	const struct plan_request request = {
		.experiments = EXPERIMENTS(experiment_find("create")),
		.executors = EXECUTORS(executor_find("thread"), executor_find("fork")),
		.placements = PLACEMENTS("none"),
		.settings = &levels,
		.setting_count = 1,
	};
	struct plan plan;

	put("/proc/meminfo", "MemAvailable: 1024000 kB\n");
	plan = plan_of("core:2 pu:1", &request);
	check_plan(&plan);
	assert_string_equal(skip_of(&plan, "create/noop/thread/1/none"), "");
	assert_string_equal(skip_of(&plan, "create/noop/fork/1/none/memory_mib=500"), "");
	assert_string_equal(skip_of(&plan, "create/noop/fork/1/none/memory_mib=501"),
			    "it takes 501 MiB of memory, and may take 500 MiB: half of what MemAvailable has left");
	assert_string_equal(skip_of(&plan, "create/noop/thread/1/none/memory_mib=1000000"),
			    "it takes 1000000 MiB of memory, and may take 500 MiB: half of what MemAvailable has left");
	plan_exit(&plan);
}

static void test_the_plan_counts_workers_that_write(void **state)
{
	struct plan_setting settings[] = {SETTING("memory_mib", "100"), SETTING("write", "worker"),
					  SETTING("thp", "off")};
	const struct plan_request request = {
		.experiments = EXPERIMENTS(experiment_find("first-write")),
		.executors = EXECUTORS(executor_find("fork")),
		.workers = WORKERS(1, 4, 5),
		.settings = settings,
		.setting_count = 3,
	};
	struct plan plan;

	put("/proc/meminfo", "MemAvailable: 1024000 kB\n");
	plan = plan_of("core:8 pu:1", &request);
	for (unsigned i = 0; i < plan.cell_count; i++) {
		const struct cell *cell = &plan.cells[i];

		if (cell->experiment->control)
			assert_null(cell->skip);
		else if (cell->workers == 5)
			assert_non_null(strstr(cell->skip, "it takes 600 MiB"));
		else
			assert_null(cell->skip);
	}
	plan_exit(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(test_of_the_machine),   WITH_FILES(test_of_cgroups_v2),
		WITH_FILES(test_of_cgroups_v1),    WITH_FILES(test_of_half_known_cgroups),
		WITH_FILES(test_of_limits),        cmocka_unit_test(test_of_a_parent_and_its_workers),
		WITH_FILES(test_the_plan_refuses), WITH_FILES(test_the_plan_counts_workers_that_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
