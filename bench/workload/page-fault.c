/* SPDX-License-Identifier: MIT */
/*
 * First touches of fresh memory: one operation writes to a page that the kernel has yet to provide. When all pages of
 * the worker's mapping have been touched they are given back at once; that is a part of the cost, 1/pages of it each.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/workload.h"

enum { PAGE_FAULT_PAGES };

static const struct parameter page_fault_parameters[] = {
	[PAGE_FAULT_PAGES] = {"pages", "", "touched before they are given back", 1024, 1, 1048576, NULL},
	{0},
};

struct page_fault_state {
	char *base;
	size_t page_bytes;
	uint64_t touched; /* pages since they were last given back */
};

static int page_fault_worker_init(struct worker *worker)
{
	struct page_fault_state *state = calloc(1, sizeof(*state));
	size_t bytes;

	if (!state)
		return worker_fail(worker, -ENOMEM, "no memory");
	worker->state = state;
	state->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	bytes = state->page_bytes * worker->job->parameters[PAGE_FAULT_PAGES];
	state->base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (state->base == MAP_FAILED)
		return worker_fail(worker, -errno, "mmap of %zu bytes: %s", bytes, strerror(errno));
	/* One fault a page. Kernels without huge pages refuse this, and have no need of it. */
	madvise(state->base, bytes, MADV_NOHUGEPAGE);
	return 0;
}

/* A fresh page holds nothing but zeros: the result counts those that were fresh. */
static int page_fault_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	struct page_fault_state *state = worker->state;
	uint64_t pages = worker->job->parameters[PAGE_FAULT_PAGES];

	for (uint64_t i = 0; i < ops; i++) {
		volatile char *page;

		if (state->touched == pages) {
			if (madvise(state->base, pages * state->page_bytes, MADV_DONTNEED) < 0)
				return worker_fail(worker, -errno, "madvise: %s", strerror(errno));
			state->touched = 0;
		}
		page = state->base + state->touched++ * state->page_bytes;
		(*page)++;
		worker->result += (uint64_t)*page;
	}
	return 0;
}

static void page_fault_worker_exit(struct worker *worker)
{
	struct page_fault_state *state = worker->state;

	if (state && state->base && state->base != MAP_FAILED)
		munmap(state->base, state->page_bytes * worker->job->parameters[PAGE_FAULT_PAGES]);
	free(state);
}

static int page_fault_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result,
			     char *reason)
{
	if (result != ops)
		return reason_set(reason, -EBADMSG, "%llu pages were not fresh", (unsigned long long)(result - ops));
	return 0;
}

const struct workload workload_page_fault = {
	.name = "page-fault",
	.summary = "first touches of fresh memory, a page each",
	.shares = "nothing; as threads, the address space",
	.kind = WORKLOAD_KERNEL,
	.parameters = page_fault_parameters,
	.worker_init = page_fault_worker_init,
	.run = page_fault_run,
	.worker_exit = page_fault_worker_exit,
	.verify = page_fault_verify,
};
