/* SPDX-License-Identifier: MIT */
/* An environment for another program, made of this one's. */
#include "core/variables.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_unwanted(const char *variable, const char *const *without)
{
	for (; without && *without; without++)
		if (strncmp(variable, *without, strlen(*without)) == 0)
			return true;
	return false;
}

char **variables_copy(const char *const *without, const char *added)
{
	size_t count = 0, kept = 0;
	char **list;

	while (environ[count])
		count++;
	list = calloc(count + 2, sizeof(*list));
	if (!list)
		return NULL;
	if (added)
		list[kept++] = (char *)added;
	for (size_t i = 0; i < count; i++)
		if (!is_unwanted(environ[i], without))
			list[kept++] = environ[i];
	return list;
}
