/* SPDX-License-Identifier: MIT */
/* A cell in the process that measures it: its shape, its batches, its samples. */
#ifndef TVP_MEASURE_SESSION_H
#define TVP_MEASURE_SESSION_H

#include <sched.h>

#include "measure/request.h"
#include "measure/shape.h"

struct session {
	const struct measure_request *request;
	struct shape_run run;
	cpu_set_t *affinity; /* the caller's own, to which it returns */
	size_t affinity_bytes;
	uint64_t constant;
	struct sample *samples; /* request->batches of them */
	unsigned sample_count;
	char reason[REASON_BYTES]; /* of the last error */
};

/* Brings the workers up to where batches can be run; the session is not to be moved, and `cpusets` is to live as long.
 * 0 or a negative errno with session->reason, as for all. After an error there is nothing to end. */
int session_open(struct session *session, const struct measure_request *request, const char *cpusets);

/* One batch, verified. */
int session_batch(struct session *session, uint64_t ops, struct sample *sample);

/* The operations that make a batch of request->batch_ns. */
int session_calibrate(struct session *session, uint64_t *ops);

/* Runs warm-up and timed batches, the latter in Google Benchmark's loop unless the request forbids it. */
int session_measure(struct session *session);

/* Ends the workers in good order; session_exit must follow. */
int session_close(struct session *session);
void session_exit(struct session *session);

#endif
