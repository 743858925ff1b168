/* SPDX-License-Identifier: MIT */
/* Members of run.json, checked as they are read. */
#include "output/member.h"

#include <errno.h>
#include <string.h>

#include "core/workload.h"

static const char advice[] = "copy the folder again, or measure anew with `tvp run`";

int member_complain(const struct place *place, const char *key, const char *what)
{
	if (!*place->list)
		return reason_set(place->reason, -EINVAL, "run.json: %s %s; %s", key, what, advice);
	return reason_set(place->reason, -EINVAL, "run.json: %s[%zu].%s %s; %s", place->list, place->index, key, what,
			  advice);
}

int member_text(const struct place *place, const json_t *object, const char *key, const char **text)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return member_complain(place, key, value ? "is not text" : "is missing");
	if (json_string_length(value) > MEMBER_TEXT_BYTES)
		return member_complain(place, key, "is longer than 4 KiB");
	*text = json_string_value(value);
	return 0;
}

int member_name(const struct place *place, const json_t *object, const char *key, const char **text)
{
	int error = member_text(place, object, key, text);

	if (!error && strlen(*text) > MEMBER_NAME_BYTES)
		return member_complain(place, key, "is longer than 255 bytes");
	return error;
}

int member_optional_text(const struct place *place, const json_t *object, const char *key, const char **text)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_null(value))
		return member_text(place, object, key, text);
	*text = NULL;
	return 0;
}

int member_whole(const struct place *place, const json_t *object, const char *key, uint64_t least, uint64_t most,
		 uint64_t *number)
{
	const json_t *value = json_object_get(object, key);
	json_int_t read = json_integer_value(value);

	if (!json_is_integer(value))
		return member_complain(place, key, value ? "is not a whole number" : "is missing");
	if (read < 0 || (uint64_t)read < least || (uint64_t)read > most)
		return member_complain(place, key, "is out of range");
	*number = (uint64_t)read;
	return 0;
}

int member_array(const struct place *place, const json_t *object, const char *key, size_t most, json_t **array,
		 size_t *count)
{
	json_t *value = json_object_get(object, key);

	if (!json_is_array(value))
		return member_complain(place, key, value ? "is not a list" : "is missing");
	if (json_array_size(value) > most)
		return member_complain(place, key, "is too long");
	*array = value;
	*count = json_array_size(value);
	return 0;
}
