/* SPDX-License-Identifier: MIT */
/*
 * Sorting 64-bit keys: one operation copies one of a few shuffled arrays to a buffer of the worker's own and sorts it
 * there. Three ways: a radix sort (the default: the fastest here; Knuth, The Art of Computer Programming 3, 5.2.5), a
 * quicksort that gives up in time (Musser, Introspective sorting and selection algorithms, Software: Practice and
 * Experience 27 (1997)), and the C library's qsort, as programs use it: through a callback, and in glibc 2.36
 * with memory from malloc for every call.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/mix.h"
#include "core/workload.h"

enum { SORT_KEYS, SORT_ALGORITHM };
enum { SORT_RADIX, SORT_INTROSORT, SORT_QSORT };

/* Arrays repeat, so that each can be made in order, and shuffled, beforehand; there are fewer of very many keys. */
enum { ARRAYS_MAX = 8, KEYS_MADE = 1 << 20 };
/* Six passes instead of the eight of bytes, and counters that still fit into the caches next to the processor. */
enum { DIGIT_BITS = 11, DIGITS = 6, DIGIT_VALUES = 1 << DIGIT_BITS };
enum { INSERTION_KEYS = 24 };

static const char *const sort_algorithms[] = {"radix", "introsort", "qsort"};

static const struct parameter sort_parameters[] = {
	[SORT_KEYS] = {"keys", "", "sorted by one operation", 8192, 2, 1 << 24, NULL},
	[SORT_ALGORITHM] = {"algorithm", "", "radix, introsort, or the C library's qsort", SORT_RADIX, 0, SORT_QSORT,
			    sort_algorithms},
	{0},
};

/* In the arena, followed by the arrays. */
struct sort_data {
	uint64_t expected[ARRAYS_MAX];
	uint64_t arrays_offset;
};

static uint64_t sort_arrays_of(uint64_t keys)
{
	uint64_t arrays = KEYS_MADE / keys;

	return arrays > ARRAYS_MAX ? ARRAYS_MAX : arrays ? arrays : 1;
}

static uint64_t sort_arrays(const struct job *job)
{
	return sort_arrays_of(job->parameters[SORT_KEYS]);
}

static uint64_t sort_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	/* the C library's sort has a buffer too */
	return (sort_arrays_of(parameters[SORT_KEYS]) + 2 * (uint64_t)workers) * parameters[SORT_KEYS] *
	       sizeof(uint64_t);
}

static size_t sort_arena_bytes(const struct job *job)
{
	return sizeof(struct sort_data) + sort_arrays(job) * job->parameters[SORT_KEYS] * sizeof(uint64_t) + 128;
}

/* Keys in order add up to something else than in any other order. Odd, so that every bit of a key counts. */
static inline uint64_t sort_weight(uint64_t place)
{
	return (2 * place + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t sort_sum(const uint64_t *keys, uint64_t count)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < count; i++)
		sum += keys[i] * sort_weight(i);
	return sum;
}

/*
 * Makes keys in order, one at random in each of `count` equal parts of all values, puts each at a place at random
 * (Fisher and Yates, from the inside out: Knuth 2, 3.4.2), and says what they add up to in order: nothing is sorted
 * here.
 */
static uint64_t sort_make(uint64_t *keys, uint64_t count, uint64_t seed)
{
	uint64_t part = UINT64_MAX / count, sum = 0;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t random = mix64(seed + i), place = (random >> 32) * (i + 1) >> 32;
		uint64_t key = i * part + mix64(random) % part;

		sum += key * sort_weight(i);
		keys[i] = keys[place];
		keys[place] = key;
	}
	return sum;
}

static int sort_prepare(struct job *job, struct arena *arena, char *reason)
{
	uint64_t keys = job->parameters[SORT_KEYS], arrays = sort_arrays(job);
	int error = arena_alloc(arena, sizeof(struct sort_data), 64, &job->data_offset);
	struct sort_data *data = arena_at(arena, job->data_offset);

	if (!error)
		error = arena_alloc(arena, arrays * keys * sizeof(uint64_t), 64, &data->arrays_offset);
	if (error)
		return reason_set(reason, error, "no room for %llu arrays of %llu keys", (unsigned long long)arrays,
				  (unsigned long long)keys);
	for (uint64_t i = 0; i < arrays; i++)
		data->expected[i] =
			sort_make((uint64_t *)arena_at(arena, data->arrays_offset) + i * keys, keys, mix64(i));
	return 0;
}

/* From the last digit to the first, each into the other buffer; all are counted in one pass. The keys end in `keys`. */
static void sort_radix(uint64_t *keys, uint64_t *other, uint64_t count)
{
	uint32_t counts[DIGITS][DIGIT_VALUES] = {0};

	for (uint64_t i = 0; i < count; i++)
		for (int digit = 0; digit < DIGITS; digit++)
			counts[digit][keys[i] >> digit * DIGIT_BITS & (DIGIT_VALUES - 1)]++;
	for (int digit = 0; digit < DIGITS; digit++) {
		uint64_t *swap = keys;
		uint32_t place = 0;

		for (int value = 0; value < DIGIT_VALUES; value++) {
			uint32_t here = counts[digit][value];

			counts[digit][value] = place;
			place += here;
		}
		for (uint64_t i = 0; i < count; i++)
			other[counts[digit][keys[i] >> digit * DIGIT_BITS & (DIGIT_VALUES - 1)]++] = keys[i];
		keys = other;
		other = swap;
	}
	_Static_assert(DIGITS % 2 == 0, "after an odd number of passes the keys are in the other buffer");
}

