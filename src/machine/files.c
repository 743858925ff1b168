/* SPDX-License-Identifier: MIT */
/* Reading the small text files of /proc, /sys and /etc. */
#include "machine/files.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_BYTES_FIRST = 4096, FILE_BYTES_MAX = 64 << 20 };

static char files_root[PATH_MAX];

void files_set_root(const char *root)
{
	snprintf(files_root, sizeof(files_root), "%s", root);
}

bool file_exists(const char *path)
{
	char full[2 * PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", files_root, path);
	return access(full, F_OK) == 0;
}

static int file_open(const char *path)
{
	char full[2 * PATH_MAX];
	int fd;

	snprintf(full, sizeof(full), "%s%s", files_root, path);
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* Reads to the end of fd into a buffer that grows; files in /proc do not tell their size. */
static char *descriptor_read(int fd, size_t *length)
{
	size_t size = FILE_BYTES_FIRST, used = 0;
	char *text = malloc(size);

	while (text) {
		ssize_t got = read(fd, text + used, size - used - 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || size > FILE_BYTES_MAX)
			break;
		if (got == 0) {
			text[used] = '\0';
			*length = used;
			return text;
		}
		used += (size_t)got;
		if (used + 1 == size) {
			char *larger = realloc(text, size * 2);

			if (!larger)
				break;
			text = larger;
			size *= 2;
		}
	}
	free(text);
	return NULL;
}

char *file_read(const char *path)
{
	int fd = file_open(path);
	size_t length = 0;
	char *text;

	if (fd < 0)
		return NULL;
	text = descriptor_read(fd, &length);
	close(fd);
	for (size_t i = 0; text && i < length; i++)
		if (!text[i])
			text[i] = '\n';
	return text;
}

int file_line(const char *path, char *line, size_t size)
{
	char *text = file_read(path);

	if (!text)
		return -ENOENT;
	snprintf(line, size, "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
	return 0;
}

int number_parse(const char *text, uint64_t *number)
{
	unsigned long long value;
	char *end;

	while (isblank((unsigned char)*text))
		text++;
	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || isalnum((unsigned char)*end))
		return -EINVAL;
	*number = value;
	return 0;
}

int file_number(const char *path, uint64_t *number)
{
	char line[64];
	int error = file_line(path, line, sizeof(line));

	return error ? error : number_parse(line, number);
}

void files_each(const char *pattern, void (*visit)(const char *path, const char *text, void *context), void *context)
{
	char full[2 * PATH_MAX];
	glob_t found;

	snprintf(full, sizeof(full), "%s%s", files_root, pattern);
	if (glob(full, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i] + strlen(files_root);
		char *text = file_read(path);

		if (text)
			visit(path, text, context);
		free(text);
	}
	globfree(&found);
}

/* The value of a line, if it is that of the key. */
static const char *line_value(const char *line, const char *key, char separator)
{
	size_t length = strlen(key);
	const char *value = line + length;

	if (strncmp(line, key, length) != 0)
		return NULL;
	while (isblank((unsigned char)*value))
		value++;
	if (separator == ' ')
		return value > line + length ? value : NULL;
	if (*value != separator)
		return NULL;
	value++;
	while (isblank((unsigned char)*value))
		value++;
	return value;
}

static const char *text_find(const char *text, const char *key, char separator)
{
	while (text && *text) {
		const char *value = line_value(text, key, separator);

		if (value)
			return value;
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return NULL;
}

int text_field(const char *text, const char *key, char separator, char *value, size_t size)
{
	const char *found = text_find(text, key, separator);

	if (!found)
		return -ENOENT;
	snprintf(value, size, "%.*s", (int)strcspn(found, "\n"), found);
	return 0;
}

int text_number(const char *text, const char *key, char separator, uint64_t *number)
{
	const char *found = text_find(text, key, separator);

	return found ? number_parse(found, number) : -ENOENT;
}
