/* SPDX-License-Identifier: MIT */
/* What subjects have in common that have /bin/sh run the tiny static program. */
#ifndef TVP_SUBJECT_COMMON_SHELL_H
#define TVP_SUBJECT_COMMON_SHELL_H

#include <stdio.h>

#include "subject/common/subject_tiny.h"

/* What is known of a seat's worker. */
struct shell_worker {
	int wait_status; /* of the shell */
	FILE *stream;    /* from it; NULL: none */
};

/* crew->state, from shell_open to shell_close. */
struct shell {
	struct tiny tiny;
	/* 'PATH' FD OFFSET: a path without a quote takes two bytes more, each quote in it three. */
	char command[4 * PATH_MAX + 64];
	size_t offset_at;             /* where OFFSET is in it */
	struct shell_worker *workers; /* by rank */
};

/* For executor.probe, .open and .close. */
int shell_probe(char *reason);
int shell_open(struct crew *crew);
void shell_close(struct crew *crew);

/* The command that runs this seat's worker, until the next call. */
const char *shell_command(const struct seat *seat);
struct shell_worker *shell_worker(const struct seat *seat);

/* Says how it ended, as `call` has told: 0, or -ECHILD with crew->reason. */
int shell_verdict(struct seat *seat, const char *call);

#endif
