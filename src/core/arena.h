/* SPDX-License-Identifier: MIT */
/*
 * The one shared memory region of a team: a memfd mapped MAP_SHARED, the same for every executor.
 * It holds offsets, never pointers: each process may map it at an address of its own.
 */
#ifndef TVP_CORE_ARENA_H
#define TVP_CORE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena {
	void *base;        /* where this process has mapped it */
	size_t size_bytes; /* whole pages */
	int fd;            /* the memfd; closed on exec but where a worker is to have it */
};

/* Offset of no object: 0 is the arena's own header. */
#define ARENA_NOTHING UINT64_C(0)

/* A new arena with room for size_bytes of allocations. 0, -EOVERFLOW, -ENOMEM or an errno of memfd_create,
 * ftruncate or mmap, negated. The caller ends it with arena_exit. */
int arena_init(struct arena *arena, size_t size_bytes);

/* Maps the arena behind an inherited descriptor. 0, -EINVAL if it is not an arena of this version, or a
 * negative errno. The caller ends it with arena_exit, which closes fd. */
int arena_attach(struct arena *arena, int fd);

/* Unmaps and closes. */
void arena_exit(struct arena *arena);

/* Zeroed room for size_bytes at a multiple of align_bytes (a power of two). Its offset goes to *offset.
 * Only during set-up, by one thread. 0, -EOVERFLOW, or -ENOMEM when the arena is full. */
int arena_alloc(struct arena *arena, size_t size_bytes, size_t align_bytes, uint64_t *offset);

/* The address of an offset in this process. */
static inline void *arena_at(const struct arena *arena, uint64_t offset)
{
	return (char *)arena->base + offset;
}

#endif
