/* SPDX-License-Identifier: MIT */
/*
 * Shares of a map. Each worker's share is a range of chunks in one word on a cache line of its own. A worker claims from
 * the front of its own; when that is empty it takes the rear half of another's. One counter for all would be simpler,
 * but then the claims of all workers, and the outputs of neighbouring tasks, contend for the same cache lines: with
 * tasks of a few ns that made a map ten times slower.
 *
 * Invariants: a chunk is in one share or has been claimed, except between the two steps of a thief (taken out of the
 * victim's word, not yet in the thief's): a thief that dies there leaves chunks that nobody owns, which the owner finds
 * by their status. Only its worker makes an empty share non-empty, so that a plain store is enough; non-empty shares
 * change by compare-and-swap. A word that returns to an old value has the same chunks unclaimed, so an ABA is harmless.
 *
 * Memory order: words hand over numbers; what they refer to was published with the map. So relaxed is enough here,
 * except that a thief's new share must not be seen before the victim's loss, which the CAS's release gives.
 */
#include "pool/map.h"

#include "tvp/pool.h"

enum { VICTIMS_LOOKED_AT = 8 };

static uint64_t share_pack(uint32_t next, uint32_t end)
{
	return (uint64_t)end << 32 | next;
}

static uint32_t share_next(uint64_t range)
{
	return (uint32_t)range;
}

static uint32_t share_end(uint64_t range)
{
	return (uint32_t)(range >> 32);
}

static uint32_t share_left(uint64_t range)
{
	return share_end(range) > share_next(range) ? share_end(range) - share_next(range) : 0;
}

/* Chunked: worker r has the chunks r, r + W, …, counted in rounds. */
static bool is_fixed(const struct pool_job *job)
{
	return job->schedule == TVP_SCHEDULE_CHUNKED || job->schedule == TVP_SCHEDULE_STATIC;
}

void map_share_out(struct pool_job *job, unsigned workers)
{
	for (unsigned rank = 0; rank < workers; rank++) {
		uint32_t begin = (uint32_t)((uint64_t)job->chunks * rank / workers);
		uint32_t end = (uint32_t)((uint64_t)job->chunks * (rank + 1) / workers);

		if (is_fixed(job)) {
			begin = 0;
			end = job->chunks / workers + (rank < job->chunks % workers);
		}
		atomic_store_explicit(&job->shares[rank].range, share_pack(begin, end), memory_order_relaxed);
	}
}

static uint32_t claim_size(const struct pool_job *job, uint32_t left, uint32_t most)
{
	uint32_t wanted = 1;

	if (job->schedule == TVP_SCHEDULE_GUIDED)
		wanted = left / 2;
	else if (job->schedule == TVP_SCHEDULE_AUTO)
		wanted = most < left / 4 ? most : left / 4;
	return wanted ? wanted : 1;
}

static bool claim_own(struct pool_job *job, unsigned rank, uint32_t most, struct map_claim *claim)
{
	_Atomic uint64_t *own = &job->shares[rank].range;
	uint64_t range = atomic_load_explicit(own, memory_order_relaxed);
	uint32_t left;

	while ((left = share_left(range)) > 0) {
		uint32_t next = share_next(range), count = claim_size(job, left, most);

		if (atomic_compare_exchange_weak_explicit(own, &range, share_pack(next + count, share_end(range)),
							  memory_order_acq_rel, memory_order_relaxed)) {
			*claim = (struct map_claim){next, count};
			return true;
		}
	}
	return false;
}

/* The fullest of the first few others that have any. */
static struct pool_share *find_victim(struct pool_job *job, unsigned workers, unsigned rank)
{
	struct pool_share *victim = NULL;
	uint32_t most = 0;

	for (unsigned i = 1, seen = 0; i < workers && seen < VICTIMS_LOOKED_AT; i++) {
		struct pool_share *share = &job->shares[(rank + i) % workers];
		uint32_t left = share_left(atomic_load_explicit(&share->range, memory_order_relaxed));

		seen += left > 0;
		if (left > most) {
			victim = share;
			most = left;
		}
	}
	return victim;
}

/* Takes the rear half of another's share, or its last chunk, for its own, which is empty. */
static bool steal(struct pool_job *job, unsigned workers, unsigned rank)
{
	struct pool_share *victim;

	while ((victim = find_victim(job, workers, rank)) != NULL) {
		uint64_t range = atomic_load_explicit(&victim->range, memory_order_relaxed);
		uint32_t left = share_left(range), middle = share_next(range) + left / 2;

		if (left && atomic_compare_exchange_strong_explicit(&victim->range, &range,
								    share_pack(share_next(range), middle),
								    memory_order_acq_rel, memory_order_relaxed)) {
			atomic_store_explicit(&job->shares[rank].range, share_pack(middle, share_end(range)),
					      memory_order_release);
			return true;
		}
	}
	return false;
}

bool map_claim(struct pool_job *job, unsigned workers, unsigned rank, uint32_t most, struct map_claim *claim)
{
	while (!claim_own(job, rank, most, claim))
		if (is_fixed(job) || !steal(job, workers, rank))
			return false;
	if (is_fixed(job))
		claim->first = claim->first * workers + rank;
	return true;
}

bool map_exhausted(const struct pool_job *job, unsigned workers)
{
	for (unsigned rank = 0; rank < workers; rank++)
		if (share_left(atomic_load_explicit(&job->shares[rank].range, memory_order_relaxed)))
			return false;
	return true;
}
