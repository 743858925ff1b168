/* SPDX-License-Identifier: MIT */
/*
 * summary: oneTBB threads: parallel_for with grain size chunk (0: auto_partitioner); task_group.run for every task
 * entries: map apply-async
 * needs: pkg-config tbb>=2021 | libtbb-dev
 *
 * The thread that asks is one of the arena's. oneTBB has no C interface, hence C++.
 */
#include "peer/common/peer.h"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

namespace
{

namespace tbb = oneapi::tbb;

tbb::task_arena *arena;

/* The arena has a place for every worker; the limit lets there be more threads than the machine has cores. */
const char *start(unsigned workers)
{
	static tbb::global_control limit(tbb::global_control::max_allowed_parallelism, workers);

	arena = new tbb::task_arena(static_cast<int>(workers));
	return nullptr;
}

void map(const peer_batch *batch)
{
	auto body = [inputs = batch->inputs, outputs = batch->outputs](const tbb::blocked_range<size_t> &range) {
		for (size_t i = range.begin(); i != range.end(); i++)
			outputs[i] = peer_square(inputs[i]);
	};

	arena->execute([&] {
		if (batch->chunk == 0)
			tbb::parallel_for(tbb::blocked_range<size_t>(0, batch->tasks), body);
		else
			tbb::parallel_for(tbb::blocked_range<size_t>(0, batch->tasks, batch->chunk), body,
					  tbb::simple_partitioner());
	});
}

void apply_async(const peer_batch *batch)
{
	arena->execute([batch] {
		tbb::task_group group;

		for (size_t i = 0; i < batch->tasks; i++)
			group.run([batch, i] { batch->outputs[i] = peer_square(batch->inputs[i]); });
		group.wait();
	});
}

const peer_entry entries[] = {
	{"map", map},
	{"apply-async", apply_async},
	{nullptr, nullptr},
};

} // namespace

extern "C" const struct peer peer_tbb = {
	.name = "tbb",
	.start = start,
	.reserve = nullptr,
	.entries = entries,
};
