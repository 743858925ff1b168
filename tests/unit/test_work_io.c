/* SPDX-License-Identifier: MIT */
/* Workloads that wait: the same results by all kinds of workers and by event loops, wrong answers, and lost servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "child.h"
#include "core/clock.h"
#include "resources.h"
#include "scratch.h"
#include "teams.h"

/* In the order of echo's parameters. */
struct echo_settings {
	uint64_t bytes, port, delay_us;
};

static struct team_options options_of(const char *workload, const char *executor, unsigned workers,
				      const uint64_t *parameters)
{
	static uint64_t initial[WORKLOAD_PARAMETERS_MAX];
	struct team_options options = teams_options(executor_find(executor), workload_find(workload), workers, initial);

	if (parameters)
		options.parameters = parameters;
	options.directory = scratch;
	return options;
}

static struct team_options echo_options(const char *executor, unsigned workers, struct echo_settings settings)
{
	static uint64_t parameters[WORKLOAD_PARAMETERS_MAX];

	parameters[0] = settings.bytes;
	parameters[1] = settings.port;
	parameters[2] = settings.delay_us;
	return options_of("echo", executor, workers, parameters);
}

static void begin(struct team *team, const struct team_options *options)
{
	if (team_init(team, options) || team_start(team))
		fail_msg("%s by %s: %s", options->workload->name, options->executor->name, team->reason);
}

/* The sum over the workers, which team_run has found right; false: no io_uring here. */
static bool run(struct team *team, uint64_t ops, uint64_t *sum)
{
	struct team_batch batch;
	int error = team_run(team, ops, &batch);

	if (error == -EOPNOTSUPP && strstr(team->reason, "uring")) {
		print_message("%s: %s\n", team->workload->name, team->reason);
		return false;
	}
	if (error)
		fail_msg("%s by %s, %llu operations: %s", team->workload->name, team->crew.executor->name,
			 (unsigned long long)ops, team->reason);
	*sum = 0;
	for (unsigned rank = 0; rank < team->workers; rank++)
		*sum += team_slot(team, rank)->result;
	return true;
}

static void check_executor(const char *workload, const char *executor, const uint64_t *parameters)
{
	static const uint64_t batches[] = {1, 2, 50, 7};
	struct team_options options = options_of(workload, executor, strcmp(executor, "serial") ? 3 : 1, parameters);
	struct team_options alone = options_of(workload, "serial", 1, parameters);
	int descriptors = resources_descriptors();
	struct team team, owner;
	bool can = true;

	begin(&owner, &alone);
	begin(&team, &options);
	for (size_t i = 0; i < sizeof(batches) / sizeof(*batches) && can; i++) {
		uint64_t sum, expected;

		run(&owner, batches[i], &expected);
		can = run(&team, batches[i], &sum);
		if (can)
			assert_true(sum == expected);
	}
	assert_int_equal(scratch_files("file-write", 0), 0);
	assert_int_equal(team_stop(&team), 0);
	team_exit(&team);
	team_exit(&owner);
	assert_true(resources_no_children());
	assert_int_equal(resources_descriptors(), descriptors);
}

