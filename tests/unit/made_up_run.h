/* SPDX-License-Identifier: MIT */
/* A run that never took place, built by hand: a plan, its measurements and its folder, for the tests of src/output. */
#ifndef TVP_TESTS_MADE_UP_RUN_H
#define TVP_TESTS_MADE_UP_RUN_H

#include <dirent.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/output.h"

enum {
	MADE_UP_THREAD,
	MADE_UP_FORK,
	MADE_UP_SPAWN,
	MADE_UP_SERIAL_1,
	MADE_UP_THREAD_2,
	MADE_UP_FORK_2,
	MADE_UP_CONTROL_A,
	MADE_UP_CONTROL_B,
	MADE_UP_CELLS,
	MADE_UP_CELLS_MAX = 64, /* of another plan */
	MADE_UP_BATCHES = 3
};

static double made_up_reaped(const struct sample *sample)
{
	return (double)sample->phase_ns[PHASE_REAPED] / (double)sample->ops;
}

static double made_up_called(const struct sample *sample)
{
	return (double)sample->phase_ns[PHASE_CALLED] / (double)sample->ops;
}

static double made_up_rate(const struct sample *sample)
{
	return (double)sample->ops * 1e9 / (double)sample->wall_ns;
}

static const struct figure made_up_times[] = {
	{"reaped", "ns", BETTER_LOWER, "until the end is known", made_up_reaped},
	{"called", "ns", BETTER_LOWER, "until the call has returned", made_up_called},
	{0},
};
static const struct figure made_up_rates[] = {
	{"throughput", "1/s", BETTER_HIGHER, "operations per second", made_up_rate},
	{0},
};
static const struct experiment made_up_create = {
	.name = "create",
	.question = "What does a worker cost?",
	.summary = "one operation is one worker",
	.fairness = "the same worker",
	.figures = made_up_times,
};
static const struct experiment made_up_scaling = {
	.name = "scaling",
	.question = "How much faster with more workers?",
	.summary = "one operation is one turn",
	.fairness = "the same turn",
	.figures = made_up_rates,
};
static const struct experiment made_up_control = {
	.name = "control",
	.question = "Is there a difference where there is none?",
	.summary = "the same twice",
	.fairness = "the same",
	.figures = made_up_times,
	.control = true,
};
static const struct workload made_up_workload = {.name = "spin"};
static const struct executor made_up_executors[] = {
	{.name = "serial"}, {.name = "thread"}, {.name = "fork"}, {.name = "spawn"}};

#define MADE_UP_CELL(e, x, n, w, g, title, group_title, b, r)                                                          \
	{                                                                                                              \
		.experiment = &made_up_##e, .workload = &made_up_workload, .executor = &made_up_executors[x],          \
		.workers = w, .placement = "none", .replicate = n, .group = g, .name = (char[]){title},                \
		.group_name = (char[]){group_title}, .params = (char[]){"work=7"}, .cpusets = (char[]){""},            \
		.baseline = b, .reference = r                                                                          \
	}

/* The strings are literals: plan_exit is not for this plan. */
static struct cell made_up_cells[MADE_UP_CELLS] = {
	MADE_UP_CELL(create, 1, 0, 1, 0, "create/spin/thread/1/none", "create/spin/none", -1, -1),
	MADE_UP_CELL(create, 2, 0, 1, 0, "create/spin/fork/1/none", "create/spin/none", 0, -1),
	MADE_UP_CELL(create, 3, 0, 1, 0, "create/spin/spawn/1/none", "create/spin/none", 0, -1),
	MADE_UP_CELL(scaling, 0, 0, 1, 1, "scaling/spin/serial/1/none", "scaling/spin/none", -1, -1),
	MADE_UP_CELL(scaling, 1, 0, 2, 1, "scaling/spin/thread/2/none", "scaling/spin/none", -1, 3),
	MADE_UP_CELL(scaling, 2, 0, 2, 1, "scaling/spin/fork/2/none", "scaling/spin/none", 4, 3),
	MADE_UP_CELL(control, 1, 0, 1, 2, "control/spin/thread/1/none#a", "control/spin/none", -1, -1),
	MADE_UP_CELL(control, 1, 1, 1, 2, "control/spin/thread/1/none#b", "control/spin/none", 6, -1),
};
static const struct plan made_up_plan = {.cells = made_up_cells, .cell_count = MADE_UP_CELLS, .group_count = 3};

/* What each cell gives in a block: ns, or ns per operation of a rate; 0: it fails. */
typedef uint64_t made_up_value(unsigned cell, unsigned block);

static inline uint64_t made_up_usual(unsigned cell, unsigned block)
{
	uint64_t wobble = 10 * (uint64_t)block, other = block % 2 ? 3 : 0;

	switch (cell) {
	case MADE_UP_THREAD:
		return 10000 + wobble;
	case MADE_UP_FORK:
		return 80000 + 8 * wobble + 8 * other;
	case MADE_UP_SPAWN:
		return 0;
	case MADE_UP_SERIAL_1:
		return 2000 + wobble;
	case MADE_UP_THREAD_2:
	case MADE_UP_FORK_2:
		return 1000 + wobble / 2;
	case MADE_UP_CONTROL_A:
		return 50000 + (block % 2 ? 200 : 0);
	default:
		return 50000 + (block % 2 ? 0 : 200);
	}
}

