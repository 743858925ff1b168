/* SPDX-License-Identifier: MIT */
/* Waking and being woken without a pool, on the CPUs that the pool's workers have: what its round trip is held against. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/cpuset.h"
#include "core/futex.h"
#include "measure/shape-farm.h"

/* Round trips are made until both are reached. */
enum { TRIPS_MIN = 20, TRIPS_NS = 2 * 1000 * 1000 };

enum turn { TURN_OWN, TURN_PARTNER, TURN_OVER };

/* Neither side spins: each sleeps until the other has changed the word. */
struct bare {
	_Alignas(64) _Atomic uint32_t turn;
	const struct farm *farm;
	int error; /* the partner's; read once it has ended */
};

int farm_bind(const struct farm *farm, unsigned rank)
{
	size_t bytes = cpuset_size_bytes();
	const char *list = farm->cpusets;
	cpu_set_t *set;
	char *own;
	int error;

	if (!*list)
		return 0;
	for (unsigned i = 0; i < rank && *list; i++)
		list += strcspn(list, ";") + 1;
	own = strndup(list, strcspn(list, ";"));
	set = CPU_ALLOC(bytes * 8);
	error = own && set ? cpuset_parse(own, set, bytes) : -ENOMEM;
	if (!error)
		error = cpuset_bind(set, bytes);
	CPU_FREE(set);
	free(own);
	return error;
}

static void give(struct bare *bare, uint32_t turn)
{
	atomic_store_explicit(&bare->turn, turn, memory_order_release);
	futex_wake(&bare->turn, 1, FUTEX_PRIVATE_FLAG);
}

static uint32_t await_other_than(struct bare *bare, uint32_t turn)
{
	uint32_t now;

	while ((now = atomic_load_explicit(&bare->turn, memory_order_acquire)) == turn)
		futex_wait(&bare->turn, turn, FUTEX_PRIVATE_FLAG, UINT64_MAX);
	return now;
}

static void *partner_entry(void *argument)
{
	struct bare *bare = argument;

	bare->error = farm_bind(bare->farm, bare->farm->request->workers - 1);
	while (await_other_than(bare, TURN_OWN) == TURN_PARTNER)
		give(bare, TURN_OWN);
	return NULL;
}

int farm_bare_round_trip(const struct farm *farm, double *round_trip_ns, char *reason)
{
	struct bare bare = {.farm = farm};
	uint64_t begin_ns = 0, ns = 0, trips = 0;
	pthread_t partner;
	int error = pthread_create(&partner, NULL, partner_entry, &bare);

	if (error)
		return reason_set(reason, -error, "no thread for a bare round trip: %s", strerror(error));
	do {
		give(&bare, TURN_PARTNER);
		await_other_than(&bare, TURN_PARTNER);
		if (trips++ == 0) /* the first one waits for the thread */
			begin_ns = clock_now_ns();
		ns = clock_now_ns() - begin_ns;
	} while (trips <= TRIPS_MIN || ns < TRIPS_NS);
	give(&bare, TURN_OVER);
	pthread_join(partner, NULL);
	if (bare.error)
		return reason_set(reason, bare.error, "the partner of a bare round trip cannot be bound: %s",
				  strerror(-bare.error));
	*round_trip_ns = (double)ns / (double)(trips - 1);
	return 0;
}
