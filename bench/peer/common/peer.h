/* SPDX-License-Identifier: MIT */
/*
 * What the peers that are C or C++ programs share: peer.c is their main and speaks the protocol, a peer's own file says
 * how its library does a batch and ends in one const struct peer.
 */
#ifndef TVP_PEER_COMMON_PEER_H
#define TVP_PEER_COMMON_PEER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* outputs[i] = peer_square(inputs[i]) for all tasks. Both arrays have been touched. */
struct peer_batch {
	const uint64_t *inputs;
	uint64_t *outputs;
	size_t tasks;     /* 1 … 2^28 */
	size_t chunk;     /* tasks handed out at a time; 0: as the library does it by default */
	unsigned workers; /* the threads that work on it */
};

/* One value of the experiments' setting "entry". */
struct peer_entry {
	const char *name;
	void (*run)(const struct peer_batch *batch); /* what is timed */
};

/* NULL callbacks mean: nothing to do. They return NULL, or what is wrong. */
struct peer {
	const char *name; /* = file name */
	/* Brings the pool up; it lasts until the program ends. */
	const char *(*start)(unsigned workers);
	/* Before every batch, untimed: memory that the library wants of its caller. */
	const char *(*reserve)(size_t tasks);
	const struct peer_entry *entries; /* ends with a NULL name; the same as in the file's head */
};

/* The task. */
static inline uint64_t peer_square(uint64_t number)
{
	return number * number;
}

#ifdef __cplusplus
}
#endif

#endif
