/* SPDX-License-Identifier: MIT */
/* Servers of workloads: reached by all kinds of workers, refused, lost, and gone when their team has gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resources.h"
#include "teams.h"

/* What the tests tell the server to do, and what it tells them: in the arena. */
struct greeting {
	uint32_t served; /* connections; by the server alone */
	int32_t pid;
	uint16_t port;
};

static enum { SERVE_WELL, SERVE_REFUSE, SERVE_DIE, SERVE_NEVER_END } behaviour;

static struct greeting *greeting_of(const struct job *job, const struct arena *arena)
{
	return arena_at(arena, job->data_offset);
}

static size_t greeting_arena_bytes(const struct job *job)
{
	return sizeof(struct greeting) + 64;
}

static int greeting_prepare(struct job *job, struct arena *arena, char *reason)
{
	return arena_alloc(arena, sizeof(struct greeting), 64, &job->data_offset);
}

/* Greets whoever connects with one byte. */
static int greeting_serve(struct server *server)
{
	struct greeting *greeting = greeting_of(server->job, server->arena);
	struct sockaddr_in address;
	int listening, error = server_listen(server, 0, &listening, &address);

	if (error)
		return error;
	if (behaviour == SERVE_REFUSE)
		return reason_set(server->reason, -EPERM, "it does not feel like it");
	greeting->port = address.sin_port;
	greeting->pid = getpid();
	server_ready(server);
	for (;;) {
		struct pollfd fds[] = {{listening, POLLIN, 0}, {server->stop_fd, POLLIN, 0}};
		int connection;

		poll(fds, 2, -1);
		if (fds[1].revents && behaviour != SERVE_NEVER_END)
			return 0;
		connection = fds[0].revents ? accept(listening, NULL, NULL) : -1;
		if (connection < 0)
			continue;
		if (behaviour == SERVE_DIE)
			return reason_set(server->reason, -EIO, "it has had enough");
		greeting->served++;
		if (write(connection, "!", 1) != 1)
			return reason_set(server->reason, -EIO, "nobody listens");
		close(connection);
	}
}

static int greeting_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	const struct greeting *greeting = greeting_of(worker->job, worker->arena);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = greeting->port};
	char got = 0;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (uint64_t i = 0; i < ops; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool fine = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && read(fd, &got, 1) == 1;

		close(fd);
		if (!fine)
			return worker_fail(worker, -ECONNRESET, "the server does not answer");
		worker->result += got == '!';
	}
	return 0;
}

static int greeting_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result,
			   char *reason)
{
	return result == ops ? 0 : reason_set(reason, -EBADMSG, "not greeted");
}

static const struct workload greeting = {
	.name = "greeting",
	.summary = "connects to a server and is greeted",
	.kind = WORKLOAD_IO,
	.arena_bytes = greeting_arena_bytes,
	.prepare = greeting_prepare,
	.serve = greeting_serve,
	.run = greeting_run,
	.verify = greeting_verify,
};

static struct team_options options_of(const char *executor, unsigned workers)
{
	static uint64_t parameters[WORKLOAD_PARAMETERS_MAX];

	return teams_options(executor_find(executor), &greeting, workers, parameters);
}

static void test_all_kinds_of_workers_are_served(void **state)
{
	static const char *const names[] = {"serial", "thread", "fork", "event-loop"};

	behaviour = SERVE_WELL;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct team_options options = options_of(names[i], i == 0 ? 1 : 3);
		int descriptors = resources_descriptors();
		struct team_batch batch;
		struct team team;

		if (team_init(&team, &options) || team_start(&team) || team_run(&team, 50, &batch))
			fail_msg("%s: %s", names[i], team.reason);
		assert_int_equal(greeting_of(&team.shared->job, &team.arena)->served, 50);
		assert_int_equal(team_stop(&team), 0);
		team_exit(&team);
		assert_true(resources_no_children());
		assert_int_equal(resources_descriptors(), descriptors);
	}
}

static void test_one_that_will_not_serve(void **state)
{
	struct team_options options = options_of("thread", 2);
	int descriptors = resources_descriptors();
	struct team team;

	behaviour = SERVE_REFUSE;
	assert_int_equal(team_init(&team, &options), -EPERM);
	assert_string_equal(team.reason, "the server: it does not feel like it");
	assert_true(resources_no_children());
	assert_int_equal(resources_descriptors(), descriptors);
	assert_int_equal(resources_mappings("memfd:tvp-arena"), 0);
}

static void check_lost(const char *executor, int signal, const char *expected)
{
	struct team_options options = options_of(executor, 2);
	struct team_batch batch;
	struct team team;

	if (team_init(&team, &options) || team_start(&team))
		fail_msg("%s: %s", executor, team.reason);
	if (signal)
		kill(greeting_of(&team.shared->job, &team.arena)->pid, signal);
	assert_int_equal(team_run(&team, 50, &batch), -ECONNABORTED);
	assert_string_equal(team.reason, expected);
	team_exit(&team);
	assert_true(resources_no_children());
}

/* What is said is why the server has gone, not that workers got no answer. */
static void test_a_lost_server(void **state)
{
	static const char *const names[] = {"thread", "fork", "event-loop"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		behaviour = SERVE_DIE;
		check_lost(names[i], 0, "the server has ended: it has had enough");
		behaviour = SERVE_WELL;
		check_lost(names[i], SIGKILL, "the server was killed by signal 9 (Killed)");
	}
}

static void test_one_that_does_not_end(void **state)
{
	struct team_options options = options_of("serial", 1);
	struct team team;

	behaviour = SERVE_NEVER_END;
	assert_int_equal(team_init(&team, &options), 0);
	team_exit(&team);
	assert_true(resources_no_children());
}

static void test_a_port_that_somebody_has(void **state)
{
	char reason[REASON_BYTES] = "";
	struct server server = {.reason = reason};
	struct sockaddr_in address;
	int first, second = -1;

	assert_int_equal(server_listen(&server, 0, &first, &address), 0);
	assert_int_equal(server_listen(&server, ntohs(address.sin_port), &second, &address), -EADDRINUSE);
	assert_int_equal(second, -1);
	assert_non_null(strstr(reason, "127.0.0.1"));
	assert_non_null(strstr(reason, "port=0"));
	close(first);
}

static void test_descriptors(void **state)
{
	struct rlimit before, now;
	char reason[REASON_BYTES] = "";

	getrlimit(RLIMIT_NOFILE, &before);
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){100, before.rlim_max});
	assert_int_equal(descriptors_reserve(200, reason), 0);
	getrlimit(RLIMIT_NOFILE, &now);
	assert_true(now.rlim_cur >= 200 && now.rlim_max == before.rlim_max);
	if (before.rlim_max != RLIM_INFINITY) {
		assert_int_equal(descriptors_reserve(before.rlim_max + 1, reason), -EMFILE);
		assert_non_null(strstr(reason, "ulimit -n"));
	}
	setrlimit(RLIMIT_NOFILE, &before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_kinds_of_workers_are_served),
		cmocka_unit_test(test_one_that_will_not_serve),
		cmocka_unit_test(test_a_lost_server),
		cmocka_unit_test(test_one_that_does_not_end),
		cmocka_unit_test(test_a_port_that_somebody_has),
		cmocka_unit_test(test_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
