/* SPDX-License-Identifier: MIT */
/* The timed regions of a farm: each way to hand tasks in, and the plain loop that they are set against. */
#include "measure/shape-farm.h"

#include <errno.h>

#include "core/executor.h"

static struct tvp_map farm_map_of(const struct farm *farm, size_t count)
{
	return (struct tvp_map){
		.task = farm->workload->task->name,
		.count = count,
		.inputs = farm->inputs,
		.input_bytes = farm->input_bytes,
		.outputs = farm->outputs,
		.output_bytes = farm->output_bytes,
		.schedule = (enum tvp_schedule)farm->request->settings[FARM_SCHEDULE],
		.payload = (enum tvp_payload)farm->request->settings[FARM_PAYLOAD],
		.chunk = farm->request->settings[FARM_CHUNK],
	};
}

static int64_t farm_map(struct farm *farm, size_t count)
{
	const struct tvp_map map = farm_map_of(farm, count);

	return tvp_pool_map(farm->pool, &map);
}

static int64_t farm_map_async(struct farm *farm, size_t count)
{
	const struct tvp_map map = farm_map_of(farm, count);
	struct tvp_async handle;
	int error = tvp_pool_map_async(farm->pool, &map, &handle);

	return error ? error : tvp_async_get(&handle, NULL);
}

/* To the end of the tasks, each of which has to come once. */
static int64_t farm_imap_unordered(struct farm *farm, size_t count)
{
	const struct tvp_map map = farm_map_of(farm, count);
	struct tvp_async handle;
	size_t index, seen = 0, sum = 0;
	int64_t failed;
	int error = tvp_pool_imap_unordered(farm->pool, &map, &handle);

	if (error)
		return error;
	while ((error = tvp_async_next(&handle, TVP_FOREVER, &index, NULL)) == 1) {
		seen++;
		sum += index;
	}
	failed = tvp_async_get(&handle, NULL);
	if (error || failed)
		return error ? error : failed;
	return seen == count && sum == (count % 2 ? (count - 1) / 2 * count : count / 2 * (count - 1)) ? 0 : -EPROTO;
}

static int64_t farm_apply(struct farm *farm, size_t count)
{
	const char *task = farm->workload->task->name;
	int64_t failed = 0;

	for (size_t i = 0; i < count; i++) {
		int result = tvp_pool_apply(farm->pool, task, farm->inputs + i * farm->input_bytes, farm->input_bytes,
					    farm->outputs + i * farm->output_bytes, farm->output_bytes, NULL);

		if (result < 0)
			return result;
		failed += result;
	}
	return failed;
}

/* One producer's stream. What went wrong shows in the outputs. */
static int64_t farm_apply_async(struct farm *farm, size_t count)
{
	const char *task = farm->workload->task->name;

	for (size_t i = 0; i < count; i++) {
		int error =
			tvp_pool_apply_async(farm->pool, task, farm->inputs + i * farm->input_bytes, farm->input_bytes,
					     farm->outputs + i * farm->output_bytes, farm->output_bytes, NULL);

		if (error)
			return error;
	}
	return tvp_pool_drain(farm->pool, TVP_FOREVER);
}

/* The same where outputs have to be brought back. */
static int64_t farm_apply_async_get(struct farm *farm, size_t count)
{
	const char *task = farm->workload->task->name;
	int64_t failed = 0;

	for (size_t i = 0; i < count; i++) {
		int error = tvp_pool_apply_async(farm->pool, task, farm->inputs + i * farm->input_bytes,
						 farm->input_bytes, farm->outputs + i * farm->output_bytes,
						 farm->output_bytes, &farm->handles[i]);

		if (error)
			return error;
	}
	for (size_t i = 0; i < count; i++) {
		int64_t result = tvp_async_get(&farm->handles[i], NULL);

		if (result < 0)
			return result;
		failed += result;
	}
	return failed;
}

/* The best serial code: the task's own loop over the same arrays, and no pool at all. */
static int64_t farm_plain(struct farm *farm, size_t count)
{
	const struct tvp_task *task = farm->workload->task;
	struct tvp_worker worker = {0};
	uint64_t at = 0;
	int error = 0;
	const struct tvp_range range = {
		.worker = &worker,
		.inputs = farm->inputs,
		.outputs = farm->outputs,
		.input_bytes = farm->input_bytes,
		.output_bytes = farm->output_bytes,
		.count = count,
		._at = &at,
		._error = &error,
	};

	if (task->run_range) {
		task->run_range(&range);
		return error;
	}
	for (size_t i = 0; i < count && !error; i++)
		error = task->run(&worker, farm->inputs + i * farm->input_bytes, farm->input_bytes,
				  farm->outputs + i * farm->output_bytes, farm->output_bytes);
	return error;
}

void farm_choose_call(struct farm *farm)
{
	static int64_t (*const calls[])(struct farm * farm, size_t count) = {
		[FARM_MAP] = farm_map,
		[FARM_MAP_ASYNC] = farm_map_async,
		[FARM_APPLY] = farm_apply,
		[FARM_APPLY_ASYNC] = farm_apply_async,
		[FARM_IMAP_UNORDERED] = farm_imap_unordered,
	};

	farm->call = calls[farm->request->settings[FARM_ENTRY]];
	if (farm->call == farm_apply_async && farm->handles)
		farm->call = farm_apply_async_get;
	if (farm->executor->lends)
		farm->call = farm_plain;
}
