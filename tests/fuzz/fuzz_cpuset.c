/* SPDX-License-Identifier: MIT */
/* Fuzz target: lists of CPUs, read into a small and a large mask. */
#include <stdlib.h>
#include <string.h>

#include "core/cpuset.h"
#include "fuzz.h"

enum { SMALL_BYTES = 8, LARGE_BYTES = 1024, LIST_BYTES = 8 * LARGE_BYTES * 8 };

/* What is read can be written, and reads back as the same. */
static bool is_read(const char *text, size_t size_bytes)
{
	static cpu_set_t set[LARGE_BYTES / sizeof(cpu_set_t)], again[LARGE_BYTES / sizeof(cpu_set_t)];
	static char list[LIST_BYTES];

	if (cpuset_parse(text, set, size_bytes) != 0)
		return false;
	fuzz_expect(CPU_COUNT_S(size_bytes, set) > 0, "a list of no CPU");
	fuzz_expect(cpuset_format(set, size_bytes, list, sizeof(list)) == 0, "a list that is too long");
	fuzz_expect(cpuset_parse(list, again, size_bytes) == 0, "a list of ours that cannot be read");
	fuzz_expect(CPU_EQUAL_S(size_bytes, set, again), "a list that changes when it is written");
	for (size_t room = 0; room <= strlen(list) && room < 64; room++) {
		char *small = malloc(room + 1);

		fuzz_expect(small && cpuset_format(set, size_bytes, small, room) != 0, "a list in too little room");
		free(small);
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	bool is_small = is_read(text, SMALL_BYTES);

	fuzz_accepted = is_read(text, LARGE_BYTES);
	fuzz_expect(fuzz_accepted || !is_small, "a list that a larger mask cannot hold");
	free(text);
	return 0;
}
