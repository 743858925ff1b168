/* SPDX-License-Identifier: MIT */
/* Workloads that wait for memory, looked at from inside, and the experiments over them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "made_up_machine.h"
#include "synthetic_plan.h"
#include "teams.h"

/* Their insides once more, under other names than those that are linked; and memory that is not fresh, on demand. */
static void *dirty; /* what the next mmap returns, if it is not NULL */

static void *mmap_or_dirty(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	return dirty ? dirty : mmap(address, bytes, protection, flags, fd, offset);
}

static int munmap_not_dirty(void *address, size_t bytes)
{
	return dirty ? 0 : munmap(address, bytes);
}

#define workload_triad triad_here
#include "../../bench/workload/triad.c" /* NOLINT(bugprone-suspicious-include) */
#define workload_pointer_chase pointer_chase_here
#include "../../bench/workload/pointer-chase.c" /* NOLINT(bugprone-suspicious-include) */
#define workload_first_touch first_touch_here
#define mmap                 mmap_or_dirty
#define munmap               munmap_not_dirty
#include "../../bench/workload/first-touch.c" /* NOLINT(bugprone-suspicious-include) */
#undef mmap
#undef munmap

/* A worker by hand. */
struct one {
	struct job job;
	struct worker worker;
	char reason[REASON_BYTES];
};

static int one_init(struct one *one, const struct workload *workload, uint64_t first, uint64_t second)
{
	memset(one, 0, sizeof(*one));
	one->job.parameters[0] = first;
	one->job.parameters[1] = second;
	one->worker = (struct worker){.job = &one->job, .reason = one->reason};
	return workload->worker_init(&one->worker);
}

static int one_verify(struct one *one, const struct workload *workload, uint64_t ops)
{
	char reason[REASON_BYTES] = "";
	int error = workload->verify(&one->job, NULL, ops, one->worker.result, reason);

	assert_true((error == 0) == (*reason == '\0'));
	return error;
}

/* Runs operations and checks them: 0, or what verify said. */
static int one_run(struct one *one, const struct workload *workload, uint64_t first, uint64_t ops)
{
	one->worker.result = 0;
	assert_int_equal(workload->run(&one->worker, 0, first), 0);
	one->worker.result = 0;
	assert_int_equal(workload->run(&one->worker, 0, ops), 0);
	return one_verify(one, workload, ops);
}

static const uint64_t awkward_kib[] = {4, 5, 7, 16, 100, 1535, 1536, 1537, 3000, 5001};
enum { AWKWARD = sizeof(awkward_kib) / sizeof(*awkward_kib) };

/* Each operation leaves the arrays as they have to be, in all elements that it went over and in no others. */
static void test_triad_writes_what_it_says(void **state)
{
	for (size_t k = 0; k < AWKWARD; k++) {
		struct one one;
		struct triad_state *triad;
		uint64_t count, i;

		assert_int_equal(one_init(&one, &triad_here, awkward_kib[k], 0), 0);
		triad = one.worker.state;
		count = triad_operation(&one.job);
		assert_in_range(triad->elements * 24, awkward_kib[k] * 1024 - 24 * TRIAD_STEP, awkward_kib[k] * 1024);
		assert_int_equal(triad_here.run(&one.worker, 7, 1), 0);
		for (i = 0; i < triad->elements && i < count; i++)
			assert_true(triad->a[i] == triad->b[i] + 8 * triad->c[i]);
		for (; i < triad->elements; i++)
			assert_true(triad->a[i] == 0);
		/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): there are some */
		assert_int_equal(triad->next, count % triad->elements);
		/* What lies behind the arrays belongs to nobody. */
		for (size_t at = triad->elements; at < triad_array_bytes(&one.job) / sizeof(double); at++)
			assert_true(triad->a[at] == 0 && triad->b[at] == 0 && triad->c[at] == 0);
		triad_here.worker_exit(&one.worker);
	}
}

/* Bytes per second can be compared only if bytes are counted right: 24 for each element, and no operation is tiny. */
static void test_triad_counts_bytes(void **state)
{
	for (uint64_t kib = 4; kib < 20000; kib += 1 + kib / 7) {
		struct job job = {.parameters = {kib}};
		uint64_t elements = triad_elements(&job), operation = triad_operation(&job);

		assert_int_equal(triad_here.operation_units(&job), 24 * operation);
		assert_true(operation % elements == 0 || operation < elements);
		assert_in_range(operation, 65536, 2 * 65536);
		assert_int_equal(elements % TRIAD_STEP, 0);
	}
}

