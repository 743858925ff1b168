/* SPDX-License-Identifier: MIT */
/* Every workload under every executor, in teams of several sizes: done wholly, done right, and where it was planned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/cpuset.h"
#include "resources.h"
#include "scratch.h"
#include "teams.h"

enum { HANG_S = 250 };

static const unsigned sizes[] = {1, 2, 3, 8};
enum { SIZES = sizeof(sizes) / sizeof(*sizes) };

typedef void team_check_fn(const struct team_options *options);

static void for_each_size(const struct executor *executor, const struct workload *workload, team_check_fn *check)
{
	for (size_t i = 0; i < SIZES && !workload->missing; i++) {
		uint64_t parameters[WORKLOAD_PARAMETERS_MAX];
		struct team_options options = teams_options(executor, workload, sizes[i], parameters);

		options.directory = scratch;
		if (!executor->max_workers || sizes[i] <= executor->max_workers)
			check(&options);
	}
}

static bool is_there(const struct executor *executor)
{
	char reason[REASON_BYTES];

	return !executor->probe || executor->probe(reason) == 0;
}

static void for_each_team(team_check_fn *check)
{
	for (const struct executor *const *executor = executor_table; *executor; executor++)
		for (const struct workload *const *workload = workload_table; *workload && is_there(*executor);
		     workload++)
			for_each_size(*executor, *workload, check);
	assert_true(resources_no_children());
}

/* What is about the team and not about its work: with nothing to do, with data and files, with a server. */
static void for_each_kind_of_team(team_check_fn *check)
{
	static const char *const names[] = {"noop", "primes", "file-read", "echo"};

	for (const struct executor *const *executor = executor_table; *executor; executor++)
		for (size_t i = 0; i < sizeof(names) / sizeof(*names) && is_there(*executor); i++)
			for_each_size(*executor, workload_find(names[i]), check);
	assert_true(resources_no_children());
}

static void assert_fine(int error, const struct team *team, const char *what)
{
	if (error)
		fail_msg("%s, %s, %u workers, %s: %s (%d)", team->crew.executor->name, team->workload->name,
			 team->workers, what, team->reason, error);
}

static void init(struct team *team, const struct team_options *options)
{
	assert_fine(team_init(team, options), team, "init");
}

/* team_run has verified the result; here: the batch is one batch, and its figures can be true. */
static void run_batch(struct team *team, uint64_t ops)
{
	uint64_t before_ns = clock_now_ns(), done = 0;
	struct team_batch batch = {0};

	assert_fine(team_run(team, ops, &batch), team, "run");
	assert_true(batch.start_ns >= before_ns);
	assert_true(batch.wall_ns > 0);
	assert_true(batch.start_ns + batch.wall_ns <= clock_now_ns());
	for (unsigned rank = 0; rank < team->workers; rank++)
		done += team_slot(team, rank)->ops;
	assert_int_equal(done, ops);
}

static void check_batches(const struct team_options *options)
{
	const uint64_t batches[] = {1, 7, 1, options->workers, 100, options->workers - 1, 333, 2};
	struct team team;

	init(&team, options);
	assert_fine(team_start(&team), &team, "start");
	assert_int_equal(teams_started(&team), options->workers);
	for (size_t i = 0; i < sizeof(batches) / sizeof(*batches); i++)
		if (batches[i])
			run_batch(&team, batches[i]);
	assert_fine(team_stop(&team), &team, "stop");
	assert_int_equal(teams_started(&team), 0);
	team_exit(&team);
}

static void test_batches(void **state)
{
	for_each_team(check_batches);
}

/* A team that was never started, was left without a stop, or was ended in the middle of its life. */
static void check_early_ends(const struct team_options *options)
{
	struct team team;

	init(&team, options);
	team_exit(&team);
	init(&team, options);
	assert_fine(team_start(&team), &team, "start");
	team_exit(&team);
	init(&team, options);
	assert_fine(team_start(&team), &team, "start");
	run_batch(&team, 5);
	team_exit(&team);
}

static void test_early_ends(void **state)
{
	for_each_kind_of_team(check_early_ends);
}

/* Claims one more operation, and does not do it. */
static int lose(struct worker *worker, uint64_t first, uint64_t ops)
{
	struct team_shared *shared = arena_at(worker->arena, TEAM_SHARED_OFFSET);

	atomic_fetch_add(&shared->next, 1);
	worker->result += ops;
	return 0;
}

static int get_it_wrong(struct worker *worker, uint64_t first, uint64_t ops)
{
	worker->result += first == 0 ? ops + 1 : ops;
	return 0;
}

static void check_lost_work(const struct team_options *fine)
{
	static const struct {
		int (*run)(struct worker *worker, uint64_t first, uint64_t ops);
		int error;
		const char *reason;
	} ways[] = {{lose, -EPROTO, " of 50 operations were done"}, {get_it_wrong, -EBADMSG, ""}};

	/* A program that is executed has workloads of its own. */
	if (fine->workload != workload_find("noop") || fine->executor->sharing == SHARING_FRESH)
		return;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct workload workload = *fine->workload;
		struct team_options options = *fine;
		struct team_batch batch;
		struct team team;

		workload.run = ways[i].run;
		options.workload = &workload;
		init(&team, &options);
		assert_fine(team_start(&team), &team, "start");
		assert_int_equal(team_run(&team, 50, &batch), ways[i].error);
		assert_non_null(strstr(team.reason, ways[i].reason));
		assert_string_not_equal(team.reason, "");
		assert_fine(team_stop(&team), &team, "stop");
		team_exit(&team);
	}
}

