/* SPDX-License-Identifier: MIT */
/*
 * The measurer: a fresh process for one cell of one block. A program of its own, so that the parent that forks and
 * spawns carries neither hwloc nor the libraries of the terminal table, whose mappings every fork would copy.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/latency.h"
#include "core/process.h"
#include "gbench/gbench.h"
#include "measure/session.h"

enum { EXIT_NO_REQUEST = 2 };

static uint64_t resident_bytes(void)
{
	char text[128] = "";
	unsigned long pages = 0;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) > 0)
		sscanf(text, "%*s %lu", &pages);
	close(fd);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* 0 or -EPROTO. *cpusets is the caller's to free. */
static int request_read(struct measure_request *request, char **cpusets)
{
	if (pread(MEASURE_REQUEST_FD, request, sizeof(*request), 0) != (ssize_t)sizeof(*request) ||
	    request->size_bytes != sizeof(*request) || request->cpusets_bytes == 0)
		return -EPROTO;
	*cpusets = calloc(1, request->cpusets_bytes);
	if (!*cpusets)
		return -ENOMEM;
	if (pread(MEASURE_REQUEST_FD, *cpusets, request->cpusets_bytes, sizeof(*request)) ==
	    (ssize_t)request->cpusets_bytes)
		return 0;
	free(*cpusets);
	return -EPROTO;
}

static void reply_part(const void *data, size_t size)
{
	for (const char *next = data; size;) {
		ssize_t written = write(MEASURE_REPLY_FD, next, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			_exit(EXIT_FAILURE);
		next += written;
		size -= (size_t)written;
	}
}

static void reply_write(struct measure_reply *reply, const struct session *session)
{
	const struct shape_run *run = &session->run;
	const struct timeline_event *events = NULL;
	const struct latency_bin *bins = NULL;
	char *cpusets = NULL, *cpus = NULL;

	if (reply->error)
		reply->sample_count = 0;
	if (reply->sample_count && session->request->timeline && run->ops->timeline)
		reply->timeline_count = (uint32_t)run->ops->timeline(run, &events);
	if (reply->sample_count && run->ops->latencies)
		reply->latency_count = (uint32_t)run->ops->latencies(run, &bins);
	if (reply->sample_count && run->ops->whereabouts(run, &cpusets, &cpus) == 0) {
		reply->cpusets_bytes = (uint32_t)strlen(cpusets) + 1;
		reply->cpus_bytes = (uint32_t)strlen(cpus) + 1;
	}
	reply_part(reply, sizeof(*reply));
	reply_part(session->samples, reply->sample_count * sizeof(*session->samples));
	reply_part(events, reply->timeline_count * sizeof(*events));
	reply_part(bins, reply->latency_count * sizeof(*bins));
	reply_part(cpusets, reply->cpusets_bytes);
	reply_part(cpus, reply->cpus_bytes);
	free(cpusets);
	free(cpus);
}

static int measure(struct session *session, struct measure_reply *reply)
{
	const struct measure_request *request = session->request;
	uint64_t begin_ns = clock_now_ns();
	int error;

	reply->constant = session->constant;
	reply->ops = request->ops;
	if (request->ops) {
		error = session_measure(session);
		reply->sample_count = session->sample_count;
	} else {
		error = session_calibrate(session, &reply->ops);
	}
	reply->busy_ns = clock_now_ns() - begin_ns;
	return error ? error : session_close(session);
}

int main(void)
{
	struct measure_reply reply = {.resident_bytes = resident_bytes()};
	struct measure_request request;
	struct session session;
	char *cpusets;

	if (request_read(&request, &cpusets) != 0) {
		fputs("tvp-measurer is started by tvp; it does nothing on its own\n", stderr);
		return EXIT_NO_REQUEST;
	}
	fcntl(MEASURE_REQUEST_FD, F_SETFD, FD_CLOEXEC);
	fcntl(MEASURE_REPLY_FD, F_SETFD, FD_CLOEXEC);
	process_follow(request.conductor);
	reply.error = session_open(&session, &request, cpusets);
	if (reply.error) {
		memcpy(reply.reason, session.reason, sizeof(reply.reason));
		reply_part(&reply, sizeof(reply));
	} else {
		reply.error = measure(&session, &reply);
		if (reply.error)
			memcpy(reply.reason, session.reason, sizeof(reply.reason));
		if (request.probe_gbench)
			reply.gbench_context_ns = gbench_context_ns();
		reply_write(&reply, &session);
		session_exit(&session);
	}
	free(cpusets);
	return 0;
}
