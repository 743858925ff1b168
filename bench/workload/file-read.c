/* SPDX-License-Identifier: MIT */
/*
 * Reading blocks of a file in scattered order: from the page cache by default, from the device with direct=1
 * (O_DIRECT). Each worker opens the file for itself. The workers of all cells of a run share one file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mix.h"
#include "core/server.h"
#include "core/workload.h"
#include "ring.h"

WORKLOAD_USES(liburing, liburing-dev);

enum { FILE_READ_SIZE, FILE_READ_BLOCK, FILE_READ_DIRECT };

/* Enough for O_DIRECT on any usual device. */
enum { DIRECT_ALIGN_BYTES = 4096 };

static const struct parameter file_read_parameters[] = {
	[FILE_READ_SIZE] = {"size", "KiB", "length of the file", 16384, 4, UINT64_C(1) << 30, NULL},
	[FILE_READ_BLOCK] = {"block", "KiB", "bytes read by one operation", 64, 4, 65536, NULL},
	[FILE_READ_DIRECT] = {"direct", "", "1: past the page cache (O_DIRECT)", 0, 0, 1, NULL},
	{0},
};

struct file_read_state {
	int fd;
	uint64_t *blocks;  /* one, or as many as are under way at a time */
	struct ring *ring; /* of run_concurrent */
};

/* The file's n-th word tells its place. */
static uint64_t file_read_word(uint64_t n)
{
	return mix64(n);
}

static uint64_t file_read_block_bytes(const struct job *job)
{
	return job->parameters[FILE_READ_BLOCK] * 1024;
}

/* Where operation i reads: blocks in an order that no read-ahead foresees. */
static uint64_t file_read_offset(const struct job *job, uint64_t i)
{
	uint64_t blocks = job->parameters[FILE_READ_SIZE] / job->parameters[FILE_READ_BLOCK];

	return file_read_word(~i) % blocks * file_read_block_bytes(job);
}

static void file_read_path(const struct job *job, char *path, size_t bytes, const char *suffix)
{
	snprintf(path, bytes, "%s/file-read-%lluKiB%s", job->directory,
		 (unsigned long long)job->parameters[FILE_READ_SIZE], suffix);
}

static int file_read_fill(int fd, uint64_t size_bytes)
{
	enum { WORDS = 8192 };
	uint64_t words[WORDS], n = 0;

	while (n * sizeof(*words) < size_bytes) {
		uint64_t bytes = size_bytes - n * sizeof(*words);
		ssize_t written;

		if (bytes > sizeof(words))
			bytes = sizeof(words);
		for (int i = 0; i < WORDS; i++)
			words[i] = file_read_word(n + (uint64_t)i);
		written = write(fd, words, bytes);
		if (written < 0)
			return -errno;
		if ((size_t)written != bytes)
			return -ENOSPC;
		n += WORDS;
	}
	return fdatasync(fd) < 0 ? -errno : 0;
}

/* Written under another name and renamed: a file with the final name is whole. */
static int file_read_prepare(struct job *job, struct arena *arena, char *reason)
{
	uint64_t size_bytes = job->parameters[FILE_READ_SIZE] * 1024;
	char path[JOB_DIRECTORY_BYTES + 64], partial[JOB_DIRECTORY_BYTES + 64];
	struct stat status;
	int fd, error;

	/* As far as it goes: processes need one each, and who really lacks one says so. */
	descriptors_reserve(job->workers, reason);
	*reason = '\0';
	if (job->parameters[FILE_READ_SIZE] < job->parameters[FILE_READ_BLOCK])
		return reason_set(reason, -EINVAL, "the file (size) is smaller than what one operation reads (block)");
	if (job->parameters[FILE_READ_DIRECT] && file_read_block_bytes(job) % DIRECT_ALIGN_BYTES)
		return reason_set(reason, -EINVAL, "with direct=1 an operation (block) reads multiples of %d KiB",
				  DIRECT_ALIGN_BYTES / 1024);
	file_read_path(job, path, sizeof(path), "");
	if (stat(path, &status) == 0)
		return 0;
	file_read_path(job, partial, sizeof(partial), ".part");
	fd = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return reason_set(reason, -errno, "cannot make %s: %s", partial, strerror(errno));
	error = file_read_fill(fd, size_bytes);
	if (close(fd) < 0 && !error)
		error = -errno;
	if (!error && rename(partial, path) < 0)
		error = -errno;
	if (!error)
		return 0;
	unlink(partial);
	return reason_set(reason, error, "cannot write %llu KiB to %s: %s (set TMPDIR to a folder with room)",
			  (unsigned long long)(size_bytes / 1024), partial, strerror(-error));
}

static uint64_t file_read_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	return workers * parameters[FILE_READ_BLOCK] * 1024;
}

