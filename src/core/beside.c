/* SPDX-License-Identifier: MIT */
/* Finding programs by their place beside the running one. */
#include "core/beside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/workload.h"

int beside_find(const char *name, char path[PATH_MAX], char *reason)
{
	static const char *const places[] = {"", "/../libexec/tvp"};
	char folder[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", folder, sizeof(folder) - 1);

	if (length < 0)
		return reason_set(reason, -errno, "cannot tell where this program lies: %s", strerror(errno));
	folder[length] = '\0';
	*strrchr(folder, '/') = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (snprintf(path, PATH_MAX, "%s%s/%s", folder, places[i], name) >= PATH_MAX)
			continue;
		if (access(path, strstr(name, ".so") ? R_OK : X_OK) == 0)
			return 0;
	}
	return reason_set(reason, -ENOENT, "%s is missing: it belongs into %s; build it again with `make build`", name,
			  folder);
}
