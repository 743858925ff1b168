/* SPDX-License-Identifier: MIT */
/* Shape `open`: when operations are to start, from when their latency counts, and what is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>

#include "core/clock.h"
#include "core/latency.h"
#include "core/open.h"
#include "measure/shape.h"
#include "teams.h"

enum { BATCHES = 2, BATCHES_MAX = 8 };

/* A cell with scheduled starts. */
struct cell_made {
	const char *executor, *workload;
	unsigned workers, block, batches;
	uint64_t rate, length_ms, arrivals, parameter;
};

/* What came of it. */
struct outcome {
	uint64_t ops;
	struct sample samples[BATCHES_MAX];
	uint64_t counts[BATCHES_MAX][LATENCY_SLICES][LATENCY_BUCKETS];
};

static char reason[REASON_BYTES];

static void gather(struct outcome *outcome, const struct shape_run *run, const struct cell_made *cell)
{
	const struct latency_bin *bins;
	size_t count = run->ops->latencies(run, &bins);
	uint64_t slice_ns = cell->length_ms * NS_PER_MS / LATENCY_SLICES;

	for (size_t i = 0; i < count; i++) {
		assert_true(bins[i].batch < cell->batches && bins[i].bucket < LATENCY_BUCKETS);
		assert_int_equal(bins[i].begin_ns % slice_ns, 0);
		assert_int_equal(bins[i].end_ns, bins[i].begin_ns + slice_ns);
		assert_true(bins[i].begin_ns / slice_ns < LATENCY_SLICES && bins[i].count > 0);
		outcome->counts[bins[i].batch][bins[i].begin_ns / slice_ns][bins[i].bucket] += bins[i].count;
	}
}

/* A shorter batch to warm up, then the timed ones. 0 or what went wrong. */
static int measure(const struct cell_made *cell, struct outcome *outcome)
{
	struct measure_request request = {
		.shape = SHAPE_OPEN,
		.workers = cell->workers,
		.batches = cell->batches,
		.block = cell->block,
		.settings =
			{[OPEN_RATE] = cell->rate, [OPEN_ARRIVALS] = cell->arrivals, [OPEN_LENGTH] = cell->length_ms},
		.parameters = {cell->parameter},
	};
	const struct shape_setup setup = {
		.request = &request,
		.executor = executor_find(cell->executor),
		.workload = workload_find(cell->workload),
		.constant = 1,
		.cpusets = "",
	};
	struct shape_run run = {.ops = shape_table[SHAPE_OPEN]};
	int error;

	*outcome = (struct outcome){0};
	assert_non_null(memccpy(request.worker_path, teams_worker_path(), 0, sizeof(request.worker_path)));
	error = run.ops->open(&run, &setup, reason);
	if (error)
		return error;
	outcome->ops = run.fixed;
	assert_int_equal(run.ops->batch(&run, run.fixed / 4 + 1, &outcome->samples[0], reason), 0);
	assert_int_equal(outcome->samples[0].ops, run.fixed / 4 + 1);
	for (unsigned i = 0; i < cell->batches; i++)
		assert_int_equal(run.ops->batch(&run, run.fixed, &outcome->samples[i], reason), 0);
	gather(outcome, &run, cell);
	assert_int_equal(run.ops->close(&run, reason), 0);
	run.ops->exit(&run);
	return 0;
}

static uint64_t in_slice(const struct outcome *outcome, unsigned batch, unsigned slice)
{
	uint64_t count = 0;

	for (uint32_t bucket = 0; bucket < LATENCY_BUCKETS; bucket++)
		count += outcome->counts[batch][slice][bucket];
	return count;
}

/* The bucket of the operation that so many of the slice's or (slice LATENCY_SLICES) the batch's did not outlast. */
static uint32_t bucket_at(const struct outcome *outcome, unsigned batch, unsigned slice, uint64_t rank)
{
	uint64_t seen = 0;

	for (uint32_t bucket = 0; bucket < LATENCY_BUCKETS; bucket++)
		for (unsigned i = 0; i < LATENCY_SLICES; i++) {
			seen += i == slice || slice == LATENCY_SLICES ? outcome->counts[batch][i][bucket] : 0;
			if (seen >= rank)
				return bucket;
		}
	fail_msg("there are fewer than %u operations", (unsigned)rank);
	return 0;
}

static bool can(const struct executor *executor, const char *workload, unsigned workers)
{
	if (executor->concurrent && !workload_find(workload)->run_concurrent)
		return false;
	return executor->concurrent || !executor->max_workers || workers <= executor->max_workers;
}

