/* SPDX-License-Identifier: MIT */
/* Reasons go into files that are handed on, and those name no folder of this machine. */
#include "measure/conceal.h"

#include <string.h>

/* "folder/" becomes "". */
static void conceal_folder(char *reason, const char *path, size_t length)
{
	char *at = reason;

	while (length && (at = memmem(at, strlen(at), path, length)))
		if (at[length] == '/')
			memmove(at, at + length + 1, strlen(at + length));
		else
			at += length;
}

void conceal_folders(char *reason, const char *directory, const char *program_path)
{
	const char *slash = strrchr(program_path, '/');

	conceal_folder(reason, directory, strlen(directory));
	if (slash)
		conceal_folder(reason, program_path, (size_t)(slash - program_path));
}
