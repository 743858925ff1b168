/* SPDX-License-Identifier: MIT */
/*
 * The triad of STREAM, a[i] = b[i] + s * c[i]: how many bytes a second a worker moves between itself and where its
 * arrays fit. Each worker has arrays of its own and touches them first. It sweeps over them again and again; an
 * operation goes on where the worker's last one stopped, and handles about 64 Ki elements: several sweeps over small
 * arrays, a part of one over large ones. So operations are of similar length, whatever the arrays' size is.
 * Bytes are counted as STREAM does: two reads and a write of 8 bytes for each element. What the cache reads before it
 * writes is not counted. Method: J. McCalpin, Memory bandwidth and machine balance in current high performance
 * computers, IEEE TCCA Newsletter (December 1995); https://www.cs.virginia.edu/stream/.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/mix.h"
#include "core/workload.h"

#define TRIAD_HUGE_BYTES ((size_t)2 << 20)

enum { TRIAD_KIB, TRIAD_PAGES };

enum {
	TRIAD_ARRAYS = 3,
	TRIAD_STEP = 16, /* elements that the loop does at once; arrays hold whole steps */
	TRIAD_OPERATION = 65536,
	TRIAD_SCALARS = 256, /* so many different s, by the number of the operation */
	TRIAD_SAMPLES = 7    /* elements of each operation that are checked */
};

static const char *const triad_pages[] = {"system", "small", "huge", NULL};

static const struct parameter triad_parameters[] = {
	[TRIAD_KIB] = {"kib", "KiB", "of a worker's three arrays together", 4096, 4, 1 << 26, NULL},
	[TRIAD_PAGES] = {"pages", "", "as the system gives them, or what it is asked for", 0, 0, 2, triad_pages},
	{0},
};

typedef void triad_sweep(double *restrict a, const double *restrict b, const double *restrict c, size_t count,
			 double scalar);

struct triad_state {
	void *mapping;
	size_t mapping_bytes;
	double *a, *b, *c; /* on pages of their own */
	uint64_t elements; /* of each */
	uint64_t next;     /* where the next operation begins */
	triad_sweep *sweep;
};

static uint64_t triad_elements(const struct job *job)
{
	return job->parameters[TRIAD_KIB] * 1024 / (TRIAD_ARRAYS * sizeof(double)) / TRIAD_STEP * TRIAD_STEP;
}

/* Elements that an operation handles: whole sweeps, or a part of one. */
static uint64_t triad_operation(const struct job *job)
{
	uint64_t elements = triad_elements(job);

	return elements >= TRIAD_OPERATION ? TRIAD_OPERATION : (TRIAD_OPERATION + elements - 1) / elements * elements;
}

static uint64_t triad_units(const struct job *job)
{
	return triad_operation(job) * TRIAD_ARRAYS * sizeof(double);
}

/* Small whole numbers, so that the sum is exact however it is computed. */
static double triad_b(uint64_t i)
{
	return (double)(i % 1021);
}

static double triad_c(uint64_t i)
{
	return (double)(1 + i % 13);
}

/* gcc 12 turns no loop into vectors at -O2, and keeps longer ones than the machine has in memory: so both are said. Four
 * at a time keep the loop's own instructions few. */
#define TRIAD_SWEEP(name, lanes)                                                                                       \
	void name(double *restrict a, const double *restrict b, const double *restrict c, size_t count, double scalar) \
	{                                                                                                              \
		typedef double vector __attribute__((vector_size((lanes) * sizeof(double)), may_alias));               \
		const vector s = (vector){0} + scalar;                                                                 \
                                                                                                                       \
		for (size_t i = 0; i < count; i += 4 * (lanes)) {                                                      \
			vector *to = (vector *)(a + i);                                                                \
			const vector *x = (const vector *)(b + i), *y = (const vector *)(c + i);                       \
                                                                                                                       \
			to[0] = x[0] + s * y[0];                                                                       \
			to[1] = x[1] + s * y[1];                                                                       \
			to[2] = x[2] + s * y[2];                                                                       \
			to[3] = x[3] + s * y[3];                                                                       \
		}                                                                                                      \
	}                                                                                                              \
	static triad_sweep name

static TRIAD_SWEEP(triad_portable, 2);

#ifdef __x86_64__
/* Not AVX-512: it is faster in the smallest cache only, and compilers leave it alone for what it does to the clock rate of
 * older processors. */
static __attribute__((target("avx2,fma"))) TRIAD_SWEEP(triad_avx2, 4);
#endif

static triad_sweep *triad_best(void)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return triad_avx2;
#endif
	return triad_portable;
}

static size_t triad_array_bytes(const struct job *job)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);

	return (triad_elements(job) * sizeof(double) + page_bytes - 1) / page_bytes * page_bytes;
}