static void even_starts(void **state)
{
	const struct cell_made cell = {"thread", "sleep", 2, 3, BATCHES, 2000, 50, OPEN_EVEN, 20};
	struct outcome outcome;

	(void)state;
	assert_int_equal(measure(&cell, &outcome), 0);
	assert_int_equal(outcome.ops, 100);
	for (unsigned batch = 0; batch < BATCHES; batch++) {
		assert_int_equal(outcome.samples[batch].ops, 100);
		assert_int_equal(outcome.samples[batch].workers, 2);
		/* The last one is to start 0.5 ms before the end. */
		assert_true(outcome.samples[batch].wall_ns >= 49500000);
		for (unsigned slice = 0; slice < LATENCY_SLICES; slice++)
			assert_int_equal(in_slice(&outcome, batch, slice), 10);
	}
}

/* Random starts are drawn from block and batch, so what is checked here is the same every time. */
static void poisson_starts(void **state)
{
	const struct cell_made cell = {"serial", "noop", 1, 3, BATCHES_MAX, 20000, 50, OPEN_POISSON, 0};
	const unsigned slices = BATCHES_MAX * (LATENCY_SLICES - 1); /* the last one has all that begin later */
	double sum = 0, squares = 0, mean;
	struct outcome outcome;

	(void)state;
	assert_int_equal(measure(&cell, &outcome), 0);
	assert_int_equal(outcome.ops, 1000);
	for (unsigned batch = 0; batch < BATCHES_MAX; batch++) {
		uint64_t all = 0;

		for (unsigned slice = 0; slice < LATENCY_SLICES; slice++) {
			double count = (double)in_slice(&outcome, batch, slice);

			all += in_slice(&outcome, batch, slice);
			if (slice < LATENCY_SLICES - 1) {
				sum += count;
				squares += count * count;
			}
		}
		assert_int_equal(all, 1000);
	}
	mean = sum / slices;
	/* 100 are to start in a slice, give or take 10; in 72 slices the mean is within 1.2 and the variance within a sixth. */
	assert_true(fabs(mean - 100) < 5);
	assert_true(fabs((squares / slices - mean * mean) / 100 - 1) < 0.6);
}

/* Are as many to start in every slice of both? */
static bool same_starts(const struct outcome *a, unsigned batch_a, const struct outcome *b, unsigned batch_b)
{
	for (unsigned slice = 0; slice < LATENCY_SLICES; slice++)
		if (in_slice(a, batch_a, slice) != in_slice(b, batch_b, slice))
			return false;
	return true;
}

static void starts_of_a_block(void **state)
{
	struct cell_made cell = {"thread", "noop", 2, 3, BATCHES, 20000, 50, OPEN_POISSON, 0};
	static struct outcome first, other;

	(void)state;
	assert_int_equal(measure(&cell, &first), 0);
	assert_false(same_starts(&first, 0, &first, 1));
	for (const struct executor *const *executor = executor_table; *executor; executor++) {
		cell.executor = (*executor)->name;
		cell.workers = (*executor)->max_workers ? 1 : 3;
		if (!can(*executor, cell.workload, cell.workers))
			continue;
		assert_int_equal(measure(&cell, &other), 0);
		for (unsigned batch = 0; batch < BATCHES; batch++)
			if (!same_starts(&first, batch, &other, batch))
				fail_msg("%s: other starts than thread in batch %u", cell.executor, batch);
	}
	cell.block++;
	assert_int_equal(measure(&cell, &other), 0);
	for (unsigned i = 0; i < BATCHES; i++)
		for (unsigned j = 0; j < BATCHES; j++)
			assert_false(same_starts(&first, i, &other, j));
}

/* One operation takes 2 ms, and another one comes every 0.5 ms: who has to wait has waited since it came. */
static const struct cell_made late = {"", "sleep", 1, 0, BATCHES, 2000, 20, OPEN_EVEN, 2000};

/* The least latency that the first operation of a slice can have with one worker; each slice has four. */
static uint64_t least_late_ns(unsigned slice)
{
	return (4 * (uint64_t)slice + 1) * 2000000 - 4 * (uint64_t)slice * 500000;
}

