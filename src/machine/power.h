/* SPDX-License-Identifier: MIT */
/* Where this machine's power comes from. */
#ifndef TVP_MACHINE_POWER_H
#define TVP_MACHINE_POWER_H

#include "machine/facts.h"

/* "mains", "battery", "none" where the kernel knows of no supply (desktops, servers, guests); "" if not known. */
void read_power(const struct survey *survey, const struct fact_entry *entry, char *value);

#endif
