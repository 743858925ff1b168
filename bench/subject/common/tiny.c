/* SPDX-License-Identifier: MIT */
/*
 * The smallest program that can be a worker: it maps the arena, says in its slot when it began and when it was done, and
 * ends. Arguments: ARENA-FD SLOT-OFFSET; without any it has nothing to do. Built twice: with the C library as a shared
 * object, and without any (TINY_STATIC), so that one sees what an exec costs by itself, and what a loader and a library
 * add.
 */
#include <stddef.h>
#include <stdint.h>

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "core/creation.h"

/* A system call without a C library. */
static long tiny_call(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
#else
	extern long syscall(long call, ...);

	return syscall(number, a, b, c, d, e, f);
#endif
}

static uint64_t tiny_now_ns(void)
{
	struct timespec now = {0};

	tiny_call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0, 0, 0);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static uint64_t tiny_number(const char *text)
{
	uint64_t number = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		number = 10 * number + (uint64_t)(*text - '0');
	return number;
}

static int tiny_main(int argc, char **argv)
{
	uint64_t started_ns = tiny_now_ns(), offset;
	struct creation_slot *slot;
	unsigned cpu = 0;
	long base;

	if (argc == 1)
		return 0;
	if (argc != 3)
		return 2;
	offset = tiny_number(argv[2]);
	base = tiny_call(SYS_mmap, 0, (long)(offset + sizeof(*slot)), PROT_READ | PROT_WRITE, MAP_SHARED,
			 (long)tiny_number(argv[1]), 0);
	if (base < 0 && base > -4096)
		return 2;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel has answered with an address. */
	slot = (struct creation_slot *)(base + (long)offset);
	slot->started_ns = started_ns;
	if (tiny_call(SYS_getcpu, (long)&cpu, 0, 0, 0, 0, 0) == 0)
		slot->cpu = (int32_t)cpu;
	slot->done_ns = tiny_now_ns();
	/* Release: whoever sees it sees the rest of the slot. */
	atomic_store_explicit(&slot->done, 1, memory_order_release);
	if (slot->announce)
		tiny_call(SYS_futex, (long)&slot->done, FUTEX_WAKE, 1, 0, 0, 0);
	return 0;
}

#ifdef TINY_STATIC
void tiny_begin(long *stack);

void tiny_begin(long *stack)
{
	int status = tiny_main((int)stack[0], (char **)(stack + 1));

	for (;;)
		tiny_call(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

/* The kernel leaves argc, argv and the environment on the stack. */
#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall tiny_begin\n");
#else
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tmov x0, sp\n\tbl tiny_begin\n");
#endif
#else
int main(int argc, char **argv)
{
	return tiny_main(argc, argv);
}
#endif
