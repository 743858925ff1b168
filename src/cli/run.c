/* SPDX-License-Identifier: MIT */
/* `tvp run`: plan, measure block by block, save, and say what was found. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/dry_run.h"
#include "cli/run_state.h"
#include "cli/version.h"
#include "core/clock.h"
#include "measure/signals.h"
#include "output/summary.h"

static int run_plan(struct run *run)
{
	struct schedule_cells cells;
	int error = machine_open(&run->machine, run->reason);

	if (error)
		return cli_error(TVP_FAILED, "run", "%s", run->reason);
	error = plan_init(&run->plan, &run->options.request, run->machine, run->reason);
	if (error)
		return cli_error(error == -EINVAL ? TVP_USAGE : TVP_FAILED, "run", "%s", run->reason);
	cells = schedule_cells_of(&run->plan);
	schedule_make(&run->schedule, &cells, run->options.budget_ns);
	return TVP_OK;
}

/* Where nothing of what was asked for can run here, there would be nothing but controls to measure. */
static int run_check_plan(const struct run *run)
{
	const struct cell *skipped = NULL;
	unsigned others = 0;

	for (unsigned i = 0; i < run->plan.cell_count; i++) {
		const struct cell *cell = &run->plan.cells[i];

		if (cell->experiment->control)
			continue;
		if (!cell->skip)
			return TVP_OK;
		others += skipped != NULL;
		skipped = skipped ? skipped : cell;
	}
	if (!skipped)
		return TVP_OK;
	return cli_error(TVP_FAILED, "run", "nothing of what is selected can run here: %s%s: %s", skipped->name,
			 others ? " and others" : "", skipped->skip);
}

static void run_name(struct run *run)
{
	time_t now = time(NULL);
	struct tm utc;
	size_t used;

	gmtime_r(&now, &utc);
	strftime(run->started, sizeof(run->started), "%Y-%m-%dT%H:%M:%SZ", &utc);
	used = strftime(run->run_id, sizeof(run->run_id), "%Y%m%dT%H%M%SZ", &utc);
	snprintf(run->run_id + used, sizeof(run->run_id) - used, "-%s", version_git7());
}

/* Runs that begin within one second are told apart by a number behind their id. */
static int run_make_folder(struct run *run)
{
	size_t length = strlen(run->run_id);
	int error = -EEXIST;

	for (int number = 1; number <= 9 && error == -EEXIST; number++) {
		if (number > 1)
			snprintf(run->run_id + length, sizeof(run->run_id) - length, "-%d", number);
		error = run_folder_create(&run->folder, run->options.out, run->machine_id, run->run_id, run->reason);
		if (run->options.out)
			break;
	}
	return error;
}

static int run_open_folder(struct run *run)
{
	char topology[PATH_MAX];
	int error = run_make_folder(run);

	if (error)
		return error;
	snprintf(topology, sizeof(topology), "%s/topology.xml", run->folder.path);
	error = machine_export_topology(run->machine, topology, run->reason);
	return error ? error : run_folder_save(&run->folder, &run->record, run->reason);
}

/* From what the blocks have taken so far; before that, from the schedule. */
static unsigned blocks_expected(const struct run *run, const struct conductor *conductor, uint64_t spent_ns)
{
	uint64_t left_ns = run->options.budget_ns > spent_ns ? run->options.budget_ns - spent_ns : 0;
	unsigned expected = run->schedule.blocks;

	if (conductor->block_ns)
		expected = conductor->blocks + (unsigned)(left_ns / conductor->block_ns);
	return expected > conductor->blocks ? expected : conductor->blocks + 1;
}

static void on_cell(void *context, const struct conductor *conductor, unsigned cell, int block, unsigned position)
{
	struct run *run = context;
	uint64_t spent_ns = clock_now_ns() - conductor->begin_ns;
	double share = (double)spent_ns / (double)run->options.budget_ns;
	char text[256];

	if (block < 0)
		snprintf(text, sizeof(text), "calibrating · %s", run->plan.cells[cell].name);
	else
		snprintf(text, sizeof(text), "block %d of about %u · %s", block + 1,
			 blocks_expected(run, conductor, spent_ns), run->plan.cells[cell].name);
	progress_update(&run->progress, share < 1 ? share : 1, text);
}

static int on_block(void *context, const struct conductor *conductor, const struct block *block)
{
	struct run *run = context;
	const struct block_row row = {block->number,  block->start_ns, block->wall_ns,
				      &block->before, &block->after,   block->invalid};
	int error = run_folder_append(&run->folder, &run->record, block->measurements, block->count, run->reason);

	if (error)
		return error;
	run_record_update(run, conductor);
	error = run_folder_append_block(&run->folder, &run->record, &row, run->reason);
	if (!error)
		error = run_folder_append_timeline(&run->folder, &run->record, block->measurements, block->count,
						   run->reason);
	if (!error)
		error = run_folder_append_latencies(&run->folder, &run->record, block->measurements, block->count,
						    run->reason);
	return error ? error : run_folder_save(&run->folder, &run->record, run->reason);
}

/* Is all that a row is there to tell known precisely: its ratio and its speed-up, or its median if it has neither? */
static bool row_is_precise(const struct summary_row *row, double precision)
{
	if (*row->baseline && !(stats_half_width(&row->ratio) <= precision))
		return false;
	if (*row->reference && !(stats_half_width(&row->speedup) <= precision))
		return false;
	return *row->baseline || *row->reference || stats_half_width(&row->median) <= precision;
}

