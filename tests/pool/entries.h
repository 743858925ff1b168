/* SPDX-License-Identifier: MIT */
/* Every way to hand tasks to a pool behind one call, so that a test can run through all of them. */
#ifndef TVP_TESTS_ENTRIES_H
#define TVP_TESTS_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "tvp/pool.h"

struct entry {
	const char *name;
	bool tells_errors; /* of each task */
	bool maps;         /* takes schedule, chunk and payload */
	/* Runs the tasks of `map` to their end and returns how many failed (0 where it does not tell), or a negative
	 * errno. -EPROTO: the entry did not keep its promises, as said on standard error. */
	int64_t (*run)(struct tvp_pool *pool, const struct tvp_map *map);
};

/* Ends with a NULL name. */
extern const struct entry entry_table[];

#endif
