/* SPDX-License-Identifier: MIT */
/* Calibration, warm-up and the timed loop of one cell. */
#include "measure/session.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/cpuset.h"
#include "core/executor.h"
#include "gbench/gbench.h"
#include "plan/schedule.h"

/* A batch this part of the wanted length is long enough to foretell the rest. */
enum { CALIBRATE_PART = 4, CALIBRATE_GROWTH_MAX = 16, CALIBRATE_CONFIRMATIONS = 3 };

/* Shared-out operations: so many for each worker, if that makes the batch at most so many times as long. */
enum { TURNS_WANTED = 16, STRETCH_MAX = 4 };

/* To make inputs and to check outputs can take longer than what is timed. A batch is so long that it is over after 5/4 of
 * what was wanted, with all that. */
enum { UNTIMED_PART = 5, TIMED_PART = 4 };

#define OPS_MAX (UINT64_C(1) << 40)

static int session_setup(struct session *session, struct shape_setup *setup)
{
	const struct measure_request *request = session->request;
	int error;

	setup->request = request;
	setup->executor = executor_find(request->executor);
	if (!setup->executor)
		setup->executor = peer_find(request->executor);
	if (!setup->executor)
		setup->executor = subject_find(request->executor);
	if (!setup->executor)
		return reason_set(session->reason, -ENOENT, "there is no executor %s", request->executor);
	error = workload_load(request->workload, &setup->workload, session->reason);
	if (error)
		return error;
	session->constant = request->constant;
	if (!session->constant && setup->workload->calibrate)
		session->constant = setup->workload->calibrate();
	setup->constant = session->constant;
	return 0;
}

static int session_prepare(struct session *session)
{
	const struct measure_request *request = session->request;

	session->affinity_bytes = cpuset_size_bytes();
	session->affinity = CPU_ALLOC(session->affinity_bytes * 8);
	session->samples = aligned_alloc(_Alignof(struct sample), (request->batches + 1) * sizeof(*session->samples));
	if (!session->samples || !session->affinity || cpuset_get(session->affinity, session->affinity_bytes)) {
		CPU_FREE(session->affinity);
		free(session->samples);
		return reason_set(session->reason, -ENOMEM, "no memory for %u samples", request->batches);
	}
	return 0;
}

/* Shapes may bind their caller, who in `tvp gbench` goes on with the next cell. */
static void session_give_back(struct session *session)
{
	cpuset_bind(session->affinity, session->affinity_bytes);
	CPU_FREE(session->affinity);
	free(session->samples);
}

int session_open(struct session *session, const struct measure_request *request, const char *cpusets)
{
	struct shape_setup setup = {.cpusets = cpusets};
	int error;

	*session = (struct session){.request = request, .run.ops = shape_table[request->shape]};
	error = session_setup(session, &setup);
	if (!error)
		error = session_prepare(session);
	if (error)
		return error;
	error = session->run.ops->open(&session->run, &setup, session->reason);
	if (!error)
		return 0;
	session_give_back(session);
	return error;
}

int session_batch(struct session *session, uint64_t ops, struct sample *sample)
{
	return session->run.ops->batch(&session->run, ops, sample, session->reason);
}

static uint64_t session_most(const struct session *session)
{
	return session->run.most ? session->run.most : OPS_MAX;
}

/*
 * A batch of ten operations of one length keeps three workers busy for four turns and leaves two of them idle in the
 * last: then its time would tell of the batch and not of the workers. So every worker gets the same number of turns,
 * and enough of them that one that comes late at the end hardly counts.
 */
static uint64_t session_whole_turns(const struct session *session, double ops)
{
	double turn = (double)session->run.turn, turns = ceil(ops / turn);

	if (session->run.shared_out && turns < TURNS_WANTED)
		turns = fmin(TURNS_WANTED, ceil(turns * STRETCH_MAX));
	return (uint64_t)fmin(fmax(turns, 1) * turn, (double)session_most(session));
}

/* The shortest of several batches: what comes between can only lengthen one. */
static int session_shortest(struct session *session, uint64_t ops, unsigned tries, uint64_t *shortest_ns)
{
	struct sample sample;

	for (unsigned i = 0; i < tries; i++) {
		uint64_t begin_ns = clock_now_ns(), elapsed_ns;
		int error = session_batch(session, ops, &sample);

		if (error)
			return error;
		elapsed_ns = (clock_now_ns() - begin_ns) / UNTIMED_PART * TIMED_PART;
		if (elapsed_ns < sample.wall_ns)
			elapsed_ns = sample.wall_ns;
		if (elapsed_ns < *shortest_ns)
			*shortest_ns = elapsed_ns;
	}
	return 0;
}

