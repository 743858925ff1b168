/* SPDX-License-Identifier: MIT */
/*
 * What a service that filters pictures does: decode a PNG with libpng, blur it, encode the outcome as a PNG. The blur is a
 * convolution with the binomial kernel of 5 x 5, near to a Gaussian, from left to right and then from top to bottom, in
 * whole numbers of 16 bits: Jähne, Digital Image Processing, chapter on averaging (binomial filters). libpng, and zlib
 * below it, take nearly all of the time, and allocate and free some 400 KiB in every operation, as they do everywhere.
 *
 * What is expected are the bytes of a PNG: of one whose pixels came from a plain convolution in two dimensions, over the
 * picture as it was drawn, and which is decoded to these pixels again.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "core/arena.h"
#include "core/mix.h"
#include "core/workload.h"

WORKLOAD_NEEDS(libpng, libpng-dev);

#define IMAGE_BASE UINT64_C(0xd1342543de82ef95)

enum { IMAGE_SIZE, IMAGE_EFFORT };
enum image_effort { EFFORT_FAST, EFFORT_FULL };

/* Pictures, of which operations take one after the other; red, green and blue; the kernel and its reach. */
enum { IMAGE_PICTURES = 2, CHANNELS = 3, TAPS = 5, REACH = TAPS / 2, EDGE_BYTES = REACH * CHANNELS };

/* Values that the blur computes at once: loops of this length become vector code without a rest. */
enum { STEP = 32 };

static const char *const image_efforts[] = {"fast", "full", NULL};

static const struct parameter image_parameters[] = {
	[IMAGE_SIZE] = {"size", "pixels", "width and height of the picture", 64, 1, 2048, NULL},
	[IMAGE_EFFORT] = {"effort", "",
			  "of encoding: fast (no filters, level 3 of zlib) or what libpng does by default", EFFORT_FAST,
			  EFFORT_FAST, EFFORT_FULL, image_efforts},
	{0},
};

/* In the arena. */
struct image_data {
	uint64_t png_offset[IMAGE_PICTURES];
	uint64_t png_bytes[IMAGE_PICTURES];
	uint64_t expected[IMAGE_PICTURES]; /* sums of the PNG files that are to come out */
};

struct image_state {
	unsigned size;
	size_t row_bytes, row_room;
	unsigned char *pixels; /* decoded, and blurred in place */
	unsigned char *edged;  /* one row with its first and last pixels repeated */
	uint16_t *sums;        /* TAPS rows that are blurred from left to right */
	unsigned char *png;    /* what comes out */
};

static size_t image_pixel_bytes(uint64_t size)
{
	return CHANNELS * size * size;
}

/* Of a PNG that could not be compressed: a byte more per row, zlib's blocks, chunks of 8 KiB, headers. */
static size_t image_png_room(uint64_t size)
{
	return image_pixel_bytes(size) + size + image_pixel_bytes(size) / 64 + 4096;
}

static size_t image_arena_bytes(const struct job *job)
{
	return sizeof(struct image_data) + IMAGE_PICTURES * image_png_room(job->parameters[IMAGE_SIZE]) +
	       (1 + IMAGE_PICTURES) * 64;
}

/* Beside pixels, a worker has about 400 KiB in libpng and zlib; and preparing takes three pictures more. */
static uint64_t image_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	uint64_t bytes = image_png_room(parameters[IMAGE_SIZE]);

	return (IMAGE_PICTURES + 3) * bytes + workers * (2 * bytes + (UINT64_C(512) << 10));
}

