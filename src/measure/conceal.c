/* SPDX-License-Identifier: MIT */
/* Reasons go into files that are handed on, and those name no folder of this machine. */
#include "measure/conceal.h"

#include <string.h>

#include "core/workload.h"

/* Puts `word` in the place of `length` characters; what has no room at the end is cut off. */
static void replace(char *reason, char *at, size_t length, const char *word)
{
	size_t own = strlen(word), rest = strlen(at + length), room = REASON_BYTES - 1 - (size_t)(at - reason);

	if (own > room)
		own = room;
	if (rest > room - own)
		rest = room - own;
	memmove(at + own, at + length, rest);
	memcpy(at, word, own);
	at[own + rest] = '\0';
}

/* "folder/" becomes "", and "folder" alone becomes `word`. */
static void conceal_folder(char *reason, const char *path, size_t length, const char *word)
{
	char *at = reason;

	while (length && (at = memmem(at, strlen(at), path, length)))
		if (at[length] == '/') {
			replace(reason, at, length + 1, "");
		} else {
			replace(reason, at, length, word);
			at += strlen(at) < strlen(word) ? strlen(at) : strlen(word);
		}
}

void conceal_folders(char *reason, const char *directory, const char *program_path)
{
	const char *slash = strrchr(program_path, '/');

	conceal_folder(reason, directory, strlen(directory), "TMPDIR");
	if (slash)
		conceal_folder(reason, program_path, (size_t)(slash - program_path), "the folder of tvp");
}
