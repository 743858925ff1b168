/* SPDX-License-Identifier: MIT */
/*
 * What the conductor asks of a measurer and what it gets back: plain structs through inherited descriptors, as both
 * are built together.
 */
#ifndef TVP_MEASURE_REQUEST_H
#define TVP_MEASURE_REQUEST_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/experiment.h"
#include "core/sample.h"
#include "core/workload.h"

enum { MEASURE_REQUEST_FD = 3, MEASURE_REPLY_FD = 4 };

struct measure_request {
	uint32_t size_bytes; /* of this struct: refuses a measurer of another build */
	uint32_t shape;      /* enum shape */
	char workload[WORKLOAD_NAME_BYTES];
	char executor[WORKLOAD_NAME_BYTES];
	uint32_t workers;
	uint32_t warmups;
	uint32_t batches;
	uint32_t plain_loop;   /* 1: do without Google Benchmark, whose start-up costs too much here */
	uint32_t timeline;     /* 1: record the last batch task by task */
	uint32_t memory;       /* 1: look at what the workers take */
	uint32_t block;        /* 0 …: of the run */
	uint32_t bare;         /* 1: measure a bare futex round trip beside every batch */
	uint32_t probe_gbench; /* 1: tell how long a Google Benchmark context takes, which may be a second */
	uint64_t ops;          /* per batch; 0: find out how many make batch_ns, and measure nothing */
	uint64_t batch_ns;
	uint64_t constant;                            /* of the workload; 0: find it out */
	uint64_t parameters[WORKLOAD_PARAMETERS_MAX]; /* of the workload */
	uint64_t settings[SETTINGS_MAX];              /* of the experiment */
	pid_t conductor;
	char directory[JOB_DIRECTORY_BYTES];
	char worker_path[PATH_MAX];
	uint32_t cpusets_bytes; /* of the text behind this struct, with its NUL */
};

struct cell;

/* Fills in what follows from the cell; the rest (batches, ops, conductor, …) is 0, for the caller to say. */
void request_init(struct measure_request *request, const struct cell *cell, const char *directory,
		  const char *worker_path);

/* Followed by sample_count samples, timeline_count events, latency_count bins, then two texts with their NULs. */
struct measure_reply {
	int32_t error; /* negative errno */
	char reason[REASON_BYTES];
	uint64_t ops;
	uint64_t constant;
	uint64_t resident_bytes;    /* before the team was built */
	uint64_t busy_ns;           /* in warm-up and timed regions */
	uint64_t gbench_context_ns; /* if it was to be probed */
	uint32_t sample_count;
	uint32_t timeline_count;
	uint32_t latency_count;
	uint32_t cpusets_bytes;
	uint32_t cpus_bytes;
};

#endif
