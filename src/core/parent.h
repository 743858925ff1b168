/* SPDX-License-Identifier: MIT */
/* The settings of experiments that bring up workers (shape `create`): what their parent is like. */
#ifndef TVP_CORE_PARENT_H
#define TVP_CORE_PARENT_H

#include "core/workload.h"

enum parent_setting {
	PARENT_MEMORY_MIB,  /* private memory that it has touched */
	PARENT_THP,         /* 1: in transparent huge pages */
	PARENT_MAPPINGS,    /* more of them than it has anyway */
	PARENT_DESCRIPTORS, /* open, beside those it has anyway */
	PARENT_CLOEXEC,     /* 1: these are closed on exec */
	PARENT_THREADS,     /* that sleep in it */
	PARENT_WRITE        /* enum parent_write; only in parent_and_write_settings */
};

/* Who writes a byte into each page of the touched memory while the worker lives. */
enum parent_write { PARENT_WRITE_NONE, PARENT_WRITE_CREATOR, PARENT_WRITE_WORKER };

extern const struct parameter parent_settings[];
extern const struct parameter parent_and_write_settings[];

/* Memory that such a parent and its workers take together, for experiment.memory_bytes. */
uint64_t parent_memory_bytes(const uint64_t *settings, unsigned workers);

#endif
