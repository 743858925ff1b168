/* SPDX-License-Identifier: MIT */
/* A sample: one timed batch of a cell. Plain data, preallocated, handed from measurer to conductor as it is. */
#ifndef TVP_CORE_SAMPLE_H
#define TVP_CORE_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/usage.h"
#include "core/workload.h"

struct latency_bin;

/* Points in a worker's life, in ns after its creation was asked for; summed over the batch. */
enum phase {
	PHASE_CALLED,  /* the creating call had returned */
	PHASE_STARTED, /* the worker ran its first instruction */
	PHASE_DONE,    /* its work was done */
	PHASE_REAPED,  /* its creator knew its end */
	PHASE_COUNT
};

enum latency_quantile { LATENCY_P50, LATENCY_P90, LATENCY_P99, LATENCY_P999, LATENCY_QUANTILES };

struct sample {
	_Alignas(64) uint64_t start_ns; /* CLOCK_MONOTONIC */
	uint64_t wall_ns;               /* of the whole batch */
	uint64_t ops;                   /* operations in it */
	struct usage usage;             /* of the workers (and of creating them, where that is what is timed) */
	uint64_t workers;               /* shapes `loop` and `farm` */
	uint64_t units;                 /* of all operations: see workload.operation_units; shape `loop` only */
	double worker_bytes;            /* of memory that each worker takes; NaN: not known; shape `loop` only */
	/* Shape `open` only: from when operations were to start until they were done; NaN: too few to tell. */
	double latency_ns[LATENCY_QUANTILES];
	/* Shape `create` only: */
	uint64_t phase_ns[PHASE_COUNT];
	bool only_reaped;        /* of the phases only the last is known: a program of others created the workers */
	uint64_t creator_faults; /* minor ones of the creating thread */
	double worker_faults;    /* and of the workers; NaN: not known */
	uint64_t seen_ns;        /* until a creator who waits for that has seen that the work is done, in … */
	uint64_t seen_ops;       /* … so many operations of their own, for they would change the others */
	uint64_t written_ns;     /* that it took to write a byte into each of … */
	uint64_t written_pages;  /* … so many pages */
	bool usage_unknown;      /* usage says nothing: the workers outlive the batch in processes of their own */
	/* Shape `farm` only: */
	uint64_t calls; /* in which the batch was handed in */
	double bare_ns; /* a bare futex round trip; 0 where none was asked for */
	/* With a timeline only: */
	uint64_t busy_ns;       /* spent in tasks, summed over the workers */
	uint64_t busy_least_ns; /* by the worker that was idle most */
	uint64_t ideal_ns;      /* what the batch would take if the same task times were shared out perfectly */
};

/* What a worker did at a time: tasks first … first + count - 1. Times are from the batch's start. */
struct timeline_event {
	uint64_t begin_ns, end_ns, first, count;
	uint32_t worker;
};

/* Figures that several experiments report. */
static inline double sample_ns_per_operation(const struct sample *sample)
{
	return (double)sample->wall_ns / (double)sample->ops;
}

static inline double sample_operations_per_second(const struct sample *sample)
{
	return (double)sample->ops * 1e9 / (double)sample->wall_ns;
}

/* Of the workers. */
static inline double sample_cpu_ns_per_operation(const struct sample *sample)
{
	return (double)(sample->usage.user_ns + sample->usage.sys_ns) / (double)sample->ops;
}

static inline double sample_switches_per_operation(const struct sample *sample)
{
	return (double)(sample->usage.voluntary_switches + sample->usage.involuntary_switches) / (double)sample->ops;
}

enum status {
	STATUS_OK,
	STATUS_FAILED,  /* it was tried: crash, time limit, wrong result, refusal by the kernel */
	STATUS_SKIPPED, /* it was not tried: this machine has no such thing */
	STATUS_INVALID  /* it was measured, but an external cause declared beforehand spoils it */
};

/* "ok", "failed", "skipped", "invalid" */
const char *status_name(enum status status);

/* All that came back for one cell in one block. */
struct measurement {
	unsigned cell;     /* index in the plan */
	unsigned block;    /* 0 … */
	unsigned position; /* 0 …: when in the block it was run */
	enum status status;
	char reason[REASON_BYTES];    /* "" when ok */
	unsigned sample_count;        /* batches; 0 unless ok or invalid */
	const struct sample *samples; /* the conductor's, valid until the block's end */
	const char *cpusets;          /* what each worker was bound to, "0;1"; one list if all are the same; or "" */
	const char *cpus;             /* where each worker was last seen, "0;1"; or "" */
	uint64_t resident_bytes;      /* of the measurer before it built a team */
	uint64_t busy_ns;             /* spent in its warm-up and timed regions */
	unsigned timeline_count;      /* of the last batch; 0 where none was asked for */
	const struct timeline_event *timeline;
	unsigned latency_count; /* of all batches; 0 unless in an open loop */
	const struct latency_bin *latencies;
};

#endif
