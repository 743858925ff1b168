/* SPDX-License-Identifier: MIT */
/* Tasks for a pool, a peer, or the plain loop. */
#include "measure/shape-farm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/executor.h"
#include "core/registry.h"

/* Events of a timeline that are kept: more than a picture can show. */
enum { EVENTS_MAX = 4096 };

enum { ROUND_TRIPS_MAX = 1000 };

/* What this executor has no such thing as. */
static int farm_refuse(const struct farm *farm, char *reason)
{
	uint64_t entry = farm->request->settings[FARM_ENTRY], payload = farm->request->settings[FARM_PAYLOAD];

	if (!farm->workload->task)
		return reason_set(reason, -EOPNOTSUPP, "the workload %s is no task for a pool", farm->workload->name);
	if (payload == TVP_PAYLOAD_POINTER && farm->executor->sharing != SHARING_SAME)
		return reason_set(reason, -EOPNOTSUPP, "workers of %s cannot follow a pointer of their owner",
				  farm->executor->name);
	if ((entry == FARM_APPLY || entry == FARM_APPLY_ASYNC) &&
	    (payload == TVP_PAYLOAD_POINTER || payload == TVP_PAYLOAD_PIPE))
		return reason_set(reason, -EOPNOTSUPP, "what is applied lies in shared memory or is copied there");
	return 0;
}

static int farm_open_pool(struct farm *farm, char *reason)
{
	const struct measure_request *request = farm->request;
	uint64_t spin_us = request->settings[FARM_SPIN_US];
	struct tvp_pool_options options = {0};

	options.executor = request->executor;
	options.workers = request->workers;
	options.placement = *farm->cpusets ? farm->cpusets : NULL;
	options.registry = registry_of_workloads();
	options.tasks_per_worker = request->settings[FARM_RECYCLE];
	options.program = request->worker_path;
	options.pipes = request->settings[FARM_PAYLOAD] == TVP_PAYLOAD_PIPE;
	if (spin_us != FARM_SPIN_DEFAULT)
		options.spin_ns = spin_us ? spin_us * 1000 : TVP_SPIN_NONE;
	if (request->timeline)
		options.trace_events = farm->room;
	if (!options.registry)
		return reason_set(reason, -ENOMEM, "no memory for the list of tasks");
	return tvp_pool_create(&farm->pool, &options, reason);
}

/* Where workers are bound, their owner is bound like the first of them: it shares a core with one worker anyway when
 * there is one for each, and then it is always the same one. */
static int farm_bind_owner(const struct farm *farm, char *reason)
{
	int error = farm_bind(farm, 0);

	return error ? reason_set(reason, error, "the owner of the workers cannot be bound: %s", strerror(-error)) : 0;
}

static int farm_open_peer(struct farm *farm, char *reason)
{
	const struct measure_request *request = farm->request;
	const char *slash = strrchr(request->worker_path, '/');
	int error;

	snprintf(farm->peer_path, sizeof(farm->peer_path), "%.*s%s",
		 slash ? (int)(slash + 1 - request->worker_path) : 0, request->worker_path, farm->executor->program);
	error = peer_open(&farm->peer, farm->peer_path, request->workers, reason);
	farm->has_peer = !error;
	return error;
}

static int farm_init(struct farm *farm, const struct shape_setup *setup, char *reason)
{
	const struct measure_request *request = setup->request;

	*farm = (struct farm){
		.executor = setup->executor,
		.workload = setup->workload,
		.request = request,
		.cpusets = setup->cpusets,
		.job.constant = setup->constant,
	};
	snprintf(farm->job.workload, sizeof(farm->job.workload), "%s", request->workload);
	memcpy(farm->job.parameters, request->parameters, sizeof(farm->job.parameters));
	snprintf(farm->job.directory, sizeof(farm->job.directory), "%s", request->directory);
	if (request->timeline) {
		farm->events_each = EVENTS_MAX / request->workers;
		farm->events = calloc(EVENTS_MAX, sizeof(*farm->events));
		if (!farm->events)
			return reason_set(reason, -ENOMEM, "no memory for a timeline");
	}
	return farm_refuse(farm, reason);
}

static void farm_free(struct farm *farm)
{
	farm_data_exit(farm);
	if (farm->has_peer)
		peer_close(&farm->peer);
	if (farm->pool)
		tvp_pool_destroy(farm->pool);
	free(farm->events);
	free(farm);
}

/* Applied one by one, tasks never run at once. Such round trips take 2 us in one process and 60 us in the next, as the
 * kernel puts caller and worker on one core or on two: what was calibrated with the former must not go on for ever. */
static void farm_turns(const struct farm *farm, struct shape_run *run)
{
	const struct measure_request *request = farm->request;
	bool at_once = request->workers > 1 && request->settings[FARM_ENTRY] != FARM_APPLY;

	run->turn =
		(request->settings[FARM_TASKS] ? request->settings[FARM_TASKS] : 1) * (at_once ? request->workers : 1);
	if (request->settings[FARM_ENTRY] == FARM_APPLY)
		run->most = ROUND_TRIPS_MAX;
}

static int farm_open(struct shape_run *run, const struct shape_setup *setup, char *reason)
{
	struct farm *farm = malloc(sizeof(*farm));
	int error;

	if (!farm)
		return reason_set(reason, -ENOMEM, "no memory for a farm");
	error = farm_init(farm, setup, reason);
	if (!error)
		error = farm_data_plan(farm, reason);
	if (!error && setup->executor->sharing == SHARING_OUTSIDE)
		error = farm_open_peer(farm, reason);
	else if (!error && !setup->executor->lends)
		error = farm_open_pool(farm, reason);
	if (!error && !farm->has_peer)
		error = farm_data_init(farm, reason);
	if (!error)
		error = farm_bind_owner(farm, reason);
	if (error) {
		farm_free(farm);
		return error;
	}
	farm_choose_call(farm);
	farm_turns(farm, run);
	run->state = farm;
	return 0;
}

