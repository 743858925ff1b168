/* SPDX-License-Identifier: MIT */
/*
 * For the first steps of a process. One that was forked just now pays a page fault for each part of the program, of the C
 * library and of the vDSO that it visits, so its steps lie together and call the kernel by themselves. The smallest
 * programs have no library at all.
 */
#ifndef TVP_CORE_CALL_H
#define TVP_CORE_CALL_H

#include <sys/syscall.h>

/* For functions: puts them next to each other. */
#define FIRST_STEPS __attribute__((section(".text.hot.first_steps")))

/* What the kernel answers: from -4095 to -1 it is a negative errno. */
static inline long call_kernel(long number, long a, long b, long c, long d, long e, long f)
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

#endif