static void test_workers_of_all_kinds(void **state)
{
	static const struct {
		const char *workload;
		uint64_t parameters[WORKLOAD_PARAMETERS_MAX];
	} cases[] = {
		{"sleep", {20}},          {"echo", {64}},          {"echo", {8, 0, 300}},     {"echo", {200000}},
		{"file-read", {256, 64}}, {"file-write", {32, 4}}, {"file-write", {8, 8, 1}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (const struct executor *const *executor = executor_table; *executor; executor++) {
			char reason[REASON_BYTES];

			if (!(*executor)->probe || !(*executor)->probe(reason))
				check_executor(cases[i].workload, (*executor)->name, cases[i].parameters);
		}
	scratch_files("", 1);
}

/* One thread waits for all of them at once. */
static void test_waiting_together(void **state)
{
	enum { OPS = 60, LENGTH_US = 10000 };
	const uint64_t sleeps[WORKLOAD_PARAMETERS_MAX] = {LENGTH_US},
		       echoes[WORKLOAD_PARAMETERS_MAX] = {8, 0, LENGTH_US};

	for (int i = 0; i < 2; i++) {
		struct team_options options = options_of(i ? "echo" : "sleep", "event-loop", OPS, i ? echoes : sleeps);
		struct team_batch batch;
		struct team team;

		begin(&team, &options);
		assert_int_equal(team_run(&team, OPS, &batch), 0);
		assert_true(batch.wall_ns >= LENGTH_US * UINT64_C(1000));
		/* One after the other they would take 60 times as long. */
		assert_true(batch.wall_ns < LENGTH_US * UINT64_C(1000) * OPS / 4);
		team_exit(&team);
	}
}

/* Starts that are set, more than fit under way at a time: none begins early, and none is forgotten. */
static void check_open_loop(const char *workload, const uint64_t *parameters, uint64_t least_ns)
{
	enum { OPS = 80, APART_NS = 100000 };
	struct team_options options = options_of(workload, "event-loop", 5, parameters);
	struct team team;
	uint64_t sum;

	options.scheduled = OPS;
	begin(&team, &options);
	for (uint64_t i = 0; i < OPS; i++)
		team_starts(&team)[i] = i * APART_NS;
	if (run(&team, OPS, &sum))
		for (uint64_t i = 0; i < OPS; i++)
			assert_true(team_latencies(&team)[i] >= least_ns && team_latencies(&team)[i] < 10 * NS_PER_S);
	team_exit(&team);
}

static void test_scheduled_starts(void **state)
{
	check_open_loop("sleep", (const uint64_t[WORKLOAD_PARAMETERS_MAX]){2000}, 2000000);
	check_open_loop("echo", (const uint64_t[WORKLOAD_PARAMETERS_MAX]){64, 0, 2000}, 2000000);
	check_open_loop("echo", (const uint64_t[WORKLOAD_PARAMETERS_MAX]){64}, 1);
	check_open_loop("file-read", (const uint64_t[WORKLOAD_PARAMETERS_MAX]){256, 4}, 1);
	check_open_loop("file-write", (const uint64_t[WORKLOAD_PARAMETERS_MAX]){32, 4, 1}, 1);
	scratch_files("", 1);
}

/* Messages that no socket takes at once, many connections, and both. */
static void test_echo_sizes(void **state)
{
	static const struct {
		unsigned workers;
		uint64_t bytes, delay_us;
	} cases[] = {{2, 1 << 20, 0}, {6, 1 << 20, 500}, {500, 64, 0}, {500, 64, 2000}, {40, 99992, 100}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct team_options options = echo_options(
			"event-loop", cases[i].workers, (struct echo_settings){cases[i].bytes, 0, cases[i].delay_us});
		struct team team;
		uint64_t sum;

		begin(&team, &options);
		run(&team, 2 * cases[i].workers + 3, &sum);
		team_exit(&team);
	}
}

static void test_messages_of_odd_lengths(void **state)
{
	struct team_options options = echo_options("serial", 1, (struct echo_settings){12, 0, 0});
	struct team team;

	assert_int_equal(team_init(&team, &options), -EINVAL);
	assert_non_null(strstr(team.reason, "multiple of 8"));
	assert_true(resources_no_children());
}

/* What servers do that answer wrongly. */
static enum { ANSWER_SAME, ANSWER_ONE_BIT_LESS, ANSWER_EACH_OTHER } fault;

static void complement(uint64_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		words[i] = ~words[i];
}

/* Serves two connections, a message of each at a time. */
static int serve_wrongly(struct server *server)
{
	enum { WORDS = 8 };
	uint64_t messages[2][WORDS];
	int listening, connections[2];

	if (server_listen(server, 0, &listening, arena_at(server->arena, server->job->data_offset)))
		return -EIO;
	server_ready(server);
	for (int i = 0; i < 2; i++) {
		poll(&(struct pollfd){listening, POLLIN, 0}, 1, -1);
		connections[i] = accept(listening, NULL, NULL);
	}
	for (;;) {
		for (int i = 0; i < 2; i++)
			if (recv(connections[i], messages[i], sizeof(*messages), MSG_WAITALL) != sizeof(*messages))
				return 0;
		for (int i = 0; i < 2; i++) {
			int to = fault == ANSWER_EACH_OTHER ? 1 - i : i;

			if (fault != ANSWER_SAME)
				complement(messages[i], WORDS);
			if (fault == ANSWER_ONE_BIT_LESS)
				messages[i][WORDS - 1] ^= UINT64_C(1) << 63;
			if (send(connections[to], messages[i], sizeof(*messages), MSG_NOSIGNAL) < 0)
				return 0;
		}
	}
}

static void test_wrong_answers(void **state)
{
	struct workload wrong = *workload_find("echo");

	wrong.serve = serve_wrongly;
	for (fault = ANSWER_SAME; fault <= ANSWER_EACH_OTHER; fault++) {
		struct team_options options = echo_options("event-loop", 2, (struct echo_settings){64, 0, 0});
		struct team_batch batch;
		struct team team;

		options.workload = &wrong;
		begin(&team, &options);
		assert_int_equal(team_run(&team, 2, &batch), -EBADMSG);
		assert_non_null(strstr(team.reason, "2 answers"));
		team_exit(&team);
	}
}

static void test_a_port_that_somebody_has(void **state)
{
	char reason[REASON_BYTES];
	struct server server = {.reason = reason};
	struct team_options options;
	struct sockaddr_in address;
	struct team team;
	uint64_t sum;
	int somebody;

	assert_int_equal(server_listen(&server, 0, &somebody, &address), 0);
	options = echo_options("thread", 2, (struct echo_settings){64, ntohs(address.sin_port), 0});
	assert_int_equal(team_init(&team, &options), -EADDRINUSE);
	assert_non_null(strstr(team.reason, "port=0"));
	assert_true(resources_no_children());
	close(somebody);
	/* And when it is free it can be had time after time. */
	for (int i = 0; i < 5; i++) {
		begin(&team, &options);
		run(&team, 10, &sum);
		team_exit(&team);
	}
}

static void *kill_soon(void *pid)
{
	usleep(30000);
	kill(*(pid_t *)pid, SIGKILL);
	return NULL;
}

/* While all workers wait for an answer, and before they ask. */
static void check_lost(const char *executor, bool before)
{
	struct team_options options = echo_options(executor, 3, (struct echo_settings){64, 0, 10000000});
	int descriptors = resources_descriptors();
	struct team_batch batch;
	pthread_t killer;
	struct team team;

	begin(&team, &options);
	assert_int_equal(pthread_create(&killer, NULL, kill_soon, &team.server.pid), 0);
	if (before)
		pthread_join(killer, NULL);
	assert_int_equal(team_run(&team, 50, &batch), -ECONNABORTED);
	assert_string_equal(team.reason, "the server was killed by signal 9 (Killed)");
	if (!before)
		pthread_join(killer, NULL);
	team_exit(&team);
	assert_true(resources_no_children());
	assert_int_equal(resources_descriptors(), descriptors);
}

static void test_a_lost_server(void **state)
{
	static const char *const names[] = {"thread", "fork", "event-loop"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		check_lost(names[i], false);
		check_lost(names[i], true);
	}
}

static int stranger(const struct team *team)
{
	const struct sockaddr_in *address = arena_at(&team->arena, team->shared->job.data_offset);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
	return fd;
}

/* Who says too little or too much, or goes before he has an answer, does not disturb the others. */
static void test_strangers(void **state)
{
	const struct linger at_once = {1, 0};
	char message[200] = "";

	for (uint64_t delay_us = 0; delay_us <= 3000; delay_us += 3000) {
		struct team_options options = echo_options("event-loop", 8, (struct echo_settings){64, 0, delay_us});
		struct team team;
		uint64_t sum;

		begin(&team, &options);
		for (int i = 0; i < 40; i++) {
			int fd = stranger(&team);

			assert_true(send(fd, message, (size_t)i * 5, MSG_NOSIGNAL) == i * 5);
			if (i % 2)
				setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
			close(fd);
			if (i % 8 == 0)
				run(&team, 20, &sum);
		}
		run(&team, 50, &sum);
		team_exit(&team);
	}
}

static void lacks_descriptors(void *context)
{
	struct team_options options = echo_options("event-loop", 150, (struct echo_settings){64, 0, 0});
	struct team_batch batch;
	struct team team;
	struct rlimit limit;

	/* The soft limit is raised by itself. */
	child_check(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max > 300);
	limit.rlim_cur = 40;
	child_check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	child_check(team_init(&team, &options) == 0 && team_start(&team) == 0);
	child_check(team_run(&team, 500, &batch) == 0);
	team_exit(&team);
	limit.rlim_cur = limit.rlim_max = 100;
	child_check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	child_check(team_init(&team, &options) == -EMFILE);
	child_check(strstr(team.reason, "RLIMIT_NOFILE") && strstr(team.reason, "100"));
	child_check(resources_no_children());
}

static void test_too_few_descriptors(void **state)
{
	assert_child(lacks_descriptors, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_workers_of_all_kinds),
		cmocka_unit_test(test_waiting_together),
		cmocka_unit_test(test_scheduled_starts),
		cmocka_unit_test(test_echo_sizes),
		cmocka_unit_test(test_messages_of_odd_lengths),
		cmocka_unit_test(test_wrong_answers),
		cmocka_unit_test(test_a_port_that_somebody_has),
		cmocka_unit_test(test_a_lost_server),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_too_few_descriptors),
	};

	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
