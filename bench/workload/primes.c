/* SPDX-License-Identifier: MIT */
/*
 * Counting primes with a segmented sieve of Eratosthenes: one operation sieves one segment of the range, in a buffer
 * that fits into the L1 cache. Workers share the list of base primes and a few patterns (read only) and nothing else.
 *
 * A byte stands for thirty numbers, a bit for each of the eight among them that 2, 3 and 5 do not divide. What p times
 * those eight is lies within p bytes, at places and bits that depend on p alone, and the same p bytes further on: so a
 * base prime costs one remainder a segment, and then goes along in turns of eight bits. Multiples of 7 to 37 are not
 * crossed off but copied, as their pattern repeats itself.
 * Method: Bays and Hudson, The segmented sieve of Eratosthenes and primes in arithmetic progressions to 10^12,
 * BIT 17 (1977); the wheel: Pritchard, Explaining the wheel sieve, Acta Informatica 17 (1982).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/workload.h"

enum { PRIMES_LIMIT, PRIMES_SEGMENT };

static const struct parameter primes_parameters[] = {
	[PRIMES_LIMIT] = {"limit", "", "primes below this number are counted", 6000000, 1000, 1000000000, NULL},
	[PRIMES_SEGMENT] = {"segment", "", "numbers per segment (one byte for thirty of them)", 750000, 1000, 100000000,
			    NULL},
	{0},
};

enum {
	WHEEL = 30,   /* numbers in a byte */
	SPOKES = 8,   /* of them are not divisible by 2, 3 or 5 */
	PATTERNS = 4, /* that are combined */
	PATTERN_BYTES_MAX = 31 * 37,
	LAST_COPIED = 37, /* the largest prime in a pattern */
	WORD_BYTES = sizeof(uint64_t),
	/* Turns of primes up to this may reach beyond the segment, which is quicker than to look where it ends. */
	MARGIN_BYTES = 2048,
	BEFORE_BYTES = WHEEL,
	/* There are 3401 primes below the square root of the largest limit. */
	BASE_MAX = 3401,
	ROOTS = 31624, /* numbers up to that square root */
};

/* Residues of the eight, and the primes of each pattern. */
static const uint8_t primes_spokes[SPOKES] = {1, 7, 11, 13, 17, 19, 23, 29};
static const uint8_t primes_copied[PATTERNS][3] = {{7, 11, 13}, {17, 19, 1}, {23, 29, 1}, {31, 37, 1}};
/* All that crossing off removes although they are primes, but for the base primes. */
static const uint8_t primes_removed[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};

/* In the arena, followed by how many primes there are below the end of each segment. */
struct primes_data {
	uint64_t segment_count;
	uint64_t below_offset;
	uint32_t base_count[SPOKES];     /* base primes above LAST_COPIED by their residue, ascending */
	uint32_t base[SPOKES][BASE_MAX]; /* much of it is never touched */
	/* Each goes on for a word beyond its period, so that it can be read in words. */
	uint8_t patterns[PATTERNS][PATTERN_BYTES_MAX + WORD_BYTES];
};

static uint64_t primes_segments(const struct job *job)
{
	uint64_t segment = job->parameters[PRIMES_SEGMENT];

	return (job->parameters[PRIMES_LIMIT] + segment - 1) / segment;
}

static size_t primes_arena_bytes(const struct job *job)
{
	return sizeof(struct primes_data) + primes_segments(job) * sizeof(uint32_t) + 3 * 64;
}

static size_t primes_buffer_bytes(uint64_t segment)
{
	return segment / WHEEL + 2 + 2 * MARGIN_BYTES + WHEEL + 2 * WORD_BYTES;
}

static uint64_t primes_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	struct job job = {0};

	memcpy(job.parameters, parameters, sizeof(job.parameters));
	return primes_arena_bytes(&job) + workers * primes_buffer_bytes(parameters[PRIMES_SEGMENT]);
}

static uint32_t primes_pattern_bytes(unsigned pattern)
{
	return primes_copied[pattern][0] * primes_copied[pattern][1] * primes_copied[pattern][2];
}

static void primes_make_patterns(struct primes_data *data)
{
	for (unsigned pattern = 0; pattern < PATTERNS; pattern++)
		for (uint32_t i = 0; i < primes_pattern_bytes(pattern) + WORD_BYTES; i++)
			for (unsigned spoke = 0; spoke < SPOKES; spoke++) {
				uint32_t number = i * WHEEL + primes_spokes[spoke], divided = 0;

				for (unsigned j = 0; j < 3; j++)
					divided |= primes_copied[pattern][j] > 1 &&
						   number % primes_copied[pattern][j] == 0;
				data->patterns[pattern][i] |= (uint8_t)(!divided << spoke);
			}
}

