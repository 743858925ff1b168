/* SPDX-License-Identifier: MIT */
/* Strict parsers: what is not understood wholly is refused. */
#include "cli/parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

static const struct {
	const char *suffix;
	double ns;
} units[] = {{"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"m", 60e9}, {"h", 3600e9}};

/* A plain decimal number at *text, which moves behind it: no sign, exponent, hexadecimal or "inf". */
static int take_decimal(const char **text, double *value)
{
	const char *end = *text;
	char copy[32];
	size_t length;

	while (isdigit((unsigned char)*end))
		end++;
	if (end == *text)
		return -EINVAL;
	if (*end == '.')
		end++;
	while (isdigit((unsigned char)*end))
		end++;
	length = (size_t)(end - *text);
	if (length >= sizeof(copy) || end[-1] == '.')
		return -EINVAL;
	memcpy(copy, *text, length);
	copy[length] = '\0';
	*value = strtod(copy, NULL);
	*text = end;
	return 0;
}

static int take_unit(const char **text, double *ns)
{
	size_t length = strspn(*text, "abcdefghijklmnopqrstuvwxyz");

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strlen(units[i].suffix) == length && strncmp(*text, units[i].suffix, length) == 0) {
			*ns = units[i].ns;
			*text += length;
			return 0;
		}
	return -EINVAL;
}

int parse_duration(const char *text, uint64_t *ns)
{
	double total = 0, value, unit;

	do {
		if (take_decimal(&text, &value) || take_unit(&text, &unit))
			return -EINVAL;
		total += value * unit;
	} while (*text);
	if (total < 1e6 || total > 30 * 24 * 3600e9)
		return -EINVAL;
	*ns = (uint64_t)total;
	return 0;
}

int parse_share(const char *text, double *share)
{
	double value;

	if (take_decimal(&text, &value))
		return -EINVAL;
	if (*text == '%') {
		value /= 100;
		text++;
	}
	if (*text || value <= 0 || value >= 1)
		return -EINVAL;
	*share = value;
	return 0;
}

int parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
	char *end;
	unsigned long long value;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno == ERANGE || value < min || value > max)
		return -ERANGE;
	*number = value;
	return 0;
}

static bool list_has(char *const *items, size_t count, const char *item)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(items[i], item) == 0)
			return true;
	return false;
}

int parse_list(const char *text, char ***items)
{
	size_t count = 1, used = 0;
	char *copy, *rest, *item;
	char **list;

	for (const char *c = text; *c; c++)
		count += *c == ',';
	rest = copy = strdup(text);
	list = calloc(count + 1, sizeof(*list));
	if (!copy || !list) {
		free(copy);
		free(list);
		return -ENOMEM;
	}
	while ((item = strsep(&rest, ",")) && *item && !list_has(list, used, item))
		list[used++] = strdup(item);
	free(copy);
	if (!item) {
		*items = list;
		return 0;
	}
	parse_list_free(list);
	return -EINVAL;
}

void parse_list_free(char **items)
{
	for (size_t i = 0; items && items[i]; i++)
		free(items[i]);
	free(items);
}

enum { NAME_BYTES_MAX = 64, SUGGESTIONS_MAX = 3 };

/* Levenshtein, Binary codes capable of correcting deletions, insertions and reversals, 1966. */
static unsigned edit_distance(const char *a, const char *b)
{
	unsigned row[NAME_BYTES_MAX + 1];
	size_t b_length = strlen(b);

	if (b_length > NAME_BYTES_MAX || strlen(a) > NAME_BYTES_MAX)
		return NAME_BYTES_MAX;
	for (size_t j = 0; j <= b_length; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i + 1;
		for (size_t j = 0; j < b_length; j++) {
			unsigned best = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j + 1] + 1 < best)
				best = row[j + 1] + 1;
			row[j + 1] = best;
		}
	}
	return row[b_length];
}

/* Near enough to have been meant, counted in edits; beginnings of a name count as one edit away. Else NAME_BYTES_MAX. */
static unsigned nearness(const char *name, const char *candidate)
{
	unsigned distance = edit_distance(name, candidate);

	if (strlen(name) >= 3 && strncmp(candidate, name, strlen(name)) == 0)
		return distance < 1 ? distance : 1;
	return distance <= 2 ? distance : NAME_BYTES_MAX;
}

/* The index of the next nearest name after those in `taken` (a bit each); -1: no more. */
static int next_nearest(const char *name, const char *const *valid, uint64_t taken)
{
	unsigned best = NAME_BYTES_MAX;
	int found = -1;

	for (int i = 0; valid[i] && i < 64; i++) {
		unsigned distance = nearness(name, valid[i]);

		if (!(taken >> i & 1) && distance < best) {
			best = distance;
			found = i;
		}
	}
	return found;
}

void suggest_names(const char *name, const char *const *valid, char *text, size_t bytes)
{
	uint64_t taken = 0;
	size_t used;
	int next = next_nearest(name, valid, taken);

	if (next < 0) {
		used = (size_t)snprintf(text, bytes, "; valid: ");
		for (size_t i = 0; valid[i] && used < bytes; i++)
			used += (size_t)snprintf(text + used, bytes - used, "%s%s", i ? ", " : "", valid[i]);
		return;
	}
	used = (size_t)snprintf(text, bytes, "; did you mean ");
	for (int listed = 0; next >= 0 && listed < SUGGESTIONS_MAX && used < bytes; listed++) {
		used += (size_t)snprintf(text + used, bytes - used, "%s%s", listed ? " or " : "", valid[next]);
		taken |= UINT64_C(1) << next;
		next = next_nearest(name, valid, taken);
	}
	if (used < bytes)
		snprintf(text + used, bytes - used, "?");
}