static void test_triad_sweeps_agree(void **state)
{
	enum { COUNT = 160, ROOM = COUNT + TRIAD_STEP };
	static _Alignas(64) double b[ROOM], c[ROOM], ours[ROOM], best[ROOM];

	for (uint64_t i = 0; i < ROOM; i++) {
		b[i] = triad_b(1000 + i);
		c[i] = triad_c(1000 + i);
		ours[i] = best[i] = -1;
	}
	triad_portable(ours, b, c, COUNT, 5);
	triad_best()(best, b, c, COUNT, 5);
	for (uint64_t i = 0; i < ROOM; i++) {
		assert_true(ours[i] == (i < COUNT ? b[i] + 5 * c[i] : -1));
		assert_true(best[i] == ours[i]);
	}
}

static void sweep_nothing(double *restrict a, const double *restrict b, const double *restrict c, size_t count,
			  double scalar)
{
}

static void sweep_copy(double *restrict a, const double *restrict b, const double *restrict c, size_t count,
		       double scalar)
{
	memcpy(a, b, count * sizeof(*a));
}

static void sweep_a_little_off(double *restrict a, const double *restrict b, const double *restrict c, size_t count,
			       double scalar)
{
	triad_portable(a, b, c, count, scalar * (1 + 1e-15));
}

static void sweep_half(double *restrict a, const double *restrict b, const double *restrict c, size_t count,
		       double scalar)
{
	triad_portable(a, b, c, count / 2 / TRIAD_STEP * TRIAD_STEP, scalar);
}

static void test_triad_notices_what_is_wrong(void **state)
{
	triad_sweep *const broken[] = {sweep_nothing, sweep_copy, sweep_a_little_off, sweep_half};

	for (size_t k = 0; k < AWKWARD; k++) {
		struct one one;
		struct triad_state *triad;

		assert_int_equal(one_init(&one, &triad_here, awkward_kib[k], 0), 0);
		triad = one.worker.state;
		assert_int_equal(one_run(&one, &triad_here, 2, 300), 0);
		for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
			triad->sweep = broken[i];
			assert_int_equal(one_run(&one, &triad_here, 1, 20), -EBADMSG);
			triad->sweep = triad_best();
			assert_int_equal(one_run(&one, &triad_here, 1, 20), 0);
		}
		/* Right sums of wrong data are wrong too. */
		for (uint64_t i = 0; i < triad->elements; i++)
			triad->c[i] = 2;
		assert_int_equal(one_run(&one, &triad_here, 0, 20), -EBADMSG);
		triad_here.worker_exit(&one.worker);
	}
}

static const uint64_t chase_kib[] = {1, 2, 3, 5, 16, 63, 64, 65, 1000};
enum { CHASE_SIZES = sizeof(chase_kib) / sizeof(*chase_kib) };

/* From any node one comes to each other one before one is back, in the order of places. */
static void test_chase_is_one_cycle(void **state)
{
	for (size_t k = 0; k < CHASE_SIZES; k++) {
		uint64_t count = chase_kib[k] * 16, near = 0;
		struct pointer_chase_state *chase;
		const struct pointer_chase_node *node;
		struct one one;

		assert_int_equal(one_init(&one, &pointer_chase_here, chase_kib[k], 0), 0);
		chase = one.worker.state;
		node = chase->nodes;
		assert_int_equal((uintptr_t)node % POINTER_CHASE_LINE_BYTES, 0);
		for (uint64_t i = 0; i < count; i++) {
			ptrdiff_t step = node->next - node;

			assert_in_range(node->next - chase->nodes, 0, count - 1);
			assert_int_equal(node->next->place, (node->place + 1) % count);
			assert_true(i + 1 == count || node->next != chase->nodes);
			near += step >= -2 && step <= 2;
			node = node->next;
		}
		assert_ptr_equal(node, chase->nodes);
		/* In a random order about 4 nodes in `count` are so near to the one before. */
		assert_true(near <= 16 + count / 50);
		pointer_chase_here.worker_exit(&one.worker);
	}
}

/* What a prefetcher would learn: a distance that comes again and again. */
static void test_chase_has_no_favourite_step(void **state)
{
	enum { KIB = 256, NODES = KIB * 16 };
	static unsigned steps[2 * NODES];
	struct pointer_chase_state *chase;
	struct one one;

	assert_int_equal(one_init(&one, &pointer_chase_here, KIB, 0), 0);
	chase = one.worker.state;
	for (uint64_t i = 0; i < NODES; i++) {
		unsigned *step = &steps[NODES + (chase->nodes[i].next - &chase->nodes[i])];

		assert_true(++*step < NODES / 50);
	}
	pointer_chase_here.worker_exit(&one.worker);
}

