/* SPDX-License-Identifier: MIT */
/*
 * Memory as programs get it: an operation maps a region, writes to each of its pages for the first time and unmaps it.
 * page-fault keeps one mapping and gives its pages back, so its workers change nothing that they share. Here each
 * operation changes the list of mappings when it maps, when it says which pages it wants, and when it unmaps: threads
 * share that list and the lock on it and take turns, processes have their own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/workload.h"

#define FIRST_TOUCH_HUGE_FILE "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"

enum { FIRST_TOUCH_KIB, FIRST_TOUCH_THP };

static const char *const first_touch_switched[] = {"off", "on", NULL};

static const struct parameter first_touch_parameters[] = {
	[FIRST_TOUCH_KIB] = {"kib", "KiB", "of one region", 1024, 1, 1 << 26, NULL},
	[FIRST_TOUCH_THP] = {"thp", "", "in transparent huge pages", 0, 0, 1, first_touch_switched},
	{0},
};

struct first_touch_state {
	size_t page_bytes;
	size_t huge_bytes; /* 0: no huge pages are wanted */
	size_t region_bytes;
};

static uint64_t first_touch_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	return parameters[FIRST_TOUCH_KIB] * 1024 * workers;
}

/* Whole pages. */
static uint64_t first_touch_pages(const struct job *job, size_t page_bytes)
{
	return (job->parameters[FIRST_TOUCH_KIB] * 1024 + page_bytes - 1) / page_bytes;
}

/* 0: this kernel has none. */
static size_t first_touch_huge_bytes(void)
{
	FILE *file = fopen(FIRST_TOUCH_HUGE_FILE, "re");
	unsigned long bytes = 0;

	if (file && fscanf(file, "%lu", &bytes) != 1)
		bytes = 0;
	if (file)
		fclose(file);
	return bytes;
}

/* One operation. A fresh page holds nothing but zeros: how many were fresh goes to *fresh. */
static int first_touch_once(struct worker *worker, const struct first_touch_state *state, uint64_t *fresh)
{
	/* Huge pages begin at multiples of their size, so more is mapped than is touched. */
	size_t mapped_bytes = state->region_bytes + state->huge_bytes;
	char *mapping = mmap(NULL, mapped_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *region = mapping;
	int advice = state->huge_bytes ? MADV_HUGEPAGE : MADV_NOHUGEPAGE;

	if (mapping == MAP_FAILED)
		return worker_fail(worker, -errno, "mmap of %zu KiB: %s; a smaller kib takes less", mapped_bytes >> 10,
				   strerror(errno));
	if (state->huge_bytes)
		region += state->huge_bytes - (uintptr_t)mapping % state->huge_bytes;
	/* Kernels without huge pages refuse this, and have no need of it. */
	madvise(region, state->region_bytes, advice);
	for (size_t at = 0; at < state->region_bytes; at += state->page_bytes) {
		volatile char *page = region + at;

		(*page)++;
		*fresh += (uint64_t)*page;
	}
	if (munmap(mapping, mapped_bytes) < 0)
		return worker_fail(worker, -errno, "munmap of %zu KiB: %s", mapped_bytes >> 10, strerror(errno));
	return 0;
}

/* With a fault for every small page there were no huge ones. */
static int first_touch_try_huge(struct worker *worker, const struct first_touch_state *state)
{
	struct rusage before, after;
	uint64_t pages = state->region_bytes / state->page_bytes, fresh = 0;
	int error;

	getrusage(RUSAGE_THREAD, &before);
	error = first_touch_once(worker, state, &fresh);
	getrusage(RUSAGE_THREAD, &after);
	if (error || (uint64_t)(after.ru_minflt - before.ru_minflt) <= pages / 2)
		return error;
	return worker_fail(worker, -EOPNOTSUPP,
			   "thp=on: no transparent huge pages came (see /sys/kernel/mm/transparent_hugepage/enabled)");
}

static int first_touch_worker_init(struct worker *worker)
{
	struct first_touch_state *state = calloc(1, sizeof(*state));

	if (!state)
		return worker_fail(worker, -ENOMEM, "no memory");
	worker->state = state;
	state->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	state->region_bytes = first_touch_pages(worker->job, state->page_bytes) * state->page_bytes;
	if (!worker->job->parameters[FIRST_TOUCH_THP])
		return 0;
	state->huge_bytes = first_touch_huge_bytes();
	if (!state->huge_bytes)
		return worker_fail(worker, -EOPNOTSUPP, "thp=on: this kernel has no transparent huge pages");
	if (state->region_bytes < state->huge_bytes)
		return worker_fail(worker, -EINVAL,
				   "thp=on: a huge page has %zu KiB, so kib has to be as much at least",
				   state->huge_bytes >> 10);
	return first_touch_try_huge(worker, state);
}

static int first_touch_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	int error = 0;

	for (uint64_t i = 0; !error && i < ops; i++)
		error = first_touch_once(worker, worker->state, &worker->result);
	return error;
}

static void first_touch_worker_exit(struct worker *worker)
{
	free(worker->state);
}

static uint64_t first_touch_units(const struct job *job)
{
	return first_touch_pages(job, (size_t)sysconf(_SC_PAGESIZE));
}

static int first_touch_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result,
			      char *reason)
{
	uint64_t expected = ops * first_touch_units(job);

	if (result != expected)
		return reason_set(reason, -EBADMSG, "of %llu pages not all were fresh: their sum is %llu",
				  (unsigned long long)expected, (unsigned long long)result);
	return 0;
}

const struct workload workload_first_touch = {
	.name = "first-touch",
	.summary = "maps a region, writes to each page first, and unmaps it",
	.shares = "nothing; as threads, the address space and the lock on its list of mappings",
	.kind = WORKLOAD_MEMORY,
	.parameters = first_touch_parameters,
	.memory_bytes = first_touch_memory_bytes,
	.operation_units = first_touch_units,
	.worker_init = first_touch_worker_init,
	.run = first_touch_run,
	.worker_exit = first_touch_worker_exit,
	.verify = first_touch_verify,
};