static void the_late_are_not_excused(void **state)
{
	static struct outcome outcome;
	unsigned seen = 0;

	(void)state;
	for (const struct executor *const *executor = executor_table; *executor; executor++) {
		struct cell_made cell = late;

		cell.executor = (*executor)->name;
		if (!can(*executor, cell.workload, 1))
			continue;
		seen++;
		assert_int_equal(measure(&cell, &outcome), 0);
		assert_int_equal(outcome.ops, 40);
		for (unsigned batch = 0; batch < BATCHES; batch++) {
			for (unsigned slice = 0; slice < LATENCY_SLICES; slice++)
				if (bucket_at(&outcome, batch, slice, 1) < latency_bucket(least_late_ns(slice)))
					fail_msg("%s: slice %u is too fast", cell.executor, slice);
			/* None took longer than the whole batch. */
			assert_true(latency_bucket_ns(bucket_at(&outcome, batch, LATENCY_SLICES, 40)) <=
				    outcome.samples[batch].wall_ns);
		}
	}
	assert_true(seen >= 5);
}

/* With enough workers nobody waits for another: the last ones are not as late as with one. */
static void the_punctual_are_not_blamed(void **state)
{
	static struct outcome outcome;
	uint32_t half = latency_bucket(least_late_ns(LATENCY_SLICES - 1) / 2);

	(void)state;
	for (const struct executor *const *executor = executor_table; *executor; executor++) {
		struct cell_made cell = late;

		cell.executor = (*executor)->name;
		cell.workers = 16;
		if (!can(*executor, cell.workload, 16))
			continue;
		assert_int_equal(measure(&cell, &outcome), 0);
		/* The best of a few: something else may have had the CPU. */
		if (bucket_at(&outcome, 0, LATENCY_SLICES - 1, 1) >= half &&
		    bucket_at(&outcome, 1, LATENCY_SLICES - 1, 1) >= half)
			fail_msg("%s: 16 workers are as late as one", cell.executor);
		/* But never done before it could be. */
		assert_true(bucket_at(&outcome, 0, LATENCY_SLICES, 1) >= latency_bucket(2000000));
		assert_true(outcome.samples[0].wall_ns >= 39 * 500000 + 2000000);
	}
}

/* Each quantile lies in the bucket that has the operation of its rank, and is told only if ten took longer. */
static void quantiles(void **state)
{
	static const double shares[LATENCY_QUANTILES] = {0.5, 0.9, 0.99, 0.999};
	static const struct {
		uint64_t length_ms; /* at 10,000 a second */
		unsigned known;
	} cases[] = {{10, 2}, {99, 2}, {100, 3}, {11, 2}};
	static struct outcome outcome;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct cell_made cell = {"thread",           "noop",       2, 7, BATCHES, 10000,
					       cases[i].length_ms, OPEN_POISSON, 0};

		assert_int_equal(measure(&cell, &outcome), 0);
		assert_int_equal(outcome.ops, 10 * cases[i].length_ms);
		for (unsigned batch = 0; batch < BATCHES; batch++)
			for (unsigned j = 0; j < LATENCY_QUANTILES; j++) {
				uint64_t rank = (uint64_t)ceil(shares[j] * (double)outcome.ops - 1e-9);
				double value = outcome.samples[batch].latency_ns[j];

				assert_int_equal(isnan(value), j >= cases[i].known);
				if (j < cases[i].known)
					assert_int_equal(latency_bucket((uint64_t)value),
							 bucket_at(&outcome, batch, LATENCY_SLICES, rank));
			}
	}
}

static void too_few_for_any(void **state)
{
	const struct cell_made cell = {"thread", "noop", 1, 0, BATCHES, 1900, 10, OPEN_EVEN, 0};
	static struct outcome outcome;

	(void)state;
	assert_int_equal(measure(&cell, &outcome), 0);
	assert_int_equal(outcome.ops, 19);
	for (unsigned i = 0; i < LATENCY_QUANTILES; i++)
		assert_true(isnan(outcome.samples[0].latency_ns[i]));
}

static void too_many(void **state)
{
	const struct cell_made cell = {"thread", "noop", 1, 0, BATCHES, 1000000, 60000, OPEN_EVEN, 0};
	static struct outcome outcome;

	(void)state;
	assert_int_equal(measure(&cell, &outcome), -EINVAL);
	assert_non_null(strstr(reason, "rate and length_ms"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(even_starts),
		cmocka_unit_test(poisson_starts),
		cmocka_unit_test(starts_of_a_block),
		cmocka_unit_test(the_late_are_not_excused),
		cmocka_unit_test(the_punctual_are_not_blamed),
		cmocka_unit_test(quantiles),
		cmocka_unit_test(too_few_for_any),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests_name("open loop", tests, NULL, NULL);
}