/* By trial division, as primes_below is a sieve: neither can be wrong in the way of the other. */
static void primes_make_base(struct primes_data *data, uint64_t limit)
{
	uint32_t found[BASE_MAX + 1] = {0}, count = 0;

	for (uint32_t n = 2; (uint64_t)n * n < limit; n++) {
		uint32_t i = 0, spoke = n % WHEEL * SPOKES / WHEEL;

		while (i < count && found[i] * found[i] <= n && n % found[i])
			i++;
		if (i < count && found[i] * found[i] <= n)
			continue;
		found[count++] = n;
		if (n > LAST_COPIED)
			data->base[spoke][data->base_count[spoke]++] = n;
	}
}

/* What run is held against: the textbook's sieve, a byte for every odd number. */
struct primes_textbook {
	uint8_t composite[1 << 15];    /* the odd numbers of a piece */
	uint8_t root_composite[ROOTS]; /* numbers up to the square root of the largest limit */
	uint32_t multiple[ROOTS];      /* of that prime, odd, the first one that is not crossed off */
};

/* Odd primes in [low, high), high - low <= 2 sizeof(composite); called for ascending ranges without a gap. */
static uint32_t primes_textbook_count(struct primes_textbook *book, uint64_t low, uint64_t high)
{
	uint64_t odd = low | 1, candidates = (high - odd + 1) / 2;
	uint32_t count = 0;

	memset(book->composite, 0, candidates);
	for (uint32_t p = 3; (uint64_t)p * p < high; p += 2) {
		uint64_t multiple = book->multiple[p];

		if (book->root_composite[p])
			continue;
		for (; multiple < high; multiple += 2 * p)
			book->composite[(multiple - odd) / 2] = 1;
		book->multiple[p] = (uint32_t)multiple;
	}
	for (uint64_t i = 0; i < candidates; i++)
		count += !book->composite[i];
	return count;
}

/* below[i] becomes the number of primes below the end of segment i. */
static int primes_below(uint64_t limit, uint64_t segment, uint32_t *below)
{
	struct primes_textbook *book = malloc(sizeof(*book));
	uint32_t count = 0; /* 1 instead of 2: as many */

	if (!book)
		return -ENOMEM;
	memset(book->root_composite, 0, sizeof(book->root_composite));
	for (uint32_t p = 3; (uint64_t)p * p < limit; p += 2) {
		for (uint32_t multiple = p * p; !book->root_composite[p] && multiple < ROOTS; multiple += 2 * p)
			book->root_composite[multiple] = 1;
		book->multiple[p] = p * p;
	}
	for (uint64_t low = 0, high; low < limit; low = high) {
		uint64_t end = (low / segment + 1) * segment;

		end = end < limit ? end : limit;
		high = low + 2 * sizeof(book->composite);
		high = high < end ? high : end;
		count += primes_textbook_count(book, low, high);
		below[low / segment] = count;
	}
	free(book);
	return 0;
}

static int primes_prepare(struct job *job, struct arena *arena, char *reason)
{
	uint64_t limit = job->parameters[PRIMES_LIMIT], segments = primes_segments(job);
	struct primes_data *data;
	int error = arena_alloc(arena, sizeof(*data), 64, &job->data_offset);

	if (error)
		return error;
	data = arena_at(arena, job->data_offset);
	data->segment_count = segments;
	error = arena_alloc(arena, segments * sizeof(uint32_t), 64, &data->below_offset);
	if (error)
		return error;
	primes_make_patterns(data);
	primes_make_base(data, limit);
	error = primes_below(limit, job->parameters[PRIMES_SEGMENT], arena_at(arena, data->below_offset));
	if (error)
		return reason_set(reason, error, "no memory to sieve up to %llu", (unsigned long long)limit);
	return 0;
}

static int primes_worker_init(struct worker *worker)
{
	worker->state = malloc(primes_buffer_bytes(worker->job->parameters[PRIMES_SEGMENT]));
	return worker->state ? 0 : worker_fail(worker, -ENOMEM, "no memory for a segment");
}

static void primes_worker_exit(struct worker *worker)
{
	free(worker->state);
}

/* The segment that is being sieved. */
struct primes_piece {
	uint8_t *bytes; /* with MARGIN_BYTES before it, and more than that behind it */
	uint32_t count; /* bytes */
	uint32_t first; /* the number of its first byte in the whole range */
	uint32_t low;   /* numbers low … high - 1 */
	uint32_t high;
};

