/* SPDX-License-Identifier: MIT */
/*
 * summary: OpenMP threads: parallel for with schedule(dynamic, chunk); tasks created by one thread
 * entries: map apply-async
 * needs: OpenMP::OpenMP_C | libomp-dev, for clang
 *
 * The thread that asks is one of the team's. The others stay between batches: they wait as the run-time library does by
 * default. Without a schedule it is the library's own choice, which is static for GCC's and LLVM's. omp.h is not
 * needed, as everything can be said in clauses.
 */
#include "peer/common/peer.h"

static const char *openmp_start(unsigned workers)
{
	unsigned team = 0;

#pragma omp parallel num_threads(workers) reduction(+ : team)
	team++;
	return team == workers ? NULL : "OpenMP gives fewer threads (see OMP_THREAD_LIMIT, ulimit -u)";
}

static void openmp_map(const struct peer_batch *batch)
{
	const uint64_t *inputs = batch->inputs;
	uint64_t *outputs = batch->outputs;
	long tasks = (long)batch->tasks, chunk = (long)batch->chunk;

	if (chunk == 0) {
#pragma omp parallel for num_threads(batch->workers)
		for (long i = 0; i < tasks; i++)
			outputs[i] = peer_square(inputs[i]);
	} else {
#pragma omp parallel for num_threads(batch->workers) schedule(dynamic, chunk)
		for (long i = 0; i < tasks; i++)
			outputs[i] = peer_square(inputs[i]);
	}
}

static void openmp_apply_async(const struct peer_batch *batch)
{
	const uint64_t *inputs = batch->inputs;
	uint64_t *outputs = batch->outputs;

#pragma omp parallel num_threads(batch->workers)
#pragma omp single
	{
		for (size_t i = 0; i < batch->tasks; i++) {
#pragma omp task firstprivate(i)
			outputs[i] = peer_square(inputs[i]);
		}
#pragma omp taskwait
	}
}

static const struct peer_entry openmp_entries[] = {
	{"map", openmp_map},
	{"apply-async", openmp_apply_async},
	{NULL, NULL},
};

const struct peer peer_openmp = {
	.name = "openmp",
	.start = openmp_start,
	.entries = openmp_entries,
};
