/* SPDX-License-Identifier: MIT */
/* Teams: their arena, their start, their batches and their end, whatever the executor. */
#include "core/team.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/cpuset.h"
#include "core/executor.h"
#include "core/worker.h"

enum {
	CHUNKS_PER_WORKER = 64,              /* so that no worker idles for more than 1/64 of a batch at its end */
	OPEN_LOOP_LEAD_NS = 2 * 1000 * 1000, /* until the first operation may start: all workers are awake then */
	LOOK_AFTER_NS = 50 * 1000 * 1000     /* how often the owner checks that its workers live */
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
	return sizeof(struct team_shared) + options->workers * per_worker + data +
	       2 * options->scheduled * sizeof(uint64_t) + 4096;
}

static void job_init(struct job *job, const struct team_options *options)
{
	memset(job, 0, sizeof(*job));
	snprintf(job->workload, sizeof(job->workload), "%s", options->workload->name);
	memcpy(job->parameters, options->parameters, sizeof(job->parameters));
	job->constant = options->constant;
	job->workers = options->workers;
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

static int team_layout_schedule(struct team *team, uint64_t scheduled)
{
	int error;

	if (!scheduled)
		return 0;
	error = arena_alloc(&team->arena, scheduled * sizeof(uint64_t), 64, &team->shared->starts_offset);
	if (!error)
		error = arena_alloc(&team->arena, scheduled * sizeof(uint64_t), 64, &team->shared->latencies_offset);
	return error;
}

uint64_t *team_starts(const struct team *team)
{
	return arena_at(&team->arena, team->shared->starts_offset);
}

const uint64_t *team_latencies(const struct team *team)
{
	return arena_at(&team->arena, team->shared->latencies_offset);
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
	team->shared->workers = team->workers;
	team->shared->in_flight = options->executor->concurrent ? options->workers : 0;
	team->shared->cpuset_bytes = cpuset_bytes;
	gate_init(&team->shared->gate, team->workers, team->crew.executor->sharing == SHARING_SAME);
	error = arena_alloc(&team->arena, team->workers * sizeof(struct worker_slot), 128, &team->shared->slots_offset);
	if (!error)
		error = arena_alloc(&team->arena, team->workers * cpuset_bytes, 8, &team->shared->actual_offset);
	if (!error)
		error = team_layout_schedule(team, options->scheduled);
	if (!error)
		error = team_read_cpusets(team, options->cpusets);
	if (!error)
		return 0;
exit_arena:
	arena_exit(&team->arena);
	return error;
}

static void team_entry(const struct seat *seat, uint64_t started_ns)
{
	struct team *team = (struct team *)((char *)seat->crew - offsetof(struct team, crew));

	worker_main(&team->arena, team->workload, seat->rank);
}

bool team_program_entry(struct arena *arena, unsigned rank, uint64_t started_ns)
{
	const struct team_shared *shared = arena_at(arena, TEAM_SHARED_OFFSET);
	const struct workload *workload;
	char reason[REASON_BYTES];

	if (rank >= shared->workers)
		return false;
	if (workload_load(shared->job.workload, &workload, reason)) {
		fprintf(stderr, "tvp-worker: %s\n", reason);
		return false;
	}
	worker_main(arena, workload, rank);
	return true;
}

/* The CPUs that are left when all workers are bound; false: none are, or they are not bound. */
static bool team_cpus_left(const struct team *team, cpu_set_t *left)
{
	const struct team_shared *shared = team->shared;
	size_t bytes = shared->cpuset_bytes;

	if (shared->wanted_offset == ARENA_NOTHING || cpuset_get(left, bytes))
		return false;
	for (unsigned rank = 0; rank < team->workers; rank++) {
		const cpu_set_t *wanted = arena_at(&team->arena, shared->wanted_offset + rank * bytes);

		for (size_t cpu = 0; cpu < bytes * 8; cpu++)
			if (CPU_ISSET_S(cpu, bytes, wanted))
				CPU_CLR_S(cpu, bytes, left);
	}
	return CPU_COUNT_S(bytes, left) > 0;
}

static int team_serve(struct team *team)
{
	struct team_shared *shared = team->shared;
	cpu_set_t *left;
	int error;

	if (!team->workload->serve)
		return 0;
	left = CPU_ALLOC(shared->cpuset_bytes * 8);
	if (!left)
		return reason_set(team->reason, -ENOMEM, "no memory for a set of CPUs");
	error = server_start(&team->server, team->workload, &shared->job, &team->arena,
			     team_cpus_left(team, left) ? left : NULL, shared->cpuset_bytes, team->reason);
	CPU_FREE(left);
	return error;
}

static int team_prepare(struct team *team, const struct team_options *options, const struct job *job)
{
	int error = team_layout(team, options, job);

	if (error)
		return error;
	if (team->workload->prepare)
		error = team->workload->prepare(&team->shared->job, &team->arena, team->reason);
	if (!error)
		error = team_serve(team);
	if (error)
		arena_exit(&team->arena);
	return error;
}

int team_init(struct team *team, const struct team_options *options)
{
	unsigned workers = options->executor->concurrent ? 1 : options->workers;
	struct job job;
	int error;

	*team = (struct team){
		.workload = options->workload,
		.workers = workers,
		.reason = team->crew.reason,
		.crew = {.executor = options->executor,
			 .arena = &team->arena,
			 .workers = workers,
			 .entry = team_entry,
			 .program = options->worker_path,
			 .role = TEAM_ROLE},
	};
	if (options->directory && strlen(options->directory) >= sizeof(job.directory))
		return reason_set(team->reason, -ENAMETOOLONG, "the folder for temporary files has too long a name");
	job_init(&job, options);
	error = team_prepare(team, options, &job);
	if (error)
		return error;
	error = crew_init(&team->crew);
	if (!error)
		return 0;
	server_stop(&team->server);
	arena_exit(&team->arena);
	return error;
}

/* Where the caller is the worker: what the worker of another executor does by itself. */
static int team_lend(struct team *team)
{
	team->lent = malloc(sizeof(*team->lent));
	if (!team->lent)
		return reason_set(team->reason, -ENOMEM, "no memory for a worker");
	worker_enter(team->lent, &team->arena, team->workload, 0);
	gate_arrive(&team->shared->gate);
	return 0;
}

static void team_lend_batch(struct team *team)
{
	worker_batch(team->lent);
	gate_arrive(&team->shared->gate);
}

static void team_lend_end(struct team *team)
{
	if (team->lent)
		worker_leave(team->lent);
	free(team->lent);
	team->lent = NULL;
}

/* Tells the workers to leave. */
static void team_dismiss(struct team *team)
{
	/* Relaxed: published by the gate's opening. */
	atomic_store_explicit(&team->shared->stop, 1, memory_order_relaxed);
	gate_open(&team->shared->gate);
}

/* Ends the workers, by force where the executor can. */
static void team_cancel(struct team *team)
{
	team_lend_end(team);
	if (crew_kill(&team->crew))
		return;
	team_dismiss(team);
	crew_reap(&team->crew);
}

void team_exit(struct team *team)
{
	team_cancel(team);
	crew_exit(&team->crew);
	server_stop(&team->server);
	arena_exit(&team->arena);
}

/* The first worker's error, if any has one; but who has lost the server cannot say why. */
static int team_error(struct team *team)
{
	for (unsigned rank = 0; rank < team->workers; rank++) {
		const struct worker_slot *slot = team_slot(team, rank);
		int lost;

		if (!slot->error)
			continue;
		lost = server_alive_after_error(&team->server, team->reason);
		return lost ? lost
			    : reason_set(team->reason, slot->error, "worker %u: %.*s", rank, REASON_BYTES - 24,
					 slot->reason[0] ? slot->reason : strerror(-slot->error));
	}
	return 0;
}

static int team_await(struct team *team)
{
	while (gate_wait_arrived(&team->shared->gate, LOOK_AFTER_NS) == -ETIMEDOUT) {
		int error = crew_alive(&team->crew);

		if (!error)
			error = server_alive(&team->server, team->reason);
		if (error)
			return error;
	}
	return team_error(team);
}

int team_start(struct team *team)
{
	int error = crew_start(&team->crew);

	if (!error && team->crew.executor->lends)
		error = team_lend(team);
	if (error) {
		team_cancel(team);
		return error;
	}
	return team_await(team);
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
	if (team->workload->batch_begin)
		team->workload->batch_begin(&shared->job, &team->arena, ops);
	measured.start_ns = clock_now_ns();
	if (shared->starts_offset != ARENA_NOTHING)
		measured.start_ns += OPEN_LOOP_LEAD_NS;
	shared->origin_ns = measured.start_ns;
	gate_open(&shared->gate);
	if (team->lent)
		team_lend_batch(team);
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
	team_lend_end(team);
	team_dismiss(team);
	return crew_reap(&team->crew);
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
