/* SPDX-License-Identifier: MIT */
/*
 * The server of the workload crawl: libmicrohttpd in one thread, however many connections it has. A request that is to be
 * answered later is put to sleep with its connection (MHD_suspend_connection), and a heap says which one is due first.
 */
#ifndef TVP_WORKLOAD_CRAWL_SERVER_H
#define TVP_WORKLOAD_CRAWL_SERVER_H

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/server.h"
#include "crawl_graph.h"

/* Beside one a worker: some that are closed, but of which the server does not know yet. */
enum { CRAWL_SPARE_CONNECTIONS = 16, CRAWL_CONNECTION_BYTES = 4096 };

/* Before version 0.9.71 there was a number instead. */
#if MHD_VERSION >= 0x00097002
typedef enum MHD_Result crawl_mhd_result;
#else
typedef int crawl_mhd_result;
#endif

/* What is asked for on one connection; the connection's own. */
struct crawl_visit {
	struct MHD_Connection *connection;
	uint64_t page;
	uint64_t due_ns;
};

struct crawl_server {
	struct crawl_page *pages;
	uint64_t page_count;
	struct MHD_Response **responses; /* one a page */
	struct MHD_Response *unknown;
	struct crawl_visit **sleeping; /* a binary heap by due_ns: 0 is the first, 2 i + 1 and 2 i + 2 come after i */
	uint64_t sleeping_count, connections_max;
	struct MHD_Daemon *daemon;
};

static inline void crawl_sleeping_push(struct crawl_server *server, struct crawl_visit *visit)
{
	struct crawl_visit **heap = server->sleeping;
	uint64_t at = server->sleeping_count++;

	for (; at && visit->due_ns < heap[(at - 1) / 2]->due_ns; at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = visit;
}

static inline struct crawl_visit *crawl_sleeping_pop(struct crawl_server *server)
{
	struct crawl_visit **heap = server->sleeping, *first = heap[0], *last = heap[--server->sleeping_count];
	uint64_t at = 0, next, count = server->sleeping_count;

	while ((next = 2 * at + 1) < count) {
		if (next + 1 < count && heap[next + 1]->due_ns < heap[next]->due_ns)
			next++;
		if (last->due_ns <= heap[next]->due_ns)
			break;
		heap[at] = heap[next];
		at = next;
	}
	heap[at] = last;
	return first;
}

static inline void crawl_connection(void *context, struct MHD_Connection *connection, void **visit,
				    enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		free(*visit);
		*visit = NULL;
	} else {
		*visit = calloc(1, sizeof(struct crawl_visit));
	}
}

/* The page of a path; the number of pages if there is no such page. */
static inline uint64_t crawl_page_of(const struct crawl_server *server, const char *path)
{
	size_t length = strlen(CRAWL_PATH);
	unsigned long long page;
	char *end;

	if (strncmp(path, CRAWL_PATH, length) != 0 || path[length] < '0' || path[length] > '9')
		return server->page_count;
	page = strtoull(path + length, &end, 10);
	return *end || page >= server->page_count ? server->page_count : page;
}

/* Called when a request's head has come, when it has come as a whole, and when its connection is woken up. */
static inline crawl_mhd_result crawl_answer(void *context, struct MHD_Connection *connection, const char *path,
					    const char *method, const char *version, const char *data,
					    size_t *data_bytes, void **request)
{
	struct crawl_server *server = context;
	struct crawl_visit *visit = *request;
	uint64_t now_ns;

	if (!visit) {
		visit = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
		if (!visit)
			return MHD_NO;
		visit->connection = connection;
		visit->page = crawl_page_of(server, path);
		visit->due_ns = 0;
		if (visit->page < server->page_count && server->pages[visit->page].delay_ns)
			visit->due_ns = clock_now_ns() + server->pages[visit->page].delay_ns;
		*request = visit;
		return MHD_YES;
	}
	if (visit->page == server->page_count)
		return MHD_queue_response(connection, MHD_HTTP_NOT_FOUND, server->unknown);
	now_ns = visit->due_ns ? clock_now_ns() : 0;
	if (now_ns < visit->due_ns) {
		crawl_sleeping_push(server, visit);
		MHD_suspend_connection(connection);
		return MHD_YES;
	}
	/* Relaxed: who compares it has got all answers by then. */
	atomic_fetch_add_explicit(&server->pages[visit->page].served, 1, memory_order_relaxed);
	return MHD_queue_response(connection, MHD_HTTP_OK, server->responses[visit->page]);
}

static inline struct MHD_Response *crawl_response(void *text, size_t bytes)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(bytes, text, MHD_RESPMEM_PERSISTENT);

	if (response)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/html");
	return response;
}

