/* SPDX-License-Identifier: MIT */
/*
 * The server that a workload's workers talk to: a process of its own, forked by the team's owner before there are workers
 * and ended after the last of them has gone. It shares the arena, is bound to the CPUs that no worker is bound to (if there
 * are any), ends with its owner whatever happens to that, and its CPU time is none of the workers'.
 */
#ifndef TVP_CORE_SERVER_H
#define TVP_CORE_SERVER_H

#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

#include "core/arena.h"
#include "core/workload.h"

/* As the server's own code sees it: what struct workload's `serve` is given. */
struct server {
	struct job *job;     /* in the arena */
	struct arena *arena; /* what is written here before server_ready is seen by all workers */
	int stop_fd;         /* becomes readable when the server is to end: it then returns from `serve` */
	int report_fd;       /* server_ready's own */
	char *reason;        /* REASON_BYTES */
};

/* The server can be reached; to be called once. */
void server_ready(struct server *server);

/* A socket that listens on a port of the loopback interface; 0: any that is free. 0 or a negative errno with server->reason,
 * -EADDRINUSE for a port that somebody has. */
int server_listen(struct server *server, uint64_t port, int *fd, struct sockaddr_in *address);

/* As its owner sees it; all 0 where there is none. */
struct server_process {
	pid_t pid; /* 0: there is none */
	int stop_fd, report_fd;
	int end_fd; /* a pidfd */
};

/* Forks the server of a workload that has one, bound to `cpus` (NULL: not bound), and waits until it can be reached. 0 or a
 * negative errno with REASON_BYTES of reason; then there is nothing to end. */
int server_start(struct server_process *process, const struct workload *workload, struct job *job, struct arena *arena,
		 const cpu_set_t *cpus, size_t cpus_bytes, char *reason);

/* 0 while it lives, or if there is none; else -ECONNABORTED with a reason. Who has an error that a server's end could
 * explain waits a moment for that end. */
int server_alive(const struct server_process *process, char *reason);
int server_alive_after_error(const struct server_process *process, char *reason);

/* Tells it to end, waits for that a while, and ends it by force if it does not. */
void server_stop(struct server_process *process);

/* This process may have so many connections or files beside the few that it has anyway: raises its soft limit as far as
 * it may. 0, or -EMFILE with a reason that names RLIMIT_NOFILE. */
int descriptors_reserve(uint64_t wanted, char *reason);

#endif
