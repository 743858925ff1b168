/* SPDX-License-Identifier: MIT */
/* References that are functions: OpenBLAS, and a triad as anyone would write it. */
#include <errno.h>
#include <stdlib.h>

#ifdef TVP_WITH_OPENBLAS
#include <cblas.h>
#endif

#include "core/clock.h"
#include "references.h"

enum { ROUND_MS = 100, ALIGN_BYTES = 2 << 20 };

static struct {
	double *a, *b, *c;
	size_t count; /* elements of each; rows, of a matrix */
	size_t step;  /* elements in an operation */
} arrays;

static int arrays_make(size_t elements, char *reason)
{
	size_t bytes = (elements * sizeof(double) + 4095) / 4096 * 4096;

	arrays.a = aligned_alloc(ALIGN_BYTES, (3 * bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES);
	if (!arrays.a)
		return reason_set(reason, -ENOMEM, "no memory for the reference's arrays");
	arrays.b = arrays.a + bytes / sizeof(double);
	arrays.c = arrays.b + bytes / sizeof(double);
	for (size_t i = 0; i < elements; i++) {
		arrays.a[i] = 0;
		arrays.b[i] = (double)(i % 1021);
		arrays.c[i] = (double)(i % 13);
	}
	return 0;
}

static void arrays_free(void)
{
	free(arrays.a);
}

/* How long one call takes, of as many as fit into a round. */
static double seconds_each(void (*call)(unsigned turn))
{
	uint64_t begin_ns = clock_now_ns(), now_ns = begin_ns;
	unsigned calls = 0;

	for (; now_ns - begin_ns < ROUND_MS * NS_PER_MS; now_ns = clock_now_ns())
		call(calls++);
	return (double)(now_ns - begin_ns) / 1e9 / calls;
}

static int openblas_open(const struct team *team, char *reason)
{
#ifdef TVP_WITH_OPENBLAS
	arrays.count = team->shared->job.parameters[0];
	openblas_set_num_threads(1);
	return arrays_make(arrays.count * arrays.count, reason);
#else
	return reason_set(reason, -ENOENT, "this build has no OpenBLAS (on Debian: libopenblas-dev)");
#endif
}

#ifdef TVP_WITH_OPENBLAS
static void openblas_call(unsigned turn)
{
	int n = (int)arrays.count;

	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, arrays.b, n, arrays.c, n, 0, arrays.a, n);
}
#else
static void openblas_call(unsigned turn)
{
}
#endif

static double openblas_measure(void)
{
	return seconds_each(openblas_call);
}

/* As many elements at a time as an operation of the workload has, which says so in bytes; 24 for each. */
static int loop_open(const struct team *team, char *reason)
{
	arrays.count = team->shared->job.parameters[0] * 1024 / (3 * sizeof(double));
	arrays.step = team->workload->operation_units(&team->shared->job) / (3 * sizeof(double));
	return arrays_make(arrays.count, reason);
}

static __attribute__((noinline)) void loop_sweep(double *restrict a, const double *restrict b, const double *restrict c,
						 double scalar, size_t count)
{
	for (size_t i = 0; i < count; i++)
		a[i] = b[i] + scalar * c[i];
}

static void loop_call(unsigned turn)
{
	static size_t at;

	at = at < arrays.count ? at : 0;
	for (size_t done = 0, count; done < arrays.step; done += count) {
		count = arrays.count - at < arrays.step - done ? arrays.count - at : arrays.step - done;
		loop_sweep(arrays.a + at, arrays.b + at, arrays.c + at, 1 + turn % 100, count);
		at = at + count < arrays.count ? at + count : 0;
	}
}

static double loop_measure(void)
{
	return seconds_each(loop_call);
}

const struct reference reference_openblas = {openblas_open, openblas_measure, arrays_free};
const struct reference reference_loop = {loop_open, loop_measure, arrays_free};
