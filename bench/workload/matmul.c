/* SPDX-License-Identifier: MIT */
/*
 * The product C = A B of two square matrices of doubles: an operation is a block of rows of C. Workers share A and B
 * (read only); each packs the pieces that it is about to use, and writes a block of C of its own.
 * Method: Goto and van de Geijn, Anatomy of high-performance matrix multiplication, ACM TOMS 34 (2008): a small tile of C
 * stays in registers while a strip of A and a strip of B, packed in the order of their use, go by.
 * Entries are small whole numbers, so that no sum is ever rounded, in whatever order it is made.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/mix.h"
#include "core/workload.h"

enum { MATMUL_N, MATMUL_ROWS };

static const struct parameter matmul_parameters[] = {
	[MATMUL_N] = {"n", "", "rows and columns of each matrix", 384, 8, 4096, NULL},
	[MATMUL_ROWS] = {"rows", "", "rows of the product that are one operation", 96, 1, 4096, NULL},
	{0},
};

enum {
	ENTRY_BITS = 4,    /* entries are 0 … 15 */
	WEIGHT_BITS = 10,  /* weights of the check are 1 … 1024 */
	DEPTH_MAX = 384,   /* columns of A, and rows of B, that are packed at a time: strips stay in L1 and L2 */
	ALIGN_BYTES = 128, /* a cache line, or two where they come in pairs */
	ROWS_ROUND = 8,    /* a multiple of every kernel's rows … */
	COLUMNS_ROUND = 24 /* … and of its columns */
};

/* In the arena, followed by the matrices, row by row. */
struct matmul_data {
	uint64_t a_offset;
	uint64_t b_offset;
	uint64_t weights_offset; /* one for each column of C, in doubles */
	uint64_t sums_offset;    /* of the first i blocks of rows, i = 0 … blocks */
};

/* c[rows × columns] (+)= a[depth × rows] b[depth × columns], all packed but c, whose rows are `stride` apart. */
typedef void matmul_tile(size_t depth, const double *a, const double *b, double *c, size_t stride, int add);

struct matmul_kernel {
	matmul_tile *tile;
	size_t rows;
	size_t columns;
};

struct matmul_state {
	struct matmul_kernel kernel;
	size_t stride; /* columns of c, rounded up */
	double *a;     /* packed */
	double *b;
	double *c;
};

#ifdef __clang__
#define MATMUL_UNROLL _Pragma("clang loop unroll(full)")
#else
#define MATMUL_UNROLL _Pragma("GCC unroll 8")
#endif

/* A tile of so many rows, and vectors of so many bytes: as many sums as there are registers for, beside one row of B. The
 * inner loops must be unrolled, as registers have no indices. It is a macro as a vector's length must be known to it. */
#define MATMUL_TILE(bytes, rows, vectors)                                                                              \
	do {                                                                                                           \
		typedef double vector __attribute__((vector_size(bytes), aligned(sizeof(double)), may_alias));         \
		enum { ROWS = (rows), VECTORS = (vectors), LANES = (bytes) / sizeof(double) };                         \
		vector sums[ROWS][VECTORS] = {0};                                                                      \
                                                                                                                       \
		for (size_t k = 0; k < depth; k++, a += ROWS, b += VECTORS * LANES) {                                  \
			vector row[VECTORS];                                                                           \
                                                                                                                       \
			MATMUL_UNROLL for (int j = 0; j < VECTORS; j++) row[j] = *(const vector *)(b + j * LANES);     \
			MATMUL_UNROLL for (int i = 0; i < ROWS; i++) MATMUL_UNROLL for (int j = 0; j < VECTORS; j++)   \
				sums[i][j] += a[i] * row[j];                                                           \
		}                                                                                                      \
		MATMUL_UNROLL for (int i = 0; i < ROWS; i++) MATMUL_UNROLL for (int j = 0; j < VECTORS; j++)           \
		{                                                                                                      \
			vector *to = (vector *)(c + i * stride + j * LANES);                                           \
                                                                                                                       \
			*to = sums[i][j] + (add ? *to : (vector){0});                                                  \
		}                                                                                                      \
	} while (0)

