/* SPDX-License-Identifier: MIT */
/* The arena: a memfd with a header that hands out zeroed room from its start to its end. */
#include "core/arena.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Lies at offset 0 of every arena; the magic changes with the layout of anything in it. */
struct arena_header {
	uint64_t magic;
	uint64_t size_bytes;
	uint64_t used_bytes;
};

#define ARENA_MAGIC UINT64_C(0x7476702d61720001)

static int arena_map(struct arena *arena)
{
	arena->base = mmap(NULL, arena->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, arena->fd, 0);
	return arena->base == MAP_FAILED ? -errno : 0;
}

int arena_init(struct arena *arena, size_t size_bytes)
{
	struct arena made;
	struct arena_header *header;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int error;

	if (size_bytes > (size_t)INT64_MAX - sizeof(*header) - page)
		return -EOVERFLOW;
	made.size_bytes = (size_bytes + sizeof(*header) + page - 1) / page * page;
	made.fd = memfd_create("tvp-arena", MFD_CLOEXEC);
	if (made.fd < 0)
		return -errno;
	if (ftruncate(made.fd, (off_t)made.size_bytes) < 0) {
		error = -errno;
		goto close_memfd;
	}
	error = arena_map(&made);
	if (error)
		goto close_memfd;
	header = made.base;
	header->magic = ARENA_MAGIC;
	header->size_bytes = made.size_bytes;
	header->used_bytes = sizeof(*header);
	*arena = made;
	return 0;

close_memfd:
	close(made.fd);
	return error;
}

int arena_attach(struct arena *arena, int fd)
{
	struct arena found = {.fd = fd};
	const struct arena_header *header;
	struct stat status;
	int error;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_size < (off_t)sizeof(*header))
		return -EINVAL;
	found.size_bytes = (size_t)status.st_size;
	error = arena_map(&found);
	if (error)
		return error;
	header = found.base;
	if (header->magic != ARENA_MAGIC || header->size_bytes != found.size_bytes) {
		munmap(found.base, found.size_bytes);
		return -EINVAL;
	}
	*arena = found;
	return 0;
}

void arena_exit(struct arena *arena)
{
	munmap(arena->base, arena->size_bytes);
	close(arena->fd);
}

int arena_alloc(struct arena *arena, size_t size_bytes, size_t align_bytes, uint64_t *offset)
{
	struct arena_header *header = arena->base;
	uint64_t begin = (header->used_bytes + align_bytes - 1) & ~(uint64_t)(align_bytes - 1);
	uint64_t end;

	if (__builtin_add_overflow(begin, size_bytes, &end))
		return -EOVERFLOW;
	if (end > header->size_bytes)
		return -ENOMEM;
	header->used_bytes = end;
	*offset = begin;
	return 0;
}
