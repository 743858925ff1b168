/* SPDX-License-Identifier: MIT */
/* Blocks of measurers. */
#include "measure/conductor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/clock.h"
#include "machine/rules.h"
#include "measure/conceal.h"
#include "measure/launch.h"
#include "measure/signals.h"

enum { FAILURES_UNTIL_BROKEN = 3, BLOCKS_UNTIL_LENIENT = 3 };

/* A Google Benchmark context that takes this long measures the clock rate anew in every process. */
#define GBENCH_CONTEXT_TOO_SLOW_NS (300 * NS_PER_MS)

static int measurer_run(struct conductor *conductor, unsigned index, unsigned block, struct launch_result *result,
			char *reason)
{
	const struct conductor_options *options = conductor->options;
	struct measure_request request;
	int error;

	request_init(&request, &options->plan->cells[index], options->directory, options->worker_path);
	request.warmups = options->schedule->warmups;
	/* One that is as long as its experiment wants it is one sample, for large quantiles want many operations. */
	request.batches =
		options->plan->cells[index].experiment->batch_ns ? SCHEDULE_OWN_BATCHES : options->schedule->batches;
	request.batch_ns = options->schedule->batch_ns;
	request.block = block;
	request.plain_loop = conductor->plain_loop;
	request.probe_gbench = !conductor->gbench_context_ns;
	request.ops = conductor->ops[index];
	request.constant = conductor->constants[index];
	request.conductor = getpid();
	error = launch_measurer(options->measurer_path, &request, options->plan->cells[index].cpusets,
				options->limit_ns, signals_at_once, result, reason);
	if (error) {
		conceal_folders(reason, options->directory, options->measurer_path);
		return error;
	}
	if (result->reply.resident_bytes > conductor->resident_bytes_max)
		conductor->resident_bytes_max = result->reply.resident_bytes;
	if (!result->reply.error)
		return 0;
	error = result->reply.error;
	memcpy(reason, result->reply.reason, REASON_BYTES);
	conceal_folders(reason, options->directory, options->measurer_path);
	launch_free(result);
	return error;
}

/* What one cell has found out about its workload holds for all cells with it. */
static void constant_share(struct conductor *conductor, unsigned index, uint64_t constant)
{
	const struct plan *plan = conductor->options->plan;

	for (unsigned i = 0; i < plan->cell_count; i++)
		if (plan->cells[i].workload == plan->cells[index].workload)
			conductor->constants[i] = constant;
}

static int calibrate_cell(struct conductor *conductor, unsigned index)
{
	struct launch_result result;
	int error = measurer_run(conductor, index, 0, &result, conductor->broken[index]);

	if (error)
		return error;
	conductor->ops[index] = result.reply.ops;
	constant_share(conductor, index, result.reply.constant);
	if (result.reply.gbench_context_ns) {
		conductor->gbench_context_ns = result.reply.gbench_context_ns;
		conductor->plain_loop = conductor->gbench_context_ns > GBENCH_CONTEXT_TOO_SLOW_NS;
	}
	launch_free(&result);
	return 0;
}

/* -EINTR when the user gave up; that a cell cannot be calibrated is no error of the run. */
static int calibrate(struct conductor *conductor, const struct conductor_events *events)
{
	const struct plan *plan = conductor->options->plan;
	int error;

	for (unsigned i = 0; i < plan->cell_count; i++) {
		if (plan->cells[i].skip)
			continue;
		if (signals_soon())
			return -EINTR;
		events->cell(events->context, conductor, i, -1, i);
		error = calibrate_cell(conductor, i);
		if (error == -EINTR)
			return error;
		conductor->refused[i] = error == -EOPNOTSUPP;
	}
	return 0;
}

static void cell_failed(struct conductor *conductor, struct measurement *measurement, int error)
{
	unsigned index = measurement->cell;

	measurement->status = STATUS_FAILED;
	conductor->failures[index]++;
	if (conductor->failures[index] >= FAILURES_UNTIL_BROKEN || error == -ETIMEDOUT)
		snprintf(conductor->broken[index], REASON_BYTES, "not tried again after: %.*s", REASON_BYTES - 32,
			 measurement->reason);
}

