/* SPDX-License-Identifier: MIT */
/* Workers for every operation: created, and reaped when they have said that they are done. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/executor.h"
#include "measure/creator.h"

/* One creation in so many, and at least one, is repeated by a creator who waits for the work to be done. */
enum { SEEN_PART = 4 };

/* How often a creator who waits checks that its workers live. */
#define LOOK_AFTER_NS (50 * NS_PER_MS)

static int create_open(struct shape_run *run, const struct shape_setup *setup, char *reason)
{
	struct creator *creator;
	int error;

	if (setup->executor->lends && setup->request->settings[PARENT_WRITE] == PARENT_WRITE_CREATOR)
		return reason_set(reason, -EOPNOTSUPP, "with %s the creator is the worker, and cannot write beside it",
				  setup->executor->name);
	creator = malloc(sizeof(*creator));
	error = creator ? creator_init(creator, setup, reason) : reason_set(reason, -ENOMEM, "no memory for a creator");
	if (error) {
		free(creator);
		return error;
	}
	run->turn = creator->crew.executor->batch_turn ? creator->crew.executor->batch_turn : 1;
	run->state = creator;
	return 0;
}

static void create_exit(struct shape_run *run)
{
	creator_exit(run->state);
	free(run->state);
}

static int create_whereabouts(const struct shape_run *run, char **cpusets, char **cpus)
{
	const struct creator *creator = run->state;
	int error = creator_whereabouts(creator, cpusets, cpus);

	if (!error && creator->crew.executor->batch)
		**cpus = '\0'; /* nobody has said */
	return error;
}

static int create_close(struct shape_run *run, char *reason)
{
	return 0;
}

/* Where the caller is the worker it does now what another would do by itself. */
static int create_start(struct creator *creator)
{
	int error = crew_start(&creator->crew);

	if (!error && creator->crew.executor->lends)
		creator->crew.entry(&creator->crew.seats[0], clock_now_ns());
	return error;
}

/* 0 while no worker has died with its work undone; one whose work is done may have ended since. */
static int create_alive(struct creator *creator)
{
	int (*alive)(struct seat * seat) = creator->crew.executor->alive;

	for (unsigned rank = 0; alive && rank < creator->crew.workers; rank++) {
		int error = alive(&creator->crew.seats[rank]);

		/* In this order: who has ended says nothing more. */
		if (error && !atomic_load(&creation_slot(&creator->arena, rank)->done))
			return error;
	}
	return 0;
}

/* Sleeps until all workers are there: `await` is one of creation.h. */
static int create_await(struct creator *creator, int (*await)(struct creation_slot *slot, uint64_t timeout_ns))
{
	for (unsigned rank = 0; rank < creator->crew.workers; rank++)
		while (await(creation_slot(&creator->arena, rank), LOOK_AFTER_NS) == -ETIMEDOUT) {
			int error = create_alive(creator);

			if (error)
				return error;
		}
	return 0;
}

static int create_reap(struct creator *creator)
{
	int error;

	if (creator->crew.executor->reap)
		return crew_reap(&creator->crew);
	error = create_await(creator, creation_await_done);
	for (unsigned rank = 0; rank < creator->crew.workers; rank++)
		creator->crew.seats[rank].taken = false;
	return error;
}

static uint64_t create_pages(const struct creator *creator)
{
	return creator->parent.memory_bytes / (size_t)sysconf(_SC_PAGESIZE);
}

/* While all workers hold still. */
static int create_write(struct creator *creator, struct sample *sample)
{
	int error = create_await(creator, creation_await_begun);

	if (!error) {
		sample->written_ns += creation_write(creator->parent.memory, creator->parent.memory_bytes);
		sample->written_pages += create_pages(creator);
	}
	for (unsigned rank = 0; rank < creator->crew.workers; rank++)
		creation_release(creation_slot(&creator->arena, rank));
	return error;
}

/* Did every worker do its work, and where it belongs? */
static int create_check(const struct creator *creator, char *reason)
{
	for (unsigned rank = 0; rank < creator->crew.workers; rank++) {
		const struct creation_slot *slot = creation_slot(&creator->arena, rank);
		const cpu_set_t *wanted = creator->wanted[rank];

		if (slot->error)
			return reason_set(reason, slot->error, "worker %u: cannot be bound to its CPU: %s", rank,
					  strerror(-slot->error));
		if (!slot->started_ns || !slot->done_ns)
			return reason_set(reason, -EPROTO, "worker %u ended before its work was done", rank);
		if (wanted && (slot->cpu < 0 || !CPU_ISSET_S((size_t)slot->cpu, creator->cpuset_bytes, wanted)))
			return reason_set(reason, -EXDEV, "worker %u ran on CPU %d, to which it was not bound", rank,
					  slot->cpu);
	}
	return 0;
}

static uint64_t create_since(uint64_t begin_ns, uint64_t end_ns)
{
	return end_ns > begin_ns ? end_ns - begin_ns : 0;
}

/* Points in the lives of the workers: of several, when the last was there. */
static void create_note(const struct creator *creator, uint64_t begin_ns, struct sample *sample)
{
	uint64_t started_ns = 0, done_ns = 0;

	for (unsigned rank = 0; rank < creator->crew.workers; rank++) {
		const struct creation_slot *slot = creation_slot(&creator->arena, rank);

		started_ns = slot->started_ns > started_ns ? slot->started_ns : started_ns;
		done_ns = slot->done_ns > done_ns ? slot->done_ns : done_ns;
		/* Programs have nothing of their creator's memory, and write nothing. */
		sample->written_ns += slot->write_ns;
		sample->written_pages += slot->write_ns ? create_pages(creator) : 0;
	}
	sample->phase_ns[PHASE_STARTED] += create_since(begin_ns, started_ns);
	sample->phase_ns[PHASE_DONE] += create_since(begin_ns, done_ns);
}

