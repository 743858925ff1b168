/* SPDX-License-Identifier: MIT */
/* The contract of an executor: how workers come to exist, one file each in src/executor/. */
#ifndef TVP_CORE_EXECUTOR_H
#define TVP_CORE_EXECUTOR_H

#include <stddef.h>

struct team;

enum executor_sharing {
	SHARING_SAME,   /* one address space, one descriptor table */
	SHARING_COPIED, /* a copy of the parent's, as it was when the worker began */
	SHARING_FRESH,  /* nothing but the arena and what is inherited through exec */
	SHARING_OUTSIDE /* a peer: a program of its own that runs the same tasks with other means */
};

/* NULL callbacks mean what is said beside them. Errors are negative errnos with a line in team->reason. */
struct executor {
	const char *name; /* = file name = command-line name = CSV value */
	const char *summary;
	enum executor_sharing sharing;
	unsigned max_workers; /* 0: no limit of its own */
	const char *program;  /* a peer's; NULL otherwise */
	/* Of a peer: the values of the setting "entry" that it has. Ends with NULL; NULL: all. */
	const char *const *entries;

	/* Can it work here? 0, or a negative errno with REASON_BYTES of reason. NULL: always. */
	int (*probe)(char *reason);
	/* Brings up team->workers workers that each run worker_main, in order of rank, counting team->started.
	 * After an error the caller calls cancel. */
	int (*start)(struct team *team);
	/* Waits until every started worker has ended. -ECHILD with a reason if one did not end well. */
	int (*reap)(struct team *team);
	/* Ends the started workers, whatever they do, and reaps them. */
	void (*cancel)(struct team *team);
	/* 0 while all started workers live; else a negative errno with a reason. NULL: cannot die alone. */
	int (*alive)(struct team *team);
	/* The calling thread is the worker: runs its batch after the gate has opened. NULL: workers run themselves. */
	void (*lend)(struct team *team);
};

/* All of src/executor/, generated from the folder; ends with NULL. */
extern const struct executor *const executor_table[];
const struct executor *executor_find(const char *name);

/* All of bench/peer/, generated from the folder; ends with NULL. They have no callback but probe. */
extern const struct executor *const peer_table[];
const struct executor *peer_find(const char *name);

#endif
