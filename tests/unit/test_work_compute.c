/* SPDX-License-Identifier: MIT */
/* Workloads that compute: mandelbrot, montecarlo-pi and nbody against what is known of them, and with wrong data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "spoilt.h"

/* Their insides, under other names than those in the table of workloads. */
#define workload_mandelbrot    mandelbrot_inside
#define workload_montecarlo_pi montecarlo_pi_inside_too
#define workload_nbody         nbody_inside
#include "../../bench/workload/mandelbrot.c"    /* NOLINT(bugprone-suspicious-include) */
#include "../../bench/workload/montecarlo-pi.c" /* NOLINT(bugprone-suspicious-include) */
#include "../../bench/workload/nbody.c"         /* NOLINT(bugprone-suspicious-include) */

static void one_iteration_more(struct job *job, struct arena *arena)
{
	job->parameters[MANDELBROT_ITERATIONS]++;
}

static void one_column_less(struct job *job, struct arena *arena)
{
	job->parameters[MANDELBROT_WIDTH]--;
}

static void test_mandelbrot_errors_are_found(void **state)
{
	assert_int_equal(run_spoilt("mandelbrot", NULL, 64, NULL), 0);
	assert_int_equal(run_spoilt("mandelbrot", NULL, 64, one_iteration_more), -EBADMSG);
	assert_int_equal(run_spoilt("mandelbrot", NULL, 1, one_column_less), -EBADMSG);
}

/* Where these go can be seen by hand. */
static void test_mandelbrot_at_known_points(void **state)
{
	static const struct {
		int64_t re, im;
		uint64_t count; /* of at most 1000 */
	} known[] = {
		{0, 0, 1000},         {-ONE, 0, 1000},    {-2 * ONE, 0, 1000}, {0, ONE, 1000},
		{0, -ONE, 1000},      {ONE / 4, 0, 1000}, {ONE, 0, 3},         {2 * ONE, 0, 2},
		{-2 * ONE - 1, 0, 1}, {0, 2 * ONE, 2},    {0, -3 * ONE, 1},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		struct mandelbrot_orbit orbit = {.cx = known[i].re, .cy = known[i].im};

		assert_int_equal(mandelbrot_rest(orbit, 1000), known[i].count);
		assert_int_equal(mandelbrot_expected(known[i].re, known[i].im, 1000), known[i].count);
		assert_int_equal(mandelbrot_pair(orbit, (struct mandelbrot_orbit){0}, 1000), known[i].count + 1000);
		assert_int_equal(mandelbrot_pair((struct mandelbrot_orbit){0}, orbit, 1000), known[i].count + 1000);
		assert_int_equal(mandelbrot_pair(orbit, orbit, 1000), 2 * known[i].count);
	}
}

static void test_mandelbrot_of_any_size(void **state)
{
	static const uint64_t sizes[] = {1, 2, 3, 31, 100}, most[] = {1, 2, 3, 100, 3000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (size_t j = 0; j < sizeof(sizes) / sizeof(*sizes); j++) {
			const uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {sizes[i], sizes[4 - i], most[j]};

			assert_int_equal(run_spoilt("mandelbrot", parameters, 2 * sizes[4 - i] + 1, NULL), 0);
		}
}

/* The set's area is 1.5066 (Foerstemann, Numerical estimation of the area of the Mandelbrot set, 2012). */
static void test_mandelbrot_has_its_area_and_uneven_rows(void **state)
{
	enum { SIZE = 300, MOST = 1000 };
	const struct job job = {.parameters = {SIZE, SIZE, MOST}};
	uint64_t inside = 0, least = UINT64_MAX, largest = 0;

	for (uint64_t row = 0; row < SIZE; row++) {
		uint64_t count = mandelbrot_row(&job, row);

		least = count < least ? count : least;
		largest = count > largest ? count : largest;
		for (uint64_t column = 0; column < SIZE; column++)
			inside += mandelbrot_expected(mandelbrot_re(&job, column), mandelbrot_im(&job, row), MOST) ==
				  MOST;
	}
	assert_true(fabs((double)inside * 2.5 * 2.5 / (SIZE * SIZE) - 1.5066) < 0.02);
	assert_true(largest > 50 * least);
}

static void one_point_less(struct job *job, struct arena *arena)
{
	job->parameters[MONTECARLO_PI_POINTS]--;
}

/* Two streams the other way round. */
static void other_streams(struct job *job, struct arena *arena)
{
	uint64_t *hits = arena_at(arena, job->data_offset), first = hits[0];

	assert_int_not_equal(hits[0], hits[1]);
	hits[0] = hits[1];
	hits[1] = first;
}

static void test_montecarlo_pi_errors_are_found(void **state)
{
	static const uint64_t points[] = {1, 2, 3, 1001, 100000, 1000000};

	assert_int_equal(run_spoilt("montecarlo-pi", NULL, 40, NULL), 0);
	assert_int_equal(run_spoilt("montecarlo-pi", NULL, 40, one_point_less), -EBADMSG);
	assert_int_equal(run_spoilt("montecarlo-pi", NULL, 41, other_streams), -EBADMSG);
	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		const uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {points[i]};

		assert_int_equal(run_spoilt("montecarlo-pi", parameters, 3, NULL), 0);
	}
}

