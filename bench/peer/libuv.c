/* SPDX-License-Identifier: MIT */
/*
 * summary: libuv's thread pool: uv_queue_work for every task, then the event loop until all have come back
 * entries: apply-async
 * needs: pkg-config libuv | libuv1-dev
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "peer/common/peer.h"

/* As many threads as libuv ever makes. */
enum { LIBUV_WORKERS_MAX = 1024 };

/* One a task, kept from batch to batch. */
static uv_work_t *requests;
static size_t room;

static const struct peer_batch *current;

static void libuv_task(uv_work_t *request)
{
	size_t i = (size_t)(request - requests);

	current->outputs[i] = peer_square(current->inputs[i]);
}

static void libuv_done(uv_work_t *request, int status)
{
	/* Nothing is ever cancelled; the output is in place. */
}

/* libuv reads the variable when it is given its first task. */
static const char *libuv_start(unsigned workers)
{
	char text[16];

	if (workers > LIBUV_WORKERS_MAX)
		return "libuv has at most 1024 threads";
	snprintf(text, sizeof(text), "%u", workers);
	return setenv("UV_THREADPOOL_SIZE", text, 1) == 0 ? NULL : "cannot set UV_THREADPOOL_SIZE";
}

static const char *libuv_reserve(size_t tasks)
{
	uv_work_t *more;

	if (tasks <= room)
		return NULL;
	more = realloc(requests, tasks * sizeof(*requests));
	if (!more)
		return "no memory for so many requests";
	requests = more;
	room = tasks;
	memset(requests, 0, tasks * sizeof(*requests));
	return NULL;
}

static void libuv_apply_async(const struct peer_batch *batch)
{
	uv_loop_t *loop = uv_default_loop();

	current = batch;
	for (size_t i = 0; i < batch->tasks; i++)
		uv_queue_work(loop, &requests[i], libuv_task, libuv_done);
	uv_run(loop, UV_RUN_DEFAULT);
}

static const struct peer_entry libuv_entries[] = {
	{"apply-async", libuv_apply_async},
	{NULL, NULL},
};

const struct peer peer_libuv = {
	.name = "libuv",
	.start = libuv_start,
	.reserve = libuv_reserve,
	.entries = libuv_entries,
};
