/* SPDX-License-Identifier: MIT */
/*
 * Writing blocks of a file over and over, with or without waiting until each is on the device (fdatasync). Every worker has
 * a file of its own, and an event loop one for each operation under way: writers of one file would wait for its lock.
 *
 * Each 4 KiB of a block begin with a word that tells its operation. One of these words is read back after every write, a
 * matter of 0.3 us, and is a part of the operation; it comes from the page cache, so nothing is said of the device itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mix.h"
#include "core/server.h"
#include "core/workload.h"
#include "ring.h"

WORKLOAD_USES(liburing, liburing-dev);

enum { FILE_WRITE_SIZE, FILE_WRITE_BLOCK, FILE_WRITE_SYNC };

enum { PAGE_BYTES = 4096 };

enum { SYNC_NONE, SYNC_FDATASYNC };
static const char *const file_write_syncs[] = {[SYNC_NONE] = "none", [SYNC_FDATASYNC] = "fdatasync"};

static const struct parameter file_write_parameters[] = {
	[FILE_WRITE_SIZE] = {"size", "KiB", "length of each worker's file", 256, 4, UINT64_C(1) << 24, NULL},
	[FILE_WRITE_BLOCK] = {"block", "KiB", "bytes written by one operation", 64, 4, 65536, NULL},
	[FILE_WRITE_SYNC] = {"sync", "", "what is waited for after each write", SYNC_NONE, SYNC_NONE, SYNC_FDATASYNC,
			     file_write_syncs},
	{0},
};

struct file_write_file {
	int fd;
	char *block;
};

struct file_write_state {
	struct ring *ring; /* of run_concurrent */
	char *blocks;
	uint64_t count;
	struct file_write_file files[]; /* one, or as many as are under way at a time */
};

static uint64_t file_write_block_bytes(const struct job *job)
{
	return job->parameters[FILE_WRITE_BLOCK] * 1024;
}

static uint64_t file_write_size_bytes(const struct job *job)
{
	return job->parameters[FILE_WRITE_SIZE] * 1024;
}

/* The files count as memory: what is written stays there until the kernel finds time for it. */
static uint64_t file_write_memory_bytes(const uint64_t *parameters, unsigned workers)
{
	return workers * (parameters[FILE_WRITE_BLOCK] + parameters[FILE_WRITE_SIZE]) * 1024;
}

static uint64_t file_write_offset(const struct job *job, uint64_t i)
{
	return i % (file_write_size_bytes(job) / file_write_block_bytes(job)) * file_write_block_bytes(job);
}

/* The word at the beginning of a page of operation i's block, and the page from which it is read back. */
static uint64_t file_write_word(uint64_t i, uint64_t page)
{
	return mix64(i) + page;
}

static uint64_t file_write_sample(const struct job *job, uint64_t i)
{
	return (mix64(~i) >> 32) * (file_write_block_bytes(job) / PAGE_BYTES) >> 32;
}

static int file_write_prepare(struct job *job, struct arena *arena, char *reason)
{
	if (job->parameters[FILE_WRITE_SIZE] < job->parameters[FILE_WRITE_BLOCK])
		return reason_set(reason, -EINVAL, "the file (size) is smaller than what one operation writes (block)");
	if (job->parameters[FILE_WRITE_BLOCK] % (PAGE_BYTES / 1024))
		return reason_set(reason, -EINVAL, "an operation (block) writes multiples of %d KiB",
				  PAGE_BYTES / 1024);
	/* As far as it goes: processes need one each, and who really lacks one says so. */
	descriptors_reserve(job->workers, reason);
	*reason = '\0';
	return 0;
}

static const char *file_write_advice(int error)
{
	switch (error) {
	case -ENOSPC:
	case -EDQUOT:
		return " (set TMPDIR to a folder with room, or take a smaller size)";
	case -EFBIG:
		return " (RLIMIT_FSIZE or the file system allows no such size)";
	case -EMFILE:
		return " (raise RLIMIT_NOFILE: ulimit -n)";
	default:
		return "";
	}
}

