/* SPDX-License-Identifier: MIT */
/*
 * A crew: the workers of one executor as their owner sees them, whether they are a team or serve a pool. The executor
 * brings one worker into a seat at a time and sees it end; the crew does so for all.
 */
#ifndef TVP_CORE_CREW_H
#define TVP_CORE_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/arena.h"
#include "core/workload.h"

struct crew;
struct executor;

/* The place of one worker; the next one in the same seat has the same rank. */
struct seat {
	struct crew *crew;
	unsigned rank;
	bool taken;
	pid_t pid;        /* process executors */
	pthread_t thread; /* thread executors */
};

struct crew {
	const struct executor *executor;
	const struct arena *arena;
	unsigned workers;
	/* All of a worker's life, in this address space or in a copy of it. */
	void (*entry)(const struct seat *seat, uint64_t started_ns);
	/* What an exec'd worker runs, and what it is told to be: see core/program.h. */
	const char *program;
	const char *role;
	const int *descriptors; /* that it inherits beside the arena's */
	unsigned descriptor_count;
	struct seat *seats;
	pid_t template_pid; /* executor forkserver's, from open to close */
	int template_socket;
	void *state; /* another executor's own, from open to close */
	char reason[REASON_BYTES];
};

/* The caller fills in what is above `seats`; makes the seats and opens the executor. 0 or a negative errno with
 * crew->reason; after an error there is nothing to end. */
int crew_init(struct crew *crew);

/* Ends workers that are still there if their executor can (see executor.kill), and frees everything. */
void crew_exit(struct crew *crew);

/* Brings a worker into every empty seat. 0 or a negative errno with crew->reason; then some seats may be taken. */
int crew_start(struct crew *crew);

/* Waits until the workers in all seats have ended. 0, or -ECHILD with crew->reason if one did not end well. */
int crew_reap(struct crew *crew);

/* The same for one seat. */
int crew_seat_start(struct seat *seat);
int crew_seat_reap(struct seat *seat);

/* Ends all workers, whatever they do, and reaps them; crew->reason stays as it is. False if the executor cannot. */
bool crew_kill(struct crew *crew);

/* 0 while all workers that were started live; else a negative errno with crew->reason. */
int crew_alive(struct crew *crew);

#endif
