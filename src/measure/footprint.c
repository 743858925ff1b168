/* SPDX-License-Identifier: MIT */
/* Memory by process, as the kernel tells it. */
#include "measure/footprint.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "Key: 123 kB" of a file in /proc/PID, in bytes; NaN: it is not there. */
static double kib_of(const char *text, const char *key)
{
	const char *line = strstr(text, key);

	return line ? strtod(line + strlen(key), NULL) * 1024 : NAN;
}

static void file_of(pid_t pid, const char *name, char *text, size_t bytes)
{
	char path[64];
	ssize_t got = 0, more;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (more = read(fd, text + got, bytes - 1 - (size_t)got)) > 0)
		got += more;
	text[got] = '\0';
	if (fd >= 0)
		close(fd);
}

static void process_add(pid_t pid, double *bytes, double *private_bytes)
{
	char text[4096];

	file_of(pid, "smaps_rollup", text, sizeof(text));
	*bytes += kib_of(text, "\nPss_Anon:");
	*private_bytes += kib_of(text, "\nPrivate_Dirty:");
	file_of(pid, "status", text, sizeof(text));
	*bytes += kib_of(text, "\nVmPTE:");
}

struct footprint footprint_of(const struct team *team, bool started)
{
	struct footprint footprint = {0};
	const struct crew *crew = &team->crew;
	double ignored = 0;

	process_add(getpid(), &footprint.bytes, &ignored);
	if (team->server.pid)
		process_add(team->server.pid, &footprint.bytes, &footprint.server_private);
	if (started && crew->template_pid > 0)
		process_add(crew->template_pid, &footprint.bytes, &ignored);
	for (unsigned rank = 0; started && rank < crew->workers; rank++)
		if (crew->seats[rank].pid > 0)
			process_add(crew->seats[rank].pid, &footprint.bytes, &ignored);
	return footprint;
}

double footprint_of_worker(const struct footprint *before, const struct footprint *after, uint64_t workers)
{
	double server = after->server_private - before->server_private, all = after->bytes - before->bytes - server;

	return all > 0 ? all / (double)workers : all <= 0 ? 0 : NAN;
}
