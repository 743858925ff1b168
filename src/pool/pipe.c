/* SPDX-License-Identifier: MIT */
/* The worker's ends of its pipes. */
#include <errno.h>
#include <unistd.h>

#include "pool/life.h"

int pool_pipe_read(int fd, void *data, size_t bytes)
{
	for (char *next = data; bytes;) {
		ssize_t size = read(fd, next, bytes);

		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			return size < 0 ? -errno : -EPIPE;
		next += size;
		bytes -= (size_t)size;
	}
	return 0;
}

int pool_pipe_write(int fd, const void *data, size_t bytes)
{
	for (const char *next = data; bytes;) {
		ssize_t size = write(fd, next, bytes);

		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			return size < 0 ? -errno : -EPIPE;
		next += size;
		bytes -= (size_t)size;
	}
	return 0;
}
