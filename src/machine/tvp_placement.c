/* SPDX-License-Identifier: MIT */
/* Placements for programs that use the pool. */
#include "tvp/placement.h"

#include <errno.h>

#include "core/workload.h"
#include "machine/machine.h"

int tvp_placement(const char *name, unsigned workers, char **lists, char *reason)
{
	char unwanted[REASON_BYTES];
	struct machine *machine;
	int error;

	reason = reason ? reason : unwanted;
	if (!name || !workers || !lists)
		return reason_set(reason, -EINVAL, "a placement needs a name, workers and a place for the lists");
	error = machine_open(&machine, reason);
	if (error)
		return error;
	error = machine_place(machine, name, workers, lists, reason);
	machine_close(machine);
	return error;
}