static inline void crawl_server_exit(struct crawl_server *server)
{
	/* It may not be stopped while connections sleep. */
	while (server->sleeping_count)
		MHD_resume_connection(crawl_sleeping_pop(server)->connection);
	if (server->daemon)
		MHD_stop_daemon(server->daemon);
	for (uint64_t page = 0; server->responses && page < server->page_count; page++)
		if (server->responses[page])
			MHD_destroy_response(server->responses[page]);
	if (server->unknown)
		MHD_destroy_response(server->unknown);
	free(server->responses);
	free(server->sleeping);
}

/* Everything but the daemon. */
static inline int crawl_server_prepare(struct crawl_server *server, const struct server *own)
{
	const struct crawl_data *data = crawl_data(own->job, own->arena);
	bool complete;

	server->pages = crawl_pages(data, own->arena);
	server->page_count = data->pages;
	server->connections_max = own->job->workers + CRAWL_SPARE_CONNECTIONS;
	server->responses = calloc(data->pages, sizeof(struct MHD_Response *));
	server->sleeping = calloc(server->connections_max, sizeof(struct crawl_visit *));
	server->unknown = crawl_response(NULL, 0);
	complete = server->responses && server->sleeping && server->unknown;
	for (uint64_t page = 0; complete && page < data->pages; page++) {
		server->responses[page] = crawl_response(arena_at(own->arena, server->pages[page].text_offset),
							 server->pages[page].bytes);
		complete = server->responses[page] != NULL;
	}
	if (!complete)
		return reason_set(own->reason, -ENOMEM, "no memory for the answers of a server");
	return descriptors_reserve(server->connections_max, own->reason);
}

static inline int crawl_server_start(struct crawl_server *server, struct server *own)
{
	struct crawl_data *data = crawl_data(own->job, own->arena);
	struct sockaddr_in address;
	int listening, error = server_listen(own, own->job->parameters[CRAWL_PORT], &listening, &address);

	if (error)
		return error;
	/* No thread of its own: crawl_server_loop calls MHD_run. It closes the socket when it is stopped. */
	server->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, crawl_answer, server,
					  MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_CONNECTION_LIMIT,
					  (unsigned)server->connections_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
					  (size_t)CRAWL_CONNECTION_BYTES, MHD_OPTION_NOTIFY_CONNECTION,
					  crawl_connection, NULL, MHD_OPTION_END);
	if (!server->daemon) {
		close(listening);
		return reason_set(own->reason, -EIO, "libmicrohttpd cannot start a daemon with epoll");
	}
	data->port = ntohs(address.sin_port);
	return 0;
}

/* How long nothing will be due; UINT64_MAX: nothing is. */
static inline uint64_t crawl_server_idle_ns(const struct crawl_server *server)
{
	MHD_UNSIGNED_LONG_LONG own_ms;
	uint64_t idle_ns = UINT64_MAX, now_ns;

	if (MHD_get_timeout(server->daemon, &own_ms) == MHD_YES)
		idle_ns = own_ms * NS_PER_MS;
	if (idle_ns && server->sleeping_count) {
		uint64_t due_ns = server->sleeping[0]->due_ns;

		now_ns = clock_now_ns();
		if (due_ns <= now_ns)
			return 0;
		idle_ns = due_ns - now_ns < idle_ns ? due_ns - now_ns : idle_ns;
	}
	return idle_ns;
}

static inline int crawl_server_loop(struct crawl_server *server, const struct server *own)
{
	struct pollfd fds[] = {
		{MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, POLLIN, 0},
		{own->stop_fd, POLLIN, 0},
	};

	/* Else the kernel may let what is due wait for 50 us, to save power. */
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	for (;;) {
		uint64_t idle_ns = crawl_server_idle_ns(server), now_ns;
		struct timespec idle = {(time_t)(idle_ns / NS_PER_S), (long)(idle_ns % NS_PER_S)};

		if (ppoll(fds, 2, idle_ns == UINT64_MAX ? NULL : &idle, NULL) < 0 && errno != EINTR)
			return reason_set(own->reason, -errno, "ppoll: %s", strerror(errno));
		if (fds[1].revents)
			return 0;
		now_ns = server->sleeping_count ? clock_now_ns() : 0;
		while (server->sleeping_count && server->sleeping[0]->due_ns <= now_ns)
			MHD_resume_connection(crawl_sleeping_pop(server)->connection);
		if (MHD_run(server->daemon) != MHD_YES)
			return reason_set(own->reason, -EIO, "libmicrohttpd cannot go on");
	}
}

static inline int crawl_serve(struct server *own)
{
	struct crawl_server server = {0};
	int error = crawl_server_prepare(&server, own);

	if (!error)
		error = crawl_server_start(&server, own);
	if (!error) {
		server_ready(own);
		error = crawl_server_loop(&server, own);
	}
	crawl_server_exit(&server);
	return error;
}

#endif