/* How many times as many operations would make the batch as long as is wanted. */
static int session_growth(struct session *session, uint64_t ops, double *growth)
{
	double wanted_ns = (double)session->request->batch_ns;
	uint64_t shortest_ns = UINT64_MAX;
	int error = session_shortest(session, ops, 1, &shortest_ns);

	/* A delay in a tiny batch looks like a long operation: what seems long enough has to be so again. */
	if (!error && wanted_ns <= CALIBRATE_PART * (double)shortest_ns)
		error = session_shortest(session, ops, CALIBRATE_CONFIRMATIONS, &shortest_ns);
	*growth = wanted_ns / (double)(shortest_ns ? shortest_ns : 1);
	return error;
}

/*
 * What a short batch foretells need not hold: workers that sleep after every short batch stay awake in a long one, and a
 * delay may hit every one of a few. So the whole has to take at least half of what was foretold; else it is the next to
 * be tried.
 */
int session_calibrate(struct session *session, uint64_t *ops)
{
	double wanted_ns = (double)session->request->batch_ns, growth;
	uint64_t tried = session->run.turn;

	if (session->run.fixed) {
		struct sample sample;

		*ops = session->run.fixed;
		return session_batch(session, *ops, &sample);
	}
	for (;;) {
		uint64_t whole, whole_ns = UINT64_MAX;
		int error = session_growth(session, tried, &growth);

		if (error)
			return error;
		if (growth > CALIBRATE_PART && tried < session_most(session)) {
			tried *= growth > CALIBRATE_GROWTH_MAX ? CALIBRATE_GROWTH_MAX : (uint64_t)growth;
			tried = tried < session_most(session) ? tried : session_most(session);
			continue;
		}
		whole = session_whole_turns(session, (double)tried * growth);
		if (whole > tried && whole < session_most(session))
			error = session_shortest(session, whole, 1, &whole_ns);
		if (error)
			return error;
		if (2 * (double)whole_ns * growth * (double)tried >= wanted_ns * (double)whole) {
			*ops = whole;
			return 0;
		}
		tried = whole;
	}
}

static const char *session_turn(void *context, double *seconds)
{
	struct session *session = context;
	struct sample *sample = &session->samples[session->sample_count];
	int error;

	if (session->sample_count == session->request->batches)
		return "Google Benchmark wants more batches than were asked for";
	error = session_batch(session, session->request->ops, sample);
	if (error)
		return session->reason;
	session->sample_count++;
	*seconds = (double)sample->wall_ns / (double)NS_PER_S;
	return NULL;
}

static const char *session_ops(void *context, uint64_t *ops)
{
	*ops = ((const struct session *)context)->request->ops;
	return NULL;
}

static void session_done(void *context, struct gbench_state *state)
{
}

/* Google Benchmark has added up the same batches: if its total is another one, the loop was not what it seems. */
static void session_compare(void *context, const struct gbench_result *result)
{
	struct session *session = context;
	const struct measure_request *request = session->request;
	double seconds = 0;

	for (unsigned i = 0; i < session->sample_count; i++)
		seconds += (double)session->samples[i].wall_ns / (double)NS_PER_S;
	if (result->error) {
		reason_set(session->reason, 0, "%s", result->error);
		session->sample_count = 0;
	} else if (result->iterations != request->ops * request->batches ||
		   fabs(result->seconds - seconds) > 1e-9 * seconds + 1e-12) {
		reason_set(session->reason, 0, "Google Benchmark's total (%.9g s) is not that of the samples (%.9g s)",
			   result->seconds, seconds);
		session->sample_count = 0;
	}
}

static int session_gbench_loop(struct session *session)
{
	const struct gbench_case timed = {
		.name = "cell",
		.iterations = session->request->ops * session->request->batches,
		.context = session,
		.open = session_ops,
		.batch = session_turn,
		.close = session_done,
	};
	int error = gbench_register(&timed);

	if (error)
		return reason_set(session->reason, error, "no memory to register the benchmark");
	gbench_run(session_compare, session);
	return session->sample_count == session->request->batches ? 0 : -EIO;
}

static int session_plain_loop(struct session *session)
{
	double seconds;

	while (session->sample_count < session->request->batches)
		if (session_turn(session, &seconds))
			return -EIO;
	return 0;
}

int session_measure(struct session *session)
{
	const struct shape_run *run = &session->run;
	uint64_t ops = run->fixed ? run->fixed / SCHEDULE_OWN_WARMUP_PART + 1 : session->request->ops;
	struct sample discarded;

	for (unsigned i = 0; i < session->request->warmups; i++) {
		int error = session_batch(session, ops, &discarded);

		if (error)
			return error;
	}
	return session->request->plain_loop ? session_plain_loop(session) : session_gbench_loop(session);
}

int session_close(struct session *session)
{
	return session->run.ops->close(&session->run, session->reason);
}

void session_exit(struct session *session)
{
	session->run.ops->exit(&session->run);
	session_give_back(session);
}
