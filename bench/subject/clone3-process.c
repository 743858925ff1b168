/* SPDX-License-Identifier: MIT */
/* A process as the kernel makes it, without what the C library does before and after a fork. */
#include <unistd.h>

#include "core/executor.h"
#include "core/process.h"
#include "subject/common/subject_clone3.h"

/* It follows its creator, which executor fork's workers do as well: only the call is another one. */
static int clone3_process_start(struct seat *seat)
{
	return clone3_copy(seat, 0, getpid());
}

const struct executor subject_clone3_process = {
	.name = "clone3-process",
	.summary = "clone3 without flags: a fork which the C library knows nothing of",
	.sharing = SHARING_COPIED,
	.probe = clone3_probe,
	.start = clone3_process_start,
	.reap = process_reap,
	.kill = process_kill,
	.alive = process_alive,
};
