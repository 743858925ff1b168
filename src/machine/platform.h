/* SPDX-License-Identifier: MIT */
/* What this machine runs in: a hypervisor, a container. */
#ifndef TVP_MACHINE_PLATFORM_H
#define TVP_MACHINE_PLATFORM_H

#include "machine/facts.h"

/* "kvm", "vmware", "hyper-v", …, "unknown" for one without a name that we know, "none"; "" if not known. */
void read_hypervisor(const struct survey *survey, const struct fact_entry *entry, char *value);

/* "docker", "podman", "lxc", …, "none"; "" if not known. */
void read_container(const struct survey *survey, const struct fact_entry *entry, char *value);

#endif
