/* SPDX-License-Identifier: MIT */
/* Inputs and outputs of a farm: where they lie, what is in them before a call, what has to be in them after it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/executor.h"
#include "measure/shape-farm.h"

/* Of one call that nobody has asked to be larger: batches of any length work in this much memory, and what a call with
 * small tasks reads and writes stays within reach of a cache. */
enum { ROOM_TASKS = 1 << 18, ROOM_BYTES = 16 << 20 };

/* What no output of ours consists of. */
enum { SPOILT = 0xa5 };

/* Of a call with more tasks than that, one in so many is looked at. */
enum { FEW_TASKS = 4096, SOME_TASKS = 61 };

int farm_data_plan(struct farm *farm, char *reason)
{
	const struct tvp_task *task = farm->workload->task;
	size_t tasks = farm->request->settings[FARM_TASKS], turn = farm->request->workers, bytes, all;

	farm->input_bytes = task->input_bytes == SIZE_MAX ? 0 : task->input_bytes;
	farm->output_bytes = task->output_bytes == SIZE_MAX ? 0 : task->output_bytes;
	if (farm->workload->task_bytes)
		farm->workload->task_bytes(&farm->job, &farm->input_bytes, &farm->output_bytes);
	bytes = farm->input_bytes + farm->output_bytes;
	if (!tasks) {
		tasks = (bytes && ROOM_BYTES / bytes < ROOM_TASKS ? ROOM_BYTES / bytes : ROOM_TASKS) / turn;
		tasks = tasks ? tasks : 1;
	}
	if (__builtin_mul_overflow(tasks, turn, &farm->room) || __builtin_mul_overflow(farm->room, bytes, &all))
		return reason_set(reason, -EOVERFLOW, "%zu tasks of %zu bytes for each of %zu workers are too many",
				  tasks, bytes, turn);
	return 0;
}

static bool farm_is_shared(const struct farm *farm)
{
	uint64_t payload = farm->request->settings[FARM_PAYLOAD];

	return farm->pool && (payload == TVP_PAYLOAD_AUTO || payload == TVP_PAYLOAD_SHARED);
}

static int farm_alloc(struct farm *farm, size_t bytes, unsigned char **memory, char *reason)
{
	size_t size = farm->room * bytes;
	void *made = NULL;
	int error = farm_is_shared(farm) ? tvp_pool_alloc(farm->pool, size ? size : 1, &made)
					 : -posix_memalign(&made, 64, size ? size : 1);

	if (error)
		return reason_set(reason, error, "no memory for %zu tasks of %zu bytes: %s", farm->room, bytes,
				  strerror(-error));
	*memory = made;
	return 0;
}

int farm_data_init(struct farm *farm, char *reason)
{
	int error = farm_alloc(farm, farm->input_bytes, &farm->inputs, reason);

	if (!error)
		error = farm_alloc(farm, farm->output_bytes, &farm->outputs, reason);
	if (error || !farm->pool || farm_is_shared(farm) || farm->request->settings[FARM_ENTRY] != FARM_APPLY_ASYNC)
		return error;
	farm->handles = calloc(farm->room, sizeof(*farm->handles));
	return farm->handles ? 0 : reason_set(reason, -ENOMEM, "no memory for %zu handles", farm->room);
}

/* Shared memory goes with its pool. */
void farm_data_exit(struct farm *farm)
{
	if (!farm_is_shared(farm)) {
		free(farm->inputs);
		free(farm->outputs);
	}
	free(farm->handles);
}

/* Every output of a few, some of many: see farm_data_fill. */
static size_t farm_stride(size_t count, bool all)
{
	return all || count <= FEW_TASKS ? 1 : SOME_TASKS;
}

void farm_data_fill(struct farm *farm, size_t count, bool all)
{
	for (size_t i = 0; farm->filled != count && i < count; i++)
		farm->workload->task_input(&farm->job, i, count, farm->inputs + i * farm->input_bytes);
	farm->filled = count;
	for (size_t i = 0, stride = farm_stride(count, all); i < count; i += stride)
		memset(farm->outputs + i * farm->output_bytes, SPOILT, farm->output_bytes);
}

int farm_data_verify(const struct farm *farm, size_t count, bool all, char *reason)
{
	for (size_t i = 0, stride = farm_stride(count, all); i < count; i += stride)
		if (!farm->workload->task_verify(&farm->job, farm->inputs + i * farm->input_bytes,
						 farm->outputs + i * farm->output_bytes))
			return reason_set(reason, -EBADMSG, "task %zu of %zu has a wrong result, or none", i, count);
	return 0;
}
