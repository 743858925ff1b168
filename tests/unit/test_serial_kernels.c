/* SPDX-License-Identifier: MIT */
/* The kernels of primes and matmul from within: every variant, awkward sizes, the upper end, and data that were damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Once more, for what is static in them. */
#define workload_matmul matmul_here
#define workload_primes primes_here
#include "../../bench/workload/matmul.c" /* NOLINT(bugprone-suspicious-include) */
#include "../../bench/workload/primes.c" /* NOLINT(bugprone-suspicious-include) */

struct one {
	const struct workload *workload;
	struct job job;
	struct arena arena;
	char reason[REASON_BYTES];
};

static void one_init(struct one *one, const struct workload *workload, uint64_t first, uint64_t second)
{
	*one = (struct one){.workload = workload, .job = {.parameters = {first, second}}};
	assert_int_equal(arena_init(&one->arena, workload->arena_bytes(&one->job)), 0);
	assert_int_equal(workload->prepare(&one->job, &one->arena, one->reason), 0);
}

/* What verify says of a worker's operations 0 … ops - 1. */
static int one_run(struct one *one, uint64_t ops)
{
	struct worker worker = {.arena = &one->arena, .job = &one->job, .reason = one->reason};

	assert_int_equal(one->workload->worker_init(&worker), 0);
	assert_int_equal(one->workload->run(&worker, 0, ops), 0);
	one->workload->worker_exit(&worker);
	return one->workload->verify(&one->job, &one->arena, ops, worker.result, one->reason);
}

static void *one_data(struct one *one)
{
	return arena_at(&one->arena, one->job.data_offset);
}

/* The kernels that this processor has. */
static size_t kernels_here(struct matmul_kernel kernels[3])
{
	size_t count = 0;

	kernels[count++] = (struct matmul_kernel){matmul_tile_plain, PLAIN_ROWS, PLAIN_VECTORS * 2};
#if defined(__x86_64__) || defined(__i386__)
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		kernels[count++] = (struct matmul_kernel){matmul_tile_avx2, 4, 12};
	if (__builtin_cpu_supports("avx512f"))
		kernels[count++] = (struct matmul_kernel){matmul_tile_avx512, 8, 24};
#endif
	return count;
}

/* All rows from `row` on, against the product as it is defined. */
static void check_block(const struct matmul_state *state, const double *a, const double *b, size_t n, size_t row,
			size_t rows)
{
	matmul_block(state, a + row * n, b, n, rows);
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < n; j++) {
			uint64_t sum = 0;

			for (size_t k = 0; k < n; k++)
				sum += (uint64_t)a[(row + i) * n + k] * (uint64_t)b[k * n + j];
			if ((uint64_t)state->c[i * state->stride + j] != sum)
				fail_msg("n = %zu, %zu rows from %zu, %zu × %zu at a time: entry %zu, %zu is %g, not "
					 "%llu",
					 n, rows, row, state->kernel.rows, state->kernel.columns, i, j,
					 state->c[i * state->stride + j], (unsigned long long)sum);
		}
}

static void test_matmul_is_the_product(void **state)
{
	static const struct {
		uint64_t n, rows;
	} sizes[] = {{8, 8}, {9, 1}, {23, 5}, {24, 24}, {25, 4096}, {61, 9}, {96, 96}, {383, 2}, {385, 3}, {1000, 1}};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct one one;
		struct worker worker = {.arena = &one.arena, .job = &one.job, .reason = one.reason};
		struct matmul_kernel kernels[3];
		size_t n = sizes[i].n, rows, count = kernels_here(kernels);
		const struct matmul_data *data;

		one_init(&one, &matmul_here, n, sizes[i].rows);
		data = one_data(&one);
		rows = matmul_block_rows(one.job.parameters);
		assert_int_equal(matmul_here.worker_init(&worker), 0);
		for (size_t k = 0; k < count; k++) {
			struct matmul_state *own = worker.state;

			own->kernel = kernels[k];
			for (size_t row = 0; row < n && row < 10 * rows; row += rows)
				check_block(own, arena_at(&one.arena, data->a_offset),
					    arena_at(&one.arena, data->b_offset), n, row,
					    n - row < rows ? n - row : rows);
		}
		matmul_here.worker_exit(&worker);
		arena_exit(&one.arena);
	}
}

