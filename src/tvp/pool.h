/* SPDX-License-Identifier: MIT */
/*
 * The pool: one task farm over threads, forked processes, a fork server or spawned processes, after Python's
 * multiprocessing.Pool. What hands out the tasks is the same for all; only how workers exist differs.
 *
 * Errors are negative errnos. Every call takes what is said beside it, and also returns
 *   -EINVAL     a NULL or a value where it is not allowed
 *   -ENOENT     an executor, task or initializer of that name is not registered
 *   -EOVERFLOW  sizes whose product or sum does not fit
 *   -ENOSPC     the pool's shared memory is too small for it (tvp_pool_options.memory_bytes)
 *   -ESHUTDOWN  the pool was closed or terminated before
 *   -ECHILD     the pool is broken: its workers died again and again before they could do anything
 *   -EOPNOTSUPP this executor cannot do that (TVP_PAYLOAD_POINTER with processes, pipes with serial), or the pool has no
 *               pipes for TVP_PAYLOAD_PIPE
 * A task's own error is whatever its function returned; the pool adds
 *   -EOWNERDEAD the worker died while it ran this task; it may have been done in part, and is not run again. One death
 *               costs one task; with TVP_PAYLOAD_PIPE all of the chunk that were run, as their outputs had not come back
 *   -ECANCELED  the task was dropped by tvp_pool_terminate before it ran
 *   -ECHILD     the pool broke before it ran
 *
 * A pool belongs to the process that made it; one thread at a time may call it. It needs no thread of its own: dead
 * workers are noticed and replaced within its calls, at once where a call waits (tvp_pool_map, tvp_async_wait, …).
 */
#ifndef TVP_POOL_H
#define TVP_POOL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tvp/task.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TVP_REASON_BYTES = 320 };

#define TVP_FOREVER   UINT64_MAX
#define TVP_SPIN_NONE UINT64_MAX

struct tvp_pool;

/* Zero means the default everywhere. */
struct tvp_pool_options {
	const char *executor; /* "thread" (default), "fork", "forkserver", "spawn", "serial" */
	unsigned workers; /* 0: the CPUs that this process may use, by affinity and cgroup quota; serial: always 1 */
	const char *placement; /* one CPU list a worker, "0;1;2-3", as tvp/placement.h makes them; NULL: unbound */
	const struct tvp_registry *registry; /* what workers can run; required */
	const char *initializer;             /* run by each worker before its first task; NULL: none */
	const void *argument;                /* for the initializer; copied */
	size_t argument_bytes;
	uint64_t tasks_per_worker; /* a worker is replaced after so many tasks; 0: never */
	const char *program;       /* what forkserver and spawn execute: a program that begins with tvp_pool_worker.
				      NULL: this one (/proc/self/exe) */
	size_t queue_tasks;        /* applied tasks that are queued or running at a time; 0: 4096 */
	size_t memory_bytes;       /* shared memory, taken only as it is used; 0: half of the physical memory */
	uint64_t spin_ns;          /* an idle worker looks for work so long before it sleeps; TVP_SPIN_NONE: not at all.
				      0: 50 us, 5 us where workers are more than CPUs, not at all on one CPU */
	unsigned pipes;            /* 1: TVP_PAYLOAD_PIPE can be asked for; takes four descriptors a worker */
	size_t trace_events;       /* that each worker can record; 0: none */
};

/* Makes a pool whose workers are all ready. `reason` (TVP_REASON_BYTES; NULL: not wanted) says what went wrong.
 * Also what the kernel says when it refuses memory, descriptors or workers (-EAGAIN, -ENOMEM, -EMFILE, …: those that
 * were started have been ended), what the initializer returned, -EEXIST for two tasks of one name, or -ELOOP where a
 * program that was executed as a worker comes here, as its main does not begin with tvp_pool_worker. The caller ends it
 * with tvp_pool_destroy. */
int tvp_pool_create(struct tvp_pool **created, const struct tvp_pool_options *options, char *reason);

/* Terminates if need be, and frees everything. Handles that were not got become invalid. NULL is allowed. */
void tvp_pool_destroy(struct tvp_pool *pool);

/* To be called first in main by a program whose pools use forkserver or spawn: if this process was started to be a
 * worker it becomes one and never returns. Otherwise it returns at once and does nothing. */
void tvp_pool_worker(int argc, char **argv, const struct tvp_registry *registry);

/* How the tasks of a map are shared out. */
enum tvp_schedule {
	TVP_SCHEDULE_AUTO,    /* dynamic; claims as many tasks at a time as take some 10 us by what was measured */
	TVP_SCHEDULE_DYNAMIC, /* each worker claims `chunk` tasks at a time from its share, then from the others' */
	TVP_SCHEDULE_GUIDED,  /* dynamic, with claims that shrink from half of the share to `chunk` */
	TVP_SCHEDULE_STATIC,  /* one share a worker, claimed whole; nobody helps */
	TVP_SCHEDULE_CHUNKED, /* chunk i is worker i modulo W's; nobody helps */
	TVP_SCHEDULE_COUNT
};

/* How inputs reach the workers and outputs come back. */
enum tvp_payload {
	TVP_PAYLOAD_AUTO,    /* the first of the next three that works here */
	TVP_PAYLOAD_SHARED,  /* both lie in memory from tvp_pool_alloc; nothing is copied */
	TVP_PAYLOAD_POINTER, /* workers use the caller's memory; only where they share the address space */
	TVP_PAYLOAD_COPY,    /* copied into the pool's shared memory and back */
	TVP_PAYLOAD_PIPE,    /* written to and read from a pipe */
	TVP_PAYLOAD_COUNT
};

