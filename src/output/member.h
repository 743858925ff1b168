/* SPDX-License-Identifier: MIT */
/* Members of run.json, checked as they are read: each returns 0, or -EINVAL with a reason that names the member. */
#ifndef TVP_OUTPUT_MEMBER_H
#define TVP_OUTPUT_MEMBER_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Where in run.json the reader is, for the reason. */
struct place {
	const char *list; /* "" at the top */
	size_t index;
	char *reason;
};

enum { MEMBER_TEXT_BYTES = 4096, MEMBER_NAME_BYTES = 255 };

int member_complain(const struct place *place, const char *key, const char *what);

/* Text of at most MEMBER_TEXT_BYTES. */
int member_text(const struct place *place, const json_t *object, const char *key, const char **text);

/* Text of at most MEMBER_NAME_BYTES, which tables have in every row. */
int member_name(const struct place *place, const json_t *object, const char *key, const char **text);

/* Text or null; null gives NULL. */
int member_optional_text(const struct place *place, const json_t *object, const char *key, const char **text);
int member_whole(const struct place *place, const json_t *object, const char *key, uint64_t least, uint64_t most,
		 uint64_t *number);
int member_array(const struct place *place, const json_t *object, const char *key, size_t most, json_t **array,
		 size_t *count);

#endif
