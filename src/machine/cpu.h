/* SPDX-License-Identifier: MIT */
/* Which CPU this is, from /proc/cpuinfo (the first CPU's entry). */
#ifndef TVP_MACHINE_CPU_H
#define TVP_MACHINE_CPU_H

#include <stddef.h>

/* "Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz", "ARM implementer 0x41 part 0xd0c"; "" if not known. */
void cpu_model(const char *cpuinfo, char *model, size_t size);

/* Lower case letters, digits and '-', without noise words and clock speed; at most CPU_SLUG_BYTES with its NUL;
 * "unknown-cpu" if nothing is left. */
enum { CPU_SLUG_BYTES = 25 };
void cpu_slug(const char *model, char slug[CPU_SLUG_BYTES]);

#endif
