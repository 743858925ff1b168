/* SPDX-License-Identifier: MIT */
/* Teams: their arena, their start, their batches and their end, whatever the executor. */
#include "core/team.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/cpuset.h"
#include "core/executor.h"

enum {
	CHUNKS_PER_WORKER = 64,          /* so that no worker idles for more than 1/64 of a batch at its end */
	LOOK_AFTER_NS = 50 * 1000 * 1000 /* how often the owner checks that its workers live */
};

struct worker_slot *team_slot(const struct team *team, unsigned rank)
{
	return (struct worker_slot *)arena_at(&team->arena, team->shared->slots_offset) + rank;
}

static size_t team_bytes(const struct team_options *options, const struct job *job, size_t cpuset_bytes)
{
	size_t per_worker = sizeof(struct worker_slot) + 2 * cpuset_bytes;
	size_t data = options->workload->arena_bytes ? options->workload->arena_bytes(job) : 0;

	/* 4 KiB: the alignment of each part */
	return sizeof(struct team_shared) + options->workers * per_worker + data + 4096;
}

static void job_init(struct job *job, const struct team_options *options)
{
	memset(job, 0, sizeof(*job));
	snprintf(job->workload, sizeof(job->workload), "%s", options->workload->name);
	memcpy(job->parameters, options->parameters, sizeof(job->parameters));
	job->constant = options->constant;
	snprintf(job->directory, sizeof(job->directory), "%s", options->directory ? options->directory : "");
}

/* Reads one CPU list a worker from "0;1;…" into the arena. */
static int team_read_cpusets(struct team *team, const char *lists)
{
	struct team_shared *shared = team->shared;
	char *copy, *rest, *list;
	int error = 0;

	if (!lists || !*lists)
		return 0;
	error = arena_alloc(&team->arena, team->workers * shared->cpuset_bytes, 8, &shared->wanted_offset);
	if (error)
		return reason_set(team->reason, error, "no room for %u CPU sets", team->workers);
	rest = copy = strdup(lists);
	if (!copy)
		return -ENOMEM;
	for (unsigned rank = 0; rank < team->workers && !error; rank++) {
		list = strsep(&rest, ";");
		error = list ? cpuset_parse(list,
					    arena_at(&team->arena, shared->wanted_offset + rank * shared->cpuset_bytes),
					    shared->cpuset_bytes)
			     : -EINVAL;
	}
	if (!error && rest)
		error = -EINVAL;
	if (error)
		reason_set(team->reason, error, "not one CPU list for each of %u workers: %s", team->workers, lists);
	free(copy);
	return error;
}

static int team_layout(struct team *team, const struct team_options *options, const struct job *job)
{
	size_t cpuset_bytes = cpuset_size_bytes();
	uint64_t offset;
	int error = arena_init(&team->arena, team_bytes(options, job, cpuset_bytes));

	if (error)
		return reason_set(team->reason, error, "no shared memory for a team of %u: %s", team->workers,
				  strerror(-error));
	error = arena_alloc(&team->arena, sizeof(*team->shared), 128, &offset);
	if (error || offset != TEAM_SHARED_OFFSET)
		goto exit_arena;
	team->shared = arena_at(&team->arena, offset);
	team->shared->job = *job;
	team->shared->mode = options->mode;
	team->shared->workers = team->workers;
	team->shared->owner_pid = (uint32_t)getpid();
	team->shared->cpuset_bytes = cpuset_bytes;
	gate_init(&team->shared->gate, team->workers, team->executor->sharing == SHARING_SAME);
	error = arena_alloc(&team->arena, team->workers * sizeof(struct worker_slot), 128, &team->shared->slots_offset);
	if (!error)
		error = arena_alloc(&team->arena, team->workers * cpuset_bytes, 8, &team->shared->actual_offset);
	if (!error)
		error = team_read_cpusets(team, options->cpusets);
	if (!error)
		return 0;
exit_arena:
	arena_exit(&team->arena);
	return error;
}

int team_init(struct team *team, const struct team_options *options)
{
	struct job job;
	int error;

	*team = (struct team){
		.executor = options->executor,
		.workload = options->workload,
		.worker_path = options->worker_path,
		.workers = options->workers,
	};
	if (options->directory && strlen(options->directory) >= sizeof(job.directory))
		return reason_set(team->reason, -ENAMETOOLONG, "the folder for temporary files has too long a name");
	job_init(&job, options);
	team->seats = calloc(team->workers, sizeof(*team->seats));
	if (!team->seats)
		return reason_set(team->reason, -ENOMEM, "no memory for %u workers", team->workers);
	for (unsigned rank = 0; rank < team->workers; rank++)
		team->seats[rank] = (struct seat){.team = team, .rank = rank};
	error = team_layout(team, options, &job);
	if (error)
		goto free_seats;
	if (team->workload->prepare) {
		error = team->workload->prepare(&team->shared->job, &team->arena, team->reason);
		if (error)
			goto exit_arena;
	}
	return 0;

exit_arena:
	arena_exit(&team->arena);
free_seats:
	free(team->seats);
	return error;
}

