/* SPDX-License-Identifier: MIT */
/* What `tvp run` writes down of itself: options, warnings, and how far it has got. */
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "cli/run_state.h"
#include "cli/version.h"
#include "core/clock.h"
#include "machine/rules.h"

static json_t *options_json(const struct run *run)
{
	const struct run_options *options = &run->options;
	char seed[32];

	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)options->seed);
	return json_pack("{s:f, s:f, s:f, s:i, s:i, s:s, s:f, s:f, s:i, s:i, s:b}", "budget_seconds",
			 (double)options->budget_ns / NS_PER_S, "precision", options->precision, "margin",
			 options->margin, "min_blocks", (int)options->min_blocks, "max_blocks",
			 (int)options->max_blocks, "seed", seed, "time_limit_seconds",
			 (double)options->limit_ns / NS_PER_S, "batch_seconds",
			 (double)run->schedule.batch_ns / NS_PER_S, "warmup_batches", (int)run->schedule.warmups,
			 "batches", (int)run->schedule.batches, "quick", (int)options->quick);
}

void run_record_begin(struct run *run)
{
	struct noise_reading now;

	noise_read(&now);
	run->record = (struct run_record){
		.run_id = run->run_id,
		.machine_id = run->machine_id,
		.status = "running",
		.started = run->started,
		.tool = version_json(),
		.options = options_json(run),
		.warnings = json_array(),
		.environment = &run->environment,
		.noise_before = &run->noise_before,
		.plan = &run->plan,
		.gbench_loop = true,
		.rules_unchecked = noise_unchecked(&now, &now),
		.precision_target = run->options.precision,
		.margin = run->options.margin,
	};
	run->conducting = (struct conductor_options){
		.plan = &run->plan,
		.schedule = &run->schedule,
		.budget_ns = run->options.budget_ns,
		.limit_ns = run->options.limit_ns,
		.seed = run->options.seed,
		.min_blocks = run->options.min_blocks,
		.max_blocks = run->options.max_blocks,
		.directory = run->temporary,
		.worker_path = run->paths.worker,
		.measurer_path = run->paths.measurer,
	};
}

void run_record_end(struct run *run)
{
	json_decref(run->record.tool);
	json_decref(run->record.options);
	json_decref(run->record.warnings);
}

void run_record_update(struct run *run, const struct conductor *conductor)
{
	run->record.ops = conductor->ops;
	run->record.constants = conductor->constants;
	run->record.busy_ns = conductor->busy_ns;
	run->record.resident_bytes_max = conductor->resident_bytes_max;
	run->record.gbench_context_ms = (double)conductor->gbench_context_ns / NS_PER_MS;
	run->record.gbench_loop = !conductor->plain_loop;
	run->record.blocks_invalid = conductor->invalid;
	run->record.wall_seconds = (double)(clock_now_ns() - conductor->begin_ns) / NS_PER_S;
}

__attribute__((format(printf, 2, 3))) static void run_warn(struct run *run, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fprintf(stderr, "tvp run: %s\n", text);
	json_array_append_new(run->record.warnings, json_string(text));
}

void run_warn_beforehand(struct run *run)
{
	unsigned usable = machine_cpus(run->machine), online = machine_online(run->machine);
	double enough_s = 13.0 * (double)run->schedule.block_ns / NS_PER_S;

	if (usable < online)
		run_warn(run, "%u of %u CPUs %s usable (CPU affinity or cgroup), and only %s was measured on", usable,
			 online, usable == 1 ? "was" : "were", usable == 1 ? "that one" : "those");
	else if (usable == 1)
		run_warn(run, "one CPU was usable: no workload can get faster here by computing in parallel");
	if (run->schedule.blocks < run->options.min_blocks && !run->options.max_blocks)
		run_warn(run,
			 "%u cells fit only about %u times into the budget, and a verdict takes %u blocks: "
			 "--budget %.0fs would do, or fewer experiments",
			 run->plan.cell_count, run->schedule.blocks, run->options.min_blocks, ceil(enough_s));
}

void run_warn_afterwards(struct run *run)
{
	const struct conductor *conductor = &run->conductor;

	if (conductor->plain_loop)
		run_warn(run,
			 "Google Benchmark needs %.1f s in every process here to find the clock rate; the timed loop "
			 "did "
			 "without it",
			 run->record.gbench_context_ms / 1000);
	if (conductor->lenient)
		run_warn(run,
			 "each of the first %u blocks was disturbed by a declared cause (see blocks.csv): that is how "
			 "this "
			 "machine is, so the blocks after them count all the same",
			 conductor->invalid);
	else if (conductor->invalid)
		run_warn(run, "%u of %u blocks were disturbed by a declared cause (see blocks.csv) and do not count",
			 conductor->invalid, conductor->blocks);
}
