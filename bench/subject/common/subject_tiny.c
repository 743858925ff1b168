/* SPDX-License-Identifier: MIT */
/* Finding a tiny program and telling it where its slot is. */
#include "subject/common/subject_tiny.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/beside.h"
#include "core/creation.h"
#include "core/crew.h"

int tiny_probe(const char *program, char *reason)
{
	char path[PATH_MAX];

	return beside_find(program, path, reason);
}

int tiny_open(struct crew *crew, const char *program)
{
	struct tiny *tiny = calloc(1, sizeof(*tiny));
	int error = tiny ? beside_find(program, tiny->path, crew->reason)
			 : reason_set(crew->reason, -ENOMEM, "no memory for a subject");

	if (error)
		goto free_tiny;
	tiny->arena_fd = fcntl(crew->arena->fd, F_DUPFD, 0);
	if (tiny->arena_fd < 0) {
		error = reason_set(crew->reason, -errno, "no descriptor for the arena: %s", strerror(errno));
		goto free_tiny;
	}
	snprintf(tiny->fd, sizeof(tiny->fd), "%d", tiny->arena_fd);
	tiny->argv[0] = tiny->path;
	tiny->argv[1] = tiny->fd;
	tiny->argv[2] = tiny->offset;
	crew->state = tiny;
	return 0;
free_tiny:
	free(tiny);
	return error;
}

void tiny_close(struct crew *crew)
{
	struct tiny *tiny = crew->state;

	close(tiny->arena_fd);
	free(tiny);
}

const struct tiny *tiny_aim(const struct seat *seat)
{
	struct tiny *tiny = seat->crew->state;

	snprintf(tiny->offset, sizeof(tiny->offset), "%zu",
		 (size_t)CREATION_OFFSET + seat->rank * sizeof(struct creation_slot));
	return tiny;
}
