/* SPDX-License-Identifier: MIT */
/* What the files of the worker's side share. */
#ifndef TVP_POOL_LIFE_H
#define TVP_POOL_LIFE_H

#include "pool/worker.h"

/* Claims applied tasks from `head` on and runs them. False: nothing was claimed. */
bool pool_run_applied(struct pool_life *life, uint64_t head, uint64_t tail);

/* Joins the map at `head` and works in it until there is nothing more to claim. False: nothing was claimed. */
bool pool_run_map(struct pool_life *life, uint64_t head, uint32_t entry);

/* Leaves the memory alone for a moment, about 50 ns a time on recent processors. */
static inline void pool_relax(unsigned times)
{
	while (times--)
#if defined(__x86_64__) || defined(__i386__)
		__builtin_ia32_pause();
#elif defined(__aarch64__)
		__asm__ volatile("yield");
#else
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
#endif
}

/* The owner sleeps: wakes it. */
void pool_ring(struct pool_shared *shared);

/* Rings if the owner waits for what has just ended. To be called after that was published. */
void pool_ring_if(struct pool_life *life, uint64_t head);

void pool_trace(struct pool_life *life, uint64_t begin_ns, uint64_t end_ns, uint64_t task);

/* Moves the bytes through a blocking pipe. 0 or a negative errno (-EPIPE at its end). */
int pool_pipe_read(int fd, void *data, size_t bytes);
int pool_pipe_write(int fd, const void *data, size_t bytes);

/* Notes what tasks of a kind took, `count` of them together. */
void pool_learn(struct pool_life *life, uint32_t task, uint64_t ns, uint64_t count);

/* How many tasks of a kind fill `wanted_ns`; 1 while nothing is known. */
uint32_t pool_worth(const struct pool_life *life, uint32_t task, double wanted_ns, uint32_t most);

#endif