/* Into pixels of the size that the job says; by the simplified interface, which returns errors and needs no setjmp. */
static int image_decode(const struct job *job, const unsigned char *png, size_t png_bytes, unsigned char *pixels,
			char *reason)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	bool done = png_image_begin_read_from_memory(&image, png, png_bytes);

	image.format = PNG_FORMAT_RGB;
	if (done && PNG_IMAGE_SIZE(image) != image_pixel_bytes(job->parameters[IMAGE_SIZE])) {
		png_image_free(&image);
		return reason_set(reason, -EBADMSG, "decoded a picture of another size");
	}
	/* frees what it holds, whether it succeeds or not */
	if (done && png_image_finish_read(&image, NULL, pixels, 0, NULL))
		return 0;
	return reason_set(reason, -EIO, "libpng could not decode a picture: %s", image.message);
}

/* Into `png`, which has image_png_room; *png_bytes become those that were needed. */
static int image_encode(const struct job *job, const unsigned char *pixels, unsigned char *png, size_t *png_bytes,
			char *reason)
{
	png_uint_32 size = (png_uint_32)job->parameters[IMAGE_SIZE];
	png_image image = {.version = PNG_IMAGE_VERSION, .width = size, .height = size, .format = PNG_FORMAT_RGB};
	png_alloc_size_t bytes = image_png_room(size);

	if (job->parameters[IMAGE_EFFORT] == EFFORT_FAST)
		image.flags = PNG_IMAGE_FLAG_FAST;
	if (!png_image_write_to_memory(&image, png, &bytes, 0, pixels, 0, NULL))
		return reason_set(reason, -EIO, "libpng could not encode a picture: %s", image.message);
	*png_bytes = bytes;
	return 0;
}

/* Where a row's sums are until those of TAPS rows further down take their place. */
static uint16_t *image_sums_of(const struct image_state *state, unsigned y)
{
	return state->sums + y % TAPS * state->row_room;
}

/* From left to right; 16 times a value is the most. */
static void image_blur_row(const struct image_state *state, const unsigned char *row, uint16_t *restrict sums)
{
	unsigned char *edged = state->edged, *right = edged + EDGE_BYTES + state->row_bytes;

	memcpy(edged + EDGE_BYTES, row, state->row_bytes);
	for (size_t i = 0; i < REACH; i++) {
		memcpy(edged + i * CHANNELS, row, CHANNELS);
		memcpy(right + i * CHANNELS, right - CHANNELS, CHANNELS);
	}
	for (size_t at = 0; at < state->row_bytes; at += STEP) {
		const unsigned char *restrict in = edged + at;

		for (size_t i = 0; i < STEP; i++) {
			unsigned outer = in[i] + in[i + 4 * CHANNELS], inner = in[i + CHANNELS] + in[i + 3 * CHANNELS];

			sums[at + i] = (uint16_t)(outer + 4 * inner + 6 * in[i + 2 * CHANNELS]);
		}
	}
}

/* From top to bottom, over rows above, at and below; rounded to 1/256 of the sum. */
static void image_blur_column(const struct image_state *state, const uint16_t *const rows[TAPS], unsigned char *row)
{
	unsigned char values[STEP];

	for (size_t at = 0; at < state->row_bytes; at += STEP) {
		const uint16_t *a = rows[0] + at, *b = rows[1] + at, *c = rows[2] + at, *d = rows[3] + at,
			       *e = rows[4] + at;

		for (size_t i = 0; i < STEP; i++)
			values[i] = (unsigned char)((uint16_t)(a[i] + e[i] + 4 * (b[i] + d[i]) + 6 * c[i] + 128) >> 8);
		memcpy(row + at, values, state->row_bytes - at < STEP ? state->row_bytes - at : STEP);
	}
}

/* In place: a row is overwritten when it, and REACH rows below it, have been blurred from left to right. */
static void image_blur(const struct image_state *state)
{
	unsigned last = state->size - 1, done = 0;

	for (unsigned y = 0; y <= last; y++) {
		const uint16_t *rows[TAPS];

		for (; done <= last && done <= y + REACH; done++)
			image_blur_row(state, state->pixels + state->row_bytes * done, image_sums_of(state, done));
		for (unsigned i = 0; i < TAPS; i++) {
			unsigned at = y + i < REACH ? 0 : y + i - REACH;

			rows[i] = image_sums_of(state, at < last ? at : last);
		}
		image_blur_column(state, rows, state->pixels + state->row_bytes * y);
	}
}

