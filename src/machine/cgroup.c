/* SPDX-License-Identifier: MIT */
/* Where the cgroups of this process are. cgroup_limits.c reads what stands there. */
#include "machine/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/files.h"

/* Is `word` one of a list with commas? */
static bool list_has(const char *list, const char *word)
{
	size_t length = strlen(word);

	while (*list) {
		size_t entry = strcspn(list, ",");

		if (entry == length && strncmp(list, word, length) == 0)
			return true;
		list += entry + (list[entry] == ',');
	}
	return false;
}

/* One line of /proc/self/cgroup, "4:cpu,cpuacct:/path"; v2 is "0::/path". */
struct membership {
	char controllers[256];
	char path[PATH_MAX];
};

static bool membership_parse(const char *line, struct membership *membership)
{
	const char *controllers = strchr(line, ':');
	const char *path = controllers ? strchr(controllers + 1, ':') : NULL;
	size_t end = strcspn(line, "\n");

	if (!path || path[1] != '/' || path > line + end)
		return false;
	controllers++;
	path++;
	snprintf(membership->controllers, sizeof(membership->controllers), "%.*s", (int)(path - 1 - controllers),
		 controllers);
	snprintf(membership->path, sizeof(membership->path), "%.*s", (int)(line + end - path), path);
	return true;
}

static const char *line_next(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

/* The path of this process in the hierarchy of a v1 controller, or of v2 for "". */
static bool membership_find(const char *controller, struct membership *membership)
{
	char *text = file_read("/proc/self/cgroup");
	bool found = false;

	for (const char *line = text; line && *line && !found; line = line_next(line)) {
		if (!membership_parse(line, membership))
			continue;
		found = *controller ? list_has(membership->controllers, controller) : !membership->controllers[0];
	}
	free(text);
	return found;
}

/* One line of /proc/self/mountinfo: "36 35 0:29 /root /point options … - type source super,options". */
struct mount {
	char root[PATH_MAX]; /* what of the hierarchy is mounted */
	char point[PATH_MAX];
	char type[32];
	char options[1024];
};

static bool mount_parse(const char *line, struct mount *mount)
{
	char copy[4 * PATH_MAX];
	const char *rest;

	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(line, "\n"), line);
	rest = strstr(copy, " - ");
	return rest && sscanf(copy, "%*s %*s %*s %4095s %4095s", mount->root, mount->point) == 2 &&
	       sscanf(rest + 3, "%31s %*s %1023s", mount->type, mount->options) == 2;
}

static bool mount_find(const char *controller, struct mount *mount)
{
	char *text = file_read("/proc/self/mountinfo");
	bool found = false;

	for (const char *line = text; line && *line && !found; line = line_next(line)) {
		if (!mount_parse(line, mount))
			continue;
		found = *controller ? strcmp(mount->type, "cgroup") == 0 && list_has(mount->options, controller)
				    : strcmp(mount->type, "cgroup2") == 0;
	}
	free(text);
	return found;
}

/* The part of a path below the mounted root. In a container the path may name a place above what is mounted: then
 * the mount point itself is the nearest group that can be seen. */
static const char *path_below(const char *path, const char *root)
{
	size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);

	if (strncmp(path, root, length) != 0 || (path[length] && path[length] != '/'))
		return "";
	path += length;
	return strstr(path, "/..") || strcmp(path, "/") == 0 ? "" : path;
}

static bool hierarchy_open(struct cgroup *group, const char *controller)
{
	struct membership membership;
	struct mount mount;
	int length;

	if (!membership_find(controller, &membership) || !mount_find(controller, &mount))
		return false;
	length = snprintf(group->directory, sizeof(group->directory), "%s%s", mount.point,
			  path_below(membership.path, mount.root));
	group->version = *controller ? 1 : 2;
	group->mount_length = strlen(mount.point);
	return length < (int)sizeof(group->directory);
}

bool cgroup_open(struct cgroup *group, const char *controller)
{
	return hierarchy_open(group, controller) || hierarchy_open(group, "");
}

bool cgroup_parent(struct cgroup *group)
{
	char *slash = strrchr(group->directory, '/');

	if (!slash || strlen(group->directory) <= group->mount_length)
		return false;
	*slash = '\0';
	return true;
}

char *cgroup_file(const struct cgroup *group, const char *name)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", group->directory, name);
	return file_read(path);
}

const char *cgroup_version(void)
{
	char *text = file_read("/proc/self/cgroup");
	bool v1 = false, v2 = false;
	struct membership membership;
	struct mount mount;

	if (!text)
		return "";
	for (const char *line = text; *line; line = line_next(line)) {
		if (!membership_parse(line, &membership))
			continue;
		if (!membership.controllers[0])
			v2 = mount_find("", &mount);
		else if (strncmp(membership.controllers, "name=", 5) != 0)
			v1 = true;
	}
	free(text);
	if (v1)
		return v2 ? "hybrid" : "v1";
	return v2 ? "v2" : "none";
}
