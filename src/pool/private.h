/* SPDX-License-Identifier: MIT */
/* A pool as its owner has it in private memory, and what the files of the owner's side share. */
#ifndef TVP_POOL_PRIVATE_H
#define TVP_POOL_PRIVATE_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include "core/crew.h"
#include "pool/heap.h"
#include "pool/layout.h"
#include "pool/parking.h"
#include "pool/worker.h"
#include "tvp/pool.h"

enum pool_state { POOL_OPEN, POOL_CLOSED, POOL_BROKEN, POOL_ENDED };

enum async_state { ASYNC_NONE, ASYNC_APPLIED, ASYNC_MAP, ASYNC_ENDED };

/* What the owner's epoll set says has happened: these, or the end of the worker of that rank. */
#define EVENT_BELL UINT64_MAX
#define EVENT_LANE (UINT64_MAX - 1)

/* What the owner knows of the task at a place of the ring. */
struct applied {
	uint64_t position; /* in the queue */
	uint32_t use;      /* how often the place has been used */
	bool open;         /* the place is taken, until its end has been noted */
	bool late;         /* the ring has come round to it, and it had not ended */
	bool kept;         /* there is more to know */
};

struct kept {
	struct tvp_async *handle; /* NULL: nobody asks */
	void *output;             /* where the output is copied to; NULL: it is in its place already */
	uint64_t block;           /* of the heap, for input and output that are not small; ARENA_NOTHING: none */
};

/* A map in hand, or the rest of one whose worker died. */
struct work {
	struct work *next;   /* newest first */
	struct work *parent; /* of a rest: whose chunks it will end */
	uint32_t held_first, held_count;
	unsigned rests; /* that are not ended */
	uint64_t position, offset;
	struct pool_job *job;
	bool waiting; /* a rest for which the queue had no place yet */
	bool recount; /* a worker died in it: `done` cannot be trusted */
	bool ended;
	struct tvp_map map;
	enum tvp_payload payload;
	uint64_t block;           /* of copied inputs and outputs */
	unsigned char *delivered; /* tvp_async_next: chunks that were given out; and the one in hand */
	uint64_t order_next, task_next, task_end;
};

/* The owner's end of a worker's pipes. */
struct lane {
	enum { LANE_IDLE, LANE_SENDING, LANE_RECEIVING } state;
	uint32_t served; /* requests */
	struct work *work;
	uint64_t first, count;
	size_t moved;
};

struct tvp_pool {
	struct arena arena;
	struct pool_shared *shared;
	struct heap heap;
	struct crew crew;
	const struct tvp_registry *registry;
	char program[PATH_MAX];
	enum pool_state state;
	uint64_t tail, head_seen, base; /* as in shared, but without asking the workers for the line */
	uint32_t tasks;                 /* in the registry */
	uint32_t known_task;            /* the last one looked up */

	struct applied *applied;    /* one a place of the ring, */
	struct kept *kept;          /* and what more there is to know of it */
	uint64_t oldest;            /* all tasks below this position have ended but those that are late */
	uint32_t open, late;        /* places that are so */
	struct work *works, *limbo; /* limbo: ended, but a worker may still look at its job */

	int epoll_fd;
	int *pidfds;            /* one a worker; -1: none */
	bool unwatched;         /* some have none: they are looked after by polling */
	bool vacant;            /* a worker could not be replaced yet */
	uint64_t retry_ns;      /* when that is tried again */
	unsigned stillborn;     /* workers in a row that died before they were ready */
	uint64_t orphans_below; /* a worker died: tasks below this position may be nobody's; 0: none */
	struct lane *lanes;     /* one a worker; NULL without pipes */
	struct pool_life *lent; /* the caller's, where the executor lends it */
	bool looked;            /* for dead workers, since the handle in hand was waited for */
	uint64_t glanced_ns;    /* when it last looked without sleeping, for applied tasks */
	uint64_t spin_ns;       /* the owner's own, shorter where it takes the CPU from a worker */
	struct tvp_pool_counts counts;
};

/* The place of a position in the ring. */
static inline uint32_t place_of(const struct tvp_pool *pool, uint64_t position)
{
	return (uint32_t)((position - pool->base) & pool->shared->ring_mask);
}

/* options.c */
int options_complete(struct tvp_pool_options *options, const struct executor **executor, uint32_t *tasks, char *reason);
unsigned usable_cpus(void);

/* layout.c: makes pool->arena, pool->shared and pool->heap. */
int layout_init(struct tvp_pool *pool, const struct tvp_pool_options *options, uint32_t tasks, char *reason);

/* wait.c */
typedef bool (*pool_condition)(struct tvp_pool *pool, const void *context);
/* Does what is due until the condition holds. The bell rings for what workers end once head has reached `position`.
 * 0, -ETIMEDOUT, or -EINTR unless it is to go on through signals. */
int pool_wait(struct tvp_pool *pool, pool_condition condition, const void *context, uint64_t position,
	      uint64_t timeout_ns, bool through_signals);
/* Does what is due without waiting; dead workers are seen. */
void pool_tend(struct tvp_pool *pool);
/* The same if that was not done lately: applied tasks end too quickly to do it for each. */
void pool_glance(struct tvp_pool *pool);
/* Watches for the end of a worker process. Without a descriptor for it (RLIMIT_NOFILE) polling will have to do. */
void pool_watch(struct tvp_pool *pool, unsigned rank);
void pool_unwatch(struct tvp_pool *pool, unsigned rank);
/* Sleeps until something happens, but not long. False: nothing has. */
bool pool_doze(struct tvp_pool *pool);

