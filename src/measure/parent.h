/* SPDX-License-Identifier: MIT */
/* The parent that workers are brought up from, made to be what the settings say. */
#ifndef TVP_MEASURE_PARENT_H
#define TVP_MEASURE_PARENT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "core/parent.h"

struct parent {
	char *memory; /* touched; NULL: none */
	size_t memory_bytes;
	bool huge; /* it came in huge pages */
	char *mappings;
	size_t mappings_bytes;
	int *descriptors;
	unsigned descriptor_count;
	struct rlimit descriptor_limit; /* as it was */
	pthread_t *threads;
	unsigned thread_count;
	_Atomic uint32_t leave; /* futex: 1 tells the threads to end */
};

/* Makes it out of this process, for so many workers at a time. 0, or a negative errno with REASON_BYTES of reason: what is
 * refused (-ENOMEM, -EAGAIN, -EMFILE, -EOPNOTSUPP for huge pages). After an error there is nothing to end. */
int parent_init(struct parent *parent, const uint64_t *settings, unsigned workers, char *reason);
void parent_exit(struct parent *parent);

/* Gives huge pages back and touches them anew: those that were written to while they were shared are small ones now.
 * Nothing to do for other memory. 0, or a negative errno with a reason if they do not come again. */
int parent_renew(struct parent *parent, char *reason);

#endif