static int file_write_refused(struct worker *worker, int error)
{
	return worker_fail(worker, error, "cannot write %llu KiB to a file in %s: %s%s",
			   (unsigned long long)worker->job->parameters[FILE_WRITE_BLOCK], worker->job->directory,
			   strerror(-error), file_write_advice(error));
}

/* The kernel may write a part of it, and says only the next time why. */
static int file_write_whole(struct worker *worker, const struct file_write_file *file, uint64_t offset)
{
	uint64_t bytes = file_write_block_bytes(worker->job), at = 0;

	while (at < bytes) {
		ssize_t written = pwrite(file->fd, file->block + at, bytes - at, (off_t)(offset + at));

		if (written <= 0)
			return file_write_refused(worker, written < 0 ? -errno : -EIO);
		at += (uint64_t)written;
	}
	return 0;
}

/* A file that has lost its name already: it goes with its descriptor, whatever happens to the worker. */
static int file_write_open(struct worker *worker, struct file_write_file *file)
{
	const char *directory = worker->job->directory;
	char path[JOB_DIRECTORY_BYTES + 32];

	snprintf(path, sizeof(path), "%s/file-write-XXXXXX", directory);
	file->fd = mkostemp(path, O_CLOEXEC);
	if (file->fd < 0)
		return worker_fail(worker, -errno, "cannot make a file in %s: %s%s", directory, strerror(errno),
				   file_write_advice(-errno));
	if (unlink(path) < 0)
		return worker_fail(worker, -errno, "cannot unlink %s: %s", path, strerror(errno));
	return 0;
}

/* Writes all of it once: else the first operations would look for room, and be slower than those after them. */
static int file_write_lay_out(struct worker *worker, const struct file_write_file *file)
{
	uint64_t blocks = file_write_size_bytes(worker->job) / file_write_block_bytes(worker->job);
	int error = 0;

	for (uint64_t i = 0; i < blocks && !error; i++)
		error = file_write_whole(worker, file, file_write_offset(worker->job, i));
	return error;
}

static void file_write_fill(char *block, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes; at += sizeof(uint64_t)) {
		uint64_t word = mix64(at);

		memcpy(block + at, &word, sizeof(word));
	}
}

static int file_write_worker_init(struct worker *worker)
{
	uint64_t files = worker->in_flight, bytes = file_write_block_bytes(worker->job);
	struct file_write_state *state = malloc(sizeof(*state) + files * sizeof(*state->files));
	int error = 0;

	if (!state)
		return worker_fail(worker, -ENOMEM, "no memory");
	state->ring = NULL;
	state->count = files;
	state->blocks = malloc(files * bytes);
	for (uint64_t i = 0; i < files; i++)
		state->files[i] = (struct file_write_file){-1, state->blocks + i * bytes};
	worker->state = state;
	if (!state->blocks)
		return worker_fail(worker, -ENOMEM, "no memory for blocks of %llu KiB together",
				   (unsigned long long)(files * bytes / 1024));
	file_write_fill(state->blocks, bytes);
	for (uint64_t i = 1; i < files; i++)
		memcpy(state->files[i].block, state->blocks, bytes);
	for (uint64_t i = 0; i < files && !error; i++)
		error = file_write_open(worker, &state->files[i]);
	for (uint64_t i = 0; i < files && !error; i++)
		error = file_write_lay_out(worker, &state->files[i]);
	return error;
}

static void file_write_worker_exit(struct worker *worker)
{
	struct file_write_state *state = worker->state;

	if (!state)
		return;
	ring_destroy(state->ring);
	for (uint64_t i = 0; i < state->count; i++)
		if (state->files[i].fd >= 0)
			close(state->files[i].fd);
	free(state->blocks);
	free(state);
}

