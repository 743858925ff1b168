/* SPDX-License-Identifier: MIT */
/* A folder of a test's own, for flat files; removed at its end. */
#ifndef TVP_TESTS_SCRATCH_H
#define TVP_TESTS_SCRATCH_H

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch[PATH_MAX];

/* 0 or -1, as cmocka's group set-ups return. */
static inline int scratch_create(void **state)
{
	const char *folder = getenv("TMPDIR");

	snprintf(scratch, sizeof(scratch), "%s/tvp-unit-XXXXXX", folder && *folder ? folder : "/tmp");
	return mkdtemp(scratch) ? 0 : -1;
}

/* Files in it, but for those whose name does not hold `part`; with `remove` they are removed. */
static inline int scratch_files(const char *part, int remove)
{
	DIR *folder = opendir(scratch);
	struct dirent *entry;
	int count = 0;

	if (!folder)
		return -1;
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.' || !strstr(entry->d_name, part))
			continue;
		count++;
		if (remove)
			unlinkat(dirfd(folder), entry->d_name, 0);
	}
	closedir(folder);
	return count;
}

static inline int scratch_remove(void **state)
{
	scratch_files("", 1);
	return rmdir(scratch);
}

#endif
