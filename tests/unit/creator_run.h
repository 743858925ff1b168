/* SPDX-License-Identifier: MIT */
/* Shape `create` for tests: opened, run and ended as a session of the measurer does it. */
#ifndef TVP_TESTS_CREATOR_RUN_H
#define TVP_TESTS_CREATOR_RUN_H

#include <stdlib.h>
#include <string.h>

#include "core/beside.h"
#include "core/clock.h"
#include "core/cpuset.h"
#include "core/executor.h"
#include "measure/creator.h"
#include "resources.h"

/* Refers to itself: not to be copied. */
struct creator_run {
	struct measure_request request;
	struct shape_setup setup;
	struct shape_run run;
	char reason[REASON_BYTES];
	cpu_set_t *affinity; /* of this thread, which the creator binds */
	int descriptors, threads;
};

/* Settings are 0, so that the parent is what it is anyway. */
static inline void creator_run_init(struct creator_run *own, const struct executor *executor, unsigned workers,
				    const char *cpusets)
{
	memset(own, 0, sizeof(*own));
	own->request.shape = SHAPE_CREATE;
	own->request.workers = workers;
	own->request.settings[PARENT_CLOEXEC] = 1;
	if (beside_find("tvp-worker", own->request.worker_path, own->reason))
		fail_msg("%s", own->reason);
	own->setup = (struct shape_setup){
		.request = &own->request,
		.executor = executor,
		.workload = workload_find("noop"),
		.cpusets = cpusets,
	};
	own->run.ops = shape_table[SHAPE_CREATE];
}

/* That of the test that runs: what a failed one leaves behind must not make the next ones fail. */
static struct shape_run creator_run_left;

#ifdef __SANITIZE_THREAD__
static inline void *creator_run_nothing(void *argument)
{
	return argument;
}
#endif

/* For cmocka_unit_test_setup_teardown. */
static inline int creator_run_setup(void **state)
{
#ifdef __SANITIZE_THREAD__
	pthread_t thread;

	/* It has a thread of its own from the first that is made: before anybody counts. */
	if (pthread_create(&thread, NULL, creator_run_nothing, NULL) == 0)
		pthread_join(thread, NULL);
#endif
	return 0;
}

static inline int creator_run_teardown(void **state)
{
	if (creator_run_left.ops)
		creator_run_left.ops->exit(&creator_run_left);
	creator_run_left.ops = NULL;
	return 0;
}

#define creator_run_test(test) cmocka_unit_test_setup_teardown(test, creator_run_setup, creator_run_teardown)

static inline void creator_run_unbind(struct creator_run *own)
{
	assert_int_equal(cpuset_bind(own->affinity, cpuset_size_bytes()), 0);
	free(own->affinity);
}

/* Nothing is left of it. */
static inline void creator_run_assert_gone(const struct creator_run *own)
{
	assert_true(resources_no_children());
	assert_int_equal(resources_threads_settled(own->threads), own->threads);
	assert_int_equal(resources_descriptors(), own->descriptors);
	assert_int_equal(resources_mappings("memfd:tvp-arena"), 0);
}

/* What shape_ops.open gives. */
static inline int creator_run_try(struct creator_run *own)
{
	int error;

	own->affinity = malloc(cpuset_size_bytes());
	assert_non_null(own->affinity);
	assert_int_equal(cpuset_get(own->affinity, cpuset_size_bytes()), 0);
	own->descriptors = resources_descriptors();
	own->threads = resources_threads();
	error = own->run.ops->open(&own->run, &own->setup, own->reason);
	if (error) {
		creator_run_unbind(own);
		creator_run_assert_gone(own);
	} else {
		creator_run_left = own->run;
	}
	return error;
}

static inline void creator_run_open(struct creator_run *own)
{
	int error = creator_run_try(own);

	if (error)
		fail_msg("%u of %s: %s (%d)", own->request.workers, own->setup.executor->name, own->reason, error);
}

static inline struct creator *creator_run_creator(const struct creator_run *own)
{
	return own->run.state;
}

/* What shape_ops.batch gives. */
static inline int creator_run_try_batch(struct creator_run *own, uint64_t ops, struct sample *sample)
{
	return own->run.ops->batch(&own->run, ops, sample, own->reason);
}

static inline void creator_run_batch(struct creator_run *own, uint64_t ops, struct sample *sample)
{
	int error = creator_run_try_batch(own, ops, sample);

	if (error)
		fail_msg("%u of %s: %s (%d)", own->request.workers, own->setup.executor->name, own->reason, error);
}

static inline void creator_run_exit(struct creator_run *own)
{
	creator_run_left.ops = NULL;
	own->run.ops->exit(&own->run);
	creator_run_unbind(own);
	creator_run_assert_gone(own);
}

/* Does it in good order. */
static inline void creator_run_close(struct creator_run *own)
{
	assert_int_equal(own->run.ops->close(&own->run, own->reason), 0);
	creator_run_exit(own);
}

/* The first or the last CPU that this thread may use. */
static inline size_t creator_run_cpu(bool last)
{
	size_t bytes = cpuset_size_bytes(), cpu = last ? bytes * 8 - 1 : 0;
	cpu_set_t *set = malloc(bytes);

	assert_non_null(set);
	assert_int_equal(cpuset_get(set, bytes), 0);
	while (!CPU_ISSET_S(cpu, bytes, set))
		cpu += last ? (size_t)-1 : 1;
	free(set);
	return cpu;
}

/* With every executor that works here, alone and by twos. */
static inline void creator_run_each(void (*check)(const struct executor *executor, unsigned workers))
{
	for (const struct executor *const *entry = executor_table; *entry; entry++) {
		char reason[REASON_BYTES];

		if ((*entry)->probe && (*entry)->probe(reason))
			continue;
		for (unsigned workers = 1; workers <= 2; workers++)
			if (!(*entry)->max_workers || workers <= (*entry)->max_workers)
				check(*entry, workers);
	}
}

#endif
