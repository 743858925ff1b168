/* SPDX-License-Identifier: MIT */
/* How much memory a process and its pools hold. Without sanitizers, whose memory is their own affair. */
#ifndef TVP_TESTS_HELD_H
#define TVP_TESTS_HELD_H

#include <dirent.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { HELD_SANITIZED = 1 };
#else
enum { HELD_SANITIZED = 0 };
#endif

/* Pages that the pools' shared memory has taken, by whomever they were touched. */
static inline uint64_t held_shared_bytes(void)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;
	uint64_t bytes = 0;

	while (folder && (entry = readdir(folder))) {
		char path[300], target[300];
		struct stat status;
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
		length = readlink(path, target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = '\0';
		if (strncmp(target, "/memfd:", strlen("/memfd:")) == 0 && stat(path, &status) == 0)
			bytes += (uint64_t)status.st_blocks * 512;
	}
	if (folder)
		closedir(folder);
	return bytes;
}

/* All that is resident. */
static inline uint64_t held_resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long long pages = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%*u %llu", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Resident pages of mappings without a name: large pieces that malloc has mapped, and threads' stacks. */
static inline uint64_t held_mapped_bytes(void)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	unsigned long long kib, total = 0;
	char line[512], name[8];
	int nameless = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (strstr(line, "-") && sscanf(line, "%*x-%*x %*s %*s %*s %*s %7s", name) != 1 &&
		    sscanf(line, "%*x-%*x %7s", name) == 1)
			nameless = 1;
		else if (sscanf(line, "%*x-%*x %7s", name) == 1)
			nameless = 0;
		else if (nameless && sscanf(line, "Rss: %llu", &kib) == 1)
			total += kib;
	}
	if (file)
		fclose(file);
	return total * 1024;
}

/* What malloc has given out of its heap. */
static inline uint64_t held_heap_bytes(void)
{
	return mallinfo2().uordblks;
}

static inline uint64_t held_private_bytes(void)
{
	return held_mapped_bytes() + held_heap_bytes();
}

/* What pools hold of both kinds. */
static inline uint64_t held_bytes(void)
{
	return held_shared_bytes() + held_private_bytes();
}

#endif