#if defined(__x86_64__) || defined(__i386__)
static __attribute__((target("avx512f"))) void matmul_tile_avx512(size_t depth, const double *a, const double *b,
								  double *c, size_t stride, int add)
{
	MATMUL_TILE(64, 8, 3);
}

static __attribute__((target("avx2,fma"))) void matmul_tile_avx2(size_t depth, const double *a, const double *b,
								 double *c, size_t stride, int add)
{
	MATMUL_TILE(32, 4, 3);
}

enum { PLAIN_ROWS = 4, PLAIN_VECTORS = 3 };
#else
/* Twice as many registers, as arm64 has. */
enum { PLAIN_ROWS = 8, PLAIN_VECTORS = 3 };
#endif

/* In vectors of 16 bytes, which every processor that has any has. */
static void matmul_tile_plain(size_t depth, const double *a, const double *b, double *c, size_t stride, int add)
{
	MATMUL_TILE(16, PLAIN_ROWS, PLAIN_VECTORS);
}

/* The best kernel for the processor that this runs on. */
static struct matmul_kernel matmul_choose(void)
{
#if defined(__x86_64__) || defined(__i386__)
	if (__builtin_cpu_supports("avx512f"))
		return (struct matmul_kernel){matmul_tile_avx512, 8, 24};
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return (struct matmul_kernel){matmul_tile_avx2, 4, 12};
#endif
	return (struct matmul_kernel){matmul_tile_plain, PLAIN_ROWS, PLAIN_VECTORS * 2};
}

static size_t matmul_round(size_t count, size_t to)
{
	return (count + to - 1) / to * to;
}

static size_t matmul_block_rows(const uint64_t *parameters)
{
	return parameters[MATMUL_ROWS] < parameters[MATMUL_N] ? parameters[MATMUL_ROWS] : parameters[MATMUL_N];
}

static size_t matmul_blocks(const uint64_t *parameters)
{
	size_t rows = matmul_block_rows(parameters);

	return (parameters[MATMUL_N] + rows - 1) / rows;
}

static size_t matmul_arena_bytes(const struct job *job)
{
	size_t n = job->parameters[MATMUL_N];

	return sizeof(struct matmul_data) + (2 * n * n + n + matmul_blocks(job->parameters) + 1) * sizeof(double) +
	       5 * ALIGN_BYTES;
}

/* Doubles of a worker's packed A, packed B and block of C. */
static void matmul_own(const uint64_t *parameters, size_t *a, size_t *b, size_t *c)
{
	size_t rows = matmul_round(matmul_block_rows(parameters), ROWS_ROUND);

	*a = rows * DEPTH_MAX;
	*b = DEPTH_MAX * COLUMNS_ROUND;
	*c = rows * matmul_round(parameters[MATMUL_N], COLUMNS_ROUND);
}

static uint64_t matmul_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	struct job job = {0};
	size_t a, b, c;

	memcpy(job.parameters, parameters, sizeof(job.parameters));
	matmul_own(parameters, &a, &b, &c);
	return matmul_arena_bytes(&job) + workers * ((a + b + c) * sizeof(double) + 3 * ALIGN_BYTES);
}

/* The weight of row or column i in the check. */
static uint64_t matmul_weight(uint64_t i)
{
	return 1 + (mix64(~i) >> (64 - WEIGHT_BITS));
}

static void matmul_fill(double *matrix, size_t entries, uint64_t seed)
{
	for (size_t i = 0; i < entries; i += 64 / ENTRY_BITS) {
		uint64_t random = mix64(seed + i);

		for (size_t j = i; j < entries && j < i + 64 / ENTRY_BITS; j++, random >>= ENTRY_BITS)
			matrix[j] = (double)(random % (1 << ENTRY_BITS));
	}
}

/*
 * What run is held against, in whole numbers and without the product: for weights u and v, the weighted sum of a block's
 * entries, u C v = (u A)(B v), takes n^2 steps instead of n^3. Method: Freivalds, Probabilistic machines can use less
 * running time, IFIP Congress 1977. sums[i] is that of all blocks before block i.
 */