/* 0 or -EINTR; whatever else happens to a cell is in its measurement. */
static int measure_cell(struct conductor *conductor, struct measurement *measurement, struct launch_result *result)
{
	const struct cell *cell = &conductor->options->plan->cells[measurement->cell];
	const char *why = cell->skip ? cell->skip : conductor->broken[measurement->cell];
	int error;

	if (*why) {
		bool failed = !cell->skip && !conductor->refused[measurement->cell];

		measurement->status = failed ? STATUS_FAILED : STATUS_SKIPPED;
		snprintf(measurement->reason, REASON_BYTES, "%s", why);
		return 0;
	}
	error = measurer_run(conductor, measurement->cell, measurement->block, result, measurement->reason);
	if (error == -EINTR)
		return error;
	if (error) {
		cell_failed(conductor, measurement, error);
		return 0;
	}
	conductor->failures[measurement->cell] = 0;
	measurement->status = STATUS_OK;
	measurement->sample_count = result->reply.sample_count;
	measurement->samples = result->samples;
	measurement->cpusets = result->cpusets;
	measurement->cpus = result->cpus;
	measurement->resident_bytes = result->reply.resident_bytes;
	measurement->busy_ns = result->reply.busy_ns;
	measurement->latencies = result->latencies;
	measurement->latency_count = result->reply.latency_count;
	if (measurement->block == 0) { /* a picture of one block is enough */
		measurement->timeline = result->timeline;
		measurement->timeline_count = result->reply.timeline_count;
	}
	conductor->busy_ns += result->reply.busy_ns;
	return 0;
}

/* The cells of a block in their order: those of groups that are not settled. Returns their number. */
static unsigned block_order(const struct conductor *conductor, unsigned *order)
{
	const struct plan *plan = conductor->options->plan;
	unsigned kept = 0;

	plan_order(plan, conductor->options->seed, conductor->blocks, order);
	for (unsigned i = 0; i < plan->cell_count; i++)
		if (!conductor->settled[plan->cells[order[i]].group])
			order[kept++] = order[i];
	return kept;
}

static int measure_block(struct conductor *conductor, const struct conductor_events *events, const unsigned *order,
			 struct measurement *measurements, struct launch_result *results, unsigned count)
{
	int error = 0;

	for (unsigned position = 0; position < count && !error; position++) {
		measurements[position] = (struct measurement){
			.cell = order[position],
			.block = conductor->blocks,
			.position = position,
			.cpusets = "",
			.cpus = "",
		};
		events->cell(events->context, conductor, order[position], (int)conductor->blocks, position);
		error = measure_cell(conductor, &measurements[position], &results[position]);
	}
	return error;
}

/*
 * A block during which a declared rule was broken keeps its rows, marked, and is measured again. Where the first blocks
 * all break one, that is no disturbance but how this machine is, and to reject every block would be to measure nothing.
 */
static void judge_block(struct conductor *conductor, struct block *block, struct measurement *measurements)
{
	if (conductor->lenient || noise_judge(&block->before, &block->after, block->invalid) <= 0) {
		block->invalid[0] = '\0';
		return;
	}
	for (size_t i = 0; i < block->count; i++) {
		if (measurements[i].status != STATUS_OK)
			continue;
		measurements[i].status = STATUS_INVALID;
		memcpy(measurements[i].reason, block->invalid, REASON_BYTES);
	}
	conductor->invalid++;
	conductor->lenient = conductor->invalid == BLOCKS_UNTIL_LENIENT && conductor->blocks + 1 == conductor->invalid;
}

static int run_block(struct conductor *conductor, const struct conductor_events *events, unsigned *order)
{
	struct block block = {.number = conductor->blocks, .count = block_order(conductor, order)};
	struct measurement *measurements = calloc(block.count + 1, sizeof(*measurements));
	struct launch_result *results = calloc(block.count + 1, sizeof(*results));
	int error = measurements && results ? 0 : -ENOMEM;

	block.start_ns = clock_now_ns();
	noise_read(&block.before);
	if (!error)
		error = measure_block(conductor, events, order, measurements, results, (unsigned)block.count);
	noise_read(&block.after);
	block.wall_ns = clock_now_ns() - block.start_ns;
	if (!error) {
		block.measurements = measurements;
		judge_block(conductor, &block, measurements);
		conductor->blocks++;
		conductor->block_ns = block.wall_ns;
		error = events->block(events->context, conductor, &block);
	}
	for (size_t i = 0; i < block.count && results; i++)
		launch_free(&results[i]);
	free(results);
	free(measurements);
	return error;
}

