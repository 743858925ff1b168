/* SPDX-License-Identifier: MIT */
/* First fit in order of address, neighbours joined; each block has its size in the step before it. */
#include "pool/heap.h"

#include <errno.h>
#include <stdlib.h>

#include "pool/layout.h"

struct heap_extent {
	struct heap_extent *next;
	uint64_t begin, end;
};

static uint64_t *block_bytes(const struct heap *heap, uint64_t offset)
{
	return (uint64_t *)(heap->base + offset - POOL_STEP);
}

static int extent_add(struct heap_extent **link, uint64_t begin, uint64_t end)
{
	struct heap_extent *extent = malloc(sizeof(*extent));

	if (!extent)
		return -ENOMEM;
	*extent = (struct heap_extent){*link, begin, end};
	*link = extent;
	return 0;
}

int heap_init(struct heap *heap, void *base, uint64_t begin, uint64_t end)
{
	begin = (begin + POOL_STEP - 1) / POOL_STEP * POOL_STEP;
	end = end / POOL_STEP * POOL_STEP;
	*heap = (struct heap){.base = base};
	return begin < end ? extent_add(&heap->free, begin, end) : 0;
}

void heap_exit(struct heap *heap)
{
	while (heap->free) {
		struct heap_extent *extent = heap->free;

		heap->free = extent->next;
		free(extent);
	}
}

int heap_alloc(struct heap *heap, size_t bytes, uint64_t *offset)
{
	struct heap_extent **link = &heap->free, *extent;
	uint64_t whole;

	if (__builtin_add_overflow(bytes, (uint64_t)2 * POOL_STEP - 1, &whole))
		return -EOVERFLOW;
	whole = whole / POOL_STEP * POOL_STEP;
	while ((extent = *link) != NULL && extent->end - extent->begin < whole)
		link = &extent->next;
	if (!extent)
		return -ENOSPC;
	*offset = extent->begin + POOL_STEP;
	extent->begin += whole;
	if (extent->begin == extent->end) {
		*link = extent->next;
		free(extent);
	}
	*block_bytes(heap, *offset) = whole;
	return 0;
}

void heap_free(struct heap *heap, uint64_t offset)
{
	uint64_t begin = offset - POOL_STEP, end = begin + *block_bytes(heap, offset);
	struct heap_extent **link = &heap->free, *extent, *after;

	while ((extent = *link) != NULL && extent->end < begin)
		link = &extent->next;
	/* This extent ends at or beyond the block: it touches it from below, or from above, or not at all. */
	if (extent && extent->end == begin) {
		extent->end = end;
		after = extent->next;
		if (after && after->begin == end) {
			extent->end = after->end;
			extent->next = after->next;
			free(after);
		}
	} else if (extent && extent->begin == end) {
		extent->begin = begin;
	} else {
		/* Out of memory for the list: the block is lost to the pool, no more. */
		(void)extent_add(link, begin, end);
	}
}
