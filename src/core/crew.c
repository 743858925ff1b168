/* SPDX-License-Identifier: MIT */
/* The seats of a crew, filled and emptied through its executor. */
#include "core/crew.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/executor.h"

int crew_init(struct crew *crew)
{
	int error;

	crew->reason[0] = '\0';
	crew->seats = calloc(crew->workers, sizeof(*crew->seats));
	if (!crew->seats)
		return reason_set(crew->reason, -ENOMEM, "no memory for %u workers", crew->workers);
	for (unsigned rank = 0; rank < crew->workers; rank++)
		crew->seats[rank] = (struct seat){.crew = crew, .rank = rank};
	error = crew->executor->open ? crew->executor->open(crew) : 0;
	if (error)
		free(crew->seats);
	return error;
}

void crew_exit(struct crew *crew)
{
	crew_kill(crew);
	if (crew->executor->close)
		crew->executor->close(crew);
	free(crew->seats);
}

int crew_seat_start(struct seat *seat)
{
	int error = seat->crew->executor->start(seat);

	seat->taken = error == 0;
	return error;
}

int crew_seat_reap(struct seat *seat)
{
	seat->taken = false;
	return seat->crew->executor->reap(seat);
}

int crew_start(struct crew *crew)
{
	int error = 0;

	for (unsigned rank = 0; rank < crew->workers && !error; rank++)
		if (!crew->seats[rank].taken)
			error = crew_seat_start(&crew->seats[rank]);
	return error;
}

int crew_reap(struct crew *crew)
{
	int error = 0;

	for (unsigned rank = 0; rank < crew->workers; rank++)
		if (crew->seats[rank].taken && crew_seat_reap(&crew->seats[rank]))
			error = -ECHILD;
	return error;
}

bool crew_kill(struct crew *crew)
{
	char kept[REASON_BYTES];

	if (!crew->executor->kill)
		return false;
	memcpy(kept, crew->reason, sizeof(kept));
	for (unsigned rank = 0; rank < crew->workers; rank++)
		if (crew->seats[rank].taken)
			crew->executor->kill(&crew->seats[rank]);
	crew_reap(crew);
	memcpy(crew->reason, kept, sizeof(kept));
	return true;
}

int crew_alive(struct crew *crew)
{
	int error = 0;

	for (unsigned rank = 0; rank < crew->workers && crew->executor->alive && !error; rank++)
		if (crew->seats[rank].taken)
			error = crew->executor->alive(&crew->seats[rank]);
	return error;
}
