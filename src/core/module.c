/* SPDX-License-Identifier: MIT */
/* Loading a plug-in that lies beside the running program. */
#include "core/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "core/beside.h"
#include "core/workload.h"

enum { NAME_BYTES = 100 };

int module_load(const char *prefix, const char *symbol_prefix, const char *name, const void **descriptor, char *reason)
{
	char file[NAME_BYTES], symbol[NAME_BYTES], path[PATH_MAX];
	void *module;
	int error;

	snprintf(file, sizeof(file), "%s%s.so", prefix, name);
	snprintf(symbol, sizeof(symbol), "%s%s", symbol_prefix, name);
	for (char *c = symbol; *c; c++)
		*c = *c == '-' ? '_' : *c;
	error = beside_find(file, path, reason);
	if (error)
		return error;
	/* All at once, as measurers and workers themselves: nothing is to be looked up while it is timed. */
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	*descriptor = module ? dlsym(module, symbol) : NULL;
	if (*descriptor)
		return 0;
	return reason_set(reason, -ENOENT, "cannot load what %s needs: %s", name, dlerror());
}