/* queue.c, and what is short enough to be on every task's way */
int pool_find_task(struct tvp_pool *pool, const char *name, uint32_t *number);

static inline int pool_check(const struct tvp_pool *pool)
{
	if (!pool)
		return -EINVAL;
	if (pool->state == POOL_BROKEN)
		return -ECHILD;
	return pool->state == POOL_OPEN ? 0 : -ESHUTDOWN;
}

static inline int pool_task_number(struct tvp_pool *pool, const char *name, uint32_t *number)
{
	*number = pool->known_task;
	/* The registry's own name needs no comparison. */
	if (*number < pool->tasks && pool->registry->tasks[*number]->name == name)
		return 0;
	return pool_find_task(pool, name, number);
}

static inline int pool_sizes(const struct tvp_pool *pool, uint32_t task, size_t input_bytes, size_t output_bytes)
{
	const struct tvp_task *own = pool->registry->tasks[task];

	if ((own->input_bytes != SIZE_MAX && own->input_bytes != input_bytes) ||
	    (own->output_bytes != SIZE_MAX && own->output_bytes != output_bytes))
		return -EINVAL;
	return 0;
}

static inline bool pool_is_shared(const struct tvp_pool *pool, const void *memory, size_t bytes)
{
	uintptr_t offset = (uintptr_t)memory - (uintptr_t)pool->arena.base;

	return offset < pool->arena.size_bytes && bytes <= pool->arena.size_bytes - offset;
}

static inline uint64_t pool_place(const struct tvp_pool *pool, const void *memory)
{
	if (pool_is_shared(pool, memory, 0))
		return (uint64_t)((uintptr_t)memory - (uintptr_t)pool->arena.base);
	return (uint64_t)(uintptr_t)memory | PLACE_IS_ADDRESS;
}

bool pool_has_room(struct tvp_pool *pool);
/* Waits for a free place at the queue's end, and passes by places that are still taken. 0, or -ECHILD. */
int pool_make_room(struct tvp_pool *pool);
/* Queues an entry there, and wakes up to `workers`. */
static inline void pool_publish(struct tvp_pool *pool, uint32_t entry, unsigned workers)
{
	struct pool_shared *shared = pool->shared;
	_Atomic uint32_t *place = (_Atomic uint32_t *)arena_at(&pool->arena, shared->ring) + place_of(pool, pool->tail);

	/* Mostly a task again: then the line stays with whoever has it. */
	if (atomic_load_explicit(place, memory_order_relaxed) != entry)
		atomic_store_explicit(place, entry, memory_order_release);
	parking_publish(shared, &shared->tail, ++pool->tail);
	if (workers)
		parking_wake(&pool->arena, shared, workers);
}

/* owner_applied.c */
bool applied_ended(const struct tvp_pool *pool, uint32_t place);
/* Is the place free, or can it be? */
bool applied_clear(struct tvp_pool *pool, uint32_t place);
void applied_finish(struct tvp_pool *pool, uint32_t place);
/* Notes the end of what has ended. True: nothing is left. */
bool applied_finish_all(struct tvp_pool *pool);
void applied_lose(struct tvp_pool *pool, const struct pool_slot *slot);
void applied_adopt(struct tvp_pool *pool);
void applied_cancel(struct tvp_pool *pool, int error);

/* owner_map.c */
int work_submit(struct tvp_pool *pool, const struct tvp_map *map, unsigned flags, struct tvp_async *handle);
bool work_check(struct tvp_pool *pool, struct work *work);
bool work_is_joined(const struct tvp_pool *pool, const struct work *work);
void works_tend(struct tvp_pool *pool);
int64_t work_finish(struct tvp_pool *pool, struct work *work, int *error);
void work_free(struct tvp_pool *pool, struct work *work);
int work_queue_rest(struct tvp_pool *pool, struct work *parent, uint64_t first, uint64_t end, uint32_t held_first,
		    uint32_t held_count);

/* owner_deaths.c */
void works_lose(struct tvp_pool *pool, unsigned rank);
bool work_recount(struct tvp_pool *pool, struct work *work);
void works_cancel(struct tvp_pool *pool, int error);
int32_t *work_error(const struct tvp_pool *pool, const struct work *work, uint64_t task);
unsigned char *work_status(const struct tvp_pool *pool, const struct work *work);

/* staff.c */
int staff_start(struct tvp_pool *pool, char *reason);
void staff_gone(struct tvp_pool *pool, unsigned rank);
void staff_tend(struct tvp_pool *pool);
/* Ends all workers, at once by force where the executor can; what has not ended then does so with `error`. */
void pool_end(struct tvp_pool *pool, enum pool_state state, bool by_force, int error);

/* lanes.c */
int lanes_init(struct tvp_pool *pool);
void lanes_exit(struct tvp_pool *pool);
void lanes_move(struct tvp_pool *pool);
void lane_finish(struct tvp_pool *pool, unsigned rank);
void lane_reset(struct tvp_pool *pool, unsigned rank);
/* Is this task's output still on its way? */
bool lanes_hold(const struct tvp_pool *pool, const struct work *work, uint64_t task);
bool lanes_idle(const struct tvp_pool *pool, const struct work *work);

#endif
