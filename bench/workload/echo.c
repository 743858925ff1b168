/* SPDX-License-Identifier: MIT */
/*
 * Round trips over TCP on the loopback interface, to a server in a process of its own with one thread and epoll. Each worker
 * has one connection, and an event loop one for each operation under way.
 *
 * A message is words that depend on the operation; the answer is their complement, so nothing but the server's own answer to
 * that very message will do. With delay_us the server waits before each answer: then workers wait as for a
 * slow remote server, and many answers are on their way at a time.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/mix.h"
#include "core/operations.h"
#include "core/server.h"
#include "core/workload.h"
#include "echo_server.h"

static const struct parameter echo_parameters[] = {
	[ECHO_BYTES] = {"bytes", "bytes", "length of a message, and of its answer: a multiple of 8", 64, 8, 1 << 20,
			NULL},
	[ECHO_PORT] = {"port", "", "where the server listens on 127.0.0.1; 0: any port that is free", 0, 0, 65535,
		       NULL},
	[ECHO_DELAY_US] = {"delay_us", "us", "what the server waits before it answers", 0, 0, 10000000, NULL},
	{0},
};

static size_t echo_arena_bytes(const struct job *job)
{
	return sizeof(struct echo_data) + 64;
}

/* A message at each end of a connection, and what the kernel has for its two sockets. */
static uint64_t echo_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	return workers * (2 * parameters[ECHO_BYTES] + 16384);
}

static int echo_prepare(struct job *job, struct arena *arena, char *reason)
{
	int error = echo_bytes(job) % sizeof(uint64_t) ? -EINVAL : 0;

	if (error)
		return reason_set(reason, error, "the length of a message (bytes) must be a multiple of %zu",
				  sizeof(uint64_t));
	/* The server inherits the limit, and needs as many. */
	error = descriptors_reserve(job->workers, reason);
	return error ? error : arena_alloc(arena, sizeof(struct echo_data), 64, &job->data_offset);
}

/* The worker's end of a connection. */
struct echo_call {
	int fd;
	bool busy;
	uint64_t index;
	size_t sent, received; /* bytes of the message, and of its answer */
	uint64_t *words;
};

struct echo_state {
	int epoll_fd; /* of run_concurrent; -1: not yet */
	uint64_t *words;
	uint64_t *idle; /* numbers of calls that are not busy … */
	uint64_t idle_count;
	uint64_t count;
	struct echo_call calls[]; /* one, or as many as are under way at a time */
};

/* What a broken connection means is known to the team's owner, who looks after the server. */
static int echo_lost(struct worker *worker, int error, const char *doing)
{
	return worker_fail(worker, error, "%s the server: %s", doing, strerror(-error));
}

