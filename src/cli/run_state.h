/* SPDX-License-Identifier: MIT */
/* All that `tvp run` holds while it goes on, and what it writes down of itself. */
#ifndef TVP_CLI_RUN_STATE_H
#define TVP_CLI_RUN_STATE_H

#include "cli/paths.h"
#include "cli/run_options.h"
#include "core/workload.h"
#include "measure/conductor.h"
#include "output/output.h"
#include "output/progress.h"

struct run {
	struct run_options options;
	struct machine *machine;
	char *machine_id;
	struct plan plan;
	struct schedule schedule;
	struct program_paths paths;
	char temporary[PATH_MAX];
	char run_id[64];
	char started[32];
	struct facts environment, noise_before, noise_after;
	struct conductor_options conducting;
	struct conductor conductor;
	struct run_record record;
	struct run_folder folder;
	struct progress progress;
	char reason[REASON_BYTES];
};

/* Fills in the record and the conductor's options from what is known before the run. */
void run_record_begin(struct run *run);
void run_record_end(struct run *run);

/* Brings the record up to date with the conductor. */
void run_record_update(struct run *run, const struct conductor *conductor);

/* Tell the user, and run.json, what the reader of the figures has to know: of this machine and plan beforehand, of the
 * blocks and of Google Benchmark afterwards. */
void run_warn_beforehand(struct run *run);
void run_warn_afterwards(struct run *run);

#endif
