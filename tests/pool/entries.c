/* SPDX-License-Identifier: MIT */
/* The pool's entry points, each made to run all tasks of a map. */
#include "entries.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t broken(const char *entry, const char *promise, size_t index)
{
	fprintf(stderr, "%s: %s (task %zu)\n", entry, promise, index);
	return -EPROTO;
}

static const void *input_of(const struct tvp_map *map, size_t i)
{
	return map->input_bytes ? (const char *)map->inputs + i * map->input_bytes : NULL;
}

static void *output_of(const struct tvp_map *map, size_t i)
{
	return map->output_bytes ? (char *)map->outputs + i * map->output_bytes : NULL;
}

static int wait_for(struct tvp_async *handle)
{
	int error;

	do
		error = tvp_async_wait(handle, TVP_FOREVER);
	while (error == -EINTR);
	return error;
}

static int64_t run_map_async(struct tvp_pool *pool, const struct tvp_map *map)
{
	struct tvp_map moved = *map;
	struct tvp_async handle;
	int error = tvp_pool_map_async(pool, &moved, &handle);

	if (error)
		return error;
	/* Only what it points to must live on. */
	memset(&moved, 0xff, sizeof(moved));
	error = wait_for(&handle);
	if (error)
		return error;
	if (tvp_async_ready(&handle) != 1)
		return broken("map_async", "waited for and not ready", 0);
	return tvp_async_get(&handle, NULL);
}

/* What tvp_async_next gave must be final. */
struct seen {
	int *times, *errors;
	char *outputs;
};

static int64_t follow(struct tvp_async *handle, const struct tvp_map *map, struct seen *seen)
{
	for (;;) {
		size_t index = SIZE_MAX;
		int error = 1, more = tvp_async_next(handle, TVP_FOREVER, &index, &error);

		if (more == -EINTR)
			continue;
		if (more != 1)
			return more;
		if (index >= map->count)
			return broken("imap_unordered", "gave a task that there is not", index);
		if (seen->times[index]++)
			return broken("imap_unordered", "gave a task twice", index);
		seen->errors[index] = error;
		if (map->output_bytes)
			memcpy(seen->outputs + index * map->output_bytes, output_of(map, index), map->output_bytes);
	}
}

static int64_t compare(const struct tvp_map *map, const struct seen *seen)
{
	for (size_t i = 0; i < map->count; i++) {
		if (!seen->times[i])
			return broken("imap_unordered", "left a task out", i);
		if (map->errors && map->errors[i] != seen->errors[i])
			return broken("imap_unordered", "gave another error than get", i);
		if (map->output_bytes && seen->errors[i] == 0 &&
		    memcmp(seen->outputs + i * map->output_bytes, output_of(map, i), map->output_bytes) != 0)
			return broken("imap_unordered", "gave a task whose output was not in place", i);
	}
	return 0;
}

static int64_t run_imap_unordered(struct tvp_pool *pool, const struct tvp_map *map)
{
	struct seen seen = {
		.times = calloc(map->count + 1, sizeof(int)),
		.errors = calloc(map->count + 1, sizeof(int)),
		.outputs = calloc(map->count + 1, map->output_bytes + 1),
	};
	struct tvp_async handle;
	int64_t result, failed;

	if (!seen.times || !seen.errors || !seen.outputs)
		abort();
	result = tvp_pool_imap_unordered(pool, map, &handle);
	if (result)
		goto free_seen;
	result = follow(&handle, map, &seen);
	failed = tvp_async_get(&handle, NULL);
	if (result == 0)
		result = compare(map, &seen);
	if (result == 0)
		result = failed;
free_seen:
	free(seen.times);
	free(seen.errors);
	free(seen.outputs);
	return result;
}

/* An applied task's outcome, as counted by a map. */
static int64_t note(const struct tvp_map *map, size_t i, int64_t outcome, int error, const char *entry)
{
	if (outcome < 0)
		return outcome;
	if (outcome > 1 || (outcome == 1) != (error != 0))
		return broken(entry, "result and error do not agree", i);
	if (map->errors)
		map->errors[i] = error;
	return outcome;
}

static int64_t run_apply(struct tvp_pool *pool, const struct tvp_map *map)
{
	int64_t failed = 0;

	for (size_t i = 0; i < map->count; i++) {
		int error = 0;
		int64_t outcome = tvp_pool_apply(pool, map->task, input_of(map, i), map->input_bytes, output_of(map, i),
						 map->output_bytes, &error);

		outcome = note(map, i, outcome, error, "apply");
		if (outcome < 0)
			return outcome;
		failed += outcome;
	}
	return failed;
}

static int64_t run_apply_async(struct tvp_pool *pool, const struct tvp_map *map)
{
	struct tvp_async *handles = calloc(map->count + 1, sizeof(*handles));
	int64_t failed = 0;
	size_t handed_in;

	if (!handles)
		abort();
	for (handed_in = 0; handed_in < map->count && failed == 0; handed_in++) {
		/* The input is copied at once: it may be gone afterwards. */
		char *input = map->input_bytes ? malloc(map->input_bytes) : NULL;

		if (input)
			memcpy(input, input_of(map, handed_in), map->input_bytes);
		failed = tvp_pool_apply_async(pool, map->task, input, map->input_bytes, output_of(map, handed_in),
					      map->output_bytes, &handles[handed_in]);
		if (input)
			memset(input, 0xff, map->input_bytes);
		free(input);
	}
	/* The last one first. */
	for (size_t i = failed < 0 ? handed_in - 1 : handed_in; i-- > 0;) {
		int error = 0;
		int64_t outcome = tvp_async_get(&handles[i], &error);

		outcome = note(map, i, outcome, error, "apply_async");
		failed = failed < 0 ? failed : outcome < 0 ? outcome : failed + outcome;
	}
	free(handles);
	return failed;
}

/* A stream without handles. Outputs must be shared memory, so they are fetched from there. */
static int64_t run_apply_stream(struct tvp_pool *pool, const struct tvp_map *map)
{
	void *shared = NULL;
	int64_t error = 0;

	if (map->output_bytes && map->count)
		error = tvp_pool_alloc(pool, map->count * map->output_bytes, &shared);
	for (size_t i = 0; i < map->count && error == 0; i++)
		error = tvp_pool_apply_async(pool, map->task, input_of(map, i), map->input_bytes,
					     shared ? (char *)shared + i * map->output_bytes : NULL, map->output_bytes,
					     NULL);
	while (error == 0 && (error = tvp_pool_drain(pool, TVP_FOREVER)) == -EINTR)
		error = 0;
	if (error == 0 && shared)
		memcpy(map->outputs, shared, map->count * map->output_bytes);
	tvp_pool_free(pool, shared);
	return error;
}

const struct entry entry_table[] = {
	{.name = "map", .tells_errors = true, .maps = true, .run = tvp_pool_map},
	{.name = "map_async", .tells_errors = true, .maps = true, .run = run_map_async},
	{.name = "imap_unordered", .tells_errors = true, .maps = true, .run = run_imap_unordered},
	{.name = "apply", .tells_errors = true, .run = run_apply},
	{.name = "apply_async", .tells_errors = true, .run = run_apply_async},
	{.name = "apply_stream", .run = run_apply_stream},
	{.name = NULL},
};
