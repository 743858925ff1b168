/* SPDX-License-Identifier: MIT */
/* The arena: room that is aligned and zeroed, shared between mappings and processes, and refused when it must be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "core/arena.h"
#include "resources.h"

static bool is_zeroed(const unsigned char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i])
			return false;
	return true;
}

static void test_rooms_are_aligned_zeroed_and_apart(void **state)
{
	struct arena arena;
	uint64_t end = 1, offset;

	assert_int_equal(arena_init(&arena, 1 << 20), 0);
	for (size_t align = 1; align <= 4096; align *= 2)
		for (size_t size = 0; size < 2000; size = 3 * size + 1) {
			assert_int_equal(arena_alloc(&arena, size, align, &offset), 0);
			assert_int_equal(offset % align, 0);
			assert_int_not_equal(offset, ARENA_NOTHING);
			assert_true(offset >= end);
			assert_true(is_zeroed(arena_at(&arena, offset), size));
			memset(arena_at(&arena, offset), 0xff, size);
			end = offset + size;
		}
	assert_true(end <= arena.size_bytes);
	arena_exit(&arena);
}

static void test_full(void **state)
{
	struct arena arena;
	uint64_t offset, kept;
	size_t rooms = 0;

	assert_int_equal(arena_init(&arena, 10000), 0);
	while (arena_alloc(&arena, 100, 4, &offset) == 0)
		rooms++;
	assert_true(rooms >= 10000 / 100);
	assert_true(rooms <= arena.size_bytes / 100);
	kept = offset;
	assert_int_equal(arena_alloc(&arena, 100, 4, &offset), -ENOMEM);
	assert_int_equal(offset, kept);
	/* What does not fit takes nothing away: single bytes still find their place, up to the last one. */
	for (uint64_t last = kept + 100; last < arena.size_bytes; last++) {
		assert_int_equal(arena_alloc(&arena, 1, 1, &offset), 0);
		*(char *)arena_at(&arena, offset) = 1;
	}
	assert_int_equal(offset, arena.size_bytes - 1);
	assert_int_equal(arena_alloc(&arena, 1, 1, &offset), -ENOMEM);
	assert_int_equal(arena_alloc(&arena, 0, 1, &offset), 0);
	arena_exit(&arena);
}

static void test_requested_room_is_there(void **state)
{
	static const size_t sizes[] = {0, 1, 24, 4071, 4072, 4073, 4096, 65535, 1 << 20};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct arena arena;
		uint64_t offset;

		assert_int_equal(arena_init(&arena, sizes[i]), 0);
		assert_int_equal(arena_alloc(&arena, sizes[i], 1, &offset), 0);
		memset(arena_at(&arena, offset), 1, sizes[i]);
		arena_exit(&arena);
	}
}

static void test_sizes_that_overflow(void **state)
{
	static const size_t too_large[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2 + 1, INT64_MAX, INT64_MAX - 100};
	int descriptors = resources_descriptors(), error;
	struct arena arena;
	uint64_t offset = 7;

	for (size_t i = 0; i < sizeof(too_large) / sizeof(*too_large); i++)
		assert_int_equal(arena_init(&arena, too_large[i]), -EOVERFLOW);
	/* Just below it the kernel decides: there is no such address space. */
	error = arena_init(&arena, (size_t)INT64_MAX - 3 * (size_t)sysconf(_SC_PAGESIZE));
	assert_true(error == -ENOMEM || error == -EFBIG || error == -EINVAL || error == -ENOSPC);
	assert_int_equal(resources_descriptors(), descriptors);

	assert_int_equal(arena_init(&arena, 1000), 0);
	assert_int_equal(arena_alloc(&arena, SIZE_MAX, 1, &offset), -EOVERFLOW);
	assert_int_equal(arena_alloc(&arena, SIZE_MAX, (size_t)1 << 63, &offset), -EOVERFLOW);
	assert_int_equal(arena_alloc(&arena, SIZE_MAX / 2 + 1, 4096, &offset), -ENOMEM);
	assert_int_equal(arena_alloc(&arena, INT64_MAX, 64, &offset), -ENOMEM);
	assert_int_equal(arena_alloc(&arena, 1, (size_t)1 << 63, &offset), -ENOMEM);
	assert_int_equal(offset, 7);
	assert_int_equal(arena_alloc(&arena, 1, 1, &offset), 0);
	arena_exit(&arena);
}

/* A memfd of `size` bytes that begins with `bytes` of `content`. */
static int memfd_with(const void *content, size_t bytes, off_t size)
{
	int fd = memfd_create("not-an-arena", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, content, bytes, 0), bytes);
	assert_int_equal(ftruncate(fd, size), 0);
	return fd;
}

static void assert_refused(int fd)
{
	struct arena arena = {.fd = -7};
	int descriptors = resources_descriptors(), mappings = resources_mappings("memfd:");

	for (int i = 0; i < 100; i++)
		assert_int_equal(arena_attach(&arena, fd), -EINVAL);
	assert_int_equal(arena.fd, -7);
	assert_int_equal(resources_descriptors(), descriptors);
	assert_int_equal(resources_mappings("memfd:"), mappings);
	/* The descriptor stays its owner's. */
	assert_int_equal(close(fd), 0);
}