static int echo_connect(struct worker *worker, struct echo_call *call)
{
	const struct echo_data *data = arena_at(worker->arena, worker->job->data_offset);
	/* Its end is told at once, and no port stays occupied for a minute (TIME_WAIT). */
	const struct linger at_once = {1, 0};
	int yes = 1;

	call->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (call->fd < 0)
		return worker_fail(worker, -errno, "no socket: %s (see RLIMIT_NOFILE: ulimit -n)", strerror(errno));
	setsockopt(call->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	setsockopt(call->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	/* After a signal it goes on, and may be connected when it is asked again. */
	while (connect(call->fd, (const struct sockaddr *)&data->address, sizeof(data->address)) < 0 &&
	       errno != EISCONN)
		if (errno != EINTR)
			return echo_lost(worker, -errno, "cannot connect to");
	return 0;
}

static int echo_worker_init(struct worker *worker)
{
	uint64_t calls = worker->in_flight, bytes = echo_bytes(worker->job), together = calls * bytes;
	struct echo_state *state = malloc(sizeof(*state) + calls * sizeof(*state->calls));
	int error = 0;

	if (!state)
		return worker_fail(worker, -ENOMEM, "no memory");
	state->epoll_fd = -1;
	state->count = calls;
	state->words = malloc(together);
	state->idle = malloc(calls * sizeof(*state->idle));
	state->idle_count = 0;
	for (uint64_t i = 0; i < calls; i++)
		state->calls[i] = (struct echo_call){.fd = -1, .words = state->words + i * (bytes / sizeof(uint64_t))};
	worker->state = state;
	if (!state->words || !state->idle)
		return worker_fail(worker, -ENOMEM, "no memory for messages of %llu bytes together",
				   (unsigned long long)together);
	for (uint64_t i = 0; i < calls && !error; i++) {
		state->idle[state->idle_count++] = i;
		error = echo_connect(worker, &state->calls[i]);
	}
	return error;
}

static void echo_worker_exit(struct worker *worker)
{
	struct echo_state *state = worker->state;

	if (!state)
		return;
	for (uint64_t i = 0; i < state->count; i++)
		if (state->calls[i].fd >= 0)
			close(state->calls[i].fd);
	if (state->epoll_fd >= 0)
		close(state->epoll_fd);
	free(state->idle);
	free(state->words);
	free(state);
}

static void echo_call_begin(const struct worker *worker, struct echo_call *call, uint64_t index)
{
	uint64_t first = mix64(index), words = echo_bytes(worker->job) / sizeof(uint64_t);

	for (uint64_t i = 0; i < words; i++)
		call->words[i] = first + i;
	call->busy = true;
	call->index = index;
	call->sent = call->received = 0;
}

/* Every bit of an answer counts, and so does whose it is. */
static uint64_t echo_result(const struct echo_call *call, uint64_t bytes)
{
	uint64_t first = mix64(call->index), wrong = 0;

	for (uint64_t i = 0; i < bytes / sizeof(*call->words); i++)
		wrong |= call->words[i] ^ ~(first + i);
	return mix64(call->words[0]) + (wrong != 0);
}

/* Goes on with a call: 1 when all of the answer is there, and 0 when, with MSG_DONTWAIT, it would have to wait. */
static int echo_call_step(struct worker *worker, struct echo_call *call, int flags)
{
	size_t bytes = echo_bytes(worker->job);
	char *message = (char *)call->words;

	while (call->received < bytes) {
		bool sending = call->sent < bytes;
		ssize_t moved = sending ? send(call->fd, message + call->sent, bytes - call->sent, flags | MSG_NOSIGNAL)
					: recv(call->fd, message + call->received, bytes - call->received, flags);

		if (moved < 0 && errno == EINTR)
			continue;
		if (moved < 0 && errno == EAGAIN)
			return 0;
		if (moved < 0)
			return echo_lost(worker, -errno, sending ? "cannot send to" : "cannot receive from");
		if (moved == 0)
			return echo_lost(worker, -ECONNRESET, "no answer from");
		*(sending ? &call->sent : &call->received) += (size_t)moved;
		/* Hardly there already; epoll tells when it is. */
		if (sending && call->sent == bytes && flags & MSG_DONTWAIT)
			return 0;
	}
	worker->result += echo_result(call, bytes);
	call->busy = false;
	return 1;
}

static int echo_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	struct echo_state *state = worker->state;
	int done = 1;

	for (uint64_t i = first; i < first + ops && done > 0; i++) {
		echo_call_begin(worker, &state->calls[0], i);
		done = echo_call_step(worker, &state->calls[0], 0);
	}
	return done < 0 ? done : 0;
}

/* Once for all: with edges there is no need to say for each message whether it is to be sent or received. */
static int echo_watch_all(struct worker *worker, struct echo_state *state)
{
	int error = 0;

	state->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (state->epoll_fd < 0)
		return worker_fail(worker, -errno, "epoll_create1: %s", strerror(errno));
	for (uint64_t i = 0; i < state->count && !error; i++)
		error = echo_watch(state->epoll_fd, EPOLL_CTL_ADD, state->calls[i].fd, EPOLLIN | EPOLLOUT | EPOLLET,
				   &state->calls[i]);
	return error ? worker_fail(worker, error, "epoll_ctl: %s", strerror(-error)) : 0;
}

/* Goes on with a call as far as it goes now. */
static int echo_call_go_on(struct worker *worker, struct operations *operations, struct echo_call *call)
{
	struct echo_state *state = worker->state;
	int done = echo_call_step(worker, call, MSG_DONTWAIT);

	if (done <= 0)
		return done;
	state->idle[state->idle_count++] = (uint64_t)(call - state->calls);
	operations_done(operations, call->index);
	return 0;
}

/* Until something happens or it is due_ns (UINT64_MAX: never). epoll_wait knows whole milliseconds only, so ppoll waits for
 * epoll where a time is set. */
static int echo_wait(struct worker *worker, struct operations *operations, uint64_t due_ns)
{
	const struct echo_state *state = worker->state;
	struct epoll_event events[ECHO_EVENTS];
	int count, error = 0;

	if (due_ns != UINT64_MAX) {
		uint64_t now_ns = clock_now_ns(), left_ns = due_ns > now_ns ? due_ns - now_ns : 0;
		struct timespec left = {(time_t)(left_ns / NS_PER_S), (long)(left_ns % NS_PER_S)};
		struct pollfd ready = {state->epoll_fd, POLLIN, 0};

		if (ppoll(&ready, 1, &left, NULL) < 0 && errno != EINTR)
			return worker_fail(worker, -errno, "ppoll: %s", strerror(errno));
	}
	count = epoll_wait(state->epoll_fd, events, ECHO_EVENTS, due_ns == UINT64_MAX ? -1 : 0);
	if (count < 0 && errno != EINTR)
		return worker_fail(worker, -errno, "epoll_wait: %s", strerror(errno));
	for (int i = 0; i < count && !error; i++) {
		struct echo_call *call = events[i].data.ptr;

		if (call->busy)
			error = echo_call_go_on(worker, operations, call);
	}
	return error;
}

static int echo_run_concurrent(struct worker *worker, struct operations *operations)
{
	struct echo_state *state = worker->state;
	enum operations_next next = OPERATIONS_TAKEN;
	int error = state->epoll_fd < 0 ? echo_watch_all(worker, state) : 0;

	while (!error) {
		uint64_t index, due_ns = 0;

		next = next == OPERATIONS_OVER ? next : OPERATIONS_TAKEN;
		while (state->idle_count && next == OPERATIONS_TAKEN && !error) {
			next = operations_take(operations, &index, &due_ns);
			if (next == OPERATIONS_TAKEN) {
				struct echo_call *call = &state->calls[state->idle[--state->idle_count]];

				echo_call_begin(worker, call, index);
				error = echo_call_go_on(worker, operations, call);
			}
		}
		if (next == OPERATIONS_OVER && state->idle_count == state->count)
			return error;
		if (!error)
			error = echo_wait(worker, operations, next == OPERATIONS_LATER ? due_ns : UINT64_MAX);
	}
	return error;
}

/* An answer begins with the complement of what its message begins with. */
static int echo_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	uint64_t expected = 0;

	for (uint64_t i = 0; i < ops; i++)
		expected += mix64(~mix64(i));
	if (result != expected)
		return reason_set(reason, -EBADMSG, "%llu answers are not all what the server must have answered",
				  (unsigned long long)ops);
	return 0;
}

const struct workload workload_echo = {
	.name = "echo",
	.summary = "round trips to a server over TCP on the loopback interface",
	.shares = "the server, a process of its own with one thread; each worker has a connection of its own",
	.kind = WORKLOAD_IO,
	.parameters = echo_parameters,
	.memory_bytes = echo_memory_bytes,
	.arena_bytes = echo_arena_bytes,
	.prepare = echo_prepare,
	.serve = echo_serve,
	.worker_init = echo_worker_init,
	.run = echo_run,
	.run_concurrent = echo_run_concurrent,
	.worker_exit = echo_worker_exit,
	.verify = echo_verify,
};
