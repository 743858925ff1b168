/* SPDX-License-Identifier: MIT */
/* The worker's side of a map: claiming chunks from its own share and, where the schedule allows it, from others'. */
#ifndef TVP_POOL_MAP_H
#define TVP_POOL_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "pool/layout.h"

/* Chunks first … first + count - 1. */
struct map_claim {
	uint32_t first, count;
};

/* Owner: shares the chunks out. */
void map_share_out(struct pool_job *job, unsigned workers);

/* Worker: claims chunks, at most `most` where the schedule leaves it open (TVP_SCHEDULE_AUTO). False: there are none for
 * this worker. */
bool map_claim(struct pool_job *job, unsigned workers, unsigned rank, uint32_t most, struct map_claim *claim);

/* No chunk is left to be claimed by anybody. */
bool map_exhausted(const struct pool_job *job, unsigned workers);

#endif