/* The generator that run uses: its authors' answer for zeros, and the same as the other form for any numbers. */
static void test_philox_is_philox(void **state)
{
	static const uint32_t zeros_answer[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
	struct philox drawn = philox(0, 0, 0);

	assert_true(philox_is_known());
	assert_memory_equal(drawn.words, zeros_answer, sizeof(zeros_answer));
	for (uint64_t i = 0; i < 10000; i++) {
		uint64_t n = mix64(i), keys = mix64(~i);
		const uint32_t counter[4] = {(uint32_t)n, (uint32_t)(n >> 32)};
		const uint32_t key[2] = {(uint32_t)keys, (uint32_t)(keys >> 32)};
		uint32_t words[4];

		philox_expected(counter, key, words);
		drawn = philox(n, key[0], key[1]);
		assert_memory_equal(drawn.words, words, sizeof(words));
		assert_int_equal(philox_high(key[0], key[1]), (uint64_t)key[0] * key[1] >> 32);
	}
}

/* On both sides of the circle, for many y: the largest x within is found by bisection over wide integers. */
static void test_montecarlo_pi_at_the_circle(void **state)
{
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t y = i < 4 ? i : i < 8 ? UINT32_MAX - i + 4 : mix64(i) >> 32;
		uint64_t inside = 0, outside = UINT64_C(1) << 32;

		while (outside - inside > 1) {
			uint64_t middle = (inside + outside) / 2;
			unsigned __int128 square = (unsigned __int128)middle * middle + (unsigned __int128)y * y;

			*(square >> 64 ? &outside : &inside) = middle;
		}
		assert_true(montecarlo_pi_inside((uint32_t)inside, (uint32_t)y));
		assert_true(montecarlo_pi_inside_expected(inside, y));
		if (outside > UINT32_MAX)
			continue;
		assert_false(montecarlo_pi_inside((uint32_t)outside, (uint32_t)y));
		assert_false(montecarlo_pi_inside_expected(outside, y));
	}
}

static void test_montecarlo_pi_knows_pi(void **state)
{
	enum { POINTS = 1000000 };
	uint64_t hits = montecarlo_pi_hits(POINTS, 12345);

	assert_true(fabs(4.0 * (double)hits / POINTS - 3.14159265) < 0.01);
	assert_true(montecarlo_pi_is_plausible(POINTS, hits));
	assert_false(montecarlo_pi_is_plausible(POINTS, POINTS / 4 * 3));
	assert_false(montecarlo_pi_is_plausible(POINTS, POINTS / 5 * 4));
	assert_true(montecarlo_pi_hits(POINTS, 12346) != hits);
}

static double *nbody_first_cluster(struct job *job, struct arena *arena, int array)
{
	struct nbody_data *data = arena_at(arena, job->data_offset);

	return (double *)arena_at(arena, data->clusters_offset) + (uint64_t)array * nbody_room(job);
}

static void one_body_elsewhere(struct job *job, struct arena *arena)
{
	nbody_first_cluster(job, arena, Y)[3] += 1e-4;
}

static void one_body_faster(struct job *job, struct arena *arena)
{
	nbody_first_cluster(job, arena, VZ)[15] += 1e-3;
}

static void one_body_heavier(struct job *job, struct arena *arena)
{
	nbody_first_cluster(job, arena, MASS)[0] *= 1.01;
}

static void one_step_less(struct job *job, struct arena *arena)
{
	job->parameters[NBODY_STEPS]--;
}

static void two_bodies_swapped(struct job *job, struct arena *arena)
{
	for (int array = X; array <= MASS; array++) {
		double *values = nbody_first_cluster(job, arena, array), first = values[0];

		values[0] = values[1];
		values[1] = first;
	}
}

static void test_nbody_errors_are_found(void **state)
{
	assert_int_equal(run_spoilt("nbody", NULL, 30, NULL), 0);
	assert_int_equal(run_spoilt("nbody", NULL, 1, one_body_elsewhere), -EBADMSG);
	assert_int_equal(run_spoilt("nbody", NULL, 9, one_body_faster), -EBADMSG);
	assert_int_equal(run_spoilt("nbody", NULL, 9, one_body_heavier), -EBADMSG);
	assert_int_equal(run_spoilt("nbody", NULL, 9, one_step_less), -EBADMSG);
	assert_int_equal(run_spoilt("nbody", NULL, 9, two_bodies_swapped), -EBADMSG);
}

