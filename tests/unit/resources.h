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
#include <unistd.h>

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

/* The same once no more than `expected` are left: the kernel may show a thread for a moment after it was joined. */
static inline int resources_threads_settled(int expected)
{
	for (int i = 0; i < 1000 && resources_threads() > expected; i++)
		usleep(1000);
	return resources_threads();
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

/* Processes of this one's process group that run, this one among them. */
static inline int resources_group(void)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	if (!processes)
		return -1;
	while ((entry = readdir(processes))) {
		char path[300], status[512] = "", process_state;
		FILE *file;
		int group;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? fopen(path, "re") : NULL;
		if (!file)
			continue;
		if (fgets(status, sizeof(status), file) && strrchr(status, ')') &&
		    sscanf(strrchr(status, ')'), ") %c %*d %d", &process_state, &group) == 2)
			count += group == getpgrp() && process_state != 'Z' && process_state != 'X';
		fclose(file);
	}
	closedir(processes);
	return count;
}

/* The same once those that are about to end by themselves have done so: the workers of a parent that was killed. */
static inline int resources_group_settled(void)
{
	for (int i = 0; i < 1000 && resources_group() > 1; i++)
		usleep(1000);
	return resources_group();
}

#endif