static void sort_insertion(uint64_t *keys, uint64_t count)
{
	for (uint64_t i = 1; i < count; i++) {
		uint64_t key = keys[i], j = i;

		for (; j > 0 && keys[j - 1] > key; j--)
			keys[j] = keys[j - 1];
		keys[j] = key;
	}
}

static void sort_sift(uint64_t *keys, uint64_t root, uint64_t count)
{
	uint64_t key = keys[root];

	for (uint64_t child; (child = 2 * root + 1) < count; root = child) {
		if (child + 1 < count && keys[child + 1] > keys[child])
			child++;
		if (keys[child] <= key)
			break;
		keys[root] = keys[child];
	}
	keys[root] = key;
}

static void sort_heap(uint64_t *keys, uint64_t count)
{
	for (uint64_t root = count / 2; root-- > 0;)
		sort_sift(keys, root, count);
	while (count-- > 1) {
		uint64_t largest = keys[0];

		keys[0] = keys[count];
		keys[count] = largest;
		sort_sift(keys, 0, count);
	}
}

static uint64_t sort_median(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t low = a < b ? a : b, high = a < b ? b : a;

	return c < low ? low : c > high ? high : c;
}

/* The number of keys in the left part, after which come only keys that are not smaller; both parts have some. */
static uint64_t sort_partition(uint64_t *keys, uint64_t count)
{
	uint64_t pivot = sort_median(keys[0], keys[count / 2], keys[count - 1]);
	uint64_t left = 0, right = count - 1;

	for (;;) {
		uint64_t key;

		while (keys[left] < pivot)
			left++;
		while (keys[right] > pivot)
			right--;
		if (left >= right)
			return left;
		key = keys[left];
		keys[left++] = keys[right];
		keys[right--] = key;
	}
}

/* Quicksort; what is still not small after `splits` of them is sorted as a heap, and what is small by insertion. */
static void sort_intro(uint64_t *keys, uint64_t count, unsigned splits)
{
	while (count > INSERTION_KEYS) {
		uint64_t left;

		if (splits-- == 0) {
			sort_heap(keys, count);
			return;
		}
		left = sort_partition(keys, count);
		sort_intro(keys + left, count - left, splits);
		count = left;
	}
	sort_insertion(keys, count);
}

static int sort_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Two buffers, the second one for the radix sort. */
static int sort_worker_init(struct worker *worker)
{
	worker->state = malloc(2 * worker->job->parameters[SORT_KEYS] * sizeof(uint64_t));
	return worker->state ? 0
			     : worker_fail(worker, -ENOMEM, "no memory to sort %llu keys",
					   (unsigned long long)worker->job->parameters[SORT_KEYS]);
}

static void sort_worker_exit(struct worker *worker)
{
	free(worker->state);
}

static int sort_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	const struct sort_data *data = arena_at(worker->arena, worker->job->data_offset);
	const uint64_t *made = arena_at(worker->arena, data->arrays_offset);
	uint64_t count = worker->job->parameters[SORT_KEYS], arrays = sort_arrays(worker->job), *keys = worker->state;

	for (uint64_t i = first; i < first + ops; i++) {
		memcpy(keys, made + i % arrays * count, count * sizeof(*keys));
		if (worker->job->parameters[SORT_ALGORITHM] == SORT_RADIX)
			sort_radix(keys, keys + count, count);
		else if (worker->job->parameters[SORT_ALGORITHM] == SORT_INTROSORT)
			sort_intro(keys, count, 2 * (63 - (unsigned)__builtin_clzll(count)));
		else
			qsort(keys, count, sizeof(*keys), sort_compare);
		worker->result += sort_sum(keys, count);
	}
	return 0;
}

static int sort_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	const struct sort_data *data = arena_at(arena, job->data_offset);
	uint64_t arrays = sort_arrays(job), expected = 0;

	for (uint64_t i = 0; i < arrays; i++)
		expected += data->expected[i] * (ops / arrays + (i < ops % arrays));
	if (result != expected)
		return reason_set(reason, -EBADMSG,
				  "keys were lost, made up or not sorted: they add up to %llx, not %llx",
				  (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

const struct workload workload_sort = {
	.name = "sort",
	.summary = "sorting whole numbers by radix, introsort or the C library's qsort; an operation is one array",
	.shares = "the shuffled arrays, which are only read; each worker sorts a copy in a buffer of its own",
	.kind = WORKLOAD_CPU,
	.parameters = sort_parameters,
	.memory_bytes = sort_memory_bytes,
	.arena_bytes = sort_arena_bytes,
	.prepare = sort_prepare,
	.worker_init = sort_worker_init,
	.run = sort_run,
	.worker_exit = sort_worker_exit,
	.verify = sort_verify,
};
