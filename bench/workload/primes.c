/* SPDX-License-Identifier: MIT */
/*
 * Counting primes with a segmented sieve of Eratosthenes: one operation sieves one segment of the range, in a buffer
 * that fits into the L1 cache. Workers share the list of base primes (read only) and nothing else.
 * Method: Bays and Hudson, The segmented sieve of Eratosthenes and primes in arithmetic progressions to 10^12,
 * BIT 17 (1977).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/workload.h"

enum { PRIMES_LIMIT, PRIMES_SEGMENT };

static const struct parameter primes_parameters[] = {
	[PRIMES_LIMIT] = {"limit", "", "primes below this number are counted", 2000000, 1000, 1000000000, NULL},
	[PRIMES_SEGMENT] = {"segment", "", "numbers per segment (one byte for every odd one)", 65536, 1000, 100000000,
			    NULL},
	{0},
};

/* In the arena, followed by the odd base primes and by how many primes each segment has. */
struct primes_data {
	uint32_t base_count;
	uint32_t segment_count;
	uint64_t base_offset;
	uint64_t counts_offset;
};

static uint64_t primes_segments(const struct job *job)
{
	uint64_t segment = job->parameters[PRIMES_SEGMENT];

	return (job->parameters[PRIMES_LIMIT] + segment - 1) / segment;
}

/* There are fewer than n / 2 odd primes below n; base primes reach up to the square root, at most 31623. */
static size_t primes_arena_bytes(const struct job *job)
{
	return sizeof(struct primes_data) + (31623 / 2 + primes_segments(job)) * sizeof(uint32_t) + 3 * 64;
}

/* The textbook's sieve over the whole range: slow, simple, and independent of what run does. */
static char *primes_composites(uint64_t limit)
{
	char *composite = calloc(limit, 1);

	if (!composite)
		return NULL;
	composite[0] = composite[1] = 1;
	for (uint64_t p = 2; p * p < limit; p++)
		if (!composite[p])
			for (uint64_t multiple = p * p; multiple < limit; multiple += p)
				composite[multiple] = 1;
	return composite;
}

static int primes_prepare(struct job *job, struct arena *arena, char *reason)
{
	uint64_t limit = job->parameters[PRIMES_LIMIT], segment = job->parameters[PRIMES_SEGMENT];
	uint64_t segments = primes_segments(job);
	struct primes_data *data;
	uint32_t *base, *counts;
	char *composite = primes_composites(limit);
	int error = -ENOMEM;

	if (!composite)
		return reason_set(reason, error, "no memory to sieve up to %llu", (unsigned long long)limit);
	error = arena_alloc(arena, sizeof(*data), 64, &job->data_offset);
	if (error)
		goto free_composite;
	data = arena_at(arena, job->data_offset);
	data->segment_count = (uint32_t)segments;
	error = arena_alloc(arena, segments * sizeof(*counts), 64, &data->counts_offset);
	if (error)
		goto free_composite;
	counts = arena_at(arena, data->counts_offset);
	for (uint64_t n = 0; n < limit; n++) {
		counts[n / segment] += !composite[n];
		if (!composite[n] && n > 2 && n * n < limit)
			data->base_count++;
	}
	error = arena_alloc(arena, data->base_count * sizeof(*base), 64, &data->base_offset);
	if (error)
		goto free_composite;
	base = arena_at(arena, data->base_offset);
	for (uint64_t n = 3; n * n < limit; n++)
		if (!composite[n])
			*base++ = (uint32_t)n;
free_composite:
	free(composite);
	return error;
}

static int primes_worker_init(struct worker *worker)
{
	/* one byte for every odd number of a segment */
	worker->state = malloc(worker->job->parameters[PRIMES_SEGMENT] / 2 + 1);
	return worker->state ? 0 : worker_fail(worker, -ENOMEM, "no memory for a segment");
}

static void primes_worker_exit(struct worker *worker)
{
	free(worker->state);
}

/* Primes in [low, high): odd candidates only, and 2 where it belongs. */
static uint64_t primes_sieve(const struct primes_data *data, const uint32_t *base, uint8_t *prime, uint64_t low,
			     uint64_t high)
{
	uint64_t odd = low | 1, candidates = high > odd ? (high - odd + 1) / 2 : 0, count = low <= 2 && high > 2;

	memset(prime, 1, candidates);
	if (odd == 1 && candidates)
		prime[0] = 0;
	for (uint32_t i = 0; i < data->base_count; i++) {
		uint64_t p = base[i], multiple = p * p;

		if (multiple >= high)
			break;
		if (multiple < odd) {
			multiple = (odd + p - 1) / p * p;
			if (multiple % 2 == 0)
				multiple += p;
		}
		for (uint64_t j = (multiple - odd) / 2; j < candidates; j += p)
			prime[j] = 0;
	}
	for (uint64_t j = 0; j < candidates; j++)
		count += prime[j];
	return count;
}

static int primes_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	const struct primes_data *data = arena_at(worker->arena, worker->job->data_offset);
	const uint32_t *base = arena_at(worker->arena, data->base_offset);
	uint64_t limit = worker->job->parameters[PRIMES_LIMIT], segment = worker->job->parameters[PRIMES_SEGMENT];

	for (uint64_t i = first; i < first + ops; i++) {
		uint64_t low = i % data->segment_count * segment;
		uint64_t high = low + segment < limit ? low + segment : limit;

		worker->result += primes_sieve(data, base, worker->state, low, high);
	}
	return 0;
}

static int primes_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	const struct primes_data *data = arena_at(arena, job->data_offset);
	const uint32_t *counts = arena_at(arena, data->counts_offset);
	uint64_t expected = 0;

	for (uint64_t i = 0; i < data->segment_count; i++)
		expected += counts[i] * (ops / data->segment_count + (i < ops % data->segment_count));
	if (result != expected)
		return reason_set(reason, -EBADMSG, "counted %llu primes instead of %llu", (unsigned long long)result,
				  (unsigned long long)expected);
	return 0;
}

const struct workload workload_primes = {
	.name = "primes",
	.summary = "segmented sieve of Eratosthenes; an operation is one segment",
	.shares = "the list of base primes, which is only read; each worker sieves in a buffer of its own",
	.kind = WORKLOAD_CPU,
	.parameters = primes_parameters,
	.arena_bytes = primes_arena_bytes,
	.prepare = primes_prepare,
	.worker_init = primes_worker_init,
	.run = primes_run,
	.worker_exit = primes_worker_exit,
	.verify = primes_verify,
};
