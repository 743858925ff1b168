/* SPDX-License-Identifier: MIT */
/* The list of the parent's settings; names are in the order of the enums of core/parent.h. */
#include "core/parent.h"

#include <stddef.h>

static const char *const switched[] = {"off", "on", NULL};
static const char *const writers[] = {"none", "creator", "worker", NULL};

#define SETTINGS                                                                                                       \
	[PARENT_MEMORY_MIB] = {"memory_mib", "MiB", "of private memory that the parent has touched", 0, 0,             \
			       1 << 24,      NULL},                                                                    \
	[PARENT_THP] = {"thp", "", "that memory in transparent huge pages", 0, 0, 1, switched},                        \
	[PARENT_MAPPINGS] = {"mappings", "", "that the parent has beside its own", 0, 0, 1 << 20, NULL},               \
	[PARENT_DESCRIPTORS] = {"descriptors", "", "that the parent has open beside its own", 0, 0, 1 << 20, NULL},    \
	[PARENT_CLOEXEC] = {"cloexec", "", "close these on exec", 1, 0, 1, switched},                                  \
	[PARENT_THREADS] = {"threads", "", "that sleep in the parent", 0, 0, 1 << 16, NULL}

const struct parameter parent_settings[] = {SETTINGS, {0}};

const struct parameter parent_and_write_settings[] = {
	SETTINGS,
	[PARENT_WRITE] = {"write", "", "who writes a byte into each page of that memory while the worker lives", 0, 0,
			  2, writers},
	{0},
};

/* What is written to while it is shared is there twice: once more for a parent that writes, for each worker that does. */
uint64_t parent_memory_bytes(const uint64_t *settings, unsigned workers)
{
	uint64_t bytes = settings[PARENT_MEMORY_MIB] << 20;

	switch (settings[PARENT_WRITE]) {
	case PARENT_WRITE_CREATOR:
		return 2 * bytes;
	case PARENT_WRITE_WORKER:
		return (1 + (uint64_t)workers) * bytes;
	default:
		return bytes;
	}
}
