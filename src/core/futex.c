/* SPDX-License-Identifier: MIT */
/* The futex system call, which glibc does not wrap. */
#include "core/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

int futex_wait(_Atomic uint32_t *word, uint32_t value, uint32_t flags, uint64_t timeout_ns)
{
	struct timespec timeout = {(time_t)(timeout_ns / NS_PER_S), (long)(timeout_ns % NS_PER_S)};
	long result = syscall(SYS_futex, word, FUTEX_WAIT | flags, value, timeout_ns == UINT64_MAX ? NULL : &timeout,
			      NULL, 0);

	return result < 0 && errno == ETIMEDOUT ? -ETIMEDOUT : 0;
}

void futex_wake(_Atomic uint32_t *word, int32_t count, uint32_t flags)
{
	syscall(SYS_futex, word, FUTEX_WAKE | flags, count, NULL, NULL, 0);
}
