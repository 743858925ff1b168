/* SPDX-License-Identifier: MIT */
/* struct machine, for the files of this folder. */
#ifndef TVP_MACHINE_TOPOLOGY_H
#define TVP_MACHINE_TOPOLOGY_H

#include <hwloc.h>
#include <stdbool.h>

#include "machine/machine.h"

struct machine {
	hwloc_topology_t topology; /* usable CPUs only */
	unsigned online;           /* hardware threads of the whole machine */
	bool here;                 /* this machine, not a synthetic one */
};

/* Cores of the whole machine with a hardware thread online, whatever this process may use; 0: not known. */
unsigned topology_cores_online(void);

/* Cuts every <info> out of hwloc's XML, in place, whose name is not on the allow-list. 0 or -EINVAL. */
int topology_xml_scrub(char *xml);

#endif