static int matmul_check(const uint64_t *parameters, const double *a, const double *b, uint64_t *sums)
{
	size_t n = parameters[MATMUL_N], rows = matmul_block_rows(parameters);
	uint64_t *weighted = calloc(n, sizeof(*weighted)); /* B v */

	if (!weighted)
		return -ENOMEM;
	for (size_t column = 0; column < n; column++)
		sums[column / rows + 1] = 0;
	for (size_t row = 0; row < n; row++)
		for (size_t column = 0; column < n; column++)
			weighted[row] += (uint64_t)b[row * n + column] * matmul_weight(column);
	for (size_t row = 0; row < n; row++) {
		uint64_t sum = 0;

		for (size_t column = 0; column < n; column++)
			sum += (uint64_t)a[row * n + column] * weighted[column];
		sums[row / rows + 1] += sum * matmul_weight(row);
	}
	for (size_t block = 0; block < matmul_blocks(parameters); block++)
		sums[block + 1] += sums[block];
	free(weighted);
	return 0;
}

static int matmul_prepare(struct job *job, struct arena *arena, char *reason)
{
	size_t n = job->parameters[MATMUL_N];
	struct matmul_data *data;
	double *a, *b, *weights;
	int error = arena_alloc(arena, sizeof(*data), ALIGN_BYTES, &job->data_offset);

	if (error)
		return error;
	data = arena_at(arena, job->data_offset);
	error = arena_alloc(arena, n * n * sizeof(double), ALIGN_BYTES, &data->a_offset);
	if (!error)
		error = arena_alloc(arena, n * n * sizeof(double), ALIGN_BYTES, &data->b_offset);
	if (!error)
		error = arena_alloc(arena, n * sizeof(double), ALIGN_BYTES, &data->weights_offset);
	if (!error)
		error = arena_alloc(arena, (matmul_blocks(job->parameters) + 1) * sizeof(uint64_t), ALIGN_BYTES,
				    &data->sums_offset);
	if (error)
		return error;
	a = arena_at(arena, data->a_offset);
	b = arena_at(arena, data->b_offset);
	weights = arena_at(arena, data->weights_offset);
	matmul_fill(a, n * n, 0);
	matmul_fill(b, n * n, n * n);
	for (size_t column = 0; column < n; column++)
		weights[column] = (double)matmul_weight(column);
	if (matmul_check(job->parameters, a, b, arena_at(arena, data->sums_offset)))
		return reason_set(reason, -ENOMEM, "no memory to check matrices of %zu rows", n);
	return 0;
}

static void matmul_worker_exit(struct worker *worker)
{
	struct matmul_state *state = worker->state;

	if (!state)
		return;
	free(state->a);
	free(state);
}

static int matmul_worker_init(struct worker *worker)
{
	const uint64_t *parameters = worker->job->parameters;
	struct matmul_state *state = calloc(1, sizeof(*state));
	size_t a, b, c;

	if (!state)
		return worker_fail(worker, -ENOMEM, "no memory for a worker's state");
	worker->state = state;
	matmul_own(parameters, &a, &b, &c);
	/* One piece: a and b are whole multiples of the alignment. */
	state->a = aligned_alloc(ALIGN_BYTES, matmul_round((a + b + c) * sizeof(double), ALIGN_BYTES));
	if (!state->a)
		return worker_fail(worker, -ENOMEM, "no memory for a block of %zu rows", matmul_block_rows(parameters));
	state->b = state->a + a;
	state->c = state->b + b;
	state->kernel = matmul_choose();
	state->stride = matmul_round(parameters[MATMUL_N], COLUMNS_ROUND);
	return 0;
}

/* Strips of `height` rows, column by column; rows that are not there are 0. */
static void matmul_pack_a(const double *a, size_t n, size_t rows, size_t depth, size_t height, double *packed)
{
	for (size_t strip = 0; strip < rows; strip += height, packed += height * depth)
		for (size_t i = 0; i < height; i++)
			for (size_t k = 0; k < depth; k++)
				packed[k * height + i] = strip + i < rows ? a[(strip + i) * n + k] : 0;
}

