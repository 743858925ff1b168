/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing of files by one thread that keeps many operations under way: io_uring through liburing, for the event
 * loops of the workloads over files. A build without liburing and a kernel without io_uring refuse with -EOPNOTSUPP.
 */
#ifndef TVP_WORKLOAD_RING_H
#define TVP_WORKLOAD_RING_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef TVP_WITH_LIBURING
#include <liburing.h>
#endif

#include "core/clock.h"
#include "core/cpuset.h"
#include "core/operations.h"
#include "core/workload.h"

/* One step of an operation. */
struct ring_request {
	enum { RING_READ, RING_WRITE, RING_FDATASYNC } kind;
	int fd;
	char *data;
	uint64_t bytes, offset; /* 0 to sync */
};

/* What a workload does with a ring. Up to worker->in_flight operations are under way, each in a slot 0, 1, … of its own. */
struct ring_work {
	/* Step `step` (from 0) of operation `index`: false if there is none, as it is done. */
	bool (*step)(struct worker *worker, uint64_t slot, uint64_t index, unsigned step, struct ring_request *request);
	/* Its last step has been done: 0 or a negative errno with worker_fail. */
	int (*done)(struct worker *worker, uint64_t slot, uint64_t index);
	/* A request was refused: says so with worker_fail. */
	int (*refused)(struct worker *worker, const struct ring_request *request, int error);
};

/* One with all slots free; the worker's own, to be kept from batch to batch. NULL: none yet. */
struct ring;

#ifndef TVP_WITH_LIBURING

static inline int ring_run(struct ring **ring, struct worker *worker, struct operations *operations,
			   const struct ring_work *work)
{
	return worker_fail(worker, -EOPNOTSUPP, "this build lacks liburing (on Debian: liburing-dev)");
}

static inline void ring_destroy(struct ring *ring)
{
}

#else

enum { RING_ENTRIES_MAX = 4096 };

struct ring_slot {
	uint64_t index;
	unsigned step;
	struct ring_request request; /* what is left of it */
	uint64_t next_free;
};

struct ring {
	struct io_uring uring;
	uint64_t slots, free, under_way; /* `free` is the first one: `slots` if there is none */
	int error;                       /* the first one of this batch */
	struct ring_slot slot[];
};

static inline void ring_destroy(struct ring *ring)
{
	if (ring)
		io_uring_queue_exit(&ring->uring);
	free(ring);
}

/* What the kernel cannot do at once is done by threads of its own, which are to be where the worker is. Kernels before 5.14
 * cannot be told so. */
static inline void ring_bind(struct ring *ring)
{
	size_t bytes = cpuset_size_bytes();
	cpu_set_t *set = CPU_ALLOC(bytes * 8);

	if (set && cpuset_get(set, bytes) == 0)
		io_uring_register_iowq_aff(&ring->uring, bytes, set);
	CPU_FREE(set);
}

static inline int ring_create(struct ring **created, struct worker *worker)
{
	uint64_t slots = worker->in_flight;
	struct ring *ring = malloc(sizeof(*ring) + slots * sizeof(*ring->slot));
	int error;

	if (!ring)
		return worker_fail(worker, -ENOMEM, "no memory for %llu operations at a time",
				   (unsigned long long)slots);
	ring->slots = slots;
	ring->under_way = 0;
	ring->free = 0;
	for (uint64_t i = 0; i < slots; i++)
		ring->slot[i].next_free = i + 1;
	error = io_uring_queue_init((unsigned)(slots < RING_ENTRIES_MAX ? slots : RING_ENTRIES_MAX), &ring->uring, 0);
	if (!error) {
		ring_bind(ring);
		*created = ring;
		return 0;
	}
	free(ring);
	if (error == -EPERM || error == -EACCES || error == -ENOSYS)
		return worker_fail(worker, -EOPNOTSUPP,
				   "the kernel refuses io_uring: %s (see sysctl kernel.io_uring_disabled; containers "
				   "forbid it by seccomp)",
				   strerror(-error));
	return worker_fail(worker, error, "no io_uring: %s", strerror(-error));
}

static inline struct io_uring_sqe *ring_entry(struct ring *ring)
{
	struct io_uring_sqe *entry = io_uring_get_sqe(&ring->uring);

	/* Full: what is in it goes to the kernel first. */
	while (!entry && io_uring_submit(&ring->uring) >= 0)
		entry = io_uring_get_sqe(&ring->uring);
	return entry;
}

static inline int ring_push(struct ring *ring, uint64_t number)
{
	struct ring_slot *slot = &ring->slot[number];
	const struct ring_request *request = &slot->request;
	struct io_uring_sqe *entry = ring_entry(ring);

	if (!entry)
		return -EBUSY;
	if (request->kind == RING_READ)
		io_uring_prep_read(entry, request->fd, request->data, (unsigned)request->bytes, request->offset);
	else if (request->kind == RING_WRITE)
		io_uring_prep_write(entry, request->fd, request->data, (unsigned)request->bytes, request->offset);
	else
		io_uring_prep_fsync(entry, request->fd, IORING_FSYNC_DATASYNC);
	entry->user_data = number;
	return 0;
}