/* The bits of 7 … 37. The patterns go round at different times: from one such time to the next it is a plain loop. */
static void primes_copy(const struct primes_data *data, const struct primes_piece *piece)
{
	uint32_t at[PATTERNS], run;

	for (unsigned i = 0; i < PATTERNS; i++)
		at[i] = piece->first % primes_pattern_bytes(i);
	for (uint32_t to = 0; to < piece->count; to += run) {
		run = piece->count - to;
		for (unsigned i = 0; i < PATTERNS; i++)
			if (run > primes_pattern_bytes(i) - at[i])
				run = primes_pattern_bytes(i) - at[i];
		run = (run + WORD_BYTES - 1) / WORD_BYTES * WORD_BYTES;
		for (uint32_t j = 0; j < run; j += WORD_BYTES) {
			uint64_t words[PATTERNS];

			for (unsigned i = 0; i < PATTERNS; i++)
				memcpy(&words[i], &data->patterns[i][at[i] + j], WORD_BYTES);
			words[0] &= words[1] & words[2] & words[3];
			memcpy(&piece->bytes[to + j], &words[0], WORD_BYTES);
		}
		for (unsigned i = 0; i < PATTERNS; i++)
			at[i] = (at[i] + run) % primes_pattern_bytes(i);
	}
}

/* Number spoke × p is in which byte of p's turn, and all bits of that byte but its own. The residue of p is known when
 * this is compiled, so that little is left of it. */
#define PRIMES_BYTE(p, residue, spoke) ((p) / WHEEL * (spoke) + (residue) * (spoke) / WHEEL)
#define PRIMES_MASK(residue, spoke)    ((uint8_t) ~(1u << (residue) * (spoke) % WHEEL * SPOKES / WHEEL))

/* One turn, wherever it ends. */
#define PRIMES_CROSS(turn, p, residue, spoke) ((turn)[PRIMES_BYTE(p, residue, spoke)] &= PRIMES_MASK(residue, spoke))

/* One turn, of which bytes outside the segment go to spare ones far behind it, without a branch: which they are is as
 * good as random. `place` is counted from BEFORE_BYTES before the segment, so that what part of a turn lies in it is not
 * below 0; what is below 0 is, unsigned, beyond the end as well. */
#define PRIMES_CROSS_INSIDE(from, place, spare, residue, spoke)                                                        \
	((from)[(residue) * (spoke) / WHEEL + ((place) < (spare) ? (place) : (spare))] &= PRIMES_MASK(residue, spoke))

static inline __attribute__((always_inline)) void primes_cross_inside(const struct primes_piece *piece, uint32_t p,
								      const uint32_t residue)
{
	const uint32_t step = p / WHEEL, end = piece->count + BEFORE_BYTES, spare = end + MARGIN_BYTES;
	uint8_t *from = piece->bytes - BEFORE_BYTES;

	for (uint32_t turn = BEFORE_BYTES - piece->first % p; (int32_t)turn < (int32_t)end; turn += p) {
		uint32_t place = turn + step;

		PRIMES_CROSS_INSIDE(from, place, spare, residue, 1);
		place += 6 * step;
		PRIMES_CROSS_INSIDE(from, place, spare, residue, 7);
		place += 4 * step;
		PRIMES_CROSS_INSIDE(from, place, spare, residue, 11);
		place += 2 * step;
		PRIMES_CROSS_INSIDE(from, place, spare, residue, 13);
		place += 4 * step;
		PRIMES_CROSS_INSIDE(from, place, spare, residue, 17);
		place += 2 * step;
		PRIMES_CROSS_INSIDE(from, place, spare, residue, 19);
		place += 4 * step;
		PRIMES_CROSS_INSIDE(from, place, spare, residue, 23);
		place += 6 * step;
		PRIMES_CROSS_INSIDE(from, place, spare, residue, 29);
	}
}

/* Crosses off the multiples of the base primes with that residue, themselves too. How many of them are in the segment? */
static inline __attribute__((always_inline)) uint32_t primes_cross(const uint32_t *base, uint32_t count,
								   const struct primes_piece *piece,
								   const uint32_t residue)
{
	uint32_t i = 0, removed = 0;

	for (; i < count && base[i] <= MARGIN_BYTES && base[i] * base[i] < piece->high; i++) {
		const uint32_t p = base[i];
		uint8_t *end = piece->bytes + piece->count;

		removed += p - piece->low < piece->high - piece->low;
		for (uint8_t *at = piece->bytes - piece->first % p; at < end; at += p) {
			PRIMES_CROSS(at, p, residue, 1);
			PRIMES_CROSS(at, p, residue, 7);
			PRIMES_CROSS(at, p, residue, 11);
			PRIMES_CROSS(at, p, residue, 13);
			PRIMES_CROSS(at, p, residue, 17);
			PRIMES_CROSS(at, p, residue, 19);
			PRIMES_CROSS(at, p, residue, 23);
			PRIMES_CROSS(at, p, residue, 29);
		}
	}
	for (; i < count && base[i] * base[i] < piece->high; i++) {
		removed += base[i] - piece->low < piece->high - piece->low;
		primes_cross_inside(piece, base[i], residue);
	}
	return removed;
}

