/* SPDX-License-Identifier: MIT */
/* References that are programs with a benchmark of their own: primesieve, `openssl speed` and `zstd -b`. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "references.h"

enum { COMMAND_BYTES = 256, OUTPUT_BYTES = 4096, BLOCKS = 4 };

static char command[COMMAND_BYTES];
static char file[] = "/tmp/kernels-beside-XXXXXX";
static double bytes_each;

/* Everything that the command writes. 0, or -EIO if it failed. */
static int command_run(const char *shell, char output[OUTPUT_BYTES])
{
	FILE *pipe = popen(shell, "r");
	size_t length;

	if (!pipe)
		return -errno;
	length = fread(output, 1, OUTPUT_BYTES - 1, pipe);
	output[length] = '\0';
	return pclose(pipe) == 0 ? 0 : -EIO;
}

static int program_find(const char *name, char *reason)
{
	char shell[COMMAND_BYTES], output[OUTPUT_BYTES];

	snprintf(shell, sizeof(shell), "command -v %s", name);
	if (command_run(shell, output) == 0)
		return 0;
	return reason_set(reason, -ENOENT, "%s is not installed", name);
}

/* The number after `label` in what the command writes; negative if it does not. */
static double number_after(const char *label)
{
	char output[OUTPUT_BYTES], *found;

	if (command_run(command, output))
		return -1;
	found = strstr(output, label);
	return found ? strtod(found + strlen(label), NULL) : -1;
}

static int primesieve_open(const struct team *team, char *reason)
{
	snprintf(command, sizeof(command), "primesieve %llu --threads=1 --quiet --time 2>&1",
		 (unsigned long long)team->shared->job.parameters[0]);
	return program_find("primesieve", reason);
}

static double primesieve_measure(void)
{
	return number_after("Seconds: ");
}

static int openssl_open(const struct team *team, char *reason)
{
	bytes_each = (double)team->shared->job.parameters[0] * 1024;
	/* A line for programs, "+F:25:sha256:" and how many bytes a second; by the clock, as all here, not by CPU time. */
	snprintf(command, sizeof(command), "openssl speed -elapsed -mr -evp sha256 -bytes %.0f -seconds 1 2>/dev/null",
		 bytes_each);
	return program_find("openssl", reason);
}

static double openssl_measure(void)
{
	double speed = number_after(":sha256:");

	return speed > 0 ? bytes_each / speed : -1;
}

static int zstd_open(const struct team *team, char *reason)
{
	const struct job *job = &team->shared->job;
	const uint64_t *text_offset = arena_at(&team->arena, job->data_offset);
	size_t block_bytes = job->parameters[1] * 1024;
	const char *text = arena_at(&team->arena, *text_offset); /* its data begins with where the text is */
	int error = program_find("zstd", reason), fd;

	if (error)
		return error;
	bytes_each = (double)(BLOCKS * block_bytes);
	/* Else it is not what is expected here: this is text to the last byte. */
	for (size_t i = 0; i < BLOCKS * block_bytes; i++)
		if (text[i] == '\0')
			return reason_set(reason, -EINVAL,
					  "the workload's text is not where this program looks for it");
	strcpy(strrchr(file, '-'), "-XXXXXX");
	fd = mkstemp(file);
	if (fd < 0)
		return reason_set(reason, -errno, "cannot make a file in /tmp: %s", strerror(errno));
	if (write(fd, text, BLOCKS * block_bytes) != (ssize_t)(BLOCKS * block_bytes))
		error = reason_set(reason, -EIO, "cannot write the text to %s", file);
	close(fd);
	if (error)
		unlink(file);
	snprintf(command, sizeof(command), "zstd -q -b%llu -i1 -B%zuKiB %s 2>&1",
		 (unsigned long long)job->parameters[0], block_bytes / 1024, file);
	return error;
}

/* "-3  10682 (2.463) 188.86 MB/s  800.5 MB/s  FILE", in millions of bytes. */
static double zstd_measure(void)
{
	double speed = number_after(") ");

	return speed > 0 ? bytes_each / (speed * 1e6) : -1;
}

static void zstd_close(void)
{
	unlink(file);
}

const struct reference reference_primesieve = {primesieve_open, primesieve_measure, NULL};
const struct reference reference_openssl = {openssl_open, openssl_measure, NULL};
const struct reference reference_zstd = {zstd_open, zstd_measure, zstd_close};