static unsigned blocks_valid(const struct conductor *conductor)
{
	return conductor->blocks - conductor->invalid;
}

/* Is there time for one more block? The first one is always run: a run without any says nothing. */
static bool time_left(const struct conductor *conductor)
{
	uint64_t spent_ns = clock_now_ns() - conductor->begin_ns;

	return conductor->blocks == 0 || spent_ns + conductor->block_ns <= conductor->options->budget_ns;
}

/* To settle is to read all that was measured: after every block at first, later as often as it can matter. */
static bool time_to_settle(const struct conductor *conductor)
{
	unsigned blocks = blocks_valid(conductor), every = 1 + blocks / 20;

	return blocks >= conductor->options->min_blocks && blocks % every == 0;
}

/* Controls are measured to the end, but do not keep a run going. */
static bool all_settled(const struct conductor *conductor)
{
	const struct plan *plan = conductor->options->plan;
	unsigned settled = 0;

	for (unsigned i = 0; i < plan->cell_count; i++) {
		if (plan->cells[i].experiment->control)
			continue;
		if (!conductor->settled[plan->cells[i].group])
			return false;
		settled++;
	}
	return settled > 0;
}

static void settle(struct conductor *conductor, const struct conductor_events *events)
{
	const struct plan *plan = conductor->options->plan;

	events->settle(events->context, conductor->settled);
	for (unsigned i = 0; i < plan->cell_count; i++)
		if (plan->cells[i].experiment->control)
			conductor->settled[plan->cells[i].group] = false;
}

static int run_blocks(struct conductor *conductor, const struct conductor_events *events, unsigned *order)
{
	const struct conductor_options *options = conductor->options;

	while (time_left(conductor)) {
		int error;

		if (signals_soon())
			return -EINTR;
		error = run_block(conductor, events, order);
		if (error)
			return error;
		if (time_to_settle(conductor))
			settle(conductor, events);
		if ((options->max_blocks && blocks_valid(conductor) >= options->max_blocks) || all_settled(conductor)) {
			conductor->end = CONDUCTOR_ENOUGH;
			return 0;
		}
	}
	return 0;
}

int conductor_run(struct conductor *conductor, const struct conductor_options *options,
		  const struct conductor_events *events, char *reason)
{
	unsigned count = options->plan->cell_count;
	unsigned *order = calloc(count, sizeof(*order));
	int error;

	*conductor = (struct conductor){
		.options = options,
		.ops = calloc(count, sizeof(*conductor->ops)),
		.constants = calloc(count, sizeof(*conductor->constants)),
		.broken = calloc(count, sizeof(*conductor->broken)),
		.refused = calloc(count, sizeof(*conductor->refused)),
		.failures = calloc(count, sizeof(*conductor->failures)),
		.settled = calloc(options->plan->group_count, sizeof(*conductor->settled)),
		.begin_ns = clock_now_ns(),
		.end = CONDUCTOR_BUDGET_SPENT,
	};
	if (!order || !conductor->ops || !conductor->constants || !conductor->broken || !conductor->refused ||
	    !conductor->failures || !conductor->settled) {
		free(order);
		return reason_set(reason, -ENOMEM, "no memory for a plan of %u cells", count);
	}
	/* Workers of a measurer that died become children of this process, which ends and reaps them. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	error = calibrate(conductor, events);
	if (!error)
		error = run_blocks(conductor, events, order);
	free(order);
	if (error != -EINTR)
		return error;
	conductor->end = CONDUCTOR_INTERRUPTED;
	return 0;
}

void conductor_exit(struct conductor *conductor)
{
	free(conductor->ops);
	free(conductor->constants);
	free(conductor->broken);
	free(conductor->refused);
	free(conductor->failures);
	free(conductor->settled);
}
