/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target once over every file of a corpus, without libFuzzer. Usage: fuzz_NAME FOLDER|FILE… */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* good-… and bad-… must end so; other names, such as those of new finds, may end either way. */
static int judge(const char *name)
{
	const char *wanted = strncmp(name, "good-", 5) == 0 ? "understood" : "refused";

	if ((strncmp(name, "good-", 5) != 0 && strncmp(name, "bad-", 4) != 0) || fuzz_accepted == (wanted[0] == 'u'))
		return 0;
	fprintf(stderr, "%s: should be %s\n", name, wanted);
	return 1;
}

static int replay_file(FILE *file, const char *name)
{
	char *text = NULL;
	size_t size = 0;
	FILE *whole = open_memstream(&text, &size);
	int byte;

	while ((byte = getc(file)) != EOF)
		putc(byte, whole);
	fclose(whole);
	fclose(file);
	LLVMFuzzerTestOneInput((const uint8_t *)text, size);
	free(text);
	return judge(name);
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* How many files went wrong; *count counts all. */
static int replay_folder(const char *path, size_t *count)
{
	struct dirent **entries;
	int found = scandir(path, &entries, is_file, alphasort), wrong = 0;

	for (int i = 0; i < found; i++) {
		char full[4096];
		FILE *file;

		snprintf(full, sizeof(full), "%s/%s", path, entries[i]->d_name);
		file = fopen(full, "r");
		wrong += file ? replay_file(file, entries[i]->d_name) : 1;
		++*count;
		free(entries[i]);
	}
	if (found >= 0)
		free(entries);
	return wrong;
}

int main(int argc, char **argv)
{
	size_t count = 0;
	int wrong = 0;

	for (int i = 1; i < argc; i++) {
		DIR *folder = opendir(argv[i]);
		FILE *file = folder ? NULL : fopen(argv[i], "r");

		if (folder) {
			closedir(folder);
			wrong += replay_folder(argv[i], &count);
		} else if (file) {
			wrong += replay_file(file, argv[i]);
			count++;
		} else {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
		}
	}
	printf("%zu inputs, %d wrong\n", count, wrong);
	return count > 0 && wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
