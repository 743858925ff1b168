/* SPDX-License-Identifier: MIT */
/* Reads JSON that may be anything into bounded memory. */
#ifndef TVP_OUTPUT_JSON_READ_H
#define TVP_OUTPUT_JSON_READ_H

#include <jansson.h>

enum {
	JSON_READ_BYTES = 128 << 20, /* of the file */
	JSON_READ_VALUES = 2000000,  /* one takes up to 200 bytes in memory, but only three in the file */
	JSON_READ_TEXT_BYTES = 1 << 16
};

/* The whole of a file's JSON; *root is the caller's to release. `name` is the file's in the reason. 0; -EINVAL if it is
 * not JSON or beyond the limits, or has a name twice in one object; -ENOMEM; or an errno of read. */
int json_read(int fd, const char *name, json_t **root, char *reason);

#endif
