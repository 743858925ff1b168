/* SPDX-License-Identifier: MIT */
/*
 * A standing team in an open loop: every operation has a time at which it is to start, and its latency counts from then, so
 * that a worker who is late is not excused for those that wait behind (G. Tene's "coordinated omission"; B. Schroeder,
 * A. Wierman, M. Harchol-Balter, Open versus closed: a cautionary tale, NSDI 2006).
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/latency.h"
#include "core/mix.h"
#include "core/open.h"
#include "core/team.h"
#include "measure/shape.h"

/* A quantile is told if so many operations took longer. */
enum { BEYOND = 10, OPS_MAX = 1 << 24 };

typedef uint32_t latency_counts[LATENCY_SLICES][LATENCY_BUCKETS];

struct open_loop {
	struct team team;
	const struct measure_request *request;
	uint64_t ops;
	uint64_t batch_ops; /* of the last batch; a warm-up has fewer */
	uint64_t batch;     /* of this process, warm-ups too */
	uint64_t *sorted_ns;
	uint64_t kept;          /* batches */
	latency_counts *counts; /* of the last that are kept, in turn */
	struct latency_bin *bins;
};

static uint64_t open_ops(const uint64_t *settings)
{
	uint64_t ops = settings[OPEN_RATE] * settings[OPEN_LENGTH] / 1000;

	return ops ? ops : 1;
}

/* Uniform in (0, 1]; the same in all cells of a block, so that their differences are not those of luck. */
static double open_random(const struct open_loop *loop, uint64_t index)
{
	uint64_t seed = mix64(mix64(loop->request->block + 1) + loop->batch);

	return ((double)(mix64(seed + index) >> 11) + 1) * 0x1p-53;
}

/* Given how many operations a batch has, those of a Poisson process are spread over its length by as many random gaps and
 * one more after the last (W. Feller, An Introduction to Probability Theory and Its Applications II, chapter III). */
static void open_schedule(const struct open_loop *loop)
{
	bool random = loop->request->settings[OPEN_ARRIVALS] == OPEN_POISSON;
	uint64_t *starts_ns = team_starts(&loop->team);
	double length_ns = (double)loop->batch_ops * (double)NS_PER_S / (double)loop->request->settings[OPEN_RATE];
	double sum = 0, at = 0;

	for (uint64_t i = 0; i <= loop->batch_ops; i++)
		sum += random ? -log(open_random(loop, i)) : i > 0;
	for (uint64_t i = 0; i < loop->batch_ops; i++) {
		at += random ? -log(open_random(loop, i)) : i > 0;
		starts_ns[i] = (uint64_t)(at / sum * length_ns);
	}
}

