/* SPDX-License-Identifier: MIT */
/*
 * Web scraping: one operation takes the next page from a frontier that all workers share, fetches it over HTTP, and puts
 * into the frontier what the page links to and nobody has seen yet. The server is our own, on the loopback interface, and
 * takes its time. When each page was taken once the crawl begins anew, so that a batch can have any number of operations.
 *
 * What is expected comes from the server, which counts how often it sent each page, and from what the pages were when they
 * were made.
 */
#include <errno.h>

#include "core/arena.h"
#include "crawl_client.h"
#include "crawl_frontier.h"
#include "crawl_loop.h"
#include "crawl_server.h"

WORKLOAD_NEEDS(libcurl, libcurl4-openssl-dev);
WORKLOAD_NEEDS(libmicrohttpd, libmicrohttpd-dev);

static const char *const crawl_latencies[] = {"fixed", "exponential", "lognormal", NULL};

static const struct parameter crawl_parameters[] = {
	[CRAWL_PAGES] = {"pages", "", "pages that there are", 1024, 1, CRAWL_PAGES_MAX, NULL},
	[CRAWL_SEEDS] = {"seeds", "", "pages that a crawl begins with: so many can be fetched at once from the start",
			 256, 1, CRAWL_PAGES_MAX, NULL},
	[CRAWL_LINKS] = {"links", "", "links on a page", 8, 1, 64, NULL},
	[CRAWL_BYTES] = {"bytes", "bytes", "text on a page, beside the links", 1024, 0, 1 << 20, NULL},
	[CRAWL_DELAY] = {"delay_us", "us", "until the server answers, on average", 2000, 0, 10000000, NULL},
	[CRAWL_LATENCY] = {"latency", "",
			   "fixed: as long for all pages; exponential, lognormal: distributed so over the pages",
			   CRAWL_FIXED, CRAWL_FIXED, CRAWL_LOGNORMAL, crawl_latencies},
	[CRAWL_PORT] = {"port", "", "of 127.0.0.1 for the server; 0: one that is free", 0, 0, 65535, NULL},
	{0},
};

static uint64_t crawl_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	return crawl_graph_bytes(parameters) + workers * (crawl_page_most(parameters) + CRAWL_HANDLE_BYTES);
}

static size_t crawl_arena_bytes(const struct job *job)
{
	return crawl_graph_bytes(job->parameters);
}

static int crawl_prepare(struct job *job, struct arena *arena, char *reason)
{
	int error = crawl_graph_prepare(job, arena);

	return error ? reason_set(reason, error, "no room for %llu pages",
				  (unsigned long long)job->parameters[CRAWL_PAGES])
		     : 0;
}

static void crawl_batch_begin(const struct job *job, struct arena *arena, uint64_t ops)
{
	struct crawl_data *data = crawl_data(job, arena);
	struct crawl_page *pages = crawl_pages(data, arena);

	crawl_frontier_reset(data, arena);
	for (uint64_t page = 0; page < data->pages; page++)
		atomic_store_explicit(&pages[page].served, 0, memory_order_relaxed);
}

/* The indices do not matter: whoever takes an operation fetches what is next. */
static int crawl_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	struct crawl_data *data = crawl_data(worker->job, worker->arena);
	struct crawl_state *state = worker->state;
	struct crawl_fetch *fetch = &state->fetches[0];

	for (uint64_t i = 0; i < ops; i++) {
		int error = crawl_await(worker, data, &fetch->task);

		if (!error)
			error = crawl_begin(worker, data, fetch);
		if (!error)
			error = crawl_end(worker, data, fetch, curl_easy_perform(fetch->easy));
		if (error)
			return crawl_give_up(data, worker->reason, error);
	}
	return 0;
}

/* Each page as often as there were whole rounds, or once more in the last one; and all of them as they were made. */
static int crawl_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	const struct crawl_data *data = crawl_data(job, arena);
	const struct crawl_page *pages = crawl_pages(data, arena);
	uint64_t rounds = ops / data->pages, more = ops % data->pages, total = 0, expected = 0;

	for (uint64_t page = 0; ops && page < data->pages; page++) {
		uint64_t served = atomic_load_explicit(&pages[page].served, memory_order_relaxed);
		/* A round begins with the seeds. */
		uint64_t least = rounds + (page < data->seeds && page < more);
		uint64_t most = rounds + (page < data->seeds ? page < more : more > data->seeds);

		if (served < least || served > most)
			return reason_set(reason, -EBADMSG,
					  "page %llu was fetched %llu times in %llu operations over %llu pages",
					  (unsigned long long)page, (unsigned long long)served, (unsigned long long)ops,
					  (unsigned long long)data->pages);
		total += served;
		expected += served * pages[page].hash;
	}
	if (total != ops)
		return reason_set(reason, -EBADMSG, "the server sent %llu pages in %llu operations",
				  (unsigned long long)total, (unsigned long long)ops);
	if (result != expected)
		return reason_set(reason, -EBADMSG, "what came of %llu pages is not what they were",
				  (unsigned long long)ops);
	return 0;
}

const struct workload workload_crawl = {
	.name = "crawl",
	.summary = "web scraping: pages from a server on loopback, each fetched once, their links followed (libcurl)",
	.shares = "the frontier and the set of pages seen, without a lock; each worker has a connection of its own",
	.kind = WORKLOAD_IO,
	.parameters = crawl_parameters,
	.memory_bytes = crawl_memory_bytes,
	.arena_bytes = crawl_arena_bytes,
	.prepare = crawl_prepare,
	.serve = crawl_serve,
	.batch_begin = crawl_batch_begin,
	.worker_init = crawl_worker_init,
	.run = crawl_run,
	.run_concurrent = crawl_loop,
	.worker_exit = crawl_worker_exit,
	.verify = crawl_verify,
};
