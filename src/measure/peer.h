/* SPDX-License-Identifier: MIT */
/* A peer as its user sees it: a program (bench/peer) that runs batches of the task "square" by other means. */
#ifndef TVP_MEASURE_PEER_H
#define TVP_MEASURE_PEER_H

#include <stdint.h>
#include <sys/types.h>

enum { PEER_LINE_BYTES = 512 };

/* The caller's memory; its members are peer.c's own. */
struct peer {
	const char *program;        /* the path's last part, for reasons */
	pid_t pid;                  /* 0: it has ended */
	int fd;                     /* its standard input and output */
	char line[PEER_LINE_BYTES]; /* what it said last */
};

/* Starts the program and waits until its pool of `workers` is up. It inherits the CPUs that the caller is bound to, its
 * process group and standard error. `path` must outlive the peer. 0; what posix_spawn says; -ECHILD: it died; -EPROTO:
 * it said something else; -EREMOTEIO: it refused, with its own words; each with REASON_BYTES of reason, and nothing is
 * left to close. Neither this nor peer_batch has a time limit: a measurer has one. */
int peer_open(struct peer *peer, const char *path, unsigned workers, char *reason);

/* Runs a batch of `tasks` and checks its result. `entry` is a value of the setting "entry"; chunk 0 leaves it to the
 * library. *wall_ns is the peer's own measurement. Errors as above, and -EBADMSG: the result is wrong. Only after that
 * and -EREMOTEIO the peer still lives and can be asked again. */
int peer_batch(struct peer *peer, const char *entry, uint64_t tasks, uint64_t chunk, uint64_t *wall_ns, char *reason);

/* Ends the program in good order, and by force if that takes over two seconds. No harm if it has ended before. */
void peer_close(struct peer *peer);

#endif
