/* SPDX-License-Identifier: MIT */
/* A cell in the process that measures it: its team, its batches, its samples. */
#ifndef TVP_MEASURE_SESSION_H
#define TVP_MEASURE_SESSION_H

#include "core/team.h"
#include "measure/request.h"
#include "measure/shape.h"

struct session {
	const struct measure_request *request;
	const struct shape_ops *shape;
	struct team team;
	uint64_t constant;
	struct sample *samples; /* request->batches of them */
	unsigned sample_count;
};

/* Builds the team and warms it up to where batches can be run. 0 or a negative errno with REASON_BYTES of reason;
 * after an error there is nothing to end. */
int session_open(struct session *session, const struct measure_request *request, const char *cpusets, char *reason);

/* The operations that make a batch of request->batch_ns. */
int session_calibrate(struct session *session, uint64_t *ops);

/* Runs warm-up and timed batches, the latter in Google Benchmark's loop unless the request forbids it. */
int session_measure(struct session *session);

/* Ends the workers in good order; session_exit must follow. */
int session_close(struct session *session);
void session_exit(struct session *session);

#endif
