/* SPDX-License-Identifier: MIT */
/*
 * Estimating pi from points that are drawn at random in a square: one operation draws points from a stream of its own
 * and counts those within the quarter circle. The generator is Philox4x32-10, whose n-th output is a function of n and
 * of the stream's key, so that streams need no state and nobody waits for another's.
 * Method: Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3, SC11 (2011).
 */
#include <errno.h>
#include <string.h>

#include "core/arena.h"
#include "core/workload.h"

enum { MONTECARLO_PI_POINTS };

/* Philox's constants: two multipliers, and what is added to the two halves of the key for each of ten rounds. */
#define PHILOX_M0 UINT32_C(0xd2511f53)
#define PHILOX_M1 UINT32_C(0xcd9e8d57)
#define PHILOX_W0 UINT32_C(0x9e3779b9)
#define PHILOX_W1 UINT32_C(0xbb67ae85)
enum { PHILOX_ROUNDS = 10 };

/* Streams repeat, so that what they hold can be known beforehand; fewer if that would take long. */
enum { STREAMS_MAX = 8, POINTS_KNOWN = 1 << 18 };

static const struct parameter montecarlo_pi_parameters[] = {
	[MONTECARLO_PI_POINTS] = {"points", "", "drawn by one operation", 8192, 1, 100000000, NULL},
	{0},
};

struct philox {
	uint32_t words[4];
};

/* Two streams of a key differ in its first half. */
static const uint32_t montecarlo_pi_key1 = UINT32_C(0x74767021);

static inline struct philox philox(uint64_t counter, uint32_t key0, uint32_t key1)
{
	uint32_t a = (uint32_t)counter, b = (uint32_t)(counter >> 32), c = 0, d = 0;

	for (int round = 0; round < PHILOX_ROUNDS; round++) {
		uint64_t product0 = (uint64_t)PHILOX_M0 * a, product1 = (uint64_t)PHILOX_M1 * c;

		a = (uint32_t)(product1 >> 32) ^ b ^ key0;
		b = (uint32_t)product1;
		c = (uint32_t)(product0 >> 32) ^ d ^ key1;
		d = (uint32_t)product0;
		key0 += PHILOX_W0;
		key1 += PHILOX_W1;
	}
	return (struct philox){{a, b, c, d}};
}

/* Of a circle with radius 2^32: beyond it the sum of the squares does not fit into 64 bits. */
static inline uint64_t montecarlo_pi_inside(uint32_t x, uint32_t y)
{
	uint64_t x2 = (uint64_t)x * x;

	return x2 + (uint64_t)y * y >= x2;
}

static uint64_t montecarlo_pi_hits(uint64_t points, uint32_t stream)
{
	uint64_t hits = 0;

	/* an output is two points */
	for (uint64_t i = 0; i < points / 2; i++) {
		struct philox drawn = philox(i, stream, montecarlo_pi_key1);

		hits += montecarlo_pi_inside(drawn.words[0], drawn.words[1]);
		hits += montecarlo_pi_inside(drawn.words[2], drawn.words[3]);
	}
	if (points % 2) {
		struct philox drawn = philox(points / 2, stream, montecarlo_pi_key1);

		hits += montecarlo_pi_inside(drawn.words[0], drawn.words[1]);
	}
	return hits;
}

static uint64_t montecarlo_pi_streams(const struct job *job)
{
	uint64_t streams = POINTS_KNOWN / job->parameters[MONTECARLO_PI_POINTS];

	return streams > STREAMS_MAX ? STREAMS_MAX : streams ? streams : 1;
}

/* The upper half of a product, by hand. */
static uint32_t philox_high(uint32_t m, uint32_t n)
{
	uint32_t low = (m & 0xffff) * (n & 0xffff), cross = (m >> 16) * (n & 0xffff) + (low >> 16);
	uint32_t other = (m & 0xffff) * (n >> 16) + (cross & 0xffff);

	return (m >> 16) * (n >> 16) + (cross >> 16) + (other >> 16);
}

/* The same by its definition: words in place, halves of products apart, each round's key from its number. */
static void philox_expected(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4])
{
	memcpy(words, counter, 4 * sizeof(*words));
	for (uint32_t round = 0; round < PHILOX_ROUNDS; round++) {
		uint32_t high0 = philox_high(PHILOX_M0, words[0]), low0 = PHILOX_M0 * words[0];
		uint32_t high1 = philox_high(PHILOX_M1, words[2]), low1 = PHILOX_M1 * words[2];

		words[0] = high1 ^ words[1] ^ (key[0] + round * PHILOX_W0);
		words[2] = high0 ^ words[3] ^ (key[1] + round * PHILOX_W1);
		words[1] = low1;
		words[3] = low0;
	}
}

