/* SPDX-License-Identifier: MIT */
/* Calling clone3: without a stack, which is like fork, and with one, which takes a few instructions of each machine. */
#include "subject/common/subject_clone3.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/call.h"
#include "core/clock.h"
#include "core/crew.h"
#include "core/futex.h"
#include "core/process.h"

enum { STACK_BYTES = 65536 };

int clone3_probe(char *reason)
{
#ifdef __SANITIZE_THREAD__
	return reason_set(reason, -EOPNOTSUPP, "ThreadSanitizer knows only workers that the C library has made");
#else
	/* No arguments, so nothing is made: a kernel that has the call says that they are too short. */
	if (syscall(SYS_clone3, NULL, 0) < 0 && errno != EINVAL)
		return reason_set(reason, -errno, "clone3: %s (Linux 5.3 has it; seccomp may refuse it)",
				  strerror(errno));
	return 0;
#endif
}

#if defined(__x86_64__)
/* In the new one all registers but rax, rcx, r11 and the stack are as they were. */
static long clone3_call(struct clone_args *arguments, int (*entry)(void *argument), void *argument)
{
	register int (*r8)(void *) __asm__("r8") = entry;
	register void *r9 __asm__("r9") = argument;
	long result;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r9, %%rdi\n\t"
			 "call *%%r8\n\t"
			 "mov %%eax, %%edi\n\t"
			 "mov %[exit], %%eax\n\t"
			 "syscall\n"
			 "1:"
			 : "=a"(result)
			 : "a"(SYS_clone3), "D"(arguments), "S"(sizeof(*arguments)), "r"(r8),
			   "r"(r9), [exit] "i"(SYS_exit)
			 : "rcx", "r11", "memory", "cc");
	return result;
}
#elif defined(__aarch64__)
static long clone3_call(struct clone_args *arguments, int (*entry)(void *argument), void *argument)
{
	register long x8 __asm__("x8") = SYS_clone3, x1 __asm__("x1") = sizeof(*arguments);
	register long x0 __asm__("x0") = (long)arguments;
	register int (*x2)(void *) __asm__("x2") = entry;
	register void *x3 __asm__("x3") = argument;

	__asm__ volatile("svc 0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x30, xzr\n\t"
			 "mov x0, x3\n\t"
			 "blr x2\n\t"
			 "mov x8, %[exit]\n\t"
			 "svc 0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), [exit] "i"(SYS_exit)
			 : "memory", "cc");
	return x0;
}
#else
#define CLONE3_WITHOUT_STACK
static long clone3_call(struct clone_args *arguments, int (*entry)(void *argument), void *argument)
{
	return -EOPNOTSUPP;
}
#endif

int clone3_stack_probe(char *reason)
{
#ifdef CLONE3_WITHOUT_STACK
	return reason_set(reason, -EOPNOTSUPP, "nobody has written yet how to begin on another stack on this machine");
#else
	return clone3_probe(reason);
#endif
}

/* Under each stack lies a page that nobody may touch. */
static int clone3_map(struct clone3_worker *worker)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = page_bytes + (STACK_BYTES + page_bytes - 1) / page_bytes * page_bytes;
	char *base = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (base == MAP_FAILED)
		return -errno;
	if (mprotect(base + page_bytes, bytes - page_bytes, PROT_READ | PROT_WRITE) < 0) {
		int error = -errno;

		munmap(base, bytes);
		return error;
	}
	worker->stack = base + page_bytes;
	worker->stack_bytes = bytes - page_bytes;
	return 0;
}

int clone3_open(struct crew *crew)
{
	struct clone3_worker *workers = aligned_alloc(_Alignof(struct clone3_worker), crew->workers * sizeof(*workers));
	int error = 0;

	if (!workers)
		return reason_set(crew->reason, -ENOMEM, "no memory for a subject");
	memset(workers, 0, crew->workers * sizeof(*workers));
	crew->state = workers;
	for (unsigned rank = 0; rank < crew->workers && !error; rank++)
		error = clone3_map(&workers[rank]);
	if (!error)
		return 0;
	clone3_close(crew);
	return reason_set(crew->reason, error, "mmap of a stack: %s", strerror(-error));
}

void clone3_close(struct crew *crew)
{
	struct clone3_worker *workers = crew->state;
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);

	for (unsigned rank = 0; rank < crew->workers; rank++)
		if (workers[rank].stack)
			munmap(workers[rank].stack - page_bytes, workers[rank].stack_bytes + page_bytes);
	free(workers);
}

static int clone3_entry(void *argument)
{
	uint64_t started_ns = clock_now_ns();
	const struct seat *seat = argument;

	seat->crew->entry(seat, started_ns);
	return 0;
}

static int clone3_refused(const struct seat *seat, int error)
{
	return reason_set(seat->crew->reason, error, "clone3 of worker %u: %s", seat->rank, strerror(-error));
}

int clone3_start(struct seat *seat, uint64_t flags, int exit_signal)
{
	struct clone3_worker *worker = (struct clone3_worker *)seat->crew->state + seat->rank;
	struct clone_args arguments = {.flags = flags,
				       .child_tid = (uintptr_t)&worker->running,
				       .exit_signal = (uint64_t)exit_signal,
				       .stack = (uintptr_t)worker->stack,
				       .stack_size = worker->stack_bytes};
	long result;

	/* Relaxed: the call orders it before anything that the worker does. */
	atomic_store_explicit(&worker->running, 1, memory_order_relaxed);
	result = clone3_call(&arguments, clone3_entry, seat);
	if (result < 0)
		return clone3_refused(seat, (int)result);
	seat->pid = (pid_t)result;
	return 0;
}

/* The kernel wakes this futex as one that could be shared. */
int clone3_await(struct seat *seat)
{
	struct clone3_worker *worker = (struct clone3_worker *)seat->crew->state + seat->rank;

	while (atomic_load_explicit(&worker->running, memory_order_acquire))
		futex_wait(&worker->running, 1, 0, UINT64_MAX);
	return 0;
}

static FIRST_STEPS _Noreturn void clone3_copied(const struct seat *seat, pid_t owner)
{
	uint64_t started_ns = clock_call_ns();

	if (owner)
		process_follow(owner);
	seat->crew->entry(seat, started_ns);
	_exit(0);
}

int clone3_copy(struct seat *seat, uint64_t flags, pid_t owner)
{
	struct clone_args arguments = {.flags = flags, .exit_signal = SIGCHLD};
	long result = syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (result < 0)
		return clone3_refused(seat, -errno);
	if (result == 0)
		clone3_copied(seat, owner);
	seat->pid = (pid_t)result;
	return 0;
}
