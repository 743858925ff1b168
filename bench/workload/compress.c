/* SPDX-License-Identifier: MIT */
/*
 * Compressing blocks of text with zstd: one operation makes one frame of one block.
 *
 * `zstd -b3 -i1 -B64KiB FILE` times ZSTD_compress2 over each block of the file in turn, with a context that was set up
 * before, into a buffer of ZSTD_compressBound; so does this, and adds a sum over what came out (under 1 % of the time).
 *
 * That sum is compared with that of a frame which was decompressed and found to hold the text. zstd makes the same frame
 * of the same text whenever version, level and call are the same, whatever a context has compressed before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "core/arena.h"
#include "core/mix.h"
#include "core/workload.h"

WORKLOAD_NEEDS(libzstd, libzstd-dev);

#define COMPRESS_BASE UINT64_C(0x9e3779b97f4a7c15)

enum { COMPRESS_LEVEL, COMPRESS_KIB };

/* Blocks of text, of which operations take one after the other; the lanes of a sum. */
enum { COMPRESS_BLOCKS = 4, COMPRESS_LANES = 4 };

static const struct parameter compress_parameters[] = {
	[COMPRESS_LEVEL] = {"level", "", "of compression, as in zstd's own options", 3, 1, 19, NULL},
	[COMPRESS_KIB] = {"kib", "KiB", "length of the text that one operation compresses", 64, 1, 16384, NULL},
	{0},
};

/* In the arena. */
struct compress_data {
	uint64_t blocks_offset;
	uint64_t expected[COMPRESS_BLOCKS]; /* the sums of their frames */
};

struct compress_state {
	ZSTD_CCtx *context;
	size_t frame_bytes_max;
	unsigned char frame[];
};

static size_t compress_bytes(const struct job *job)
{
	return job->parameters[COMPRESS_KIB] * 1024;
}

static size_t compress_arena_bytes(const struct job *job)
{
	return sizeof(struct compress_data) + COMPRESS_BLOCKS * compress_bytes(job) + 2 * 64;
}

/* Per worker a frame, and a context: its tables have at most 16 bytes for a byte of the window, which is at most twice
 * as long as the text, and some 3 MiB are for one block of a frame. All levels have less. */
static uint64_t compress_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	uint64_t bytes = parameters[COMPRESS_KIB] * 1024;
	uint64_t window = 2 * bytes < UINT64_C(8) << 20 ? 2 * bytes : UINT64_C(8) << 20;

	return COMPRESS_BLOCKS * bytes + workers * (bytes + 16 * window + (UINT64_C(3) << 20));
}

/*
 * Text as compressors see it: some 4000 words, of which the n-th most frequent comes about 1/n as often as the first
 * (Zipf, Human Behavior and the Principle of Least Effort, 1949), frequent ones shorter, in lines and sentences.
 */
static size_t compress_word(uint64_t random, char *word)
{
	unsigned octave = random % 12;
	uint64_t rank = (UINT64_C(1) << octave) + (random >> 8) % (UINT64_C(1) << octave);
	uint64_t letters = mix64(rank);
	size_t length = 2 + octave / 2 + letters % 3;

	for (size_t i = 0; i < length; i++, letters >>= 4)
		word[i] = i % 2 ? "eaoiuaeeoiaeyeai"[letters >> 2 & 15] : "tnshrdlcmfpgwbvk"[letters >> 2 & 15];
	switch (random >> 32 & 31) {
	case 0:
	case 1:
		word[length++] = '.';
		word[length++] = '\n';
		break;
	case 2:
	case 3:
		word[length++] = ',';
		/* fall through */
	default:
		word[length++] = ' ';
	}
	return length;
}

static void compress_write_text(char *text, size_t bytes)
{
	char word[32];
	size_t at = 0;

	for (uint64_t i = 0; at < bytes; i++) {
		size_t length = compress_word(mix64(~i), word);

		memcpy(text + at, word, length < bytes - at ? length : bytes - at);
		at += length;
	}
}

/* The bytes as the coefficients of a polynomial modulo 2^64, by Horner's rule in lanes that do not wait for each other.
 * The base is odd, so no word can change unnoticed. */
static uint64_t compress_sum(const unsigned char *frame, size_t bytes)
{
	uint64_t lanes[COMPRESS_LANES] = {0}, words[COMPRESS_LANES], sum = bytes;

	for (; bytes >= sizeof(words); bytes -= sizeof(words), frame += sizeof(words)) {
		memcpy(words, frame, sizeof(words));
		for (int lane = 0; lane < COMPRESS_LANES; lane++)
			lanes[lane] = lanes[lane] * COMPRESS_BASE + words[lane];
	}
	memset(words, 0, sizeof(words));
	memcpy(words, frame, bytes);
	for (int lane = 0; lane < COMPRESS_LANES; lane++)
		sum = mix64(sum ^ (lanes[lane] * COMPRESS_BASE + words[lane]));
	return sum;
}

