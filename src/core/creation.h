/* SPDX-License-Identifier: MIT */
/*
 * A creation as creator and worker tell each other about it: what a worker does that was brought up to see what that
 * costs. Its slot lies in an arena, so that workers of any kind find it, even programs that are not linked with this.
 */
#ifndef TVP_CORE_CREATION_H
#define TVP_CORE_CREATION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"

/* Where the slot of worker 0 lies in the arena; the others follow. */
#define CREATION_OFFSET UINT64_C(128)

/* What the worker writes, and what it is told, is in memory before `done` is 1 and seen by whoever has seen that. */
struct creation_slot {
	_Alignas(128) uint64_t started_ns; /* the worker's first instruction */
	uint64_t done_ns;                  /* its work was done */
	uint64_t write_ns;                 /* that it wrote to its creator's memory for */
	uint64_t cpuset_offset;            /* of what it binds itself to; ARENA_NOTHING: it stays with its creator */
	uint64_t cpuset_bytes;
	int32_t cpu;            /* where it was at its end */
	int32_t error;          /* a negative errno: it could not be bound */
	uint32_t hold;          /* 1: it wakes its creator, then does nothing until it is released */
	uint32_t announce;      /* 1: it wakes a creator who waits for `done` */
	uint32_t at_home;       /* 1: it runs in its creator's address space, where the vDSO costs no page fault */
	_Atomic uint32_t begun; /* futexes: 0, then 1 */
	_Atomic uint32_t released;
	_Atomic uint32_t done;
};

static inline struct creation_slot *creation_slot(const struct arena *arena, unsigned rank)
{
	return (struct creation_slot *)arena_at(arena, CREATION_OFFSET) + rank;
}

/* The creator's side: before the creating call. */
void creation_prepare(struct creation_slot *slot, bool hold, bool announce);
/* Sleep until the worker holds, or until its work is done, which it must have been asked for or asked to announce.
 * 0 or -ETIMEDOUT. */
int creation_await_begun(struct creation_slot *slot, uint64_t timeout_ns);
int creation_await_done(struct creation_slot *slot, uint64_t timeout_ns);
void creation_release(struct creation_slot *slot);

/* All of the worker's life: it writes a byte into each page of `memory`, if there is any, and says that it is done. */
void creation_work(const struct arena *arena, unsigned rank, char *memory, size_t bytes, uint64_t started_ns);

/* Writes a byte into each page; ns that it took. */
uint64_t creation_write(char *memory, size_t bytes);

/* What tvp-worker runs for it. */
#define CREATION_ROLE "tvp-creation"
bool creation_program_entry(struct arena *arena, unsigned rank, uint64_t started_ns);

#endif
