/* SPDX-License-Identifier: MIT */
/* What the workers of a farm did in a call: how busy they were, and when with which task. */
#include <string.h>

#include "core/executor.h"
#include "measure/shape-farm.h"

/* A worker's part of a call. */
struct worker_part {
	uint64_t busy_ns;
	uint64_t longest_ns; /* of one task */
};

static uint64_t elapsed(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

static void farm_keep_events(struct farm *farm, unsigned rank, uint64_t begin_ns, const struct tvp_trace_event *events,
			     size_t count)
{
	for (size_t i = 0; i < count && i < farm->events_each; i++)
		farm->events[farm->event_count++] = (struct timeline_event){
			.begin_ns = elapsed(begin_ns, events[i].begin_ns),
			.end_ns = elapsed(begin_ns, events[i].end_ns),
			.first = events[i].task,
			.count = 1,
			.worker = rank,
		};
}

static struct worker_part farm_worker_part(const struct tvp_trace_event *events, size_t count)
{
	struct worker_part part = {0};

	for (size_t i = 0; i < count; i++) {
		uint64_t ns = elapsed(events[i].begin_ns, events[i].end_ns);

		part.busy_ns += ns;
		part.longest_ns = ns > part.longest_ns ? ns : part.longest_ns;
	}
	return part;
}

void farm_trace_begin(struct farm *farm)
{
	farm->event_count = 0;
	if (farm->request->timeline && farm->pool)
		tvp_pool_trace_clear(farm->pool);
}

void farm_trace_end(struct farm *farm, uint64_t begin_ns, uint64_t wall_ns, struct sample *sample)
{
	/* of the plain loop, which does nothing but its tasks */
	uint64_t busy_ns = wall_ns, least_ns = wall_ns, longest_ns = wall_ns, share_ns;
	unsigned workers = farm->request->workers ? farm->request->workers : 1;

	if (!farm->request->timeline)
		return;
	if (farm->pool) {
		busy_ns = longest_ns = 0;
		least_ns = UINT64_MAX;
	}
	for (unsigned rank = 0; farm->pool && rank < workers; rank++) {
		const struct tvp_trace_event *events;
		size_t count = tvp_pool_trace(farm->pool, rank, &events);
		struct worker_part part = farm_worker_part(events, count);

		busy_ns += part.busy_ns;
		least_ns = part.busy_ns < least_ns ? part.busy_ns : least_ns;
		longest_ns = part.longest_ns > longest_ns ? part.longest_ns : longest_ns;
		farm_keep_events(farm, rank, begin_ns, events, count);
	}
	share_ns = busy_ns / workers;
	sample->busy_ns += busy_ns;
	sample->busy_least_ns += least_ns;
	sample->ideal_ns += share_ns > longest_ns ? share_ns : longest_ns;
}