/* Makes the block that of operation i. */
static void file_write_stamp(const struct worker *worker, const struct file_write_file *file, uint64_t i)
{
	uint64_t pages = file_write_block_bytes(worker->job) / PAGE_BYTES;

	for (uint64_t page = 0; page < pages; page++) {
		uint64_t word = file_write_word(i, page);

		memcpy(file->block + page * PAGE_BYTES, &word, sizeof(word));
	}
}

static int file_write_read_back(struct worker *worker, const struct file_write_file *file, uint64_t i)
{
	uint64_t word, at = file_write_offset(worker->job, i) + file_write_sample(worker->job, i) * PAGE_BYTES;
	ssize_t got = pread(file->fd, &word, sizeof(word), (off_t)at);

	if (got < 0)
		return worker_fail(worker, -errno, "cannot read back what was written: %s", strerror(errno));
	if (got != sizeof(word))
		return worker_fail(worker, -EIO, "what was written at %llu cannot be read back",
				   (unsigned long long)at);
	worker->result += word;
	return 0;
}

static int file_write_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	const struct file_write_state *state = worker->state;
	const struct file_write_file *file = &state->files[0];
	bool sync = worker->job->parameters[FILE_WRITE_SYNC] == SYNC_FDATASYNC;

	for (uint64_t i = first; i < first + ops; i++) {
		int error;

		file_write_stamp(worker, file, i);
		error = file_write_whole(worker, file, file_write_offset(worker->job, i));
		if (!error && sync && fdatasync(file->fd) < 0)
			error = file_write_refused(worker, -errno);
		if (!error)
			error = file_write_read_back(worker, file, i);
		if (error)
			return error;
	}
	return 0;
}

static bool file_write_step(struct worker *worker, uint64_t slot, uint64_t index, unsigned step,
			    struct ring_request *request)
{
	const struct file_write_state *state = worker->state;
	const struct file_write_file *file = &state->files[slot];

	if (step == 0) {
		file_write_stamp(worker, file, index);
		*request = (struct ring_request){
			.kind = RING_WRITE,
			.fd = file->fd,
			.data = file->block,
			.bytes = file_write_block_bytes(worker->job),
			.offset = file_write_offset(worker->job, index),
		};
		return true;
	}
	*request = (struct ring_request){.kind = RING_FDATASYNC, .fd = file->fd};
	return step == 1 && worker->job->parameters[FILE_WRITE_SYNC] == SYNC_FDATASYNC;
}

static int file_write_done(struct worker *worker, uint64_t slot, uint64_t index)
{
	const struct file_write_state *state = worker->state;

	return file_write_read_back(worker, &state->files[slot], index);
}

static int file_write_ring_refused(struct worker *worker, const struct ring_request *request, int error)
{
	return file_write_refused(worker, error);
}

static int file_write_run_concurrent(struct worker *worker, struct operations *operations)
{
	static const struct ring_work work = {file_write_step, file_write_done, file_write_ring_refused};
	struct file_write_state *state = worker->state;

	return ring_run(&state->ring, worker, operations, &work);
}

static int file_write_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result,
			     char *reason)
{
	uint64_t expected = 0;

	for (uint64_t i = 0; i < ops; i++)
		expected += file_write_word(i, file_write_sample(job, i));
	if (result != expected)
		return reason_set(reason, -EBADMSG, "%llu blocks read back did not hold what was written",
				  (unsigned long long)ops);
	return 0;
}

const struct workload workload_file_write = {
	.name = "file-write",
	.summary = "writes to a file, with or without waiting for the device",
	.shares = "the file system and its device; each worker has a file and a buffer of its own",
	.kind = WORKLOAD_IO,
	.parameters = file_write_parameters,
	.memory_bytes = file_write_memory_bytes,
	.prepare = file_write_prepare,
	.worker_init = file_write_worker_init,
	.run = file_write_run,
	.run_concurrent = file_write_run_concurrent,
	.worker_exit = file_write_worker_exit,
	.verify = file_write_verify,
};