static int file_read_worker_init(struct worker *worker)
{
	int flags = O_RDONLY | O_CLOEXEC | (worker->job->parameters[FILE_READ_DIRECT] ? O_DIRECT : 0);
	uint64_t count = worker->in_flight;
	uint64_t bytes = count * file_read_block_bytes(worker->job);
	char path[JOB_DIRECTORY_BYTES + 64];
	struct file_read_state *state = malloc(sizeof(*state));
	void *blocks = NULL;
	int error;

	if (!state)
		return worker_fail(worker, -ENOMEM, "no memory");
	*state = (struct file_read_state){.fd = -1};
	worker->state = state;
	error = -posix_memalign(&blocks, DIRECT_ALIGN_BYTES, bytes);
	if (error)
		return worker_fail(worker, error, "no memory for blocks of %llu KiB together",
				   (unsigned long long)(bytes / 1024));
	state->blocks = blocks;
	file_read_path(worker->job, path, sizeof(path), "");
	state->fd = open(path, flags);
	if (state->fd >= 0)
		return 0;
	if (errno == EINVAL)
		return worker_fail(worker, -EOPNOTSUPP,
				   "the file system of %s has no O_DIRECT (set TMPDIR to a folder on a disk)",
				   worker->job->directory);
	return worker_fail(worker, -errno, "cannot read %s: %s", path, strerror(errno));
}

static uint64_t file_read_result(const uint64_t *block, uint64_t bytes)
{
	return block[0] ^ block[bytes / sizeof(*block) - 1];
}

static int file_read_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	const struct file_read_state *state = worker->state;
	uint64_t bytes = file_read_block_bytes(worker->job);

	for (uint64_t i = first; i < first + ops; i++) {
		ssize_t got = pread(state->fd, state->blocks, bytes, (off_t)file_read_offset(worker->job, i));

		if (got < 0)
			return worker_fail(worker, -errno, "pread: %s", strerror(errno));
		if ((uint64_t)got != bytes)
			return worker_fail(worker, -EIO, "pread gave %zd of %llu bytes", got,
					   (unsigned long long)bytes);
		worker->result += file_read_result(state->blocks, bytes);
	}
	return 0;
}

static uint64_t *file_read_slot(const struct worker *worker, uint64_t slot)
{
	const struct file_read_state *state = worker->state;

	return state->blocks + slot * (file_read_block_bytes(worker->job) / sizeof(*state->blocks));
}

static bool file_read_step(struct worker *worker, uint64_t slot, uint64_t index, unsigned step,
			   struct ring_request *request)
{
	const struct file_read_state *state = worker->state;

	if (step > 0)
		return false;
	*request = (struct ring_request){
		.kind = RING_READ,
		.fd = state->fd,
		.data = (char *)file_read_slot(worker, slot),
		.bytes = file_read_block_bytes(worker->job),
		.offset = file_read_offset(worker->job, index),
	};
	return true;
}

static int file_read_done(struct worker *worker, uint64_t slot, uint64_t index)
{
	worker->result += file_read_result(file_read_slot(worker, slot), file_read_block_bytes(worker->job));
	return 0;
}

static int file_read_refused(struct worker *worker, const struct ring_request *request, int error)
{
	return worker_fail(worker, error, "a read at %llu through io_uring: %s", (unsigned long long)request->offset,
			   strerror(-error));
}

static int file_read_run_concurrent(struct worker *worker, struct operations *operations)
{
	static const struct ring_work work = {file_read_step, file_read_done, file_read_refused};
	struct file_read_state *state = worker->state;

	return ring_run(&state->ring, worker, operations, &work);
}

static void file_read_worker_exit(struct worker *worker)
{
	struct file_read_state *state = worker->state;

	if (!state)
		return;
	ring_destroy(state->ring);
	if (state->fd >= 0)
		close(state->fd);
	free(state->blocks);
	free(state);
}

static int file_read_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result,
			    char *reason)
{
	uint64_t words = file_read_block_bytes(job) / sizeof(uint64_t), expected = 0;

	for (uint64_t i = 0; i < ops; i++) {
		uint64_t first = file_read_offset(job, i) / sizeof(uint64_t);

		expected += file_read_word(first) ^ file_read_word(first + words - 1);
	}
	if (result != expected)
		return reason_set(reason, -EBADMSG, "%llu blocks read did not hold what was written",
				  (unsigned long long)ops);
	return 0;
}

const struct workload workload_file_read = {
	.name = "file-read",
	.summary = "scattered reads of a file, from the page cache or with O_DIRECT",
	.shares = "one file that is only read; each worker opens it for itself and reads into a buffer of its own",
	.kind = WORKLOAD_IO,
	.parameters = file_read_parameters,
	.memory_bytes = file_read_memory_bytes,
	.prepare = file_read_prepare,
	.worker_init = file_read_worker_init,
	.run = file_read_run,
	.run_concurrent = file_read_run_concurrent,
	.worker_exit = file_read_worker_exit,
	.verify = file_read_verify,
};