/* Entries change by 1 and change places: what a sum without weights would not notice. */
static void test_matmul_notices_damage(void **state)
{
	enum { N = 50, ROWS = 8, BLOCKS = (N + ROWS - 1) / ROWS };
	struct one one;
	const struct matmul_data *data;
	double *matrices[2];

	one_init(&one, &matmul_here, N, ROWS);
	data = one_data(&one);
	matrices[0] = arena_at(&one.arena, data->a_offset);
	matrices[1] = arena_at(&one.arena, data->b_offset);
	for (int m = 0; m < 2; m++)
		for (size_t i = 0; i < (size_t)N * N; i += 7) {
			double kept = matrices[m][i], after = matrices[m][i + 1];

			assert_int_equal(one_run(&one, BLOCKS), 0);
			matrices[m][i] = kept + 1;
			assert_int_equal(one_run(&one, BLOCKS), -EBADMSG);
			matrices[m][i] = after;
			matrices[m][i + 1] = kept;
			if (kept != after)
				assert_int_equal(one_run(&one, BLOCKS), -EBADMSG);
			matrices[m][i] = kept;
			matrices[m][i + 1] = after;
		}
	arena_exit(&one.arena);
}

/* Primes in [low, high), an odd number each, by all odd divisors whether prime or not. */
static uint64_t count_primes(uint64_t low, uint64_t high)
{
	char *composite = calloc(high - low, 1);
	uint64_t count = 0;

	assert_non_null(composite);
	for (uint64_t d = 2; d * d < high; d += d == 2 ? 1 : 2) {
		uint64_t multiple = (low + d - 1) / d * d;

		for (multiple = multiple > d * d ? multiple : d * d; multiple < high; multiple += d)
			composite[multiple - low] = 1;
	}
	for (uint64_t n = low; n < high; n++)
		count += n > 1 && !composite[n - low];
	free(composite);
	return count;
}

/* As large numbers are too many for a whole run: pieces of the range by hand. */
static void test_primes_anywhere(void **state)
{
	static const uint64_t lengths[] = {1, 2, 29, 30, 31, 1000, 1001, 61440, 61441, 300007, 3000000};
	static const uint64_t ends[] = {1000,      1369,      1370,      30030,     4190209,   4190210,
					223092870, 998560000, 998560001, 999999999, 1000000000};
	struct primes_data *data = calloc(1, sizeof(*data));

	assert_non_null(data);
	primes_make_patterns(data);
	primes_make_base(data, 1000000000);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		for (size_t j = 0; j < sizeof(lengths) / sizeof(*lengths); j++) {
			uint64_t low = ends[i] > lengths[j] ? ends[i] - lengths[j] : 0, expected, counted;
			/* What memory has in it before must not matter. */
			uint8_t *buffer = malloc(primes_buffer_bytes(lengths[j]));

			memset(buffer, 0xff, primes_buffer_bytes(lengths[j]));
			counted = primes_sieve(data, buffer, (uint32_t)low, (uint32_t)ends[i]);
			expected = count_primes(low, ends[i]);
			free(buffer);
			if (counted != expected)
				fail_msg("%llu primes from %llu to %llu instead of %llu", (unsigned long long)counted,
					 (unsigned long long)low, (unsigned long long)ends[i],
					 (unsigned long long)expected);
		}
	free(data);
}

static void test_primes_notices_damage(void **state)
{
	enum { LIMIT = 200000, SEGMENT = 20000, SEGMENTS = LIMIT / SEGMENT };
	struct one one;
	struct primes_data *data;

	one_init(&one, &primes_here, LIMIT, SEGMENT);
	data = one_data(&one);
	for (unsigned spoke = 0; spoke < SPOKES; spoke++) {
		uint32_t kept = data->base[spoke][1];

		assert_int_equal(one_run(&one, SEGMENTS), 0);
		data->base[spoke][1] = data->base[spoke][0];
		assert_int_equal(one_run(&one, SEGMENTS), -EBADMSG);
		data->base[spoke][1] = kept;
	}
	for (unsigned pattern = 0; pattern < PATTERNS; pattern++) {
		uint8_t kept = data->patterns[pattern][99];

		data->patterns[pattern][99] = 0;
		assert_int_equal(one_run(&one, SEGMENTS), -EBADMSG);
		data->patterns[pattern][99] = kept;
	}
	assert_int_equal(one_run(&one, SEGMENTS), 0);
	arena_exit(&one.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matmul_is_the_product),
		cmocka_unit_test(test_matmul_notices_damage),
		cmocka_unit_test(test_primes_anywhere),
		cmocka_unit_test(test_primes_notices_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
