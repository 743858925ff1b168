/* SPDX-License-Identifier: MIT */
/* Where the other programs of this build lie. */
#ifndef TVP_CORE_BESIDE_H
#define TVP_CORE_BESIDE_H

#include <limits.h>

/* Finds a program or module of ours: beside the one that runs, else in ../libexec/tvp from there. 0, or
 * -ENOENT, or what the kernel says, with REASON_BYTES of reason. */
int beside_find(const char *name, char path[PATH_MAX], char *reason);

#endif