static void test_lost_work_is_noticed(void **state)
{
	for_each_kind_of_team(check_lost_work);
}

/* "3;3;3": the last CPU that this process may use, for each worker. The caller frees it. */
static char *one_cpu_for_each(unsigned workers, char *cpu, size_t cpu_bytes)
{
	size_t bytes = cpuset_size_bytes(), last = bytes * 8 - 1;
	cpu_set_t *set = malloc(bytes);
	char *lists = calloc(workers, cpu_bytes + 1);

	assert_true(set && lists);
	assert_int_equal(cpuset_get(set, bytes), 0);
	while (!CPU_ISSET_S(last, bytes, set))
		last--;
	snprintf(cpu, cpu_bytes, "%zu", last);
	for (unsigned rank = 0; rank < workers; rank++)
		strcat(strcat(lists, rank ? ";" : ""), cpu);
	free(set);
	return lists;
}

static void check_bound(const struct team_options *unbound)
{
	size_t bytes = cpuset_size_bytes();
	cpu_set_t *before = malloc(bytes);
	struct team_options options = *unbound;
	char cpu[16], *lists = one_cpu_for_each(options.workers, cpu, sizeof(cpu)), *cpusets, *cpus;
	struct team team;

	assert_non_null(before);
	assert_int_equal(cpuset_get(before, bytes), 0);
	options.cpusets = lists;
	init(&team, &options);
	assert_fine(team_start(&team), &team, "start");
	run_batch(&team, 20);
	assert_int_equal(team_whereabouts(&team, &cpusets, &cpus), 0);
	assert_string_equal(cpusets, cpu);
	assert_string_equal(cpus, lists);
	assert_fine(team_stop(&team), &team, "stop");
	team_exit(&team);
	free(cpusets);
	free(cpus);
	free(lists);
	/* The serial executor has bound this thread. */
	assert_int_equal(cpuset_bind(before, bytes), 0);
	free(before);
}

static void test_workers_are_where_they_should_be(void **state)
{
	for_each_kind_of_team(check_bound);
}

static void check_unbound(const struct team_options *options)
{
	size_t bytes = cpuset_size_bytes();
	cpu_set_t *set = malloc(bytes);
	char own[4096], *cpusets, *cpus;
	struct team team;

	init(&team, options);
	assert_non_null(set);
	assert_int_equal(cpuset_get(set, bytes), 0);
	assert_int_equal(cpuset_format(set, bytes, own, sizeof(own)), 0);
	assert_fine(team_start(&team), &team, "start");
	run_batch(&team, options->workers);
	assert_int_equal(team_whereabouts(&team, &cpusets, &cpus), 0);
	assert_string_equal(cpusets, own);
	team_exit(&team);
	free(cpusets);
	free(cpus);
	free(set);
}

static void test_unbound_workers_say_so(void **state)
{
	for_each_kind_of_team(check_unbound);
}

static void test_cpu_lists_that_make_no_sense(void **state)
{
	static const char *const lists[] = {"0",     ";",   "0;",   ";0",   "0;0;0", "0;0;",      "x;0",
					    "0;0-x", "0,0", "0; 0", "0;-1", "3-1;0", "0;99999999"};

	for (const struct executor *const *executor = executor_table; *executor; executor++)
		for (size_t i = 0; !(*executor)->concurrent && i < sizeof(lists) / sizeof(*lists); i++) {
			uint64_t parameters[WORKLOAD_PARAMETERS_MAX];
			struct team_options options = teams_options(*executor, workload_find("noop"), 2, parameters);
			int descriptors = resources_descriptors();
			struct team team;

			options.cpusets = lists[i];
			if (team_init(&team, &options) != -EINVAL)
				fail_msg("\"%s\" was taken for the CPU lists of two workers", lists[i]);
			assert_non_null(strstr(team.reason, lists[i]));
			assert_int_equal(resources_descriptors(), descriptors);
		}
}

/* A set that can be read, but that this kernel has no CPU for. */
static void test_cpus_that_do_not_exist(void **state)
{
	char last[32];

	snprintf(last, sizeof(last), "%zu", cpuset_size_bytes() * 8 - 1);
	if ((size_t)sysconf(_SC_NPROCESSORS_CONF) >= cpuset_size_bytes() * 8)
		skip();
	for (const struct executor *const *executor = executor_table; *executor; executor++) {
		uint64_t parameters[WORKLOAD_PARAMETERS_MAX];
		struct team_options options = teams_options(*executor, workload_find("noop"), 1, parameters);
		struct team team;

		options.cpusets = last;
		init(&team, &options);
		assert_int_equal(team_start(&team), -EINVAL);
		assert_non_null(strstr(team.reason, "worker 0: cannot be bound"));
		team_exit(&team);
	}
	assert_true(resources_no_children());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_early_ends),
		cmocka_unit_test(test_lost_work_is_noticed),
		cmocka_unit_test(test_workers_are_where_they_should_be),
		cmocka_unit_test(test_unbound_workers_say_so),
		cmocka_unit_test(test_cpu_lists_that_make_no_sense),
		cmocka_unit_test(test_cpus_that_do_not_exist),
	};

	alarm(HANG_S);
	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
