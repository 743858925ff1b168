/* SPDX-License-Identifier: MIT */
/* What a process holds: descriptors, mappings, children; to be the same before and after. */
#ifndef TVP_TESTS_RESOURCES_H
#define TVP_TESTS_RESOURCES_H

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static inline int resources_entries(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int count = 0;

	if (!folder)
		return -1;
	while ((entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

static inline int resources_descriptors(void)
{
	return resources_entries("/proc/self/fd");
}

static inline int resources_threads(void)
{
	return resources_entries("/proc/self/task");
}

/* Mappings whose line in /proc/self/maps holds `part`; "" for all. */
static inline int resources_mappings(const char *part)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[1024];
	int count = 0;

	if (!maps)
		return -1;
	while (fgets(line, sizeof(line), maps))
		count += strstr(line, part) != NULL;
	fclose(maps);
	return count;
}

/* Neither running children nor zombies. */
static inline bool resources_no_children(void)
{
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD;
}

#endif
