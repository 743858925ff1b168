/* SPDX-License-Identifier: MIT */
/*
 * What of a pool lies in its arena, for owner and workers alike: offsets, never pointers. Work is handed over through
 * one queue, a ring of entries between `head` and `tail`; an entry is an applied task or a map that workers join. The
 * ring's places have records, outcomes and outputs of their own, so that owner and workers walk through memory in order.
 */
#ifndef TVP_POOL_LAYOUT_H
#define TVP_POOL_LAYOUT_H

#include <stdatomic.h>
#include <stdint.h>

#include "core/arena.h"
#include "tvp/task.h"

/* Where pool_shared lies in every pool's arena, and what tvp_pool_worker looks for. */
#define POOL_SHARED_OFFSET UINT64_C(128)
#define POOL_ROLE          "tvp-pool"

enum {
	POOL_NAME_BYTES = 64,
	POOL_REASON_BYTES = 160,
	POOL_CLAIM_MAX = 32, /* applied tasks claimed at a time */
	POOL_STEP = 64       /* alignment of everything that workers write */
};

/* An entry of the queue: an applied task, whose record lies at the same place; nothing, where an older task still has
 * that record; or a map's job, by its offset in units of POOL_STEP. */
#define ENTRY_TASK   UINT32_C(0)
#define ENTRY_NONE   UINT32_C(1)
#define ENTRY_IS_MAP UINT32_C(0x80000000)

enum worker_phase {
	WORKER_STARTING,
	WORKER_READY,
	WORKER_FAILED, /* its binding, the lookup of its tasks or its initializer; see slot->error */
	WORKER_LEFT    /* in order: recycled, or told to */
};

enum claim_kind {
	CLAIM_NONE,
	CLAIM_ANNOUNCED, /* of applied tasks: about to take them off the queue */
	CLAIM_APPLIED    /* they are this worker's */
};

/*
 * What a worker tells about itself. Only the worker writes it while it lives (but `wake`), so that whoever finds it dead
 * can tell what it had in hand: see worker.c for the order of the stores.
 */
struct pool_slot {
	_Alignas(128) _Atomic uint64_t at;   /* the task in hand: of the map, or an index into claimed */
	_Atomic uint64_t map_first, map_end; /* the claimed tasks of the map; map_end 0: none */
	_Atomic uint64_t joined;             /* position + 1 of the map that it may look at; 0: none */
	_Atomic uint32_t map_failed;         /* 1: the errors of the claimed tasks are written down */
	_Atomic uint32_t claim_kind;         /* enum claim_kind */
	uint32_t claim_count;
	struct pool_claimed {
		uint32_t place, position; /* in the ring; in the queue, the low half */
	} claimed[POOL_CLAIM_MAX];
	_Alignas(128) _Atomic uint32_t wake; /* futex: 1 wakes it */
	_Atomic uint32_t phase;              /* enum worker_phase */
	int32_t error;                       /* of a failed one */
	_Atomic uint32_t pipe_wanted;        /* how often it has asked for the inputs of its claim */
	uint64_t trace_offset;               /* struct tvp_trace_event[trace_room] */
	_Atomic uint64_t trace_count;
	char reason[POOL_REASON_BYTES];
};

/* An applied task, two to a cache line. Only the owner writes it, so that the line goes one way. */
struct pool_record {
	_Alignas(32) uint64_t input; /* places of both */
	uint64_t output;
	uint32_t input_bytes, output_bytes, task;
};

/* How it ended: its error << 32 | how often its place has been used. Apart from the records, as only workers write them,
 * and many lie on one line; and never set back, as that would take the line from them. */
typedef _Atomic uint64_t pool_outcome_t;

/* A small input or output. */
struct pool_small {
	_Alignas(32) unsigned char data[32];
};

/* Places are offsets in the arena, or with this bit addresses in the one address space of owner and workers. */
#define PLACE_IS_ADDRESS (UINT64_C(1) << 63)

enum map_flags {
	MAP_ORDERED = 1, /* imap: workers note which chunks have ended in `order` */
	MAP_PIPED = 2
};

enum chunk_status {
	CHUNK_OPEN,
	CHUNK_DONE,
	CHUNK_FAILED, /* at least one of its tasks */
	CHUNK_HELD    /* the owner's: a part of it is run anew */
};

/* Chunks next … end - 1, or rounds of them, that one worker has not claimed yet: end << 32 | next. */
struct pool_share {
	_Alignas(POOL_STEP) _Atomic uint64_t range;
};

