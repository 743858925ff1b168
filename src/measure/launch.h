/* SPDX-License-Identifier: MIT */
/* Running one measurer: a fresh process in a process group of its own, with a time limit. */
#ifndef TVP_MEASURE_LAUNCH_H
#define TVP_MEASURE_LAUNCH_H

#include <stdbool.h>

#include "measure/request.h"

/* What a measurer has sent; its parts live in `storage`. */
struct launch_result {
	struct measure_reply reply;
	const struct sample *samples;
	const struct timeline_event *timeline;
	const struct latency_bin *latencies;
	const char *cpusets;
	const char *cpus;
	void *storage;
};

/* Runs `path` on a request. However it ends, nothing of its process group is left afterwards.
 * 0 if it replied (the reply may hold an error of its own); -ETIMEDOUT after limit_ns; -EINTR if give_up() said so
 * after a signal; -ECHILD if it died; each with REASON_BYTES of reason. End a result with launch_free. */
int launch_measurer(const char *path, const struct measure_request *request, const char *cpusets, uint64_t limit_ns,
		    bool (*give_up)(void), struct launch_result *result, char *reason);

/* Leaves an empty result, which may be freed again. */
void launch_free(struct launch_result *result);

#endif
