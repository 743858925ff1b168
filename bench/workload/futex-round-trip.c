/* SPDX-License-Identifier: MIT */
/*
 * Waking another thread and being woken by it: one operation hands a word over and back, each side sleeping in the
 * kernel until its turn. The partner is a thread of the worker's own; neither side spins.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/futex.h"
#include "core/workload.h"

enum turn { TURN_WORKER, TURN_PARTNER, TURN_OVER };

struct futex_round_trip_state {
	_Alignas(64) _Atomic uint32_t turn;
	uint64_t served; /* the partner's count; read after the turn has come back */
	pthread_t partner;
};

/* Release and acquire hand `served` over together with the turn. */
static void give_turn(struct futex_round_trip_state *state, uint32_t turn)
{
	atomic_store_explicit(&state->turn, turn, memory_order_release);
	futex_wake(&state->turn, 1, FUTEX_PRIVATE_FLAG);
}

static uint32_t await_turn_after(struct futex_round_trip_state *state, uint32_t turn)
{
	uint32_t now;

	while ((now = atomic_load_explicit(&state->turn, memory_order_acquire)) == turn)
		futex_wait(&state->turn, turn, FUTEX_PRIVATE_FLAG, UINT64_MAX);
	return now;
}

static void *partner_entry(void *argument)
{
	struct futex_round_trip_state *state = argument;

	while (await_turn_after(state, TURN_WORKER) == TURN_PARTNER) {
		state->served++;
		give_turn(state, TURN_WORKER);
	}
	return NULL;
}

static int futex_round_trip_worker_init(struct worker *worker)
{
	struct futex_round_trip_state *state = aligned_alloc(_Alignof(struct futex_round_trip_state), sizeof(*state));
	int error;

	if (!state)
		return worker_fail(worker, -ENOMEM, "no memory");
	memset(state, 0, sizeof(*state));
	error = pthread_create(&state->partner, NULL, partner_entry, state);
	if (error) {
		free(state);
		return worker_fail(worker, -error, "pthread_create of the partner: %s", strerror(error));
	}
	worker->state = state;
	return 0;
}

/* The result counts what the partner has served. */
static int futex_round_trip_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	struct futex_round_trip_state *state = worker->state;
	uint64_t before = state->served;

	for (uint64_t i = 0; i < ops; i++) {
		give_turn(state, TURN_PARTNER);
		await_turn_after(state, TURN_PARTNER);
	}
	worker->result += state->served - before;
	return 0;
}

static void futex_round_trip_worker_exit(struct worker *worker)
{
	struct futex_round_trip_state *state = worker->state;

	if (!state)
		return;
	give_turn(state, TURN_OVER);
	pthread_join(state->partner, NULL);
	free(state);
}

static int futex_round_trip_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result,
				   char *reason)
{
	if (result != ops)
		return reason_set(reason, -EBADMSG, "%llu of %llu round trips came back", (unsigned long long)result,
				  (unsigned long long)ops);
	return 0;
}

const struct workload workload_futex_round_trip = {
	.name = "futex-round-trip",
	.summary = "waking a sleeping thread and being woken by it",
	.shares = "nothing: each wakes a partner of its own",
	.kind = WORKLOAD_KERNEL,
	.worker_init = futex_round_trip_worker_init,
	.run = futex_round_trip_run,
	.worker_exit = futex_round_trip_worker_exit,
	.verify = futex_round_trip_verify,
};
