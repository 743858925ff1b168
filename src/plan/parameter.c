/* SPDX-License-Identifier: MIT */
/* From the text of a value to the value, and back. */
#include "plan/parameter.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int number_parse(const struct parameter *parameter, const char *text, uint64_t *value)
{
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (*end || errno == ERANGE)
		return -EINVAL;
	if (number < parameter->min || number > parameter->max)
		return -ERANGE;
	*value = number;
	return 0;
}

int parameter_parse(const struct parameter *parameter, const char *text, uint64_t *value)
{
	if (!parameter->names)
		return number_parse(parameter, text, value);
	for (uint64_t i = 0; i <= parameter->max; i++)
		if (strcmp(parameter->names[i], text) == 0) {
			*value = i;
			return 0;
		}
	return -ENOENT;
}

int parameter_refuse(const struct parameter *parameter, const char *owner, const char *text, char *reason)
{
	char names[REASON_BYTES / 2] = "";
	size_t used = 0;

	if (!parameter->names)
		return reason_set(reason, -EINVAL, "%s=%.60s: %s takes %llu to %llu%s%s", parameter->name, text, owner,
				  (unsigned long long)parameter->min, (unsigned long long)parameter->max,
				  *parameter->unit ? " " : "", parameter->unit);
	for (uint64_t i = 0; i <= parameter->max && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
					 parameter->names[i]);
	return reason_set(reason, -EINVAL, "%s=%.60s: %s takes %s", parameter->name, text, owner, names);
}

void parameter_print(FILE *stream, const struct parameter *parameter, uint64_t value)
{
	if (parameter->names)
		fputs(parameter->names[value], stream);
	else
		fprintf(stream, "%llu", (unsigned long long)value);
}
