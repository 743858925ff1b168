/* SPDX-License-Identifier: MIT */
/* Sleeping on a word of memory until another thread or process changes it (futex(2)). */
#ifndef TVP_CORE_FUTEX_H
#define TVP_CORE_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>

/* Wait for any number of wakers and waiters. */
#define FUTEX_ALL INT32_MAX

/* Sleeps while *word == value, at most timeout_ns (UINT64_MAX: for ever). Returns 0 or -ETIMEDOUT; may also
 * return 0 for no reason, so callers look again. flags: FUTEX_PRIVATE_FLAG within one address space, else 0. */
int futex_wait(_Atomic uint32_t *word, uint32_t value, uint32_t flags, uint64_t timeout_ns);

/* Wakes up to `count` waiters. */
void futex_wake(_Atomic uint32_t *word, int32_t count, uint32_t flags);

#endif