struct made_up_run {
	char parent[64];
	char path[96];
	struct run_folder folder;
	struct run_record record;
	struct fact facts[3];
	struct facts environment;
	char reason[REASON_BYTES];
};

/* The record of a run without a folder. */
static inline void made_up_record(struct made_up_run *run)
{
	*run = (struct made_up_run){.folder.samples_fd = -1};
	run->facts[0] = (struct fact){"cpus_online", FACT_NUMBER, (char *)"2"};
	run->facts[1] = (struct fact){"cpu_model", FACT_TEXT, (char *)"Example, \"fast\" CPU"};
	run->facts[2] = (struct fact){"smt_active", FACT_BOOL, (char *)""};
	run->environment = (struct facts){run->facts, 3};
	run->record = (struct run_record){
		.run_id = "20260102T030405Z-abcdef0",
		.machine_id = "x86_64-example-2c-0a1b2c",
		.status = "running",
		.started = "2026-01-02T03:04:05Z",
		.wall_seconds = 10,
		.environment = &run->environment,
		.noise_before = &run->environment,
		.plan = &made_up_plan,
		.busy_ns = 5000000000,
		.precision_target = 0.02,
		.margin = 0.02,
		.gbench_context_ms = 1.5,
	};
}

/* Makes the folder; 0 or the error with run->reason. */
static inline int made_up_begin(struct made_up_run *run)
{
	made_up_record(run);
	snprintf(run->parent, sizeof(run->parent), "/tmp/tvp-test-XXXXXX");
	if (!mkdtemp(run->parent))
		return -1;
	snprintf(run->path, sizeof(run->path), "%s/run", run->parent);
	return run_folder_create(&run->folder, run->path, run->record.machine_id, run->record.run_id, run->reason);
}

/* Appends one block of the record's plan and saves run.json. */
static inline int made_up_block(struct made_up_run *run, made_up_value *value)
{
	static struct sample samples[MADE_UP_CELLS_MAX][MADE_UP_BATCHES];
	static struct measurement measurements[MADE_UP_CELLS_MAX];
	unsigned block = run->folder.blocks, cells = run->record.plan->cell_count;
	int error;

	for (unsigned i = 0; i < cells; i++) {
		bool outside = run->record.plan->cells[i].executor->sharing == SHARING_OUTSIDE;
		uint64_t ns = value(i, block);

		measurements[i] = (struct measurement){.cell = i,
						       .block = block,
						       .position = cells - 1 - i,
						       .cpusets = "",
						       .cpus = "0;1",
						       .samples = samples[i]};
		if (!ns) {
			measurements[i].status = STATUS_FAILED;
			snprintf(measurements[i].reason, REASON_BYTES, "spawn: \"no, thanks\"");
			continue;
		}
		measurements[i].sample_count = MADE_UP_BATCHES;
		for (unsigned batch = 0; batch < MADE_UP_BATCHES; batch++) {
			uint64_t one = ns + 5 * (uint64_t)batch - 5;

			samples[i][batch] = (struct sample){.start_ns = 1000000 + block,
							    .ops = 10,
							    .wall_ns = 10 * one,
							    .usage_unknown = outside,
							    .usage.user_ns = 4 * one,
							    .usage.sys_ns = 2 * one,
							    .phase_ns[PHASE_REAPED] = 10 * one,
							    .phase_ns[PHASE_CALLED] = 5 * one};
		}
	}
	error = run_folder_append(&run->folder, &run->record, measurements, cells, run->reason);
	return error ? error : run_folder_save(&run->folder, &run->record, run->reason);
}

/* A whole run of so many blocks, complete. */
static inline int made_up_complete(struct made_up_run *run, unsigned blocks, made_up_value *value)
{
	int error = made_up_begin(run);

	while (!error && blocks--)
		error = made_up_block(run, value);
	run->record.status = "complete";
	return error ? error : run_folder_save(&run->folder, &run->record, run->reason);
}

static inline void made_up_end(struct made_up_run *run)
{
	DIR *folder = opendir(run->path);

	for (struct dirent *entry; folder && (entry = readdir(folder));)
		unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	rmdir(run->path);
	rmdir(run->parent);
	run_folder_exit(&run->folder);
}

/* The text of a file in the folder, and its size; the caller's to free. NULL if there is none. */
static inline char *made_up_read(const struct made_up_run *run, const char *name, size_t *bytes)
{
	char path[160], *text = NULL;
	size_t room = 0;
	FILE *file;
	ssize_t got;

	snprintf(path, sizeof(path), "%s/%s", run->path, name);
	file = fopen(path, "r");
	if (!file)
		return NULL;
	got = getdelim(&text, &room, EOF, file);
	*bytes = got < 0 ? 0 : (size_t)got;
	fclose(file);
	return text;
}

/* Puts `bytes` of text in the place of a file. */
static inline void made_up_write(const struct made_up_run *run, const char *name, const char *text, size_t bytes)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", run->path, name);
	file = fopen(path, "w");
	if (file) {
		fwrite(text, 1, bytes, file);
		fclose(file);
	}
}

#endif
