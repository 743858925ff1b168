/* SPDX-License-Identifier: MIT */
/* What this user and this container may have. */
#ifndef TVP_MACHINE_LIMITS_H
#define TVP_MACHINE_LIMITS_H

#include <stdbool.h>

/* Root of the machine itself: root inside a user namespace is bound by limits like anybody. */
bool limits_privileged(void);

#endif
