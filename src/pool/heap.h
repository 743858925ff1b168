/* SPDX-License-Identifier: MIT */
/*
 * The part of the arena that a pool's owner hands out and takes back: arrays of maps, payloads. Only the owner calls
 * this, and its lists are in private memory; so no worker can be killed in the midst of a change.
 */
#ifndef TVP_POOL_HEAP_H
#define TVP_POOL_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_extent;

struct heap {
	char *base;               /* the arena's */
	struct heap_extent *free; /* in order of address, never adjacent */
};

/* Offsets begin … end - 1 of the arena. 0 or -ENOMEM. */
int heap_init(struct heap *heap, void *base, uint64_t begin, uint64_t end);
void heap_exit(struct heap *heap);

/* Not zeroed; aligned to POOL_STEP. 0, -ENOSPC, -EOVERFLOW or -ENOMEM (for the lists). */
int heap_alloc(struct heap *heap, size_t bytes, uint64_t *offset);

/* An offset from heap_alloc. */
void heap_free(struct heap *heap, uint64_t offset);

#endif
