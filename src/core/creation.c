/* SPDX-License-Identifier: MIT */
/* What is done by a worker that is brought up to see what that costs, and how its creator hears of it. */
#include "core/creation.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/futex.h"

void creation_prepare(struct creation_slot *slot, bool hold, bool announce)
{
	slot->started_ns = slot->done_ns = slot->write_ns = 0;
	slot->cpu = -1;
	slot->error = 0;
	slot->hold = hold;
	slot->announce = announce;
	/* Relaxed: nobody else knows of the slot before the creating call, which orders everything. */
	atomic_store_explicit(&slot->begun, 0, memory_order_relaxed);
	atomic_store_explicit(&slot->released, 0, memory_order_relaxed);
	atomic_store_explicit(&slot->done, 0, memory_order_relaxed);
}

/* Release and acquire: what was written before `word_set` is seen after `word_await`. */
static void word_set(_Atomic uint32_t *word)
{
	atomic_store_explicit(word, 1, memory_order_release);
	futex_wake(word, 1, 0);
}

static int word_await(_Atomic uint32_t *word, uint64_t timeout_ns)
{
	while (!atomic_load_explicit(word, memory_order_acquire))
		if (futex_wait(word, 0, 0, timeout_ns) == -ETIMEDOUT)
			return -ETIMEDOUT;
	return 0;
}

int creation_await_begun(struct creation_slot *slot, uint64_t timeout_ns)
{
	return word_await(&slot->begun, timeout_ns);
}

int creation_await_done(struct creation_slot *slot, uint64_t timeout_ns)
{
	return word_await(&slot->done, timeout_ns);
}

void creation_release(struct creation_slot *slot)
{
	word_set(&slot->released);
}

uint64_t creation_write(char *memory, size_t bytes)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t begin_ns = clock_now_ns();

	/* Atomic: threads of one creator write to the same pages. */
	for (size_t at = 0; at < bytes; at += page_bytes)
		atomic_store_explicit((_Atomic char *)(memory + at), 1, memory_order_relaxed);
	return clock_now_ns() - begin_ns;
}

/* Not sched_getcpu, which knows where the thread is whose local storage it finds: not all workers have their own. */
static FIRST_STEPS int32_t creation_cpu(const struct creation_slot *slot)
{
	unsigned cpu = 0;
	long error = slot->at_home ? getcpu(&cpu, NULL) : call_kernel(SYS_getcpu, (long)&cpu, 0, 0, 0, 0, 0);

	return error ? -1 : (int32_t)cpu;
}

FIRST_STEPS void creation_work(const struct arena *arena, unsigned rank, char *memory, size_t bytes,
			       uint64_t started_ns)
{
	struct creation_slot *slot = creation_slot(arena, rank);

	slot->started_ns = started_ns;
	if (slot->cpuset_offset != ARENA_NOTHING &&
	    sched_setaffinity(0, slot->cpuset_bytes, arena_at(arena, slot->cpuset_offset)) < 0)
		slot->error = -errno;
	if (slot->hold) {
		word_set(&slot->begun);
		word_await(&slot->released, UINT64_MAX);
	}
	if (bytes)
		slot->write_ns = creation_write(memory, bytes);
	slot->cpu = creation_cpu(slot);
	slot->done_ns = slot->at_home ? clock_now_ns() : clock_call_ns();
	if (slot->announce)
		word_set(&slot->done);
	else
		atomic_store_explicit(&slot->done, 1, memory_order_release);
}

bool creation_program_entry(struct arena *arena, unsigned rank, uint64_t started_ns)
{
	if (CREATION_OFFSET + (rank + UINT64_C(1)) * sizeof(struct creation_slot) > arena->size_bytes)
		return false;
	creation_work(arena, rank, NULL, 0, started_ns);
	return true;
}
