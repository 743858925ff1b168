/* SPDX-License-Identifier: MIT */
/* The folder of a run: what is written while it goes on, and read again afterwards. results/README.md has the schema. */
#ifndef TVP_OUTPUT_OUTPUT_H
#define TVP_OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/sample.h"
#include "machine/machine.h"
#include "machine/noise.h"
#include "plan/plan.h"

struct json_t;
struct summary;

/* What run.json says beside the plan; filled in by the command as the run goes on. Strings are borrowed. */
struct run_record {
	const char *run_id; /* <UTC>-<git7> */
	const char *machine_id;
	const char *status;  /* "running", "complete", "interrupted", "failed" */
	const char *started; /* ISO 8601 UTC */
	double wall_seconds; /* so far */
	struct json_t *tool; /* borrowed objects, as they go into run.json */
	struct json_t *options;
	struct json_t *warnings; /* array of text */
	const struct facts *environment;
	const struct facts *noise_before;
	const struct facts *noise_after; /* NULL until the end */
	const struct plan *plan;
	const uint64_t *ops;       /* per cell: calibrated operations of a batch; 0: not calibrated */
	const uint64_t *constants; /* per cell: what its workload's calibration found; 0: nothing */
	uint64_t busy_ns;          /* all measurers' warm-up and timed regions */
	uint64_t resident_bytes_max;
	double gbench_context_ms; /* what one Google Benchmark context costs a process here */
	bool gbench_loop;         /* does Google Benchmark drive the timed loop? */
	unsigned blocks_invalid;  /* of the folder's blocks, those that do not count */
	unsigned rules_unchecked; /* bit i: noise_rules[i] cannot be checked on this machine */
	double precision_target;
	double margin;                 /* of the verdicts, before the A/A floor; run.json has it in its options */
	const struct summary *summary; /* for the A/A pair and the attained precision; NULL until it is known */
};

struct run_folder {
	char *path;
	int samples_fd;
	uint64_t samples_bytes; /* of the whole blocks written */
	unsigned blocks;
};

/* Makes the folder (and results/<machine-id>/ above it) and the header row of samples.csv.
 * out: the folder itself, or NULL for results/<machine-id>/<run-id>/ below the working directory.
 * 0, or a negative errno with a reason that says what to do; -EEXIST if it is there already. */
int run_folder_create(struct run_folder *folder, const char *out, const char *machine_id, const char *run_id,
		      char *reason);
void run_folder_exit(struct run_folder *folder);

/* What surrounded a block: a row of blocks.csv. */
struct block_row {
	unsigned block;
	uint64_t start_ns, wall_ns;
	const struct noise_reading *before, *after;
	const char *invalid; /* why it does not count, or "" */
};

/* Appends to blocks.csv, which is made with the first row. 0 or a negative errno with a reason. */
int run_folder_append_block(const struct run_folder *folder, const struct run_record *record,
			    const struct block_row *row, char *reason);

/* Appends what these measurements' timelines have to timeline.csv, which is made when there is something to write. 0 or
 * a negative errno with a reason. */
int run_folder_append_timeline(const struct run_folder *folder, const struct run_record *record,
			       const struct measurement *measurements, size_t count, char *reason);

/* The same of their latencies, to latency.csv. */
int run_folder_append_latencies(const struct run_folder *folder, const struct run_record *record,
				const struct measurement *measurements, size_t count, char *reason);

/* Appends one whole block to samples.csv; on an error the file is cut back to the last whole block. */
int run_folder_append(struct run_folder *folder, const struct run_record *record,
		      const struct measurement *measurements, size_t count, char *reason);

/* Replaces run.json as one step (temporary file, rename). */
int run_folder_save(struct run_folder *folder, const struct run_record *record, char *reason);

/* Writes gbench.json into a run's folder from its samples.csv, in the format of Google Benchmark's own JSON. */
int gbench_json_write(const char *path, char *reason);

#endif
