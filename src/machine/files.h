/* SPDX-License-Identifier: MIT */
/* Reading the small text files of /proc, /sys and /etc. A file that is not there is "unknown", never a failure. */
#ifndef TVP_MACHINE_FILES_H
#define TVP_MACHINE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every path below is looked up under this folder; "" (the default) is the real machine. For tests. */
void files_set_root(const char *root);

/* The whole file with a NUL at its end; NULs inside become line ends, so that /proc/1/environ reads as lines.
 * The caller's to free; NULL if it cannot be read. */
char *file_read(const char *path);

/* Also for folders; false if it may not be looked up. */
bool file_exists(const char *path);

/* The first line, without its line end, cut to size. 0 or a negative errno. */
int file_line(const char *path, char *line, size_t size);

/* The unsigned number that the file begins with. 0, -EINVAL if there is none, or another negative errno. */
int file_number(const char *path, uint64_t *number);

/* Calls visit for each readable file that matches a glob(7) pattern, in order of name. */
void files_each(const char *pattern, void (*visit)(const char *path, const char *text, void *context), void *context);

/* From the first line "key <separator> value": the value, cut to size. The separator is ':' with blanks around it, or
 * ' ' for blanks alone. 0, or -ENOENT if there is no such line. */
int text_field(const char *text, const char *key, char separator, char *value, size_t size);

/* The same for a line whose value begins with an unsigned number. 0, -ENOENT or -EINVAL. */
int text_number(const char *text, const char *key, char separator, uint64_t *number);

/* The unsigned number that the text begins with, after blanks. 0 or -EINVAL. */
int number_parse(const char *text, uint64_t *number);

#endif