static void test_chase_scatter_is_a_permutation(void **state)
{
	static bool seen[1 << 14];

	for (unsigned bits = 1; bits <= 14; bits++) {
		memset(seen, 0, sizeof(seen));
		for (uint64_t number = 0; number < UINT64_C(1) << bits; number++) {
			uint64_t found = pointer_chase_scatter(number, bits);

			assert_true(found < UINT64_C(1) << bits && !seen[found]);
			seen[found] = true;
		}
	}
}

static void test_chase_notices_what_is_wrong(void **state)
{
	for (size_t k = 0; k < CHASE_SIZES; k++) {
		struct pointer_chase_node *node, *next;
		struct pointer_chase_state *chase;
		struct one one;

		assert_int_equal(one_init(&one, &pointer_chase_here, chase_kib[k], 0), 0);
		chase = one.worker.state;
		assert_int_equal(one_run(&one, &pointer_chase_here, 3, 200), 0);
		/* A single link that leaves a node out, stays where it is or goes back; all are walked in 200 operations. */
		node = &chase->nodes[5];
		next = node->next;
		node->next = next->next;
		assert_int_equal(one_run(&one, &pointer_chase_here, 0, 200), -EBADMSG);
		node->next = chase->nodes + (chase->nodes[0].place > node->place ? 0 : 1);
		assert_int_equal(one_run(&one, &pointer_chase_here, 0, 200), -EBADMSG);
		node->next = node;
		assert_int_equal(one_run(&one, &pointer_chase_here, 0, 200), -EBADMSG);
		node->next = next;
		chase->at = node;
		assert_int_equal(one_run(&one, &pointer_chase_here, 0, 200), 0);
		pointer_chase_here.worker_exit(&one.worker);
	}
}

static void test_touch_touches_every_page(void **state)
{
	uint64_t page_kib = (uint64_t)sysconf(_SC_PAGESIZE) / 1024;

	for (uint64_t pages = 1; pages < 50; pages += 9) {
		struct rusage before, after;
		struct one one;

		assert_int_equal(one_init(&one, &first_touch_here, pages * page_kib - page_kib / 2, 0), 0);
		assert_int_equal(first_touch_here.operation_units(&one.job), pages);
		getrusage(RUSAGE_THREAD, &before);
		assert_int_equal(one_run(&one, &first_touch_here, 0, 20), 0);
		getrusage(RUSAGE_THREAD, &after);
		assert_int_equal(one.worker.result, 20 * pages);
		assert_true((uint64_t)(after.ru_minflt - before.ru_minflt) >= 20 * pages);
		first_touch_here.worker_exit(&one.worker);
	}
}

static void test_touch_notices_what_is_not_fresh(void **state)
{
	enum { KIB = 256 };
	struct one one;
	char *memory;

	assert_int_equal(one_init(&one, &first_touch_here, KIB, 0), 0);
	assert_int_equal(one_run(&one, &first_touch_here, 0, 3), 0);
	memory = mmap(NULL, KIB << 10, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(memory != MAP_FAILED);
	dirty = memory;
	assert_int_equal(one_run(&one, &first_touch_here, 0, 1), 0);
	assert_int_equal(one_run(&one, &first_touch_here, 0, 1), -EBADMSG);
	dirty = NULL;
	munmap(memory, KIB << 10);
	assert_int_equal(one_run(&one, &first_touch_here, 0, 3), 0);
	first_touch_here.worker_exit(&one.worker);
}

static void test_touch_in_huge_pages_or_not_at_all(void **state)
{
	size_t huge_bytes = first_touch_huge_bytes();
	struct one one;
	int error = one_init(&one, &first_touch_here, 1, 1);

	assert_int_equal(error, huge_bytes ? -EINVAL : -EOPNOTSUPP);
	assert_non_null(strstr(one.reason, "thp=on"));
	first_touch_here.worker_exit(&one.worker);
	if (!huge_bytes)
		skip();
	error = one_init(&one, &first_touch_here, huge_bytes >> 9, 1);
	if (error) {
		assert_int_equal(error, -EOPNOTSUPP);
		assert_non_null(strstr(one.reason, "transparent_hugepage/enabled"));
	} else {
		assert_int_equal(one_run(&one, &first_touch_here, 0, 2), 0);
	}
	first_touch_here.worker_exit(&one.worker);
}

static void check_too_large(const struct workload *workload, uint64_t pages)
{
	struct rlimit limit, small;
	struct one one;
	int error;

	assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
	small = limit;
	small.rlim_cur = UINT64_C(1) << 30;
	assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
	error = one_init(&one, workload, UINT64_C(1) << 22, pages);
	if (!error && workload == &first_touch_here)
		error = workload->run(&one.worker, 0, 1);
	setrlimit(RLIMIT_AS, &limit);
	assert_int_equal(error, -ENOMEM);
	assert_non_null(strstr(one.reason, "a smaller kib"));
	workload->worker_exit(&one.worker);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 }; /* their own mappings are larger than any limit */
#else
enum { SANITIZED = 0 };
#endif

/* One line and nothing left behind, where the kernel refuses. */
static void test_too_large_is_refused(void **state)
{
	if (SANITIZED)
		skip();
	check_too_large(&triad_here, 0);
	check_too_large(&pointer_chase_here, 2);
	check_too_large(&first_touch_here, 0);
}

static void test_memory_is_foretold(void **state)
{
	const uint64_t parameters[WORKLOAD_PARAMETERS_MAX] = {1000}, most[WORKLOAD_PARAMETERS_MAX] = {1 << 26};
	const struct workload *const workloads[] = {&triad_here, &pointer_chase_here, &first_touch_here};

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(workloads[i]->memory_bytes(parameters, 1), 1024000);
		assert_int_equal(workloads[i]->memory_bytes(parameters, 7), 7168000);
		assert_true(workloads[i]->memory_bytes(most, 1024) == UINT64_C(1) << 46);
	}
}