void team_exit(struct team *team)
{
	if (team->started)
		team->executor->cancel(team);
	arena_exit(&team->arena);
	free(team->seats);
}

/* The first worker's error, if any has one. */
static int team_error(struct team *team)
{
	for (unsigned rank = 0; rank < team->workers; rank++) {
		const struct worker_slot *slot = team_slot(team, rank);

		if (slot->error)
			return reason_set(team->reason, slot->error, "worker %u: %.*s", rank, REASON_BYTES - 24,
					  slot->reason[0] ? slot->reason : strerror(-slot->error));
	}
	return 0;
}

static int team_await(struct team *team)
{
	while (gate_wait_arrived(&team->shared->gate, LOOK_AFTER_NS) == -ETIMEDOUT) {
		int error = team->executor->alive ? team->executor->alive(team) : 0;

		if (error)
			return error;
	}
	return team_error(team);
}

int team_start(struct team *team)
{
	int error = team->executor->start(team);

	if (error) {
		if (team->started)
			team->executor->cancel(team);
		return error;
	}
	return team->shared->mode == TEAM_GATED ? team_await(team) : 0;
}

static int team_verify(struct team *team, uint64_t ops)
{
	uint64_t done = 0, result = 0;

	for (unsigned rank = 0; rank < team->workers; rank++) {
		done += team_slot(team, rank)->ops;
		result += team_slot(team, rank)->result;
	}
	if (done != ops)
		return reason_set(team->reason, -EPROTO, "%llu of %llu operations were done", (unsigned long long)done,
				  (unsigned long long)ops);
	return team->workload->verify(&team->shared->job, &team->arena, ops, result, team->reason);
}

int team_run(struct team *team, uint64_t ops, struct team_batch *batch)
{
	struct team_shared *shared = team->shared;
	struct team_batch measured = {0};
	uint64_t end_ns = 0, chunk = ops / ((uint64_t)team->workers * CHUNKS_PER_WORKER);
	int error;

	/* Relaxed: published to the workers by the gate's opening. */
	atomic_store_explicit(&shared->next, 0, memory_order_relaxed);
	shared->ops = ops;
	shared->chunk = chunk ? chunk : 1;
	measured.start_ns = clock_now_ns();
	gate_open(&shared->gate);
	if (team->executor->lend)
		team->executor->lend(team);
	error = team_await(team);
	if (!error)
		error = team_verify(team, ops);
	if (error)
		return error;
	for (unsigned rank = 0; rank < team->workers; rank++) {
		const struct worker_slot *slot = team_slot(team, rank);

		usage_add(&measured.usage, &slot->usage);
		if (slot->finished_ns > end_ns)
			end_ns = slot->finished_ns;
	}
	measured.wall_ns = end_ns - measured.start_ns;
	*batch = measured;
	return 0;
}

int team_stop(struct team *team)
{
	if (team->shared->mode == TEAM_GATED) {
		/* Relaxed: published by the gate's opening. */
		atomic_store_explicit(&team->shared->stop, 1, memory_order_relaxed);
		gate_open(&team->shared->gate);
	}
	return team->executor->reap(team);
}

int team_check(struct team *team)
{
	int error = team_error(team);

	return error ? error : team_verify(team, team->workers);
}

int team_whereabouts(const struct team *team, char **cpusets, char **cpus)
{
	const struct team_shared *shared = team->shared;
	const char *actual = arena_at(&team->arena, shared->actual_offset);
	size_t bytes = shared->cpuset_bytes, sets_size, cpus_size;
	bool same = true;
	FILE *sets = open_memstream(cpusets, &sets_size), *seen = open_memstream(cpus, &cpus_size);
	int error = sets && seen ? 0 : -ENOMEM;

	for (unsigned rank = 1; rank < team->workers; rank++)
		same = same && memcmp(actual, actual + rank * bytes, bytes) == 0;
	for (unsigned rank = 0; rank < team->workers && !error; rank++) {
		char list[4096];

		fprintf(seen, rank ? ";%d" : "%d", team_slot(team, rank)->cpu);
		if (rank && same)
			continue;
		error = cpuset_format((const cpu_set_t *)(actual + rank * bytes), bytes, list, sizeof(list));
		fprintf(sets, rank ? ";%s" : "%s", list);
	}
	if (sets && fclose(sets))
		error = -ENOMEM;
	if (seen && fclose(seen))
		error = -ENOMEM;
	return error;
}