static inline void ring_release(struct ring *ring, uint64_t number)
{
	ring->slot[number].next_free = ring->free;
	ring->free = number;
	ring->under_way--;
}

/* After a step is done, or before the first one. */
static inline void ring_advance(struct ring *ring, uint64_t number, struct worker *worker,
				struct operations *operations, const struct ring_work *work)
{
	struct ring_slot *slot = &ring->slot[number];
	int error;

	if (work->step(worker, number, slot->index, slot->step, &slot->request)) {
		slot->step++;
		error = ring_push(ring, number);
		if (!error)
			return;
		error = work->refused(worker, &slot->request, error);
	} else {
		error = work->done(worker, number, slot->index);
		if (!error)
			operations_done(operations, slot->index);
	}
	if (!ring->error)
		ring->error = error;
	ring_release(ring, number);
}

/* What the kernel says of a request: it may have done a part. */
static inline void ring_answer(struct ring *ring, uint64_t number, int got, struct worker *worker,
			       struct operations *operations, const struct ring_work *work)
{
	struct ring_slot *slot = &ring->slot[number];
	struct ring_request *request = &slot->request;

	if (got == 0 && request->bytes)
		got = -EIO;
	if (got > 0) {
		request->data += got;
		request->offset += (uint64_t)got;
		request->bytes -= (uint64_t)got;
		got = request->bytes ? ring_push(ring, number) : 0;
		if (request->bytes && !got)
			return;
	}
	if (!got && !ring->error) {
		ring_advance(ring, number, worker, operations, work);
		return;
	}
	if (!ring->error)
		ring->error = work->refused(worker, request, got);
	ring_release(ring, number);
}

/* Hands over what was pushed, and waits until something is done or it is due_ns (UINT64_MAX: never). */
static inline int ring_wait(struct ring *ring, uint64_t due_ns)
{
	uint64_t now_ns = clock_now_ns(), left_ns = due_ns > now_ns ? due_ns - now_ns : 0;
	struct __kernel_timespec left = {(int64_t)(left_ns / NS_PER_S), (long long)(left_ns % NS_PER_S)};
	struct io_uring_cqe *ignored;
	int error;

	if (due_ns == UINT64_MAX) {
		error = io_uring_submit_and_wait(&ring->uring, 1);
	} else {
		error = io_uring_submit(&ring->uring);
		if (error >= 0)
			error = io_uring_wait_cqes(&ring->uring, &ignored, 1, &left, NULL);
	}
	/* The queue is full, or it was a signal: what has been done is looked at, and then it is tried again. */
	if (error == -ETIME || error == -EINTR || error == -EAGAIN || error == -EBUSY)
		return 0;
	return error < 0 ? error : 0;
}

static inline enum operations_next ring_take(struct ring *ring, uint64_t *due_ns, struct worker *worker,
					     struct operations *operations, const struct ring_work *work)
{
	enum operations_next next = OPERATIONS_TAKEN;

	while (ring->free != ring->slots && !ring->error) {
		uint64_t number = ring->free;
		struct ring_slot *slot = &ring->slot[number];

		next = operations_take(operations, &slot->index, due_ns);
		if (next != OPERATIONS_TAKEN)
			return next;
		ring->free = slot->next_free;
		ring->under_way++;
		slot->step = 0;
		ring_advance(ring, number, worker, operations, work);
	}
	return next;
}

/* For run_concurrent. What is under way when something fails is waited for: it has the worker's buffers. */
static inline int ring_run(struct ring **kept, struct worker *worker, struct operations *operations,
			   const struct ring_work *work)
{
	struct ring *ring;
	int error = *kept ? 0 : ring_create(kept, worker);

	if (error)
		return error;
	ring = *kept;
	ring->error = 0;
	for (;;) {
		uint64_t due_ns = 0;
		enum operations_next next = ring_take(ring, &due_ns, worker, operations, work);
		struct io_uring_cqe *done;

		if (!ring->under_way && (ring->error || next == OPERATIONS_OVER))
			return ring->error;
		error = ring_wait(ring, next == OPERATIONS_LATER ? due_ns : UINT64_MAX);
		if (error)
			return worker_fail(worker, error, "io_uring_enter: %s", strerror(-error));
		while (io_uring_peek_cqe(&ring->uring, &done) == 0) {
			uint64_t number = done->user_data;
			int got = done->res;

			io_uring_cqe_seen(&ring->uring, done);
			ring_answer(ring, number, got, worker, operations, work);
		}
	}
}

#endif

#endif
