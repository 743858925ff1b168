/* SPDX-License-Identifier: MIT */
/* A machine made up of files in a temporary folder: src/machine looks there instead of in /proc and /sys. */
#ifndef TVP_TESTS_MADE_UP_MACHINE_H
#define TVP_TESTS_MADE_UP_MACHINE_H

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/files.h"

static char made_up_root[PATH_MAX];

/* 0 or -1, as cmocka's set-ups return. */
static inline int made_up_create(void **state)
{
	const char *folder = getenv("TMPDIR");

	snprintf(made_up_root, sizeof(made_up_root), "%s/tvp-made-up-XXXXXX", folder && *folder ? folder : "/tmp");
	if (!mkdtemp(made_up_root))
		return -1;
	files_set_root(made_up_root);
	return 0;
}

static inline int made_up_remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

static inline int made_up_remove(void **state)
{
	files_set_root("");
	return nftw(made_up_root, made_up_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Makes a file with the folders above it; NULL: removes it. */
static inline void put(const char *path, const char *text)
{
	char full[2 * PATH_MAX];
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", made_up_root, path);
	if (!text) {
		assert_int_equal(unlink(full), 0);
		return;
	}
	for (char *slash = full + strlen(made_up_root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0700);
		*slash = '/';
	}
	file = fopen(full, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, made_up_create, made_up_remove)

#endif