static void create_prepare(struct creator *creator, bool announce)
{
	bool hold = creator->write == PARENT_WRITE_CREATOR;

	for (unsigned rank = 0; rank < creator->crew.workers; rank++)
		creation_prepare(creation_slot(&creator->arena, rank), hold, announce);
}

/* What is timed. */
static int create_once(struct creator *creator, struct sample *sample)
{
	uint64_t begin_ns, called_ns, reaped_ns;
	int error;

	create_prepare(creator, !creator->crew.executor->reap);
	begin_ns = clock_now_ns();
	error = create_start(creator);
	called_ns = clock_now_ns();
	if (!error && creator->write == PARENT_WRITE_CREATOR)
		error = create_write(creator, sample);
	if (!error)
		error = create_reap(creator);
	reaped_ns = clock_now_ns();
	if (error)
		return error;
	sample->phase_ns[PHASE_CALLED] += called_ns - begin_ns;
	sample->phase_ns[PHASE_REAPED] += reaped_ns - begin_ns;
	create_note(creator, begin_ns, sample);
	error = create_check(creator, creator->crew.reason);
	if (!error && creator->write == PARENT_WRITE_CREATOR)
		error = parent_renew(&creator->parent, creator->crew.reason);
	return error;
}

/* The same by a creator who sleeps until the work is done. */
static int create_seen(struct creator *creator, struct sample *sample)
{
	uint64_t begin_ns;
	int error;

	create_prepare(creator, true);
	begin_ns = clock_now_ns();
	error = create_start(creator);
	if (!error)
		error = create_await(creator, creation_await_done);
	sample->seen_ns += clock_now_ns() - begin_ns;
	sample->seen_ops++;
	return error ? error : create_reap(creator);
}

/* What was charged at one end of a batch. */
struct charge {
	struct usage all;         /* this process, and its children that were reaped */
	struct usage creator;     /* this thread */
	uint64_t template_faults; /* of a fork server's template and its children */
};

/* Minor faults of a process and of the children that it has reaped; 0 if that cannot be told. */
static uint64_t faults_of(pid_t pid)
{
	unsigned long own = 0, children = 0;
	char path[64], text[1024];
	const char *after;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file) {
		size = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[size] = '\0';
	after = strrchr(text, ')'); /* what is before it may have blanks in it */
	if (!after || sscanf(after, ") %*c %*d %*d %*d %*d %*d %*u %lu %lu", &own, &children) != 2)
		return 0;
	return own + children;
}

static void create_charge(const struct creator *creator, struct charge *charge)
{
	usage_read(USAGE_PROCESS_AND_REAPED, &charge->all);
	usage_read(USAGE_THREAD, &charge->creator);
	charge->template_faults = creator->crew.template_pid > 0 ? faults_of(creator->crew.template_pid) : 0;
}

/* The workers of a template are its children, so that what the kernel says of this process is not all. */
static void create_account(const struct creator *creator, const struct charge *begin, const struct charge *end,
			   struct sample *sample)
{
	struct usage own = {0};

	usage_add_difference(&sample->usage, &begin->all, &end->all);
	usage_add_difference(&own, &begin->creator, &end->creator);
	sample->creator_faults = own.minor_faults;
	sample->worker_faults = (double)(sample->usage.minor_faults - own.minor_faults) +
				(double)(end->template_faults - begin->template_faults);
	sample->usage_unknown = creator->crew.template_pid > 0;
}

/* Workers of a program of others. It is bound like the creator, who starts it. */
static int create_outside(struct creator *creator, uint64_t ops, struct sample *sample, char *reason)
{
	struct sample measured = {.ops = ops,
				  .start_ns = clock_now_ns(),
				  .only_reaped = true,
				  .worker_faults = NAN,
				  .usage_unknown = true};
	int error = creator->crew.executor->batch(&creator->crew, ops, &measured.wall_ns);

	if (error) {
		memcpy(reason, creator->crew.reason, REASON_BYTES);
		return error;
	}
	measured.phase_ns[PHASE_REAPED] = measured.wall_ns;
	*sample = measured;
	return 0;
}

static int create_batch(struct shape_run *run, uint64_t ops, struct sample *sample, char *reason)
{
	struct creator *creator = run->state;
	struct sample measured = {.ops = ops, .start_ns = clock_now_ns()};
	uint64_t seen = creator->write == PARENT_WRITE_NONE ? (ops + SEEN_PART - 1) / SEEN_PART : 0;
	struct charge begin, end;
	int error = 0;

	if (creator->crew.executor->batch)
		return create_outside(creator, ops, sample, reason);
	create_charge(creator, &begin);
	for (uint64_t i = 0; !error && i < ops; i++)
		error = create_once(creator, &measured);
	create_charge(creator, &end);
	create_account(creator, &begin, &end, &measured);
	for (uint64_t i = 0; !error && i < seen; i++)
		error = create_seen(creator, &measured);
	if (error) {
		memcpy(reason, creator->crew.reason, REASON_BYTES);
		creator_abandon(creator);
		return error;
	}
	measured.wall_ns = measured.phase_ns[PHASE_REAPED];
	*sample = measured;
	return 0;
}

const struct shape_ops shape_create = {
	.open = create_open,
	.batch = create_batch,
	.close = create_close,
	.exit = create_exit,
	.whereabouts = create_whereabouts,
};
