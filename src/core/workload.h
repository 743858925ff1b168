/* SPDX-License-Identifier: MIT */
/*
 * The contract of a workload: the code that a worker runs, one file each in bench/workload/.
 * A workload never asks which executor it runs under: a worker may be a thread, a forked or an exec'd process.
 */
#ifndef TVP_CORE_WORKLOAD_H
#define TVP_CORE_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct operations;
struct server;
struct tvp_task;

enum {
	WORKLOAD_PARAMETERS_MAX = 8,
	WORKLOAD_NAME_BYTES = 32,
	JOB_DIRECTORY_BYTES = 512,
	REASON_BYTES = 320 /* of any one-line reason, with its NUL */
};

enum workload_kind { WORKLOAD_CPU, WORKLOAD_MEMORY, WORKLOAD_IO, WORKLOAD_KERNEL };

/* A whole number, or one of several names, that the user can set (--set name=value). */
struct parameter {
	const char *name;
	const char *unit; /* "us", "bytes"; "" for a plain number */
	const char *summary;
	uint64_t initial; /* the default value */
	uint64_t min;
	uint64_t max;
	const char *const *names; /* max + 1 of them: the values by name; NULL: plain numbers */
};

/* The work that all workers of a cell share; plain data in the arena. */
struct job {
	char workload[WORKLOAD_NAME_BYTES];
	uint64_t parameters[WORKLOAD_PARAMETERS_MAX]; /* in the order of the descriptor's list */
	uint64_t constant;                            /* what the workload's calibrate found; 0 without one */
	uint64_t workers;                             /* or operations that one of them keeps under way */
	char directory[JOB_DIRECTORY_BYTES];          /* the run's folder for temporary files */
	uint64_t data_offset;                         /* what prepare allocated in the arena; ARENA_NOTHING if none */
};

/* One worker as its own code sees it; in the worker's private memory. */
struct worker {
	struct arena *arena;
	const struct job *job;
	unsigned rank;      /* 0 … workers - 1 */
	uint64_t in_flight; /* operations that it may keep under way; 1 but for run_concurrent */
	void *state;        /* the workload's own, from worker_init */
	uint64_t result;    /* run adds to it; verify sees the sum over all workers */
	char *reason;       /* REASON_BYTES in the arena: see worker_fail */
};

/*
 * In the file of a workload over a library, as a line of its own: the library's name for pkg-config, and what Debian calls
 * the package that has it. The build reads these lines and makes the workload a module, which only processes that run it
 * load: a worker of any other is to cost what starting that worker costs. Where a library is missing the workload is
 * listed and skipped, with the package's name.
 */
#define WORKLOAD_NEEDS(library, package) _Static_assert(1, #library " of " #package)
/* The same for what a workload can do without; TVP_WITH_… is defined where it is found, with the library's name in capitals
 * and '_' for what is no letter or digit. */
#define WORKLOAD_USES(library, package) _Static_assert(1, #library " of " #package)

/* NULL callbacks mean: nothing to do. Errors are negative errnos; say why with worker_fail or job_fail. */
struct workload {
	const char *name; /* = file name = command-line name = CSV value */
	const char *summary;
	const char *shares; /* what its workers have in common, and what each has for itself; NULL: nothing in common */
	enum workload_kind kind;
	const struct parameter *parameters; /* ends with a NULL name; NULL: none */
	const char *missing; /* the library that this build lacks for it, and its package: all else is NULL then */

	/* A fact of this machine, measured once a run and given to every worker (loop turns per ms, …). */
	uint64_t (*calibrate)(void);
	/* The memory that so many workers take with these parameters, the arena included: what is not available is not
	 * tried. NULL: hardly any. */
	uint64_t (*memory_bytes)(const uint64_t *parameters, unsigned workers);
	/* What an operation moves or does, in the unit that a figure counts: bytes, loads (see the workload). NULL: nothing
	 * that is counted. */
	uint64_t (*operation_units)(const struct job *job);
	/* Bytes that prepare allocates in the arena, with room for alignment. */
	size_t (*arena_bytes)(const struct job *job);
	/* Makes the shared data: in the arena (offsets only) or as files in job->directory, which outlive the
	 * process until the run ends and may be there already. */
	int (*prepare)(struct job *job, struct arena *arena, char *reason);
	/* In a process of its own from after prepare until no worker is left: what the workers talk to (core/server.h). Calls
	 * server_ready when it can be reached, and returns when it is told to end, or fails. */
	int (*serve)(struct server *server);
	/* Before each batch, by its owner, untimed: sets back what run changes in the arena. */
	void (*batch_begin)(const struct job *job, struct arena *arena, uint64_t ops);
	/* What each worker needs of its own: buffers, descriptors; into worker->state. */
	int (*worker_init)(struct worker *worker);
	/* Operations first … first + ops - 1 of the batch. Every index is run exactly once, by any worker. */
	int (*run)(struct worker *worker, uint64_t first, uint64_t ops);
	/* The same operations by one worker that waits for many at a time, with an event loop: takes operations
	 * (core/operations.h) until all have been taken, keeps up to worker->in_flight of them under way, and returns when
	 * all that it took are done. NULL: executors that work so do not have this workload. */
	int (*run_concurrent)(struct worker *worker, struct operations *operations);
	/* Gives it back; also called when worker_init failed or was not reached (state is NULL then). */
	void (*worker_exit)(struct worker *worker);
	/* Is `result` right for operations 0 … ops - 1? Computed in another way than run does it.
	 * 0, or a negative errno: the sample has failed. Required: an unchecked workload measures nothing. */
	int (*verify)(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason);

	/* As a task of a pool; NULL: no experiment over a pool can run it. */
	const struct tvp_task *task;
	/* Bytes of a task's input and output, where the task itself leaves them open. */
	void (*task_bytes)(const struct job *job, size_t *input_bytes, size_t *output_bytes);
	/* Writes the input of task `index` of `count`. */
	void (*task_input)(const struct job *job, uint64_t index, uint64_t count, void *input);
	/* Is this output what this input must give? */
	bool (*task_verify)(const struct job *job, const void *input, const void *output);
};

/* All of bench/workload/, generated from the folder; ends with NULL. Those that are modules are not in it in programs
 * that measure. */
extern const struct workload *const workload_table[];
const struct workload *workload_find(const char *name);
/* Finds it, if need be as a module. 0 or -ENOENT with a reason. */
int workload_load(const char *name, const struct workload **workload, char *reason);

/* Both write one line (printf) of at most REASON_BYTES and return `error`, so that a caller can return it. */
int reason_set(char *reason, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));
int worker_fail(struct worker *worker, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