/* The bytes as the coefficients of a polynomial modulo 2^64; the base is odd, so no word can change unnoticed. */
static uint64_t image_sum(const unsigned char *png, size_t bytes)
{
	uint64_t sum = bytes, word;

	for (size_t at = 0; at < bytes; at += sizeof(word)) {
		word = 0;
		memcpy(&word, png + at, bytes - at < sizeof(word) ? bytes - at : sizeof(word));
		sum = sum * IMAGE_BASE + word;
	}
	return mix64(sum);
}

/* Like a photograph to a compressor: slopes, a disc with an edge, and noise in the lowest bits. */
static void image_draw(unsigned char *pixels, unsigned size, unsigned picture)
{
	for (unsigned y = 0; y < size; y++)
		for (unsigned x = 0; x < size; x++)
			for (unsigned c = 0; c < CHANNELS; c++) {
				uint64_t noise = mix64(((uint64_t)picture * size + y) * size + x) >> 8 * c & 7;
				unsigned slope = (x * (c + 2) + y * (4 - c) + 40 * picture) / 2 & 255;
				unsigned value = slope < 128 ? slope : 255 - slope;
				int64_t dx = 2 * (int64_t)x - size, dy = 2 * (int64_t)y - size;

				if (dx * dx + dy * dy < (int64_t)size * size / 4)
					value = 200 - value / 2;
				*pixels++ = (unsigned char)(value + 20 + noise);
			}
}

static unsigned image_clamp(int64_t at, unsigned size)
{
	return at < 0 ? 0 : at < size ? (unsigned)at : size - 1;
}

/* The textbook's convolution, in two dimensions. */
static void image_convolve(const unsigned char *pixels, unsigned size, unsigned char *blurred)
{
	static const unsigned binomial[TAPS] = {1, 4, 6, 4, 1};

	for (unsigned y = 0; y < size; y++)
		for (unsigned x = 0; x < size; x++)
			for (unsigned c = 0; c < CHANNELS; c++) {
				unsigned sum = 0;

				for (int i = 0; i < TAPS; i++)
					for (int j = 0; j < TAPS; j++) {
						size_t row = image_clamp((int64_t)y + i - REACH, size);
						size_t column = image_clamp((int64_t)x + j - REACH, size);

						sum += binomial[i] * binomial[j] *
						       pixels[(row * size + column) * CHANNELS + c];
					}
				*blurred++ = (unsigned char)((sum + 128) / 256);
			}
}

/* Room for preparing one picture. */
struct image_draft {
	unsigned char *drawn, *blurred, *decoded; /* pixels */
	unsigned char *png;
};

/* Encodes one picture into the arena, and finds what must come out of it. */
static int image_expect(const struct job *job, struct arena *arena, struct image_data *data, unsigned picture,
			const struct image_draft *draft, char *reason)
{
	unsigned size = (unsigned)job->parameters[IMAGE_SIZE];
	size_t bytes;
	int error = arena_alloc(arena, image_png_room(size), 64, &data->png_offset[picture]);

	if (error)
		return error;
	image_draw(draft->drawn, size, picture);
	error = image_encode(job, draft->drawn, arena_at(arena, data->png_offset[picture]), &bytes, reason);
	if (error)
		return error;
	data->png_bytes[picture] = bytes;
	image_convolve(draft->drawn, size, draft->blurred);
	error = image_encode(job, draft->blurred, draft->png, &bytes, reason);
	if (!error)
		error = image_decode(job, draft->png, bytes, draft->decoded, reason);
	if (error)
		return error;
	if (memcmp(draft->decoded, draft->blurred, image_pixel_bytes(size)) != 0)
		return reason_set(reason, -EBADMSG, "what libpng encoded is not what it decodes");
	data->expected[picture] = image_sum(draft->png, bytes);
	return 0;
}

