/* SPDX-License-Identifier: MIT */
/*
 * Counting the iterations of the Mandelbrot set, a row of the picture an operation: rows differ a hundredfold in
 * what they cost, so workers that were given equal shares would not end together. Numbers are integers with 28 bits
 * after the point, as they were in the first programs of this kind: what these give is the same on every machine, which
 * floating point would not promise, as compilers may fuse its operations; and two at a time they are the faster ones.
 * Method: Peitgen and Saupe (eds.), The Science of Fractal Images, Springer 1988, chapter 4.
 */
#include <errno.h>

#include "core/arena.h"
#include "core/workload.h"

enum { MANDELBROT_WIDTH, MANDELBROT_HEIGHT, MANDELBROT_ITERATIONS };

enum { FRACTION_BITS = 28 };
#define ONE (INT64_C(1) << FRACTION_BITS)

static const struct parameter mandelbrot_parameters[] = {
	[MANDELBROT_WIDTH] = {"width", "", "points of a row, from -2 to 1/2", 256, 1, 4096, NULL},
	[MANDELBROT_HEIGHT] = {"height", "", "rows of the picture, from -5/4 i to 5/4 i", 64, 1, 4096, NULL},
	[MANDELBROT_ITERATIONS] = {"iterations", "", "after which a point counts as one of the set", 500, 1, 1000000,
				   NULL},
	{0},
};

/* The middle of the column's and of the row's part of the plane. */
static int64_t mandelbrot_re(const struct job *job, uint64_t column)
{
	return (int64_t)((2 * column + 1) * (5 * ONE / 4) / job->parameters[MANDELBROT_WIDTH]) - 2 * ONE;
}

static int64_t mandelbrot_im(const struct job *job, uint64_t row)
{
	return (int64_t)((2 * row + 1) * (5 * ONE / 4) / job->parameters[MANDELBROT_HEIGHT]) - 5 * ONE / 4;
}

/* A point of the plane on its way. While |z| <= 2, products are below 2^59, and once it is not, |z| is at most 6. */
struct mandelbrot_orbit {
	int64_t x, y;   /* z */
	int64_t cx, cy; /* c */
};

/* z = z^2 + c, if |z| is not above 2 yet. */
static inline bool mandelbrot_step(struct mandelbrot_orbit *orbit)
{
	int64_t x = orbit->x, y = orbit->y, x2 = x * x, y2 = y * y;

	if (x2 + y2 > 4 * ONE * ONE)
		return false;
	orbit->x = ((x2 - y2) >> FRACTION_BITS) + orbit->cx;
	orbit->y = ((x * y) >> (FRACTION_BITS - 1)) + orbit->cy;
	return true;
}

static uint64_t mandelbrot_rest(struct mandelbrot_orbit orbit, uint64_t iterations)
{
	uint64_t count = 0;

	while (count < iterations && mandelbrot_step(&orbit))
		count++;
	return count;
}

/* Two neighbours side by side: a step waits for the one before it, and the processor can do another's meanwhile. */
static uint64_t mandelbrot_pair(struct mandelbrot_orbit a, struct mandelbrot_orbit b, uint64_t iterations)
{
	for (uint64_t count = 0; count < iterations; count++) {
		if (!mandelbrot_step(&a))
			return 2 * count + mandelbrot_rest(b, iterations - count);
		if (!mandelbrot_step(&b))
			return 2 * count + 1 + mandelbrot_rest(a, iterations - count - 1);
	}
	return 2 * iterations;
}

static uint64_t mandelbrot_row(const struct job *job, uint64_t row)
{
	uint64_t width = job->parameters[MANDELBROT_WIDTH], iterations = job->parameters[MANDELBROT_ITERATIONS];
	uint64_t column = 0, count = 0;
	int64_t im = mandelbrot_im(job, row);

	for (; column + 1 < width; column += 2) {
		struct mandelbrot_orbit a = {.cx = mandelbrot_re(job, column), .cy = im};
		struct mandelbrot_orbit b = {.cx = mandelbrot_re(job, column + 1), .cy = im};

		count += mandelbrot_pair(a, b, iterations);
	}
	if (column < width)
		count += mandelbrot_rest((struct mandelbrot_orbit){.cx = mandelbrot_re(job, column), .cy = im},
					 iterations);
	return count;
}

/*
 * The same in other numbers: with s = x + y and d = x - y, x^2 - y^2 is s d, 4 x y is s^2 - d^2 and 2 |z|^2 is s^2 +
 * d^2, all exact. And with a proof where run just goes on: an orbit that comes to where it has been never leaves.
 * Orbits of integers do; found as in Brent, An improved Monte Carlo factorization algorithm, BIT 20 (1980).
 */
static uint64_t mandelbrot_expected(int64_t re, int64_t im, uint64_t iterations)
{
	int64_t s = 0, d = 0, seen_s = 0, seen_d = 0;

	for (uint64_t count = 0, look = 4; count < iterations; count++) {
		int64_t x, y, s2 = s * s, d2 = d * d;

		if (s2 + d2 > 8 * ONE * ONE)
			return count;
		x = ((s * d) >> FRACTION_BITS) + re;
		y = ((s2 - d2) >> (FRACTION_BITS + 1)) + im;
		s = x + y;
		d = x - y;
		if (s == seen_s && d == seen_d)
			return iterations;
		if (count == look) {
			seen_s = s;
			seen_d = d;
			look *= 2;
		}
	}
	return iterations;
}

static size_t mandelbrot_arena_bytes(const struct job *job)
{
	return job->parameters[MANDELBROT_HEIGHT] * sizeof(uint64_t) + 64;
}

static int mandelbrot_prepare(struct job *job, struct arena *arena, char *reason)
{
	uint64_t height = job->parameters[MANDELBROT_HEIGHT];
	int error = arena_alloc(arena, height * sizeof(uint64_t), 64, &job->data_offset);
	uint64_t *counts;

	if (error)
		return reason_set(reason, error, "no room for the counts of %llu rows", (unsigned long long)height);
	counts = arena_at(arena, job->data_offset);
	for (uint64_t row = 0; row < height; row++)
		for (uint64_t column = 0; column < job->parameters[MANDELBROT_WIDTH]; column++)
			counts[row] += mandelbrot_expected(mandelbrot_re(job, column), mandelbrot_im(job, row),
							   job->parameters[MANDELBROT_ITERATIONS]);
	return 0;
}

static int mandelbrot_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	for (uint64_t i = first; i < first + ops; i++)
		worker->result += mandelbrot_row(worker->job, i % worker->job->parameters[MANDELBROT_HEIGHT]);
	return 0;
}

static int mandelbrot_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result,
			     char *reason)
{
	const uint64_t *counts = arena_at(arena, job->data_offset);
	uint64_t height = job->parameters[MANDELBROT_HEIGHT], expected = 0;

	for (uint64_t row = 0; row < height; row++)
		expected += counts[row] * (ops / height + (row < ops % height));
	if (result != expected)
		return reason_set(reason, -EBADMSG, "counted %llu iterations instead of %llu",
				  (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

const struct workload workload_mandelbrot = {
	.name = "mandelbrot",
	.summary = "iterations of the Mandelbrot set in whole numbers; an operation is one row, and rows are uneven",
	.shares = "nothing that it works on: points are computed from their place in the picture",
	.kind = WORKLOAD_CPU,
	.parameters = mandelbrot_parameters,
	.arena_bytes = mandelbrot_arena_bytes,
	.prepare = mandelbrot_prepare,
	.run = mandelbrot_run,
	.verify = mandelbrot_verify,
};