static struct compress_state *compress_open(const struct job *job)
{
	size_t bound = ZSTD_compressBound(compress_bytes(job));
	struct compress_state *state = malloc(sizeof(*state) + bound);

	if (!state)
		return NULL;
	state->frame_bytes_max = bound;
	state->context = ZSTD_createCCtx();
	if (state->context && !ZSTD_isError(ZSTD_CCtx_setParameter(state->context, ZSTD_c_compressionLevel,
								   (int)job->parameters[COMPRESS_LEVEL])))
		return state;
	ZSTD_freeCCtx(state->context);
	free(state);
	return NULL;
}

static void compress_close(struct compress_state *state)
{
	if (!state)
		return;
	ZSTD_freeCCtx(state->context);
	free(state);
}

/* Makes block i's frame, unpacks it, and keeps its sum if the text is back; `unpacked` has room for it. */
static int compress_expect(struct compress_state *state, struct compress_data *data, const char *block, size_t bytes,
			   char *unpacked, size_t i, char *reason)
{
	size_t frame_bytes = ZSTD_compress2(state->context, state->frame, state->frame_bytes_max, block, bytes);
	size_t back_bytes = frame_bytes;

	if (!ZSTD_isError(frame_bytes))
		back_bytes = ZSTD_decompress(unpacked, bytes, state->frame, frame_bytes);
	if (ZSTD_isError(back_bytes))
		return reason_set(reason, -EIO, "zstd could not compress and decompress %zu bytes: %s", bytes,
				  ZSTD_getErrorName(back_bytes));
	if (back_bytes != bytes || memcmp(block, unpacked, bytes) != 0)
		return reason_set(reason, -EBADMSG, "what zstd compressed came back as something else");
	data->expected[i] = compress_sum(state->frame, frame_bytes);
	return 0;
}

static int compress_prepare(struct job *job, struct arena *arena, char *reason)
{
	size_t bytes = compress_bytes(job);
	struct compress_state *state;
	struct compress_data *data;
	char *blocks, *unpacked;
	int error = arena_alloc(arena, sizeof(*data), 64, &job->data_offset);

	if (error)
		return error;
	data = arena_at(arena, job->data_offset);
	error = arena_alloc(arena, COMPRESS_BLOCKS * bytes, 64, &data->blocks_offset);
	if (error)
		return error;
	blocks = arena_at(arena, data->blocks_offset);
	compress_write_text(blocks, COMPRESS_BLOCKS * bytes);
	state = compress_open(job);
	unpacked = malloc(bytes);
	if (!state || !unpacked)
		error = reason_set(reason, -ENOMEM, "no memory to compress and decompress %zu bytes", bytes);
	for (size_t i = 0; i < COMPRESS_BLOCKS && !error; i++)
		error = compress_expect(state, data, blocks + i * bytes, bytes, unpacked, i, reason);
	free(unpacked);
	compress_close(state);
	return error;
}

static int compress_worker_init(struct worker *worker)
{
	worker->state = compress_open(worker->job);
	return worker->state ? 0 : worker_fail(worker, -ENOMEM, "no memory for a context of zstd and a frame");
}

static void compress_worker_exit(struct worker *worker)
{
	compress_close(worker->state);
}

static int compress_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	struct compress_state *state = worker->state;
	const struct compress_data *data = arena_at(worker->arena, worker->job->data_offset);
	const char *blocks = arena_at(worker->arena, data->blocks_offset);
	size_t bytes = compress_bytes(worker->job);

	for (uint64_t i = first; i < first + ops; i++) {
		size_t frame_bytes = ZSTD_compress2(state->context, state->frame, state->frame_bytes_max,
						    blocks + i % COMPRESS_BLOCKS * bytes, bytes);

		if (ZSTD_isError(frame_bytes))
			return worker_fail(worker, -EIO, "zstd could not compress %zu bytes: %s", bytes,
					   ZSTD_getErrorName(frame_bytes));
		worker->result += compress_sum(state->frame, frame_bytes);
	}
	return 0;
}

static int compress_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result,
			   char *reason)
{
	const struct compress_data *data = arena_at(arena, job->data_offset);
	uint64_t expected = 0;

	for (uint64_t i = 0; i < COMPRESS_BLOCKS; i++)
		expected += data->expected[i] * (ops / COMPRESS_BLOCKS + (i < ops % COMPRESS_BLOCKS));
	if (result != expected)
		return reason_set(reason, -EBADMSG,
				  "the sum over the frames of %llu operations is %llx, and that of frames which were "
				  "decompressed again %llx",
				  (unsigned long long)ops, (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

const struct workload workload_compress = {
	.name = "compress",
	.summary = "compressing blocks of text (zstd)",
	.shares = "the text, which is only read; each worker has a context and a buffer of its own",
	.kind = WORKLOAD_CPU,
	.parameters = compress_parameters,
	.memory_bytes = compress_memory_bytes,
	.arena_bytes = compress_arena_bytes,
	.prepare = compress_prepare,
	.worker_init = compress_worker_init,
	.run = compress_run,
	.worker_exit = compress_worker_exit,
	.verify = compress_verify,
};