static int compare_ns(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

/* The smallest latency that so large a share of all operations did not exceed; NaN where too few took longer. */
static double open_quantile(const struct open_loop *loop, double share)
{
	double rank = ceil(share * (double)loop->batch_ops - 1e-9);

	return (double)loop->batch_ops - rank < BEYOND ? NAN : (double)loop->sorted_ns[(size_t)fmax(rank, 1) - 1];
}

static void open_quantiles(const struct open_loop *loop, struct sample *sample)
{
	static const double shares[LATENCY_QUANTILES] = {0.5, 0.9, 0.99, 0.999};

	memcpy(loop->sorted_ns, team_latencies(&loop->team), loop->batch_ops * sizeof(*loop->sorted_ns));
	qsort(loop->sorted_ns, loop->batch_ops, sizeof(*loop->sorted_ns), compare_ns);
	for (size_t i = 0; i < LATENCY_QUANTILES; i++)
		sample->latency_ns[i] = open_quantile(loop, shares[i]);
}

static uint64_t open_slice_ns(const struct open_loop *loop)
{
	return open_batch_ns(loop->request->settings) / LATENCY_SLICES;
}

static void open_count(const struct open_loop *loop)
{
	const uint64_t *starts_ns = team_starts(&loop->team), *latencies_ns = team_latencies(&loop->team);
	latency_counts *counts = &loop->counts[loop->batch % loop->kept];

	memset(counts, 0, sizeof(*counts));
	for (uint64_t i = 0; i < loop->batch_ops; i++) {
		uint64_t slice = starts_ns[i] / open_slice_ns(loop);

		/* The length was cut into whole nanoseconds. */
		(*counts)[slice < LATENCY_SLICES ? slice : LATENCY_SLICES - 1][latency_bucket(latencies_ns[i])]++;
	}
}

static void open_free(struct open_loop *loop)
{
	free(loop->sorted_ns);
	free(loop->counts);
	free(loop->bins);
	free(loop);
}

static struct open_loop *open_allocate(const struct measure_request *request)
{
	struct open_loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->request = request;
	loop->ops = open_ops(request->settings);
	loop->kept = request->batches ? request->batches : 1;
	loop->sorted_ns = calloc(loop->ops, sizeof(*loop->sorted_ns));
	loop->counts = calloc(loop->kept, sizeof(*loop->counts));
	loop->bins = calloc(loop->kept * LATENCY_SLICES * LATENCY_BUCKETS, sizeof(*loop->bins));
	if (loop->sorted_ns && loop->counts && loop->bins)
		return loop;
	open_free(loop);
	return NULL;
}

static int open_begin(struct open_loop *loop, const struct team_options *options)
{
	int error = team_init(&loop->team, options);

	if (error)
		return error;
	error = team_start(&loop->team);
	if (error)
		team_exit(&loop->team);
	return error;
}

static int open_open(struct shape_run *run, const struct shape_setup *setup, char *reason)
{
	const struct measure_request *request = setup->request;
	struct team_options options = shape_team_options(setup);
	struct open_loop *loop;
	int error;

	if (open_ops(request->settings) > OPS_MAX)
		return reason_set(reason, -EINVAL, "rate and length_ms make a batch of more than %d operations",
				  OPS_MAX);
	loop = open_allocate(request);
	if (!loop)
		return reason_set(reason, -ENOMEM, "no memory for latencies");
	options.scheduled = loop->ops;
	error = open_begin(loop, &options);
	if (error) {
		memcpy(reason, loop->team.reason, REASON_BYTES);
		open_free(loop);
		return error;
	}
	run->turn = 1;
	run->fixed = loop->ops;
	run->state = loop;
	return 0;
}

static int open_batch(struct shape_run *run, uint64_t ops, struct sample *sample, char *reason)
{
	struct open_loop *loop = run->state;
	struct team_batch batch;
	int error;

	loop->batch_ops = ops;
	open_schedule(loop);
	error = team_run(&loop->team, ops, &batch);
	if (error) {
		memcpy(reason, loop->team.reason, REASON_BYTES);
		return error;
	}
	*sample = (struct sample){
		.start_ns = batch.start_ns,
		.wall_ns = batch.wall_ns,
		.ops = ops,
		.usage = batch.usage,
		.workers = loop->request->workers,
	};
	open_quantiles(loop, sample);
	open_count(loop);
	loop->batch++;
	return 0;
}

static int open_close(struct shape_run *run, char *reason)
{
	struct open_loop *loop = run->state;
	int error = team_stop(&loop->team);

	if (error)
		memcpy(reason, loop->team.reason, REASON_BYTES);
	return error;
}

static void open_exit(struct shape_run *run)
{
	struct open_loop *loop = run->state;

	team_exit(&loop->team);
	open_free(loop);
}

static int open_whereabouts(const struct shape_run *run, char **cpusets, char **cpus)
{
	const struct open_loop *loop = run->state;

	return team_whereabouts(&loop->team, cpusets, cpus);
}

/* The timed batches are the last that were run. */
static size_t open_latencies(const struct shape_run *run, const struct latency_bin **bins)
{
	const struct open_loop *loop = run->state;
	uint64_t kept = loop->kept, slice_ns = open_slice_ns(loop);
	size_t count = 0;

	for (uint64_t batch = 0; batch < kept && loop->batch >= kept; batch++)
		for (uint64_t slice = 0; slice < LATENCY_SLICES; slice++)
			for (uint32_t bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
				uint32_t counted = loop->counts[(loop->batch + batch) % kept][slice][bucket];

				if (counted)
					loop->bins[count++] = (struct latency_bin){
						.batch = (uint32_t)batch,
						.bucket = bucket,
						.begin_ns = slice * slice_ns,
						.end_ns = (slice + 1) * slice_ns,
						.count = counted,
					};
			}
	*bins = loop->bins;
	return count;
}

const struct shape_ops shape_open = {
	.open = open_open,
	.batch = open_batch,
	.close = open_close,
	.exit = open_exit,
	.whereabouts = open_whereabouts,
	.latencies = open_latencies,
};