/* A group is settled when every interval that it was measured for is narrow enough; failed cells have none. */
static void on_settle(void *context, bool *settled)
{
	struct run *run = context;
	struct summary summary;

	if (summary_load(&summary, run->folder.path, run->reason) != 0)
		return;
	for (unsigned group = 0; group < run->plan.group_count; group++)
		settled[group] = true;
	for (size_t i = 0; i < summary.row_count; i++) {
		const struct summary_row *row = &summary.rows[i];

		if (row->headline && row->blocks && !row_is_precise(row, run->options.precision))
			settled[row->group_index] = false;
	}
	summary_exit(&summary);
}

/* results/latest leads to the newest complete run, for `make plots`; where links cannot be made there is none. */
static void run_link_latest(const struct run *run)
{
	const char *relative = run->folder.path + strlen("results/");

	if (run->options.out || run->conductor.end == CONDUCTOR_INTERRUPTED)
		return;
	unlink("results/latest.new");
	if (symlink(relative, "results/latest.new") == 0 && rename("results/latest.new", "results/latest") < 0)
		unlink("results/latest.new");
}

/* After the last block: what the run says goes into its folder and to the user. */
static int run_finish(struct run *run)
{
	struct summary summary;
	int error;

	machine_noise(&run->noise_after);
	run->record.noise_after = &run->noise_after;
	run->record.status = run->conductor.end == CONDUCTOR_INTERRUPTED ? "interrupted" : "complete";
	run_record_update(run, &run->conductor);
	run_warn_afterwards(run);
	error = run_folder_save(&run->folder, &run->record, run->reason);
	if (!error && run->folder.blocks == 0)
		return cli_error(TVP_INTERRUPTED, "run",
				 "interrupted before the first block was whole; nothing was measured");
	if (!error)
		error = summary_load(&summary, run->folder.path, run->reason);
	if (error)
		return error;
	run->record.summary = &summary;
	error = run_folder_save(&run->folder, &run->record, run->reason);
	if (!error)
		error = summary_write_csv(&summary, run->folder.path, run->reason);
	if (!error)
		error = crossings_write_csv(&summary, run->folder.path, run->reason);
	if (!error)
		error = fits_write_csv(&summary, run->folder.path, run->reason);
	if (!error)
		error = gbench_json_write(run->folder.path, run->reason);
	if (!error) {
		run_link_latest(run);
		error = run->options.json ? summary_print_json(&summary, stdout) : summary_print(&summary, stdout);
		fprintf(stderr, "Saved in %s\n", run->folder.path);
	}
	summary_exit(&summary);
	run->record.summary = NULL;
	return error;
}

static int run_measure(struct run *run)
{
	const struct conductor_events events = {run, on_cell, on_block, on_settle};
	int error;

	signals_catch();
	progress_init(&run->progress, stderr);
	error = conductor_run(&run->conductor, &run->conducting, &events, run->reason);
	progress_clear(&run->progress);
	if (!error)
		error = run_finish(run);
	if (error < 0) {
		run->record.status = "failed";
		run_record_update(run, &run->conductor);
		cli_error(TVP_FAILED, "run", "%s", run->reason);
		/* where even this cannot be written, the file still says "running" and how many blocks are whole */
		if (run_folder_save(&run->folder, &run->record, run->reason) == 0 && run->folder.blocks)
			fprintf(stderr, "The %u whole blocks before are in %s\n", run->folder.blocks, run->folder.path);
		return TVP_FAILED;
	}
	return error ? error : run->conductor.end == CONDUCTOR_INTERRUPTED ? TVP_INTERRUPTED : TVP_OK;
}

static int run_prepared(struct run *run)
{
	int status = TVP_FAILED;

	run_name(run);
	run->machine_id = run->options.machine_name ? strdup(run->options.machine_name) : machine_id(run->machine);
	if (!run->machine_id || machine_environment(run->machine, &run->environment) ||
	    machine_noise(&run->noise_before))
		return cli_error(TVP_FAILED, "run", "out of memory");
	run_record_begin(run);
	run_warn_beforehand(run);
	if (run_open_folder(run) != 0) {
		cli_error(TVP_FAILED, "run", "%s", run->reason);
	} else {
		fprintf(stderr, "Measuring %u cells for %.0f s on %u usable CPUs (%u cores); results go to %s\n",
			run->plan.cell_count, (double)run->options.budget_ns / NS_PER_S, machine_cpus(run->machine),
			machine_cores(run->machine), run->folder.path);
		status = run_measure(run);
		conductor_exit(&run->conductor);
		run_folder_exit(&run->folder);
	}
	run_record_end(run);
	facts_exit(&run->environment);
	facts_exit(&run->noise_before);
	facts_exit(&run->noise_after);
	free(run->machine_id);
	return status;
}

int command_run(int argc, char **argv)
{
	struct run run = {0};
	int status;

	run_options_read(&run.options, argc, argv);
	status = run_plan(&run);
	if (status == TVP_OK && run.options.dry_run)
		dry_run_print(stdout, &run.plan, &run.schedule, run.options.budget_ns);
	if (status == TVP_OK)
		status = run_check_plan(&run);
	if (status == TVP_OK && !run.options.dry_run) {
		if (paths_find(&run.paths, run.reason) != 0 || temporary_create(run.temporary, run.reason) != 0) {
			status = cli_error(TVP_FAILED, "run", "%s", run.reason);
		} else {
			status = run_prepared(&run);
			temporary_remove(run.temporary);
		}
	}
	plan_exit(&run.plan);
	if (run.machine)
		machine_close(run.machine);
	run_options_exit(&run.options);
	return status;
}
