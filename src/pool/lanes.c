/* SPDX-License-Identifier: MIT */
/*
 * The owner's ends of the workers' pipes. A worker that has claimed tasks asks for their inputs; the owner writes one byte
 * and then the inputs from the caller's array, and reads the outputs into the caller's array, never blocking: it moves
 * what it can whenever it waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pool/private.h"

static struct pool_pipe *lane_pipes(const struct tvp_pool *pool, unsigned rank)
{
	return (struct pool_pipe *)arena_at(&pool->arena, pool->shared->pipes) + rank;
}

static int lane_watch(const struct tvp_pool *pool, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events | EPOLLET, .data.u64 = EVENT_LANE};

	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || epoll_ctl(pool->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	return 0;
}

int lanes_init(struct tvp_pool *pool)
{
	for (unsigned rank = 0; rank < pool->crew.workers; rank++)
		*lane_pipes(pool, rank) = (struct pool_pipe){-1, -1, -1, -1};
	pool->lanes = calloc(pool->crew.workers, sizeof(*pool->lanes));
	if (!pool->lanes)
		return -ENOMEM;
	for (unsigned rank = 0; rank < pool->crew.workers; rank++) {
		struct pool_pipe *pipes = lane_pipes(pool, rank);
		int input[2], output[2], error;

		if (pipe2(input, O_CLOEXEC) < 0)
			return -errno;
		pipes->input_read = input[0];
		pipes->input_write = input[1];
		if (pipe2(output, O_CLOEXEC) < 0)
			return -errno;
		pipes->output_read = output[0];
		pipes->output_write = output[1];
		error = lane_watch(pool, pipes->input_write, EPOLLOUT);
		if (!error)
			error = lane_watch(pool, pipes->output_read, EPOLLIN);
		if (error)
			return error;
	}
	return 0;
}

void lanes_exit(struct tvp_pool *pool)
{
	for (unsigned rank = 0; rank < pool->crew.workers && pool->lanes; rank++) {
		const int *fds = &lane_pipes(pool, rank)->input_read;

		for (int i = 0; i < 4; i++)
			if (fds[i] >= 0)
				close(fds[i]);
	}
	free(pool->lanes);
	pool->lanes = NULL;
}

static void lane_begin(struct tvp_pool *pool, struct lane *lane, const struct pool_slot *slot)
{
	uint64_t joined = atomic_load(&slot->joined);

	for (struct work *work = pool->works; work; work = work->next)
		if (work->position + 1 == joined && !work->ended)
			lane->work = work;
	if (!lane->work)
		return;
	lane->served++;
	lane->first = atomic_load(&slot->map_first);
	lane->count = atomic_load(&slot->map_end) - lane->first;
	lane->moved = 0;
	lane->state = LANE_SENDING;
}

/* Moves what can be moved. True: all of it has been. A byte goes ahead, so that a worker does not go on before its claim
 * was seen, whatever the size of its inputs. */
static bool lane_send(const struct lane *lane, size_t *moved, int fd)
{
	const struct tvp_map *map = &lane->work->map;
	const char *data = (const char *)map->inputs + lane->first * map->input_bytes;
	size_t bytes = 1 + lane->count * map->input_bytes;

	while (*moved < bytes) {
		ssize_t size = *moved ? write(fd, data + *moved - 1, bytes - *moved) : write(fd, "", 1);

		if (size <= 0)
			return false;
		*moved += (size_t)size;
	}
	return true;
}

static bool lane_receive(const struct lane *lane, size_t *moved, int fd)
{
	const struct tvp_map *map = &lane->work->map;
	char *data = (char *)map->outputs + lane->first * map->output_bytes;
	size_t bytes = lane->count * map->output_bytes;

	while (*moved < bytes) {
		ssize_t size = read(fd, data + *moved, bytes - *moved);

		if (size <= 0)
			return false;
		*moved += (size_t)size;
	}
	return true;
}

/* Until it would have to wait. A worker may have asked anew by the time that its outputs have been read, and rung before
 * the owner said that it waits; so this looks again. */
static void lane_move(struct tvp_pool *pool, unsigned rank)
{
	const struct pool_pipe *pipes = lane_pipes(pool, rank);
	const struct pool_slot *slot = pool_slot(&pool->arena, pool->shared, rank);
	struct lane *lane = &pool->lanes[rank];

	for (;;) {
		if (lane->state == LANE_IDLE && atomic_load(&slot->pipe_wanted) != lane->served)
			lane_begin(pool, lane, slot);
		if (lane->state == LANE_SENDING && lane_send(lane, &lane->moved, pipes->input_write)) {
			lane->state = LANE_RECEIVING;
			lane->moved = 0;
		}
		if (lane->state != LANE_RECEIVING || !lane_receive(lane, &lane->moved, pipes->output_read))
			return;
		lane->state = LANE_IDLE;
		lane->work = NULL;
	}
}

void lanes_move(struct tvp_pool *pool)
{
	for (unsigned rank = 0; rank < pool->crew.workers; rank++)
		lane_move(pool, rank);
}

/* Its worker is gone: reads what it has written. */
void lane_finish(struct tvp_pool *pool, unsigned rank)
{
	struct lane *lane = &pool->lanes[rank];

	if (lane->state != LANE_RECEIVING || !lane_receive(lane, &lane->moved, lane_pipes(pool, rank)->output_read))
		return;
	lane->state = LANE_IDLE;
	lane->work = NULL;
}

/* Its worker is gone: whatever is left in the pipes is nobody's. */
void lane_reset(struct tvp_pool *pool, unsigned rank)
{
	const struct pool_pipe *pipes = lane_pipes(pool, rank);
	char discarded[4096];
	int waiting = 0;

	/* The reading end blocks, as the next worker wants it. */
	while (ioctl(pipes->input_read, FIONREAD, &waiting) == 0 && waiting > 0)
		if (read(pipes->input_read, discarded, sizeof(discarded)) < 0)
			break;
	while (read(pipes->output_read, discarded, sizeof(discarded)) > 0)
		;
	pool->lanes[rank] = (struct lane){
		.served = atomic_load(&pool_slot(&pool->arena, pool->shared, rank)->pipe_wanted),
	};
}

bool lanes_hold(const struct tvp_pool *pool, const struct work *work, uint64_t task)
{
	for (unsigned rank = 0; rank < pool->crew.workers && pool->lanes; rank++) {
		const struct lane *lane = &pool->lanes[rank];

		if (lane->work == work && task - lane->first < lane->count)
			return true;
	}
	return false;
}

bool lanes_idle(const struct tvp_pool *pool, const struct work *work)
{
	if (!(work->job->flags & MAP_PIPED))
		return true;
	for (unsigned rank = 0; rank < pool->crew.workers; rank++)
		if (pool->lanes[rank].work == work)
			return false;
	return true;
}