static void test_attach_refuses_what_is_no_arena(void **state)
{
	int ends[2];
	struct arena arena;

	assert_refused(memfd_with("", 0, 0));
	assert_refused(memfd_with("tvp", 3, 3));
	assert_refused(memfd_with("tvp", 3, 23));
	assert_refused(memfd_with("tvp", 3, 24));
	assert_refused(memfd_with("", 0, 1 << 16));
	assert_refused(open("/dev/null", O_RDWR | O_CLOEXEC));
	assert_int_equal(pipe(ends), 0);
	assert_refused(ends[0]);
	close(ends[1]);
	assert_int_equal(arena_attach(&arena, -1), -EBADF);
	assert_int_equal(arena_attach(&arena, ends[0]), -EBADF);
}

static void test_attach_refuses_arenas_that_are_not_whole(void **state)
{
	off_t page = sysconf(_SC_PAGESIZE);
	struct arena arena;

	assert_int_equal(arena_init(&arena, 4 * (size_t)page), 0);
	/* Cut, and grown. */
	assert_refused(memfd_with(arena.base, (size_t)page, page));
	assert_refused(memfd_with(arena.base, (size_t)page, (off_t)arena.size_bytes - 1));
	assert_refused(memfd_with(arena.base, (size_t)page, (off_t)arena.size_bytes + 1));
	/* Of another version: any change of the magic. */
	for (int bit = 0; bit < 64; bit++) {
		*(uint64_t *)arena.base ^= UINT64_C(1) << bit;
		assert_refused(memfd_with(arena.base, arena.size_bytes, (off_t)arena.size_bytes));
		*(uint64_t *)arena.base ^= UINT64_C(1) << bit;
	}
	arena_exit(&arena);
}

static void test_two_mappings_are_one_memory(void **state)
{
	struct arena first, second;
	uint64_t offset;

	assert_int_equal(arena_init(&first, 100000), 0);
	assert_int_equal(arena_attach(&second, dup(first.fd)), 0);
	assert_ptr_not_equal(first.base, second.base);
	assert_int_equal(first.size_bytes, second.size_bytes);
	assert_int_equal(arena_alloc(&second, 50000, 64, &offset), 0);
	memset(arena_at(&first, offset), 0x5a, 50000);
	assert_memory_equal(arena_at(&first, offset), arena_at(&second, offset), 50000);
	*((char *)arena_at(&second, offset) + 49999) = 1;
	assert_int_equal(*((char *)arena_at(&first, offset) + 49999), 1);
	/* Each ends on its own, and room taken by one is taken for the other. */
	arena_exit(&first);
	assert_int_equal(arena_alloc(&second, 60000, 64, &offset), -ENOMEM);
	assert_int_equal(*((char *)arena_at(&second, offset)), 0x5a);
	arena_exit(&second);
}

struct meeting {
	struct arena *arena;
	uint64_t offset;
};

static void child_answers(void *context)
{
	const struct meeting *meeting = context;
	uint64_t *word = arena_at(meeting->arena, meeting->offset);

	child_check(word[0] == 42);
	word[1] = 43;
}

static void test_a_child_shares_it(void **state)
{
	struct arena arena;
	struct meeting meeting = {.arena = &arena};
	uint64_t *word;

	assert_int_equal(arena_init(&arena, 1000), 0);
	assert_int_equal(arena_alloc(&arena, 2 * sizeof(*word), sizeof(*word), &meeting.offset), 0);
	word = arena_at(&arena, meeting.offset);
	word[0] = 42;
	assert_child(child_answers, &meeting);
	assert_int_equal(word[1], 43);
	arena_exit(&arena);
}

static void test_exit_gives_all_back(void **state)
{
	int descriptors = resources_descriptors();

	for (int i = 0; i < 100; i++) {
		struct arena first, second;

		assert_int_equal(arena_init(&first, (size_t)i * 1000), 0);
		assert_int_equal(arena_attach(&second, dup(first.fd)), 0);
		arena_exit(&first);
		arena_exit(&second);
	}
	assert_int_equal(resources_descriptors(), descriptors);
	assert_int_equal(resources_mappings("memfd:tvp-arena"), 0);
}

/* But where a worker is to have it: see program_spawn. */
static void test_closed_on_exec(void **state)
{
	struct arena arena;

	assert_int_equal(arena_init(&arena, 1000), 0);
	assert_int_equal(fcntl(arena.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	arena_exit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rooms_are_aligned_zeroed_and_apart),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_requested_room_is_there),
		cmocka_unit_test(test_sizes_that_overflow),
		cmocka_unit_test(test_attach_refuses_what_is_no_arena),
		cmocka_unit_test(test_attach_refuses_arenas_that_are_not_whole),
		cmocka_unit_test(test_two_mappings_are_one_memory),
		cmocka_unit_test(test_a_child_shares_it),
		cmocka_unit_test(test_exit_gives_all_back),
		cmocka_unit_test(test_closed_on_exec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
