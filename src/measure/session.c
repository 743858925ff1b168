/* SPDX-License-Identifier: MIT */
/* Calibration, warm-up and the timed loop of one cell. */
#include "measure/session.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/executor.h"
#include "gbench/gbench.h"

/* A batch this part of the wanted length is long enough to foretell the rest. */
enum { CALIBRATE_PART = 4, CALIBRATE_GROWTH_MAX = 16, CALIBRATE_CONFIRMATIONS = 2 };

/* Shared-out operations: so many for each worker, if that makes the batch at most so many times as long. */
enum { TURNS_WANTED = 16, STRETCH_MAX = 4 };

#define OPS_MAX (UINT64_C(1) << 40)

static int session_resources(struct session *session, struct team_options *options, char *reason)
{
	const struct measure_request *request = session->request;

	options->executor = executor_find(request->executor);
	options->workload = workload_find(request->workload);
	if (!options->executor || !options->workload)
		return reason_set(reason, -ENOENT, "no such executor or workload: %s, %s", request->executor,
				  request->workload);
	session->constant = request->constant;
	if (!session->constant && options->workload->calibrate)
		session->constant = options->workload->calibrate();
	options->constant = session->constant;
	session->samples = aligned_alloc(_Alignof(struct sample), (request->batches + 1) * sizeof(*session->samples));
	return session->samples ? 0 : reason_set(reason, -ENOMEM, "no memory for %u samples", request->batches);
}

int session_open(struct session *session, const struct measure_request *request, const char *cpusets, char *reason)
{
	struct team_options options = {
		.workers = request->workers,
		.parameters = request->parameters,
		.directory = request->directory,
		.cpusets = cpusets,
		.worker_path = request->worker_path,
	};
	int error;

	*session = (struct session){.request = request, .shape = shape_table[request->shape]};
	error = session_resources(session, &options, reason);
	if (error)
		return error;
	options.mode = session->shape->mode;
	error = team_init(&session->team, &options);
	if (error) {
		memcpy(reason, session->team.reason, REASON_BYTES);
		goto free_samples;
	}
	error = session->shape->open(&session->team);
	if (!error)
		return 0;
	memcpy(reason, session->team.reason, REASON_BYTES);
	team_exit(&session->team);
free_samples:
	free(session->samples);
	return error;
}

/*
 * A batch of ten operations of one length keeps three workers busy for four turns and leaves two of them idle in the
 * last: then its time would tell of the batch and not of the workers. So every worker gets the same number of turns,
 * and enough of them that one that comes late at the end hardly counts.
 */
static uint64_t session_whole_turns(const struct session *session, double ops)
{
	double workers = session->shape->shared_out ? session->request->workers : 1;
	double turns = ceil(ops / workers);

	if (session->shape->shared_out && turns < TURNS_WANTED)
		turns = fmin(TURNS_WANTED, ceil(turns * STRETCH_MAX));
	return (uint64_t)fmin(fmax(turns, 1) * workers, (double)OPS_MAX);
}

/* The shortest of several batches: what comes between can only lengthen one. */
static int session_shortest(struct session *session, uint64_t ops, unsigned tries, uint64_t *shortest_ns)
{
	struct sample sample;

	for (unsigned i = 0; i < tries; i++) {
		int error = session->shape->batch(&session->team, ops, &sample);

		if (error)
			return error;
		if (sample.wall_ns < *shortest_ns)
			*shortest_ns = sample.wall_ns;
	}
	return 0;
}

int session_calibrate(struct session *session, uint64_t *ops)
{
	uint64_t tried = session->shape->shared_out ? session->request->workers : 1;
	double wanted_ns = (double)session->request->batch_ns;

	for (;;) {
		uint64_t shortest_ns = UINT64_MAX;
		double growth;
		int error = session_shortest(session, tried, 1, &shortest_ns);

		/* A delay in a tiny batch looks like a long operation: what seems long enough has to be so again. */
		if (!error && wanted_ns <= CALIBRATE_PART * (double)shortest_ns)
			error = session_shortest(session, tried, CALIBRATE_CONFIRMATIONS, &shortest_ns);
		if (error)
			return error;
		growth = wanted_ns / (double)(shortest_ns ? shortest_ns : 1);
		if (growth <= CALIBRATE_PART || tried >= OPS_MAX) {
			*ops = session_whole_turns(session, (double)tried * growth);
			return 0;
		}
		tried *= growth > CALIBRATE_GROWTH_MAX ? CALIBRATE_GROWTH_MAX : (uint64_t)growth;
	}
}

static const char *session_batch(void *context, double *seconds)
{
	struct session *session = context;
	struct sample *sample = &session->samples[session->sample_count];
	int error;

	if (session->sample_count == session->request->batches)
		return "Google Benchmark wants more batches than were asked for";
	error = session->shape->batch(&session->team, session->request->ops, sample);
	if (error)
		return session->team.reason;
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
		reason_set(session->team.reason, 0, "%s", result->error);
		session->sample_count = 0;
	} else if (result->iterations != request->ops * request->batches ||
		   fabs(result->seconds - seconds) > 1e-9 * seconds + 1e-12) {
		reason_set(session->team.reason, 0,
			   "Google Benchmark's total (%.9g s) is not that of the samples (%.9g s)", result->seconds,
			   seconds);
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
		.batch = session_batch,
		.close = session_done,
	};
	int error = gbench_register(&timed);

	if (error)
		return reason_set(session->team.reason, error, "no memory to register the benchmark");
	gbench_run(session_compare, session);
	return session->sample_count == session->request->batches ? 0 : -EIO;
}

static int session_plain_loop(struct session *session)
{
	double seconds;

	while (session->sample_count < session->request->batches)
		if (session_batch(session, &seconds))
			return -EIO;
	return 0;
}

int session_measure(struct session *session)
{
	struct sample discarded;

	for (unsigned i = 0; i < session->request->warmups; i++) {
		int error = session->shape->batch(&session->team, session->request->ops, &discarded);

		if (error)
			return error;
	}
	return session->request->plain_loop ? session_plain_loop(session) : session_gbench_loop(session);
}

int session_close(struct session *session)
{
	return session->shape->close(&session->team);
}

void session_exit(struct session *session)
{
	team_exit(&session->team);
	free(session->samples);
}
