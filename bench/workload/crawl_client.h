/* SPDX-License-Identifier: MIT */
/*
 * The fetching side of the workload crawl: one libcurl handle for each fetch that can be under way, whose connection is kept
 * (RFC 9112, section 9.3), and what is done with the page that has come.
 */
#ifndef TVP_WORKLOAD_CRAWL_CLIENT_H
#define TVP_WORKLOAD_CRAWL_CLIENT_H

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "core/server.h"
#include "crawl_frontier.h"

enum {
	CRAWL_HEADERS_BYTES = 1024,  /* what an answer has beside the page, at most */
	CRAWL_RECEIVE_BYTES = 65536, /* libcurl receives no more at a time */
	CRAWL_HANDLE_BYTES = 32768,  /* roughly, of libcurl's handle and of both ends of its connection */
	CRAWL_DESCRIPTORS = 3,       /* of libcurl's handle: a connection, and two to wake it up */
};

/* One fetch at a time. */
struct crawl_fetch {
	CURL *easy;
	struct crawl_task task;
	uint64_t index; /* of the operation */
	size_t bytes, room;
	char *text;
	struct crawl_fetch *next_free;
	char why[CURL_ERROR_SIZE];
};

struct crawl_state {
	/* For many fetches at a time; made when they are wanted. */
	CURLM *multi;
	int epoll_fd;
	uint64_t timer_ns; /* when libcurl wants to be called again; UINT64_MAX: not */
	struct crawl_fetch *free;
	uint64_t under_way;
	bool holding; /* an operation for which there is no page yet … */
	uint64_t held;

	uint64_t count;
	struct crawl_fetch fetches[];
};

static inline size_t crawl_receive(char *text, size_t one, size_t bytes, void *context)
{
	struct crawl_fetch *fetch = context;

	/* Libcurl takes any other number than all of it for an error. */
	if (bytes > fetch->room - fetch->bytes)
		return 0;
	memcpy(fetch->text + fetch->bytes, text, bytes);
	fetch->bytes += bytes;
	return bytes;
}

/* Nothing from the environment, nothing but HTTP, and no signals, as there may be threads. */
static inline bool crawl_set_options(struct crawl_fetch *fetch)
{
	CURL *easy = fetch->easy;
	long receive = (long)fetch->room + CRAWL_HEADERS_BYTES;
	int error = 0;

	error |= (int)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	error |= (int)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
#if LIBCURL_VERSION_NUM >= 0x075500
	error |= (int)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
#else
	error |= (int)curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTP);
#endif
	error |= (int)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	error |= (int)curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
	error |= (int)curl_easy_setopt(easy, CURLOPT_MAXCONNECTS, 1L);
	error |= (int)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE,
				       receive < CRAWL_RECEIVE_BYTES ? receive : (long)CRAWL_RECEIVE_BYTES);
	error |= (int)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->why);
	error |= (int)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, crawl_receive);
	error |= (int)curl_easy_setopt(easy, CURLOPT_WRITEDATA, (void *)fetch);
	error |= (int)curl_easy_setopt(easy, CURLOPT_PRIVATE, (void *)fetch);
	return error == 0;
}

static pthread_once_t crawl_once = PTHREAD_ONCE_INIT;
static bool crawl_ready;

/* Once a process, before libcurl is used by two threads. Without TLS, which takes longer than a batch. */
static inline void crawl_global_init(void)
{
	crawl_ready = curl_global_init(CURL_GLOBAL_NOTHING) == CURLE_OK;
}

