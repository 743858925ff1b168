/* SPDX-License-Identifier: MIT */
/* Sets of CPUs as the kernel's bit masks and as lists ("0-3,8"); of any size, no library needed. */
#ifndef TVP_CORE_CPUSET_H
#define TVP_CORE_CPUSET_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

/* Bytes that a mask must have for this kernel (sched_getaffinity refuses shorter ones); a multiple of 8. */
size_t cpuset_size_bytes(void);

/* The CPUs that the calling thread may run on now. 0 or a negative errno. */
int cpuset_get(cpu_set_t *set, size_t size_bytes);

/* Binds the calling thread. Does nothing when it is bound so already: rebinding costs 1 to 100 us. */
int cpuset_bind(const cpu_set_t *set, size_t size_bytes);

/* Reads a list such as "0-3,8". 0, or -EINVAL if it is malformed, empty or beyond size_bytes. */
int cpuset_parse(const char *list, cpu_set_t *set, size_t size_bytes);

/* Writes a list such as "0-3,8" with its NUL. 0 or -ENOSPC. */
int cpuset_format(const cpu_set_t *set, size_t size_bytes, char *list, size_t list_bytes);

#endif
