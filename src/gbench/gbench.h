/* SPDX-License-Identifier: MIT */
/*
 * Google Benchmark behind a C interface. It drives the timed loop; what one turn of it does, and how long that took,
 * is told by callbacks (manual time). Nothing here throws, and no benchmark:: type escapes.
 */
#ifndef TVP_GBENCH_GBENCH_H
#define TVP_GBENCH_GBENCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gbench_state; /* the benchmark that is running */

/* One benchmark. One iteration, for Google Benchmark, is one operation; they are run `ops` at a time. */
struct gbench_case {
	const char *name; /* copied */
	/* Exactly this many iterations; 0: Google Benchmark chooses (--benchmark_min_time). */
	uint64_t iterations;
	void *context;
	/* Before the loop; sets the operations of a batch (> 0). NULL text is success, else why not. */
	const char *(*open)(void *context, uint64_t *ops);
	/* One batch; its manual time goes to *seconds. NULL text is success, else why not: the loop ends. */
	const char *(*batch)(void *context, double *seconds);
	/* After the loop, if open succeeded; may call gbench_counter. */
	void (*close)(void *context, struct gbench_state *state);
};

/* Registers a benchmark; the struct is copied, `context` must live until it has run. 0 or -ENOMEM. */
int gbench_register(const struct gbench_case *benchmark);

enum gbench_counter_kind {
	GBENCH_COUNTER_PLAIN,
	GBENCH_COUNTER_PER_ITERATION, /* divided by the iterations */
	GBENCH_COUNTER_RATE           /* divided by the manual time */
};

/* Reports a figure beside the time. */
void gbench_counter(struct gbench_state *state, const char *name, double value, enum gbench_counter_kind kind);

/* What Google Benchmark reports of one run; strings live until the callback returns. */
struct gbench_result {
	const char *name;
	uint64_t iterations;
	double seconds;    /* manual time of all iterations */
	const char *error; /* NULL: none */
};

/* Runs all that is registered, with no output but the calls of `report`. Returns the number of benchmarks run. */
int gbench_run(void (*report)(void *context, const struct gbench_result *result), void *context);

/* Adds a line to the context that Google Benchmark's own reporters print. */
void gbench_context(const char *key, const char *value);

/* An ordinary Google Benchmark program: its flags, its reporters. Returns its exit status. */
int gbench_main(int argc, char **argv);

/* How long Google Benchmark takes, in ns, to describe this machine to itself, which every process that runs a
 * benchmark pays once: where /proc/cpuinfo has no clock rate (some arm64) it measures one for a second. */
uint64_t gbench_context_ns(void);

#ifdef __cplusplus
}
#endif

#endif