/* x^2 < 2^64 - y^2, by its factors; of y = 0 all are inside. */
static bool montecarlo_pi_inside_expected(uint64_t x, uint64_t y)
{
	const uint64_t radius = UINT64_C(1) << 32;

	return y == 0 || x * x < (radius - y) * (radius + y);
}

static uint64_t montecarlo_pi_expected(uint64_t points, uint32_t stream)
{
	const uint32_t key[2] = {stream, montecarlo_pi_key1};
	uint64_t hits = 0;

	for (uint64_t point = 0; point < points; point += 2) {
		const uint32_t counter[4] = {(uint32_t)(point / 2), (uint32_t)(point / 2 >> 32)};
		uint32_t words[4];

		philox_expected(counter, key, words);
		hits += montecarlo_pi_inside_expected(words[0], words[1]);
		if (point + 1 < points)
			hits += montecarlo_pi_inside_expected(words[2], words[3]);
	}
	return hits;
}

/* The known answers that its authors publish with Philox: of zeros, and of digits of pi. */
static bool philox_is_known(void)
{
	static const uint32_t zeros[4], zeros_answer[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
	static const uint32_t digits[4] = {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344};
	static const uint32_t digits_key[2] = {0xa4093822, 0x299f31d0};
	static const uint32_t digits_answer[4] = {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
	uint32_t words[4], others[4];

	philox_expected(zeros, zeros, words);
	philox_expected(digits, digits_key, others);
	return memcmp(words, zeros_answer, sizeof(words)) == 0 && memcmp(others, digits_answer, sizeof(others)) == 0;
}

/*
 * As many hits as pi says? Hoeffding, Probability inequalities for sums of bounded random variables, Journal of the
 * American Statistical Association 58 (1963): of n points the hits are t or more away from their mean with a
 * probability of at most 2 exp(-2 t^2 / n), which is below 10^-12 at t^2 = 15 n.
 */
static bool montecarlo_pi_is_plausible(uint64_t points, uint64_t hits)
{
	double n = (double)points, away = (double)hits - n * 0.78539816339744831;

	return away * away < 15 * n;
}

static size_t montecarlo_pi_arena_bytes(const struct job *job)
{
	return montecarlo_pi_streams(job) * sizeof(uint64_t) + 64;
}

static int montecarlo_pi_prepare(struct job *job, struct arena *arena, char *reason)
{
	uint64_t points = job->parameters[MONTECARLO_PI_POINTS], streams = montecarlo_pi_streams(job), hits = 0;
	int error = arena_alloc(arena, streams * sizeof(uint64_t), 64, &job->data_offset);
	uint64_t *expected;

	if (error)
		return reason_set(reason, error, "no room for the hits of %llu streams", (unsigned long long)streams);
	expected = arena_at(arena, job->data_offset);
	for (uint32_t stream = 0; stream < streams; stream++)
		hits += expected[stream] = montecarlo_pi_expected(points, stream);
	if (!philox_is_known() || !montecarlo_pi_is_plausible(points * streams, hits))
		return reason_set(reason, -EBADMSG, "the random numbers are not those of Philox4x32-10");
	return 0;
}

static int montecarlo_pi_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	uint64_t streams = montecarlo_pi_streams(worker->job);

	/* and one for having been done: few points may all miss */
	for (uint64_t i = first; i < first + ops; i++)
		worker->result +=
			1 + montecarlo_pi_hits(worker->job->parameters[MONTECARLO_PI_POINTS], (uint32_t)(i % streams));
	return 0;
}

static int montecarlo_pi_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result,
				char *reason)
{
	const uint64_t *hits = arena_at(arena, job->data_offset);
	uint64_t streams = montecarlo_pi_streams(job), expected = ops;

	for (uint64_t i = 0; i < streams; i++)
		expected += hits[i] * (ops / streams + (i < ops % streams));
	if (result != expected)
		return reason_set(reason, -EBADMSG, "%lld of the points were inside instead of %llu",
				  (long long)(result - ops), (unsigned long long)(expected - ops));
	return 0;
}

const struct workload workload_montecarlo_pi = {
	.name = "montecarlo-pi",
	.summary = "points at random in a square, counted if within the circle; an operation draws from a stream of "
		   "its own",
	.shares = "nothing: every stream is computed from its number",
	.kind = WORKLOAD_CPU,
	.parameters = montecarlo_pi_parameters,
	.arena_bytes = montecarlo_pi_arena_bytes,
	.prepare = montecarlo_pi_prepare,
	.run = montecarlo_pi_run,
	.verify = montecarlo_pi_verify,
};
