/* SPDX-License-Identifier: MIT */
/* Finding programs and scripts, and a place for temporary files. */
#include "cli/paths.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/workload.h"

/* The folder of the running program. */
static int own_folder(char folder[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
	char *slash;

	if (length < 0)
		return -errno;
	folder[length] = '\0';
	slash = strrchr(folder, '/');
	if (!slash)
		return -ENOENT;
	*slash = '\0';
	return 0;
}

static int find_program(const char *name, char path[PATH_MAX], char *reason)
{
	static const char *const places[] = {"", "/../libexec/tvp"};
	char folder[PATH_MAX];
	int error = own_folder(folder);

	if (error)
		return reason_set(reason, error, "cannot tell where tvp itself lies: %s", strerror(-error));
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (snprintf(path, PATH_MAX, "%s%s/%s", folder, places[i], name) >= PATH_MAX)
			continue;
		if (access(path, X_OK) == 0)
			return 0;
	}
	return reason_set(reason, -ENOENT,
			  "%s is missing: it belongs beside tvp, in %s; build it again with `make build`", name,
			  folder);
}

int paths_find(struct program_paths *paths, char *reason)
{
	int error = find_program("tvp-measurer", paths->measurer, reason);

	return error ? error : find_program("tvp-worker", paths->worker, reason);
}

int paths_find_script(const char *name, char path[PATH_MAX], char *reason)
{
	char folder[PATH_MAX];
	int error = own_folder(folder);

	if (error)
		return reason_set(reason, error, "cannot tell where tvp itself lies: %s", strerror(-error));
	if (snprintf(path, PATH_MAX, "%s/../share/tvp/scripts/%s", folder, name) < PATH_MAX && access(path, X_OK) == 0)
		return 0;
	if (snprintf(path, PATH_MAX, "%s/%s", TVP_SCRIPTS, name) < PATH_MAX && access(path, X_OK) == 0)
		return 0;
	return reason_set(reason, -ENOENT, "the script %s is missing, looked for in %s and in share/tvp/scripts", name,
			  TVP_SCRIPTS);
}

int temporary_create(char path[PATH_MAX], char *reason)
{
	const char *const places[] = {getenv("TMPDIR"), "/var/tmp", "/tmp", "."};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (!places[i] || strlen(places[i]) > JOB_DIRECTORY_BYTES - 32)
			continue;
		snprintf(path, PATH_MAX, "%s/tvp-XXXXXX", places[i]);
		if (mkdtemp(path))
			return 0;
	}
	return reason_set(reason, -EACCES, "no folder for temporary files can be made in $TMPDIR, /var/tmp or /tmp");
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

void temporary_remove(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