static inline __attribute__((always_inline)) uint64_t primes_sum_bits(const uint8_t *bytes, uint32_t count)
{
	uint64_t sum = 0, word;

	for (uint32_t i = 0; i < count; i += WORD_BYTES) {
		memcpy(&word, &bytes[i], WORD_BYTES);
		sum += (unsigned)__builtin_popcountll(word);
	}
	return sum;
}

#if defined(__x86_64__) || defined(__i386__)
/* Every x86 since 2008 has the instruction, but none has to. */
static __attribute__((target("popcnt"))) uint64_t primes_sum_popcnt(const uint8_t *bytes, uint32_t count)
{
	return primes_sum_bits(bytes, count);
}
#endif

/* Of whole words. */
static uint64_t primes_bits(const uint8_t *bytes, uint32_t count)
{
#if defined(__x86_64__) || defined(__i386__)
	if (__builtin_cpu_supports("popcnt"))
		return primes_sum_popcnt(bytes, count);
#endif
	return primes_sum_bits(bytes, count);
}

/* Takes away what the first and the last byte have beyond the segment, and fills the last word with nothing. */
static void primes_trim(const struct primes_piece *piece)
{
	if (piece->low == 0)
		piece->bytes[0] &= 0xfe; /* 1 is no prime */
	for (unsigned spoke = 0; spoke < SPOKES; spoke++) {
		uint8_t mask = (uint8_t) ~(1u << spoke);

		if (primes_spokes[spoke] < piece->low % WHEEL)
			piece->bytes[0] &= mask;
		if (piece->high % WHEEL && primes_spokes[spoke] >= piece->high % WHEEL)
			piece->bytes[piece->count - 1] &= mask;
	}
	memset(piece->bytes + piece->count, 0, WORD_BYTES);
}

/* Primes in [low, high). */
static uint64_t primes_sieve(const struct primes_data *data, uint8_t *buffer, uint32_t low, uint32_t high)
{
	const uint32_t first = low / WHEEL;
	const struct primes_piece piece = {
		.bytes = buffer + MARGIN_BYTES,
		.count = (high + WHEEL - 1) / WHEEL - first,
		.first = first,
		.low = low,
		.high = high,
	};
	uint32_t removed = 0;

	primes_copy(data, &piece);
	removed += primes_cross(data->base[0], data->base_count[0], &piece, 1);
	removed += primes_cross(data->base[1], data->base_count[1], &piece, 7);
	removed += primes_cross(data->base[2], data->base_count[2], &piece, 11);
	removed += primes_cross(data->base[3], data->base_count[3], &piece, 13);
	removed += primes_cross(data->base[4], data->base_count[4], &piece, 17);
	removed += primes_cross(data->base[5], data->base_count[5], &piece, 19);
	removed += primes_cross(data->base[6], data->base_count[6], &piece, 23);
	removed += primes_cross(data->base[7], data->base_count[7], &piece, 29);
	for (unsigned i = 0; i < sizeof(primes_removed); i++)
		removed += primes_removed[i] >= low && primes_removed[i] < high;
	primes_trim(&piece);
	return removed + primes_bits(piece.bytes, piece.count);
}

static int primes_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	const struct primes_data *data = arena_at(worker->arena, worker->job->data_offset);
	uint64_t limit = worker->job->parameters[PRIMES_LIMIT], segment = worker->job->parameters[PRIMES_SEGMENT];

	for (uint64_t i = first; i < first + ops; i++) {
		uint64_t low = i % data->segment_count * segment;
		uint64_t high = low + segment < limit ? low + segment : limit;

		worker->result += primes_sieve(data, worker->state, (uint32_t)low, (uint32_t)high);
	}
	return 0;
}

static int primes_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	const struct primes_data *data = arena_at(arena, job->data_offset);
	const uint32_t *below = arena_at(arena, data->below_offset);
	uint64_t rest = ops % data->segment_count;
	uint64_t expected = ops / data->segment_count * below[data->segment_count - 1] + (rest ? below[rest - 1] : 0);

	if (result != expected)
		return reason_set(reason, -EBADMSG, "counted %llu primes instead of %llu", (unsigned long long)result,
				  (unsigned long long)expected);
	return 0;
}

const struct workload workload_primes = {
	.name = "primes",
	.summary = "segmented sieve of Eratosthenes; an operation is one segment",
	.shares = "base primes and bit patterns, which are only read; each worker sieves in a buffer of its own",
	.kind = WORKLOAD_CPU,
	.parameters = primes_parameters,
	.memory_bytes = primes_memory_bytes,
	.arena_bytes = primes_arena_bytes,
	.prepare = primes_prepare,
	.worker_init = primes_worker_init,
	.run = primes_run,
	.worker_exit = primes_worker_exit,
	.verify = primes_verify,
};
