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
#include <time.h>

#include "core/call.h"
#include "core/creation.h"

static uint64_t tiny_now_ns(void)
{
	struct timespec now = {0};

	call_kernel(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0, 0, 0);
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
	base = call_kernel(SYS_mmap, 0, (long)(offset + sizeof(*slot)), PROT_READ | PROT_WRITE, MAP_SHARED,
			   (long)tiny_number(argv[1]), 0);
	if (base < 0 && base > -4096)
		return 2;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel has answered with an address. */
	slot = (struct creation_slot *)(base + (long)offset);
	slot->started_ns = started_ns;
	if (call_kernel(SYS_getcpu, (long)&cpu, 0, 0, 0, 0, 0) == 0)
		slot->cpu = (int32_t)cpu;
	slot->done_ns = tiny_now_ns();
	/* Release: whoever sees it sees the rest of the slot. */
	atomic_store_explicit(&slot->done, 1, memory_order_release);
	if (slot->announce)
		call_kernel(SYS_futex, (long)&slot->done, FUTEX_WAKE, 1, 0, 0, 0);
	return 0;
}

#ifdef TINY_STATIC
void tiny_begin(long *stack);

void tiny_begin(long *stack)
{
	int status = tiny_main((int)stack[0], (char **)(stack + 1));

	for (;;)
		call_kernel(SYS_exit_group, status, 0, 0, 0, 0, 0);
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
