/* SPDX-License-Identifier: MIT */
/* The contract of an executor: how workers come to exist, one file each in src/executor/. */
#ifndef TVP_CORE_EXECUTOR_H
#define TVP_CORE_EXECUTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crew;
struct seat;

enum executor_sharing {
	SHARING_SAME,   /* one address space, one descriptor table */
	SHARING_COPIED, /* a copy of the parent's, as it was when the worker began */
	SHARING_FRESH,  /* nothing but the arena and what is inherited through exec */
	SHARING_OUTSIDE /* a program of others, which does the same with other means: peers, and subjects with .batch */
};

/* NULL callbacks mean what is said beside them. Errors are negative errnos with a line in crew->reason. */
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
	/* What its workers need in common, before the first starts and after the last has ended. NULL: nothing. */
	int (*open)(struct crew *crew);
	void (*close)(struct crew *crew);
	/* Brings up the seat's worker, which runs crew->entry or the crew's program. */
	int (*start)(struct seat *seat);
	/* Waits until it has ended. -ECHILD with a reason if it did not end well. NULL: there is nothing to reap, and its
	 * creator waits until it says that it is done (subjects only). */
	int (*reap)(struct seat *seat);
	/* Ends it, whatever it does; it is to be reaped all the same. NULL: cannot; workers have to be asked to leave. */
	void (*kill)(struct seat *seat);
	/* 0 while it lives; else a negative errno with a reason. NULL: cannot die alone. */
	int (*alive)(struct seat *seat);
	/* The caller is the one worker: it runs what the others would when it waits for it. */
	bool lends;
	/* Its one worker keeps as many operations under way as others have workers (workload.run_concurrent). */
	bool concurrent;
	/* Of subjects that are programs of others, in place of start and what belongs to it: brings up and reaps so many
	 * workers by itself, one after the other, and tells how long it took. Nothing more is known of them. -EOPNOTSUPP:
	 * this program cannot. NULL: start is there. */
	int (*batch)(struct crew *crew, uint64_t ops, uint64_t *elapsed_ns);
	unsigned batch_turn; /* ops are a multiple of so many; 0: any number */
};

/* All of src/executor/, generated from the folder; ends with NULL. */
extern const struct executor *const executor_table[];
const struct executor *executor_find(const char *name);

/* All of bench/subject/, generated from the folder; ends with NULL. They bring up workers that do nothing (shape
 * `create`): they know no more than start and what belongs to it, or batch. */
extern const struct executor *const subject_table[];
const struct executor *subject_find(const char *name);

/* All of bench/peer/, generated from the folder; ends with NULL. They have no callback but probe. */
extern const struct executor *const peer_table[];
const struct executor *peer_find(const char *name);

#endif