/* One strip of at most `width` columns, row by row. */
static void matmul_pack_b(const double *b, size_t n, size_t columns, size_t depth, size_t width, double *packed)
{
	for (size_t k = 0; k < depth; k++, b += n, packed += width) {
		memcpy(packed, b, columns * sizeof(*b));
		memset(packed + columns, 0, (width - columns) * sizeof(*b));
	}
}

/* state->c = rows first … of the product. */
static void matmul_block(const struct matmul_state *state, const double *a, const double *b, size_t n, size_t rows)
{
	const struct matmul_kernel kernel = state->kernel;
	size_t rounds = (n + DEPTH_MAX - 1) / DEPTH_MAX, step = (n + rounds - 1) / rounds;

	for (size_t k = 0; k < n; k += step) {
		size_t depth = n - k < step ? n - k : step;

		matmul_pack_a(a + k, n, rows, depth, kernel.rows, state->a);
		for (size_t column = 0; column < n; column += kernel.columns) {
			size_t columns = n - column < kernel.columns ? n - column : kernel.columns;

			matmul_pack_b(b + k * n + column, n, columns, depth, kernel.columns, state->b);
			for (size_t row = 0; row < rows; row += kernel.rows)
				kernel.tile(depth, state->a + row * depth, state->b,
					    state->c + row * state->stride + column, state->stride, k > 0);
		}
	}
}

/* The weighted sum of the block's entries; four sums at a time, as additions take longer than they keep a unit busy. */
static uint64_t matmul_sum(const struct matmul_state *state, const double *weights, size_t n, size_t first, size_t rows)
{
	uint64_t result = 0;

	for (size_t row = 0; row < rows; row++) {
		const double *c = state->c + row * state->stride;
		double sums[4] = {0};
		size_t column = 0;

		for (; column + 4 <= n; column += 4)
			for (size_t i = 0; i < 4; i++)
				sums[i] += c[column + i] * weights[column + i];
		for (; column < n; column++)
			sums[0] += c[column] * weights[column];
		result += (uint64_t)(sums[0] + sums[1] + sums[2] + sums[3]) * matmul_weight(first + row);
	}
	return result;
}

static int matmul_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	const struct matmul_data *data = arena_at(worker->arena, worker->job->data_offset);
	const double *a = arena_at(worker->arena, data->a_offset), *b = arena_at(worker->arena, data->b_offset);
	const double *weights = arena_at(worker->arena, data->weights_offset);
	const uint64_t *parameters = worker->job->parameters;
	size_t n = parameters[MATMUL_N], height = matmul_block_rows(parameters), blocks = matmul_blocks(parameters);

	for (uint64_t i = first; i < first + ops; i++) {
		size_t row = i % blocks * height, rows = n - row < height ? n - row : height;

		matmul_block(worker->state, a + row * n, b, n, rows);
		worker->result += matmul_sum(worker->state, weights, n, row, rows);
	}
	return 0;
}

static int matmul_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	const struct matmul_data *data = arena_at(arena, job->data_offset);
	const uint64_t *sums = arena_at(arena, data->sums_offset);
	size_t blocks = matmul_blocks(job->parameters);
	uint64_t expected = ops / blocks * sums[blocks] + sums[ops % blocks];

	if (result != expected)
		return reason_set(reason, -EBADMSG, "the entries add up to %llx instead of %llx",
				  (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

const struct workload workload_matmul = {
	.name = "matmul",
	.summary = "blocked product of two matrices of doubles; an operation is some rows of it",
	.shares = "both matrices, which are only read; each worker packs pieces of them and writes its rows for itself",
	.kind = WORKLOAD_CPU,
	.parameters = matmul_parameters,
	.memory_bytes = matmul_memory_bytes,
	.arena_bytes = matmul_arena_bytes,
	.prepare = matmul_prepare,
	.worker_init = matmul_worker_init,
	.run = matmul_run,
	.worker_exit = matmul_worker_exit,
	.verify = matmul_verify,
};
