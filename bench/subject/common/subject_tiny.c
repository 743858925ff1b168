/* SPDX-License-Identifier: MIT */
/* Finding a tiny program, telling it where its slot is, and executing it. */
#include "subject/common/subject_tiny.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/beside.h"
#include "core/creation.h"
#include "core/crew.h"
#include "core/process.h"

/* What shells use for a program that cannot be executed. */
enum { EXIT_NO_PROGRAM = 127 };

int tiny_probe(const char *program, char *reason)
{
	char path[PATH_MAX];

	return beside_find(program, path, reason);
}

int tiny_init(struct tiny *tiny, struct crew *crew, const char *program)
{
	int error;

	*tiny = (struct tiny){.program = program, .arena_fd = -1};
	error = beside_find(program, tiny->path, crew->reason);
	if (error)
		return error;
	tiny->arena_fd = fcntl(crew->arena->fd, F_DUPFD, 0);
	if (tiny->arena_fd < 0)
		return reason_set(crew->reason, -errno, "no descriptor for the arena: %s", strerror(errno));
	snprintf(tiny->fd, sizeof(tiny->fd), "%d", tiny->arena_fd);
	tiny->argv[0] = tiny->path;
	tiny->argv[1] = tiny->fd;
	tiny->argv[2] = tiny->offset;
	return 0;
}

void tiny_exit(struct tiny *tiny)
{
	close(tiny->arena_fd);
}

int tiny_open(struct crew *crew, const char *program)
{
	struct tiny *tiny = malloc(sizeof(*tiny));
	int error =
		tiny ? tiny_init(tiny, crew, program) : reason_set(crew->reason, -ENOMEM, "no memory for a subject");

	if (error) {
		free(tiny);
		return error;
	}
	crew->state = tiny;
	return 0;
}

void tiny_close(struct crew *crew)
{
	tiny_exit(crew->state);
	free(crew->state);
}

void tiny_aim(struct tiny *tiny, const struct seat *seat)
{
	snprintf(tiny->offset, sizeof(tiny->offset), "%zu",
		 (size_t)CREATION_OFFSET + seat->rank * sizeof(struct creation_slot));
}

int tiny_spawn(struct seat *seat)
{
	struct tiny *tiny = seat->crew->state;
	int error;

	tiny_aim(tiny, seat);
	error = posix_spawn(&seat->pid, tiny->path, NULL, NULL, tiny->argv, environ);
	if (!error)
		return 0;
	return reason_set(seat->crew->reason, -error, "posix_spawn of %s for worker %u: %s", tiny->program, seat->rank,
			  strerror(error));
}

/* The arena is shared even with a forked process. */
_Noreturn void tiny_exec(const struct seat *seat, const struct tiny *tiny)
{
	execve(tiny->path, tiny->argv, environ);
	creation_slot(seat->crew->arena, seat->rank)->error = -errno;
	_exit(EXIT_NO_PROGRAM);
}

int tiny_reap(struct seat *seat)
{
	const struct tiny *tiny = seat->crew->state;
	int error = process_reap(seat), why = creation_slot(seat->crew->arena, seat->rank)->error;

	if (!error || !why)
		return error;
	return reason_set(seat->crew->reason, why, "execve of %s for worker %u: %s", tiny->program, seat->rank,
			  strerror(-why));
}