/* What a call has returned, in words. */
static int farm_understand(const struct farm *farm, int64_t result, size_t count, char *reason)
{
	struct tvp_pool_counts counts = {0};

	if (farm->pool)
		tvp_pool_counts(farm->pool, &counts);
	if (counts.lost || counts.replaced)
		return reason_set(reason, -EOWNERDEAD, "%llu workers died, and %llu tasks were lost with them",
				  (unsigned long long)counts.replaced, (unsigned long long)counts.lost);
	if (result < 0)
		return reason_set(reason, (int)result, "%s of %zu tasks: %s",
				  farm_settings[FARM_ENTRY].names[farm->request->settings[FARM_ENTRY]], count,
				  strerror((int)-result));
	if (result > 0)
		return reason_set(reason, -EIO, "%lld of %zu tasks failed", (long long)result, count);
	return 0;
}

/* One call on prepared data. The timed region is from one look at the clock to the other. */
static int farm_call(struct farm *farm, size_t count, bool last, struct sample *sample, char *reason)
{
	bool first = sample->calls == 0;
	bool usage_known = farm->executor->sharing == SHARING_SAME;
	struct usage before = {0}, after = {0};
	uint64_t begin_ns, wall_ns;
	int64_t result;
	int error;

	farm_data_fill(farm, count, first);
	farm_trace_begin(farm);
	if (usage_known)
		usage_read(USAGE_PROCESS_AND_REAPED, &before);
	begin_ns = clock_now_ns();
	result = farm->call(farm, count);
	wall_ns = clock_now_ns() - begin_ns;
	if (usage_known)
		usage_read(USAGE_PROCESS_AND_REAPED, &after);
	error = farm_understand(farm, result, count, reason);
	if (!error)
		error = farm_data_verify(farm, count, first || last, reason);
	if (error)
		return error;
	usage_add_difference(&sample->usage, &before, &after);
	farm_trace_end(farm, begin_ns, wall_ns, sample);
	sample->wall_ns += wall_ns;
	return 0;
}

static int farm_call_peer(struct farm *farm, size_t count, struct sample *sample, char *reason)
{
	const uint64_t *settings = farm->request->settings;
	uint64_t wall_ns;
	int error = peer_batch(&farm->peer, farm_settings[FARM_ENTRY].names[settings[FARM_ENTRY]], count,
			       settings[FARM_CHUNK], &wall_ns, reason);

	if (!error)
		sample->wall_ns += wall_ns;
	return error;
}

/* In as few calls as there is room for, of equal size up to the last one. */
static int farm_batch(struct shape_run *run, uint64_t ops, struct sample *sample, char *reason)
{
	struct farm *farm = run->state;
	uint64_t calls = (ops + farm->room - 1) / farm->room;
	uint64_t each = (ops + calls - 1) / calls;
	struct sample measured = {
		.start_ns = clock_now_ns(),
		.ops = ops,
		.usage_unknown = farm->executor->sharing != SHARING_SAME,
		.workers = farm->request->workers,
	};

	for (uint64_t done = 0; done < ops; done += each) {
		size_t count = ops - done < each ? ops - done : each;
		int error = farm->has_peer ? farm_call_peer(farm, count, &measured, reason)
					   : farm_call(farm, count, done + each >= ops, &measured, reason);

		if (error)
			return error;
		measured.calls++;
	}
	if (farm->request->bare && farm->request->ops) {
		int error = farm_bare_round_trip(farm, &measured.bare_ns, reason);

		if (error)
			return error;
	}
	*sample = measured;
	return 0;
}

static int farm_close(struct shape_run *run, char *reason)
{
	struct farm *farm = run->state;
	int error = farm->pool ? tvp_pool_close(farm->pool) : 0;

	if (farm->pool && !error)
		error = tvp_pool_join(farm->pool);
	return error ? reason_set(reason, error, "the pool cannot be closed: %s", strerror(-error)) : 0;
}

static void farm_exit(struct shape_run *run)
{
	farm_free(run->state);
}

/* What they were to be bound to, and were or the pool would not have come up. Where they ran the pool cannot tell. */
static int farm_whereabouts(const struct shape_run *run, char **cpusets, char **cpus)
{
	const struct farm *farm = run->state;
	size_t length = strcspn(farm->cpusets, ";");
	bool same = true;

	for (const char *list = farm->cpusets; same && *list; list += length + (list[length] == ';'))
		same = strncmp(list, farm->cpusets, length) == 0 && strcspn(list, ";") == length;
	*cpusets = same ? strndup(farm->cpusets, length) : strdup(farm->cpusets);
	*cpus = strdup("");
	if (*cpusets && *cpus)
		return 0;
	free(*cpusets);
	free(*cpus);
	return -ENOMEM;
}

static size_t farm_timeline(const struct shape_run *run, const struct timeline_event **events)
{
	const struct farm *farm = run->state;

	*events = farm->events;
	return farm->event_count;
}

const struct shape_ops shape_farm = {
	.open = farm_open,
	.batch = farm_batch,
	.close = farm_close,
	.exit = farm_exit,
	.whereabouts = farm_whereabouts,
	.timeline = farm_timeline,
};