static const char *const experiments[] = {"memory-bandwidth", "memory-latency"};

/* One worker and all cores, at each working set; what memory does not hold is skipped. */
static void test_the_experiments_in_a_plan(void **state)
{
	put("/proc/meminfo", "MemAvailable: 3145728 kB\n");
	for (size_t i = 0; i < 2; i++) {
		const struct experiment *experiment = experiment_find(experiments[i]);
		const struct plan_request request = {.experiments = EXPERIMENTS(experiment)};
		struct plan plan = plan_of("core:6 pu:1", &request);
		unsigned cells = 0, skipped = 0;

		check_plan(&plan);
		for (unsigned c = 0; c < plan.cell_count; c++) {
			const struct cell *cell = &plan.cells[c];

			if (cell->experiment != experiment)
				continue;
			cells++;
			skipped += cell->skip != NULL;
			assert_true(cell->workers == 1 || cell->workers == 6);
			assert_int_equal(cell->skip != NULL,
					 cell->parameters[0] * cell->workers * 1024 > UINT64_C(3) << 29);
		}
		assert_true(cells >= 50 && cells % 5 == 0);
		assert_int_equal(skipped, 2);
		plan_exit(&plan);
	}
}

/* Everybody's run has none of these cells: they take minutes. */
static void test_the_experiments_are_only_run_by_name(void **state)
{
	const struct plan_request request = {0};
	struct plan plan = plan_of("core:2 pu:1", &request);

	for (unsigned c = 0; c < plan.cell_count; c++)
		for (size_t i = 0; i < 2; i++)
			assert_string_not_equal(plan.cells[c].experiment->name, experiments[i]);
	plan_exit(&plan);
}

static double headline(const char *experiment, const struct sample *sample)
{
	return experiment_find(experiment)->figures->value(sample);
}

static void test_the_figures(void **state)
{
	/* 300 operations of 2 million units in 10 ms by 4 workers */
	const struct sample sample = {.wall_ns = 10000000, .ops = 300, .workers = 4, .units = 600000000};

	assert_true(headline("memory-bandwidth", &sample) == 60);
	assert_true(headline("memory-latency", &sample) == 4 / 60.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_triad_writes_what_it_says),
		cmocka_unit_test(test_triad_counts_bytes),
		cmocka_unit_test(test_triad_sweeps_agree),
		cmocka_unit_test(test_triad_notices_what_is_wrong),
		cmocka_unit_test(test_chase_is_one_cycle),
		cmocka_unit_test(test_chase_has_no_favourite_step),
		cmocka_unit_test(test_chase_scatter_is_a_permutation),
		cmocka_unit_test(test_chase_notices_what_is_wrong),
		cmocka_unit_test(test_touch_touches_every_page),
		cmocka_unit_test(test_touch_notices_what_is_not_fresh),
		cmocka_unit_test(test_touch_in_huge_pages_or_not_at_all),
		cmocka_unit_test(test_too_large_is_refused),
		cmocka_unit_test(test_memory_is_foretold),
		WITH_FILES(test_the_experiments_in_a_plan),
		cmocka_unit_test(test_the_experiments_are_only_run_by_name),
		cmocka_unit_test(test_the_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
