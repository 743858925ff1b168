/* SPDX-License-Identifier: MIT */
/*
 * A checksum over a block of memory, about as fast as memory is read: what it takes to bring the block to a worker shows
 * beside it. The sum is that of Karp and Rabin, Efficient randomized pattern-matching algorithms, IBM Journal of
 * Research and Development 31 (1987): the block's words are a polynomial's coefficients, here modulo 2^64.
 */
#include <errno.h>
#include <string.h>

#include "core/arena.h"
#include "core/mix.h"
#include "core/workload.h"
#include "tvp/task.h"

#define CHECKSUM_BASE UINT64_C(0xd1342543de82ef95)

enum { CHECKSUM_BYTES };

/* In the arena, for the loop; and the lanes of one sum. */
enum { CHECKSUM_BLOCKS = 8, CHECKSUM_LANES = 4, WORD_BYTES = sizeof(uint64_t) };

static const struct parameter checksum_parameters[] = {
	[CHECKSUM_BYTES] = {"bytes", "bytes", "of one block", 65536, 1, 64 << 20, NULL},
	{0},
};

/* The word at `at`, the last one filled up with zeros; blocks may lie at any address. */
static uint64_t checksum_word(const unsigned char *block, size_t bytes, size_t at)
{
	uint64_t word = 0;

	memcpy(&word, block + at, bytes - at < WORD_BYTES ? bytes - at : WORD_BYTES);
	return word;
}

/* The value at CHECKSUM_BASE by Horner's rule; in four lanes, as one would wait for its own multiplications. */
static uint64_t checksum_of(const unsigned char *block, size_t bytes)
{
	const uint64_t base2 = CHECKSUM_BASE * CHECKSUM_BASE, base4 = base2 * base2;
	uint64_t lanes[CHECKSUM_LANES] = {0}, words[CHECKSUM_LANES], sum;
	size_t at = 0;

	for (; at + sizeof(words) <= bytes; at += sizeof(words)) {
		memcpy(words, block + at, sizeof(words));
		for (int lane = 0; lane < CHECKSUM_LANES; lane++)
			lanes[lane] = lanes[lane] * base4 + words[lane];
	}
	sum = lanes[0] * base2 * CHECKSUM_BASE + lanes[1] * base2 + lanes[2] * CHECKSUM_BASE + lanes[3];
	for (; at < bytes; at += WORD_BYTES)
		sum = sum * CHECKSUM_BASE + checksum_word(block, bytes, at);
	return sum;
}

/* The same from the last word on, with powers. */
static uint64_t checksum_expected(const unsigned char *block, size_t bytes)
{
	uint64_t sum = 0, power = 1;

	for (size_t words = (bytes + WORD_BYTES - 1) / WORD_BYTES; words > 0; words--) {
		sum += checksum_word(block, bytes, (words - 1) * WORD_BYTES) * power;
		power *= CHECKSUM_BASE;
	}
	return sum;
}

static void checksum_fill(unsigned char *block, size_t bytes, uint64_t index)
{
	uint64_t seed = mix64(index);

	for (size_t at = 0; at < bytes; at += WORD_BYTES) {
		uint64_t word = mix64(seed + at);

		memcpy(block + at, &word, bytes - at < WORD_BYTES ? bytes - at : WORD_BYTES);
	}
}

static int checksum(struct tvp_worker *worker, const void *input, size_t input_bytes, void *output, size_t output_bytes)
{
	uint64_t sum = checksum_of(input, input_bytes);

	memcpy(output, &sum, sizeof(sum));
	return 0;
}

static const struct tvp_task checksum_task = {
	.name = "checksum",
	.input_bytes = SIZE_MAX,
	.output_bytes = sizeof(uint64_t),
	.run = checksum,
};

static size_t checksum_arena_bytes(const struct job *job)
{
	return CHECKSUM_BLOCKS * job->parameters[CHECKSUM_BYTES] + 64;
}

static unsigned char *checksum_block(const struct job *job, const struct arena *arena, uint64_t index)
{
	return (unsigned char *)arena_at(arena, job->data_offset) +
	       index % CHECKSUM_BLOCKS * job->parameters[CHECKSUM_BYTES];
}

static int checksum_prepare(struct job *job, struct arena *arena, char *reason)
{
	uint64_t bytes = job->parameters[CHECKSUM_BYTES];
	int error = arena_alloc(arena, CHECKSUM_BLOCKS * bytes, 64, &job->data_offset);

	if (error)
		return reason_set(reason, error, "no room for %d blocks of %llu bytes", CHECKSUM_BLOCKS,
				  (unsigned long long)bytes);
	for (uint64_t i = 0; i < CHECKSUM_BLOCKS; i++)
		checksum_fill(checksum_block(job, arena, i), bytes, i);
	return 0;
}

static int checksum_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	for (uint64_t i = first; i < first + ops; i++)
		worker->result += checksum_of(checksum_block(worker->job, worker->arena, i),
					      worker->job->parameters[CHECKSUM_BYTES]);
	return 0;
}

static int checksum_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result,
			   char *reason)
{
	uint64_t expected = 0;

	for (uint64_t i = 0; i < CHECKSUM_BLOCKS; i++)
		expected += (ops / CHECKSUM_BLOCKS + (i < ops % CHECKSUM_BLOCKS)) *
			    checksum_expected(checksum_block(job, arena, i), job->parameters[CHECKSUM_BYTES]);
	if (result != expected)
		return reason_set(reason, -EBADMSG, "the checksums of %llu blocks add up to %llx, not %llx",
				  (unsigned long long)ops, (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

static void checksum_bytes(const struct job *job, size_t *input_bytes, size_t *output_bytes)
{
	*input_bytes = job->parameters[CHECKSUM_BYTES];
}

static void checksum_input(const struct job *job, uint64_t index, uint64_t count, void *input)
{
	checksum_fill(input, job->parameters[CHECKSUM_BYTES], index);
}

static bool checksum_task_verify(const struct job *job, const void *input, const void *output)
{
	uint64_t sum;

	memcpy(&sum, output, sizeof(sum));
	return sum == checksum_expected(input, job->parameters[CHECKSUM_BYTES]);
}

const struct workload workload_checksum = {
	.name = "checksum",
	.summary = "a checksum over a block of memory",
	.shares = "eight blocks that are only read",
	.kind = WORKLOAD_MEMORY,
	.parameters = checksum_parameters,
	.arena_bytes = checksum_arena_bytes,
	.prepare = checksum_prepare,
	.run = checksum_run,
	.verify = checksum_verify,
	.task = &checksum_task,
	.task_bytes = checksum_bytes,
	.task_input = checksum_input,
	.task_verify = checksum_task_verify,
};
