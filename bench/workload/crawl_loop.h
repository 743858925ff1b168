/* SPDX-License-Identifier: MIT */
/*
 * Many fetches by one thread: libcurl's multi interface over epoll. It tells which sockets and which moments it waits for,
 * and is called for these only (curl_multi_socket_action): curl_multi_poll and curl_multi_perform would look at all that is
 * under way for each answer.
 */
#ifndef TVP_WORKLOAD_CRAWL_LOOP_H
#define TVP_WORKLOAD_CRAWL_LOOP_H

#include <poll.h>
#include <sys/epoll.h>

#include "core/clock.h"
#include "core/operations.h"
#include "crawl_client.h"

enum { CRAWL_EVENTS = 64 }; /* that are looked at together */

/* Libcurl says what it waits for on a socket. */
static inline int crawl_watch(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
	struct crawl_state *state = context;
	struct epoll_event event = {.data.fd = fd};

	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(state->epoll_fd, EPOLL_CTL_DEL, fd, &event);
		return 0;
	}
	event.events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
	if (known)
		return epoll_ctl(state->epoll_fd, EPOLL_CTL_MOD, fd, &event);
	/* From now on it is known: until it is removed, `known` is not NULL. */
	curl_multi_assign(state->multi, fd, state);
	return epoll_ctl(state->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static inline int crawl_set_timer(CURLM *multi, long timeout_ms, void *context)
{
	struct crawl_state *state = context;

	state->timer_ns = timeout_ms < 0 ? UINT64_MAX : clock_now_ns() + (uint64_t)timeout_ms * NS_PER_MS;
	return 0;
}

static inline int crawl_multi_init(struct worker *worker, struct crawl_state *state)
{
	int error = 0;

	state->timer_ns = UINT64_MAX;
	state->free = NULL;
	for (uint64_t i = state->count; i--; state->free = &state->fetches[i])
		state->fetches[i].next_free = state->free;
	state->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (state->epoll_fd < 0)
		return worker_fail(worker, -errno, "epoll_create1: %s", strerror(errno));
	state->multi = curl_multi_init();
	if (!state->multi)
		return worker_fail(worker, -ENOMEM, "no memory for a multi handle of libcurl");
	error |= (int)curl_multi_setopt(state->multi, CURLMOPT_SOCKETFUNCTION, crawl_watch);
	error |= (int)curl_multi_setopt(state->multi, CURLMOPT_SOCKETDATA, (void *)state);
	error |= (int)curl_multi_setopt(state->multi, CURLMOPT_TIMERFUNCTION, crawl_set_timer);
	error |= (int)curl_multi_setopt(state->multi, CURLMOPT_TIMERDATA, (void *)state);
	error |= (int)curl_multi_setopt(state->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	error |= (int)curl_multi_setopt(state->multi, CURLMOPT_MAXCONNECTS, (long)state->count);
	return error ? worker_fail(worker, -ENOTSUP, "libcurl lacks an option of multi handles that is needed") : 0;
}

static inline int crawl_multi_fail(struct worker *worker, const char *tried, CURLMcode code)
{
	return worker_fail(worker, -EIO, "%s: %s", tried, curl_multi_strerror(code));
}

/* Takes operations while there is room for them and a page. An operation without a page is held: somebody else may have
 * taken what was there. */
static inline int crawl_multi_fill(struct worker *worker, struct crawl_data *data, struct operations *operations,
				   enum operations_next *next, uint64_t *due_ns)
{
	struct crawl_state *state = worker->state;

	while (state->free) {
		struct crawl_fetch *fetch = state->free;
		CURLMcode code;
		int error;

		if (!state->holding) {
			*next = operations_take(operations, &state->held, due_ns);
			if (*next != OPERATIONS_TAKEN)
				return 0;
			state->holding = true;
		}
		if (state->under_way && !crawl_take(data, worker->arena, &fetch->task))
			return 0;
		/* With nothing under way there is nothing else to wait for. */
		error = state->under_way ? 0 : crawl_await(worker, data, &fetch->task);
		if (!error)
			error = crawl_begin(worker, data, fetch);
		if (error)
			return error;
		fetch->index = state->held;
		state->holding = false;
		state->free = fetch->next_free;
		state->under_way++;
		code = curl_multi_add_handle(state->multi, fetch->easy);
		if (code != CURLM_OK)
			return crawl_multi_fail(worker, "curl_multi_add_handle", code);
	}
	return 0;
}

/* What has been fetched. */
static inline int crawl_multi_reap(struct worker *worker, struct crawl_data *data, struct operations *operations)
{
	struct crawl_state *state = worker->state;
	CURLMsg *message;
	int left, error = 0;

	while (!error && (message = curl_multi_info_read(state->multi, &left))) {
		CURLcode code = message->data.result;
		struct crawl_fetch *fetch;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&fetch);
		curl_multi_remove_handle(state->multi, fetch->easy);
		error = crawl_end(worker, data, fetch, code);
		if (!error)
			operations_done(operations, fetch->index);
		fetch->next_free = state->free;
		state->free = fetch;
		state->under_way--;
	}
	return error;
}

/* Lets libcurl go on with what has come until due_ns, or with what it wanted to be called for. */
static inline int crawl_multi_step(struct worker *worker, uint64_t due_ns)
{
	struct crawl_state *state = worker->state;
	struct epoll_event events[CRAWL_EVENTS];
	struct pollfd poll_fd = {state->epoll_fd, POLLIN, 0};
	uint64_t until_ns = due_ns < state->timer_ns ? due_ns : state->timer_ns, now_ns = clock_now_ns();
	uint64_t wait_ns = until_ns > now_ns ? until_ns - now_ns : 0;
	struct timespec wait = {(time_t)(wait_ns / NS_PER_S), (long)(wait_ns % NS_PER_S)};
	CURLMcode code = CURLM_OK;
	int running, count;

	/* epoll_wait itself only knows milliseconds. */
	if (wait_ns && until_ns != UINT64_MAX)
		ppoll(&poll_fd, 1, &wait, NULL);
	count = epoll_wait(state->epoll_fd, events, CRAWL_EVENTS, until_ns == UINT64_MAX ? -1 : 0);
	if (count < 0 && errno != EINTR)
		return worker_fail(worker, -errno, "epoll_wait: %s", strerror(errno));
	for (int i = 0; i < count && code == CURLM_OK; i++) {
		int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
			   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
			   (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

		code = curl_multi_socket_action(state->multi, events[i].data.fd, what, &running);
	}
	if (code == CURLM_OK && state->timer_ns <= clock_now_ns()) {
		state->timer_ns = UINT64_MAX;
		code = curl_multi_socket_action(state->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	return code == CURLM_OK ? 0 : crawl_multi_fail(worker, "curl_multi_socket_action", code);
}

static inline int crawl_loop(struct worker *worker, struct operations *operations)
{
	struct crawl_data *data = crawl_data(worker->job, worker->arena);
	struct crawl_state *state = worker->state;
	int error = state->multi ? 0 : crawl_multi_init(worker, state);

	while (!error) {
		enum operations_next next = OPERATIONS_TAKEN;
		uint64_t due_ns = UINT64_MAX;

		error = crawl_multi_fill(worker, data, operations, &next, &due_ns);
		if (error || (next == OPERATIONS_OVER && !state->under_way))
			break;
		error = crawl_multi_step(worker, next == OPERATIONS_LATER ? due_ns : UINT64_MAX);
		if (!error)
			error = crawl_multi_reap(worker, data, operations);
	}
	return error ? crawl_give_up(data, worker->reason, error) : 0;
}

#endif