/* A map: tasks first … first + count - 1 of its arrays, in chunks. */
struct pool_job {
	uint32_t task, flags, schedule;
	uint32_t chunks;
	uint64_t first, count, chunk;
	uint64_t inputs, outputs; /* places of task 0 */
	uint64_t input_bytes, output_bytes;
	uint64_t status; /* offset of a byte a chunk: enum chunk_status */
	uint64_t errors; /* offset of an int32_t a task, from `first`; filled in for chunks that failed */
	uint64_t order;  /* offset of a uint32_t a chunk: chunk + 1 */
	_Alignas(POOL_STEP) _Atomic uint64_t done; /* chunks that ended, added up as workers leave the map */
	_Atomic uint64_t ordered;                  /* places of `order` that were given out */
	struct pool_share shares[];                /* one a worker */
};

struct pool_shared {
	uint32_t workers, futex_flags;
	uint32_t tasks, parked_words, trace_room, argument_bytes;
	int32_t bell_fd;
	uint32_t crowded;                                            /* there is no CPU left for the owner */
	uint32_t own_fences;                                         /* see parking.h */
	uint64_t spin_ns, tasks_per_worker, ring_mask, cpuset_bytes; /* ring_mask: places - 1 */
	uint64_t slots, ring, records, outcomes, small_inputs, small_outputs, parked, names, cpusets, argument, pipes;
	char initializer[POOL_NAME_BYTES];
	_Alignas(128) _Atomic uint64_t base;        /* the position that lies at place 0 of the ring; seldom moved */
	_Alignas(128) _Atomic uint64_t head;        /* the oldest entry that is not claimed, or not wholly */
	_Alignas(128) _Atomic uint64_t tail;        /* one past the newest; only the owner moves it */
	_Alignas(128) _Atomic uint64_t owner_waits; /* 0, or: ring the bell once head has reached this - 1 */
	_Atomic uint32_t attention;                 /* a worker has left, become ready or failed */
	_Atomic uint32_t recounting;                /* a worker died in a map: ring whenever one leaves a map */
	_Atomic uint32_t stop;                      /* 1: leave as soon as the claim in hand is done */
};

/* Descriptors of one worker's two pipes, at shared->pipes. */
struct pool_pipe {
	int32_t input_read, input_write, output_read, output_write;
};

static inline struct pool_slot *pool_slot(const struct arena *arena, const struct pool_shared *shared, unsigned rank)
{
	return (struct pool_slot *)arena_at(arena, shared->slots) + rank;
}

static inline struct pool_record *pool_record(const struct arena *arena, const struct pool_shared *shared,
					      uint32_t index)
{
	return (struct pool_record *)arena_at(arena, shared->records) + index;
}

static inline pool_outcome_t *pool_outcome(const struct arena *arena, const struct pool_shared *shared, uint32_t index)
{
	return (pool_outcome_t *)arena_at(arena, shared->outcomes) + index;
}

static inline uint64_t outcome_make(uint32_t use, int32_t error)
{
	return (uint64_t)(uint32_t)error << 32 | use;
}

static inline int32_t outcome_error(uint64_t outcome)
{
	return (int32_t)(outcome >> 32);
}

static inline void *pool_at(const struct arena *arena, uint64_t place)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the owner has made it from one. */
	return place & PLACE_IS_ADDRESS ? (void *)(uintptr_t)(place & ~PLACE_IS_ADDRESS) : arena_at(arena, place);
}

/* Takes a cache line from whoever has it, before it is written. The compiler's own would only read it, as not every x86
 * knows the instruction; those that do not ignore it. */
static inline void pool_prefetch_for_write(const void *line)
{
#if defined(__x86_64__)
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)line));
#else
	__builtin_prefetch(line, 1);
#endif
}

/* The place of a position between head and tail. */
static inline uint32_t pool_place_of(const struct pool_shared *shared, uint64_t position)
{
	/* Relaxed: it only changes while the queue is empty, before the tail is moved; and a claim by an old head fails. */
	return (uint32_t)((position - atomic_load_explicit(&shared->base, memory_order_relaxed)) & shared->ring_mask);
}

static inline _Atomic uint32_t *pool_entry(const struct arena *arena, const struct pool_shared *shared,
					   uint64_t position)
{
	return (_Atomic uint32_t *)arena_at(arena, shared->ring) + pool_place_of(shared, position);
}

#endif
