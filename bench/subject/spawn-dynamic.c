/* SPDX-License-Identifier: MIT */
/* posix_spawn of a program of a few system calls for which the loader has to bring in the C library. */
#include "core/executor.h"
#include "core/process.h"
#include "subject/common/subject_tiny.h"

static int spawn_dynamic_probe(char *reason)
{
	return tiny_probe(TINY_DYNAMIC_PROGRAM, reason);
}

static int spawn_dynamic_open(struct crew *crew)
{
	return tiny_open(crew, TINY_DYNAMIC_PROGRAM);
}

const struct executor subject_spawn_dynamic = {
	.name = "spawn-dynamic",
	.summary = "posix_spawn of the same tiny program with a loader and the C library (tvp-tiny-dynamic)",
	.sharing = SHARING_FRESH,
	.probe = spawn_dynamic_probe,
	.open = spawn_dynamic_open,
	.close = tiny_close,
	.start = tiny_spawn,
	.reap = process_reap,
	.kill = process_kill,
	.alive = process_alive,
};