/* `count` tasks of one kind. */
struct tvp_map {
	const char *task;
	size_t count;
	const void *inputs; /* count × input_bytes; NULL if input_bytes is 0 */
	size_t input_bytes;
	void *outputs; /* count × output_bytes; NULL if output_bytes is 0 */
	size_t output_bytes;
	int *errors; /* count, one for each task, 0 for success; NULL: not wanted */
	enum tvp_schedule schedule;
	enum tvp_payload payload;
	size_t chunk; /* tasks; 0: 1 */
};

/* Work in hand; the caller's memory, not to be moved or copied. Of no further use after tvp_async_get. */
struct tvp_async {
	struct tvp_pool *pool;
	void *work;
	uint32_t place;
	int state, error;
};

/* Runs all tasks and waits for their end. 0: all succeeded; n > 0: n tasks failed, see map->errors; or a negative errno
 * and nothing was run. Waits through signals. */
int64_t tvp_pool_map(struct tvp_pool *pool, const struct tvp_map *map);

/* The same without waiting. What `map` points to (not *map itself) must live until the handle is got. */
int tvp_pool_map_async(struct tvp_pool *pool, const struct tvp_map *map, struct tvp_async *handle);

/* The same; tvp_async_next gives the tasks in the order in which they end. */
int tvp_pool_imap_unordered(struct tvp_pool *pool, const struct tvp_map *map, struct tvp_async *handle);

/* Runs one task and waits. 0: it succeeded; 1: it failed, with *error (NULL: not wanted); or a negative errno. */
int tvp_pool_apply(struct tvp_pool *pool, const char *task, const void *input, size_t input_bytes, void *output,
		   size_t output_bytes, int *error);

/* The same without waiting; the input is copied at once unless it is shared memory, the output must live until the
 * handle is got. handle NULL: nobody asks how it ended (tvp_pool_drain waits for it), and the output must be shared
 * memory or NULL. Waits for room while queue_tasks are queued or running. */
int tvp_pool_apply_async(struct tvp_pool *pool, const char *task, const void *input, size_t input_bytes, void *output,
			 size_t output_bytes, struct tvp_async *handle);

/* 1: all its tasks have ended; 0: not yet. */
int tvp_async_ready(struct tvp_async *handle);

/* Waits until it is ready, at most timeout_ns. 0, -ETIMEDOUT, or -EINTR when a signal handler ran: call it again, or
 * tvp_pool_terminate. */
int tvp_async_wait(struct tvp_async *handle, uint64_t timeout_ns);

/* Waits, fills in outputs and errors, and gives the handle up. Returns what tvp_pool_map or tvp_pool_apply would;
 * *error as there. */
int64_t tvp_async_get(struct tvp_async *handle, int *error);

/* tvp_pool_imap_unordered's: waits for the next task that ends. 1: it is number *index, with *error and its output in
 * place; 0: there are no more; -ETIMEDOUT, -EINTR. The handle is still to be got in the end. */
int tvp_async_next(struct tvp_async *handle, uint64_t timeout_ns, size_t *index, int *error);

/* Waits until nothing is queued or running. 0, -ETIMEDOUT or -EINTR. */
int tvp_pool_drain(struct tvp_pool *pool, uint64_t timeout_ns);

/* No more tasks: what was handed in is still run. */
int tvp_pool_close(struct tvp_pool *pool);

/* After close or terminate: waits until all tasks and all workers have ended. 0, -EBUSY if the pool is open, -EINTR. */
int tvp_pool_join(struct tvp_pool *pool);

/* Ends the workers at once: processes are killed in the midst of their tasks, threads finish the chunk in hand. Tasks
 * that were not begun end with -ECANCELED, those that were with -EOWNERDEAD. */
int tvp_pool_terminate(struct tvp_pool *pool);

/* Memory that all workers see, aligned to 64 bytes. Until tvp_pool_free or the pool's end. */
int tvp_pool_alloc(struct tvp_pool *pool, size_t bytes, void **memory);
void tvp_pool_free(struct tvp_pool *pool, void *memory);

/* Where a piece of shared memory lies for tasks that follow references: tvp_worker_at gives a worker its address. */
uint64_t tvp_pool_offset(const struct tvp_pool *pool, const void *memory);

struct tvp_pool_counts {
	unsigned workers;
	uint64_t replaced; /* workers that died and were replaced */
	uint64_t recycled; /* workers that left after tasks_per_worker */
	uint64_t lost;     /* tasks that were lost with their workers */
};
void tvp_pool_counts(const struct tvp_pool *pool, struct tvp_pool_counts *counts);

/* The process that is worker `rank` now; this process for threads; 0 for a rank that there is not. */
pid_t tvp_pool_worker_pid(const struct tvp_pool *pool, unsigned rank);

/* A task that a worker ran. With trace_events the tasks of a chunk are run one by one, with a look at the clock between
 * two. Times are CLOCK_MONOTONIC, in ns. */
struct tvp_trace_event {
	uint64_t begin_ns, end_ns;
	uint64_t task; /* its number in its map; UINT64_MAX: it was applied */
};

/* The events of worker `rank` since the last clear; *events is valid until the next call that hands in tasks.
 * Only while nothing runs. Returns their number. */
size_t tvp_pool_trace(const struct tvp_pool *pool, unsigned rank, const struct tvp_trace_event **events);
void tvp_pool_trace_clear(struct tvp_pool *pool);

#ifdef __cplusplus
}
#endif

#endif