static inline int crawl_worker_init(struct worker *worker)
{
	const struct job *job = worker->job;
	uint64_t count = worker->in_flight > 1 ? worker->in_flight : 1;
	/* Workers may be threads, and then all their descriptors are of one process. */
	int error = descriptors_reserve(count > 1 ? count : CRAWL_DESCRIPTORS * job->workers, worker->reason);
	struct crawl_state *state;

	if (error)
		return error;
	pthread_once(&crawl_once, crawl_global_init);
	state = calloc(1, sizeof(*state) + count * sizeof(*state->fetches));
	if (!state)
		return worker_fail(worker, -ENOMEM, "no memory for %llu fetches", (unsigned long long)count);
	worker->state = state;
	state->epoll_fd = -1;
	state->count = count;
	for (uint64_t i = 0; i < count; i++) {
		struct crawl_fetch *fetch = &state->fetches[i];

		fetch->room = crawl_page_most(job->parameters);
		fetch->text = malloc(fetch->room);
		fetch->easy = crawl_ready ? curl_easy_init() : NULL;
		if (!fetch->text || !fetch->easy)
			return worker_fail(worker, -ENOMEM, "no memory for a handle of libcurl");
		if (!crawl_set_options(fetch))
			return worker_fail(worker, -ENOTSUP, "libcurl %s lacks an option that is needed",
					   curl_version_info(CURLVERSION_NOW)->version);
	}
	return 0;
}

static inline void crawl_worker_exit(struct worker *worker)
{
	struct crawl_state *state = worker->state;

	if (!state)
		return;
	for (uint64_t i = 0; i < state->count; i++) {
		struct crawl_fetch *fetch = &state->fetches[i];

		if (state->multi && fetch->easy)
			curl_multi_remove_handle(state->multi, fetch->easy);
		if (fetch->easy)
			curl_easy_cleanup(fetch->easy);
		free(fetch->text);
	}
	if (state->multi)
		curl_multi_cleanup(state->multi);
	if (state->epoll_fd >= 0)
		close(state->epoll_fd);
	free(state);
}

/* The page of the next link, from *at on, which is moved behind it; `pages` for one that leads to none. */
static inline bool crawl_next_link(const char **at, const char *end, uint64_t pages, uint64_t *page)
{
	const char *link = memmem(*at, (size_t)(end - *at), CRAWL_LINK, strlen(CRAWL_LINK));

	if (!link)
		return false;
	link += strlen(CRAWL_LINK);
	*page = link < end && *link >= '0' && *link <= '9' ? 0 : pages;
	for (; link < end && *link >= '0' && *link <= '9' && *page < pages; link++)
		*page = *page * 10 + (uint64_t)(*link - '0');
	if (link == end || *link != '"' || *page > pages)
		*page = pages;
	*at = link;
	return true;
}

/* Puts into the frontier what the page links to. */
static inline int crawl_parse(struct worker *worker, struct crawl_data *data, const struct crawl_fetch *fetch)
{
	const char *at = fetch->text, *end = at + fetch->bytes;
	int32_t found = 0;
	uint64_t page;

	while (crawl_next_link(&at, end, data->pages, &page)) {
		if (page == data->pages)
			return worker_fail(worker, -EBADMSG, "page %llu has a link that leads to no page",
					   (unsigned long long)fetch->task.page);
		found += crawl_find(data, worker->arena, fetch->task.round, page);
	}
	if (found)
		crawl_wake(data, found);
	return 0;
}

static inline int crawl_begin(struct worker *worker, const struct crawl_data *data, struct crawl_fetch *fetch)
{
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u" CRAWL_PATH "%llu", data->port,
		 (unsigned long long)fetch->task.page);
	fetch->bytes = 0;
	if (curl_easy_setopt(fetch->easy, CURLOPT_URL, url) != CURLE_OK)
		return worker_fail(worker, -ENOMEM, "no memory for the address %s", url);
	return 0;
}

static inline int crawl_end(struct worker *worker, struct crawl_data *data, const struct crawl_fetch *fetch,
			    CURLcode code)
{
	if (code != CURLE_OK)
		return worker_fail(worker, code == CURLE_OUT_OF_MEMORY ? -ENOMEM : -ECONNRESET,
				   "cannot fetch page %llu from 127.0.0.1:%u: %s", (unsigned long long)fetch->task.page,
				   data->port, fetch->why[0] ? fetch->why : curl_easy_strerror(code));
	worker->result += crawl_hash(fetch->text, fetch->bytes);
	return crawl_parse(worker, data, fetch);
}

#endif
