/* SPDX-License-Identifier: MIT */
/*
 * summary: GLib's GThreadPool with threads of its own: g_thread_pool_push for every task
 * entries: apply-async
 * needs: pkg-config glib-2.0 | libglib2.0-dev
 *
 * GThreadPool knows no end of a batch: tasks are counted down, and the last one wakes the thread that asked.
 */
#include <glib.h>

#include "peer/common/peer.h"

static GThreadPool *pool;
static GMutex mutex;
static GCond done;
static gint left;

/* The batch in hand: set before its first task is pushed, which the pool's own lock orders. */
static const struct peer_batch *current;

static void glib_task(gpointer data, gpointer unused)
{
	const uint64_t *input = data;

	current->outputs[input - current->inputs] = peer_square(*input);
	if (!g_atomic_int_dec_and_test(&left))
		return;
	g_mutex_lock(&mutex);
	g_cond_signal(&done);
	g_mutex_unlock(&mutex);
}

static const char *glib_start(unsigned workers)
{
	GError *error = NULL;

	pool = g_thread_pool_new(glib_task, NULL, (gint)workers, TRUE, &error);
	return error ? error->message : NULL;
}

static void glib_apply_async(const struct peer_batch *batch)
{
	current = batch;
	g_atomic_int_set(&left, (gint)batch->tasks);
	for (size_t i = 0; i < batch->tasks; i++)
		g_thread_pool_push(pool, (gpointer)&batch->inputs[i], NULL);
	g_mutex_lock(&mutex);
	while (g_atomic_int_get(&left) > 0)
		g_cond_wait(&done, &mutex);
	g_mutex_unlock(&mutex);
}

static const struct peer_entry glib_entries[] = {
	{"apply-async", glib_apply_async},
	{NULL, NULL},
};

const struct peer peer_glib = {
	.name = "glib",
	.start = glib_start,
	.entries = glib_entries,
};