static uint64_t triad_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	return parameters[TRIAD_KIB] * 1024 * workers;
}

/* From where huge pages can begin. The rest of the mapping is never touched. */
static int triad_map(struct worker *worker, struct triad_state *state, size_t bytes)
{
	uint64_t pages = worker->job->parameters[TRIAD_PAGES];
	char *begin;

	state->mapping_bytes = bytes + TRIAD_HUGE_BYTES;
	state->mapping = mmap(NULL, state->mapping_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (state->mapping == MAP_FAILED)
		return worker_fail(worker, -errno, "mmap of %zu KiB for the arrays: %s; a smaller kib takes less",
				   bytes >> 10, strerror(errno));
	begin = (char *)state->mapping + (TRIAD_HUGE_BYTES - (uintptr_t)state->mapping % TRIAD_HUGE_BYTES);
	if (pages && madvise(begin, bytes, pages == 2 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) < 0 && pages == 2)
		return worker_fail(worker, -EOPNOTSUPP, "pages=huge: this kernel has no transparent huge pages");
	state->a = (double *)begin;
	return 0;
}

static int triad_worker_init(struct worker *worker)
{
	size_t array_bytes = triad_array_bytes(worker->job);
	struct triad_state *state = calloc(1, sizeof(*state));
	int error;

	if (!state)
		return worker_fail(worker, -ENOMEM, "no memory");
	worker->state = state;
	error = triad_map(worker, state, TRIAD_ARRAYS * array_bytes);
	if (error)
		return error;
	state->b = (double *)((char *)state->a + array_bytes);
	state->c = (double *)((char *)state->b + array_bytes);
	state->elements = triad_elements(worker->job);
	state->sweep = triad_best();
	for (uint64_t i = 0; i < state->elements; i++) {
		state->a[i] = 0;
		state->b[i] = triad_b(i);
		state->c[i] = triad_c(i);
	}
	return 0;
}

/* Unlike 0, which the array begins with, and unlike that of the operations before. */
static double triad_scalar(uint64_t index)
{
	return (double)(1 + index % TRIAD_SCALARS);
}

/* A sum of these shows the slightest error of any value. */
static uint64_t triad_mark(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return mix64(bits);
}

/* What must have been the scalar at elements spread over the operation, each time at others. From b and c as they
 * should be, not as they are. */
static uint64_t triad_look(const struct triad_state *state, uint64_t begin, uint64_t count, uint64_t index)
{
	uint64_t part = count / TRIAD_SAMPLES, sum = 0;

	for (uint64_t k = 0; k < TRIAD_SAMPLES; k++) {
		/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): there are at least as many as a vector has. */
		uint64_t i = (begin + k * part + mix64(index) % part) % state->elements;

		sum += triad_mark((state->a[i] - triad_b(i)) / triad_c(i));
	}
	return sum;
}

static int triad_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	struct triad_state *state = worker->state;
	uint64_t count = triad_operation(worker->job);

	for (uint64_t index = first; index < first + ops; index++) {
		uint64_t begin = state->next, done = 0;

		while (done < count) {
			uint64_t left = state->elements - state->next, at = state->next;
			uint64_t length = left < count - done ? left : count - done;

			state->sweep(state->a + at, state->b + at, state->c + at, length, triad_scalar(index));
			done += length;
			state->next = length == left ? 0 : at + length;
		}
		worker->result += triad_look(state, begin, count, index);
	}
	return 0;
}

static void triad_worker_exit(struct worker *worker)
{
	struct triad_state *state = worker->state;

	if (state && state->mapping && state->mapping != MAP_FAILED)
		munmap(state->mapping, state->mapping_bytes);
	free(state);
}

/* Each scalar as often as it was used. */
static int triad_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	uint64_t expected = 0;

	for (uint64_t i = 0; i < TRIAD_SCALARS; i++)
		expected += triad_mark((double)(i + 1)) * (ops / TRIAD_SCALARS + (i < ops % TRIAD_SCALARS));
	expected *= TRIAD_SAMPLES;
	if (result != expected)
		return reason_set(reason, -EBADMSG,
				  "some elements are not b + s * c: their sum is %llx instead of %llx",
				  (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

const struct workload workload_triad = {
	.name = "triad",
	.summary = "a = b + s * c over arrays: memory bandwidth; an operation is about 64 Ki elements",
	.shares = "nothing; each worker has arrays of its own",
	.kind = WORKLOAD_MEMORY,
	.parameters = triad_parameters,
	.memory_bytes = triad_memory_bytes,
	.operation_units = triad_units,
	.worker_init = triad_worker_init,
	.run = triad_run,
	.worker_exit = triad_worker_exit,
	.verify = triad_verify,
};