static void test_nbody_of_any_size(void **state)
{
	static const uint64_t bodies[] = {2, 3, 5, 16, 33}, steps[] = {1, 2, 3, 100, 1024};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		for (size_t j = 0; j < sizeof(steps) / sizeof(*steps); j++) {
			const uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {bodies[i], steps[j]};

			assert_int_equal(run_spoilt("nbody", parameters, 9, NULL), 0);
		}
}

static void test_nbody_roots(void **state)
{
	double n = nbody_softening2;

	for (int i = 0; i < 800; i++, n *= 1.0137) {
		lanes cube = nbody_inverse_cube((lanes){n, 2 * n});

		assert_true(fabs(nbody_root(n) / sqrt(n) - 1) < 1e-14);
		assert_true(fabs(cube[0] * n * sqrt(n) - 1) < 1e-14);
		assert_true(fabs(cube[1] * 2 * n * sqrt(2 * n) - 1) < 1e-14);
	}
}

/* Two equal bodies at distance 1 on a circle: with the softened force they go round at (1 + softening2)^(-3/4). */
static void circle(double *const *arrays, double *omega)
{
	*omega = pow(1 + nbody_softening2, -0.75);
	for (int i = 0; i < 2; i++) {
		arrays[MASS][i] = 0.5;
		arrays[X][i] = i ? 0.5 : -0.5;
		arrays[VY][i] = arrays[X][i] * *omega;
	}
}

static void test_nbody_goes_round(void **state)
{
	enum { ROOM = 2, STEPS = 1024 };
	double memory[ALL_ARRAYS * ROOM] = {0}, other[ALL_ARRAYS * ROOM] = {0}, omega, angle;
	double *arrays[ALL_ARRAYS], *expected[ALL_ARRAYS];

	nbody_point(arrays, memory, ROOM, ALL_ARRAYS);
	nbody_point(expected, other, ROOM, ALL_ARRAYS);
	circle(arrays, &omega);
	circle(expected, &omega);
	nbody_follow(arrays, STEPS, ROOM);
	assert_true(nbody_expected(expected, 2, STEPS));
	angle = omega * STEPS * nbody_step;
	for (int i = 0; i < 2; i++) {
		double radius = i ? 0.5 : -0.5;

		assert_true(fabs(arrays[X][i] - radius * cos(angle)) < 1e-4);
		assert_true(fabs(arrays[Y][i] - radius * sin(angle)) < 1e-4);
		assert_true(fabs(expected[X][i] - arrays[X][i]) < 1e-9);
		assert_true(fabs(expected[Y][i] - arrays[Y][i]) < 1e-9);
		assert_true(fabs(expected[VX][i] + radius * omega * sin(angle)) < 1e-4);
		assert_true(fabs(expected[VY][i] - radius * omega * cos(angle)) < 1e-4);
	}
}

/* Two that do not rest as a whole, and two that meet faster than steps can follow; and results too near to another. */
static void test_nbody_expects_physics(void **state)
{
	enum { ROOM = 4, STEPS = 256 };
	double memory[ALL_ARRAYS * ROOM] = {0}, omega;
	double *arrays[ALL_ARRAYS];
	uint64_t units;

	nbody_point(arrays, memory, ROOM, ALL_ARRAYS);
	circle(arrays, &omega);
	arrays[VX][0] += 0.001;
	assert_false(nbody_expected(arrays, 2, STEPS));
	memset(memory, 0, sizeof(memory));
	circle(arrays, &omega);
	for (int i = 0; i < 2; i++) {
		arrays[X][i] /= 1000;
		arrays[VY][i] = 0;
		arrays[VX][i] = i ? 30 : -30;
		arrays[MASS][i] = 5000;
	}
	assert_false(nbody_expected(arrays, 2, STEPS));
	assert_true(nbody_count(1.5 / nbody_units, &units));
	assert_int_equal(units, 1);
	assert_false(nbody_count((2 + 1e-4) / nbody_units, &units));
	assert_false(nbody_count((2 - 1e-4) / nbody_units, &units));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mandelbrot_errors_are_found),
		cmocka_unit_test(test_mandelbrot_at_known_points),
		cmocka_unit_test(test_mandelbrot_of_any_size),
		cmocka_unit_test(test_mandelbrot_has_its_area_and_uneven_rows),
		cmocka_unit_test(test_montecarlo_pi_errors_are_found),
		cmocka_unit_test(test_philox_is_philox),
		cmocka_unit_test(test_montecarlo_pi_at_the_circle),
		cmocka_unit_test(test_montecarlo_pi_knows_pi),
		cmocka_unit_test(test_nbody_errors_are_found),
		cmocka_unit_test(test_nbody_of_any_size),
		cmocka_unit_test(test_nbody_roots),
		cmocka_unit_test(test_nbody_goes_round),
		cmocka_unit_test(test_nbody_expects_physics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