static int image_prepare(struct job *job, struct arena *arena, char *reason)
{
	size_t size = job->parameters[IMAGE_SIZE], bytes = image_pixel_bytes(size);
	unsigned char *room;
	int error = arena_alloc(arena, sizeof(struct image_data), 64, &job->data_offset);

	if (error)
		return error;
	room = malloc(3 * bytes + image_png_room(size));
	if (!room)
		return reason_set(reason, -ENOMEM, "no memory for pictures of %zu x %zu pixels", size, size);
	for (unsigned i = 0; i < IMAGE_PICTURES && !error; i++) {
		const struct image_draft draft = {room, room + bytes, room + 2 * bytes, room + 3 * bytes};

		error = image_expect(job, arena, arena_at(arena, job->data_offset), i, &draft, reason);
	}
	free(room);
	return error;
}

static int image_worker_init(struct worker *worker)
{
	unsigned size = (unsigned)worker->job->parameters[IMAGE_SIZE];
	struct image_state *state = calloc(1, sizeof(*state));
	bool all;

	if (!state)
		return worker_fail(worker, -ENOMEM, "no memory");
	worker->state = state;
	state->size = size;
	state->row_bytes = (size_t)CHANNELS * size;
	state->row_room = (state->row_bytes + STEP - 1) / STEP * STEP;
	state->pixels = malloc(image_pixel_bytes(size));
	state->edged = calloc(1, state->row_room + 2 * EDGE_BYTES);
	state->sums = malloc(TAPS * state->row_room * sizeof(*state->sums));
	state->png = malloc(image_png_room(size));
	all = state->pixels && state->edged && state->sums && state->png;
	return all ? 0 : worker_fail(worker, -ENOMEM, "no memory for a picture of %u x %u pixels", size, size);
}

static void image_worker_exit(struct worker *worker)
{
	struct image_state *state = worker->state;

	if (!state)
		return;
	free(state->png);
	free(state->sums);
	free(state->edged);
	free(state->pixels);
	free(state);
}

static int image_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	const struct image_state *state = worker->state;
	const struct image_data *data = arena_at(worker->arena, worker->job->data_offset);

	for (uint64_t i = first; i < first + ops; i++) {
		const unsigned char *png = arena_at(worker->arena, data->png_offset[i % IMAGE_PICTURES]);
		size_t png_bytes = data->png_bytes[i % IMAGE_PICTURES];
		int error = image_decode(worker->job, png, png_bytes, state->pixels, worker->reason);

		if (error)
			return error;
		image_blur(state);
		error = image_encode(worker->job, state->pixels, state->png, &png_bytes, worker->reason);
		if (error)
			return error;
		worker->result += image_sum(state->png, png_bytes);
	}
	return 0;
}

static int image_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	const struct image_data *data = arena_at(arena, job->data_offset);
	uint64_t expected = 0;

	for (uint64_t i = 0; i < IMAGE_PICTURES; i++)
		expected += data->expected[i] * (ops / IMAGE_PICTURES + (i < ops % IMAGE_PICTURES));
	if (result != expected)
		return reason_set(reason, -EBADMSG,
				  "the sum over the pictures of %llu operations is %llx, and that of pictures which a "
				  "plain convolution made %llx",
				  (unsigned long long)ops, (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

const struct workload workload_image = {
	.name = "image",
	.summary = "decoding a PNG, blurring it, encoding it (libpng)",
	.shares = "the pictures to decode, which are only read; as threads, the allocator, which libpng calls often",
	.kind = WORKLOAD_CPU,
	.parameters = image_parameters,
	.memory_bytes = image_memory_bytes,
	.arena_bytes = image_arena_bytes,
	.prepare = image_prepare,
	.worker_init = image_worker_init,
	.run = image_run,
	.worker_exit = image_worker_exit,
	.verify = image_verify,
};
