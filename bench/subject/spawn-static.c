/* SPDX-License-Identifier: MIT */
/* posix_spawn of a program that consists of a few system calls and needs no library. */
#include "core/executor.h"
#include "core/process.h"
#include "subject/common/subject_tiny.h"

static int spawn_static_probe(char *reason)
{
	return tiny_probe(TINY_STATIC_PROGRAM, reason);
}

static int spawn_static_open(struct crew *crew)
{
	return tiny_open(crew, TINY_STATIC_PROGRAM);
}

const struct executor subject_spawn_static = {
	.name = "spawn-static",
	.summary = "posix_spawn of a tiny static program (tvp-tiny-static)",
	.sharing = SHARING_FRESH,
	.probe = spawn_static_probe,
	.open = spawn_static_open,
	.close = tiny_close,
	.start = tiny_spawn,
	.reap = process_reap,
	.kill = process_kill,
	.alive = process_alive,
};
