/* SPDX-License-Identifier: MIT */
/* Where tvp's own parts lie: beside the program in a build tree, in libexec and share when installed. */
#ifndef TVP_CLI_PATHS_H
#define TVP_CLI_PATHS_H

#include <limits.h>

struct program_paths {
	char measurer[PATH_MAX];
	char worker[PATH_MAX];
};

/* 0, or a negative errno with REASON_BYTES naming what is missing, where it was looked for and what to do. */
int paths_find(struct program_paths *paths, char *reason);

/* The script that draws; the same. */
int paths_find_script(const char *name, char path[PATH_MAX], char *reason);

/* A fresh folder for temporary files, on a disk rather than in memory where possible ($TMPDIR, /var/tmp, /tmp). */
int temporary_create(char path[PATH_MAX], char *reason);
void temporary_remove(const char *path);

#endif
