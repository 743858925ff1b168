/* SPDX-License-Identifier: MIT */
/* The parent that workers are brought up from, made to be what the settings say. */
#ifndef TVP_MEASURE_PARENT_H
#define TVP_MEASURE_PARENT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/parent.h"

struct parent {
	char *memory; /* touched; NULL: none */
	size_t memory_bytes;
	bool huge; /* it came in huge pages */
	char *mappings;
	size_t mappings_bytes;
	int *descriptors;
	unsigned descriptor_count;
	pthread_t *threads;
	unsigned thread_count;
	_Atomic uint32_t leave; /* futex: 1 tells the threads to end */
};

/* 0, or a negative errno with REASON_BYTES of reason; after an error there is nothing to end. */
int parent_init(struct parent *parent, const uint64_t *settings, char *reason);
void parent_exit(struct parent *parent);

/* Gives the memory back and touches it anew: huge pages that were written to while they were shared are small ones now. */
void parent_renew(struct parent *parent);

#endif
