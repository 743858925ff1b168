/* SPDX-License-Identifier: MIT */
/*
 * A team: W workers of one executor behind one gate, sharing one job. They wait at the gate, run a batch each time it
 * opens, and leave when told to.
 * struct team belongs to the process that measures; struct team_shared lies in the arena, so that a worker of
 * any kind finds everything there.
 */
#ifndef TVP_CORE_TEAM_H
#define TVP_CORE_TEAM_H

#include <stdatomic.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/crew.h"
#include "core/gate.h"
#include "core/server.h"
#include "core/usage.h"
#include "core/workload.h"

struct executor;

/* What one worker tells about itself; a cache line pair of its own. */
struct worker_slot {
	_Alignas(128) uint64_t finished_ns; /* its last operation of the batch was done */
	uint64_t ops;                       /* that it ran in the batch */
	uint64_t result;
	struct usage usage; /* of the batch */
	int32_t cpu;        /* where it ran at the end of the batch */
	int32_t error;      /* negative errno, with a reason */
	char reason[REASON_BYTES];
};

/* Where team_shared lies in every team's arena. */
#define TEAM_SHARED_OFFSET UINT64_C(128)

struct team_shared {
	struct job job;
	struct gate gate;
	_Alignas(128) _Atomic uint64_t next; /* the next operation that no worker has claimed */
	_Alignas(128) uint64_t ops;          /* operations of the batch; written before the gate opens */
	uint64_t chunk;                      /* operations claimed at a time */
	_Atomic uint32_t stop;               /* 1: leave when the gate opens */
	uint32_t workers;
	uint64_t in_flight;     /* that the one worker of a concurrent executor keeps under way; 0: another executor */
	uint64_t origin_ns;     /* from when starts count; written before the gate opens */
	uint64_t starts_offset; /* options.scheduled × uint64_t; ARENA_NOTHING: a closed loop */
	uint64_t latencies_offset; /* as many, filled in by the workers */
	uint64_t slots_offset;
	uint64_t cpuset_bytes;
	uint64_t wanted_offset; /* workers × cpuset_bytes; ARENA_NOTHING: unbound */
	uint64_t actual_offset; /* workers × cpuset_bytes, filled in by the workers */
};

struct worker_life;

struct team {
	const struct workload *workload;
	struct arena arena;
	struct team_shared *shared;
	struct crew crew;
	struct server_process server;
	unsigned workers;         /* threads or processes: 1 with a concurrent executor */
	struct worker_life *lent; /* the caller's, where the executor lends it */
	char *reason;             /* the crew's */
};

struct team_options {
	const struct executor *executor;
	const struct workload *workload;
	unsigned workers;
	const uint64_t *parameters; /* WORKLOAD_PARAMETERS_MAX values */
	uint64_t constant;
	const char *directory;
	const char *cpusets; /* one list a worker, separated by ';'; "" or NULL: unbound */
	const char *worker_path;
	uint64_t scheduled; /* an open loop: the most operations that a batch has; 0: a closed loop */
};

/* One batch, as the team ran it. */
struct team_batch {
	uint64_t start_ns; /* the gate was opened */
	uint64_t wall_ns;  /* from then until the last worker's last operation was done */
	struct usage usage;
};

/* Makes the arena and the workload's shared data; starts nobody. 0 or a negative errno with team->reason; after an
 * error there is nothing to end. */
int team_init(struct team *team, const struct team_options *options);

/* Ends workers that are still there, whatever they do, and frees everything. */
void team_exit(struct team *team);

/* Brings the workers up; all are at the gate when it returns. 0 or a negative errno with team->reason. */
int team_start(struct team *team);

/* Runs one batch of `ops` operations, which the workers claim from one counter, and checks the result. */
int team_run(struct team *team, uint64_t ops, struct team_batch *batch);

/* In an open loop, when each operation of the next batch is to start, in ns from its beginning, ascending; for the caller to
 * fill in. And what it took in the last batch from when it was to start until it was done. */
uint64_t *team_starts(const struct team *team);
const uint64_t *team_latencies(const struct team *team);

/* Tells the workers to leave, and waits for their end. */
int team_stop(struct team *team);

/* What tvp-worker runs for a team. */
#define TEAM_ROLE "tvp-team"
bool team_program_entry(struct arena *arena, unsigned rank, uint64_t started_ns);

struct worker_slot *team_slot(const struct team *team, unsigned rank);

/* What the workers were bound to and where they were last seen, by rank: "0;1"; a cpuset that all share is given
 * once. The caller frees both. 0 or -ENOMEM. */
int team_whereabouts(const struct team *team, char **cpusets, char **cpus);

#endif
