/* SPDX-License-Identifier: MIT */
/* Collecting facts from a table, and the readers that many facts share. */
#include "machine/facts.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/files.h"

void value_print(char *value, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(value, FACT_BYTES, format, arguments);
	va_end(arguments);
}

void value_bool(char *value, int truth)
{
	value_print(value, "%s", truth ? "true" : "false");
}

void value_limit(char *value, double limit)
{
	if (isnan(limit))
		return;
	if (isinf(limit))
		value_print(value, "unlimited");
	else
		value_print(value, limit >= 1e15 || limit == (double)(int64_t)limit ? "%.0f" : "%.2f", limit);
}

void read_line(const struct survey *survey, const struct fact_entry *entry, char *value)
{
	file_line(entry->path, value, FACT_BYTES);
}

void read_list(const struct survey *survey, const struct fact_entry *entry, char *value)
{
	if (file_line(entry->path, value, FACT_BYTES))
		return;
	if (!value[0] || strcmp(value, "(null)") == 0) /* what kernels print for an empty mask */
		value_print(value, "none");
}

void read_choice(const struct survey *survey, const struct fact_entry *entry, char *value)
{
	char line[256];
	char *open, *close;

	if (file_line(entry->path, line, sizeof(line)))
		return;
	open = strpbrk(line, "[(");
	close = open ? strpbrk(open, "])") : NULL;
	if (close)
		value_print(value, "%.*s", (int)(close - open - 1), open + 1);
}

void read_switch(const struct survey *survey, const struct fact_entry *entry, char *value)
{
	uint64_t number;

	if (file_number(entry->path, &number) == 0 && number <= 1)
		value_bool(value, number == 1);
}

void read_counter(const struct survey *survey, const struct fact_entry *entry, char *value)
{
	char *text = file_read(entry->path);
	uint64_t number;

	if (text && text_number(text, entry->key, ' ', &number) == 0)
		value_print(value, "%" PRIu64, number * (uint64_t)(entry->number ? entry->number : 1));
	free(text);
}

static void add_distinct(const char *path, const char *text, void *context)
{
	char *value = context;
	size_t length = strcspn(text, "\n"), used = strlen(value);
	const char *at = value;

	while (*at) {
		size_t entry = strcspn(at, ",");

		if (entry == length && strncmp(at, text, length) == 0)
			return;
		at += entry + (at[entry] == ',');
	}
	if (length > 0 && used + length + 2 < FACT_BYTES)
		sprintf(value + used, "%s%.*s", used ? "," : "", (int)length, text);
}

void read_distinct(const struct survey *survey, const struct fact_entry *entry, char *value)
{
	files_each(entry->path, add_distinct, value);
}

static int is_number(const char *value)
{
	size_t whole = strspn(value, "0123456789");
	const char *rest = value + whole;

	if (*rest == '.') {
		size_t part = strspn(rest + 1, "0123456789");

		return whole > 0 && part > 0 && !rest[1 + part];
	}
	return whole > 0 && !*rest;
}

/* Kernels in containers, firmware and fake files may hold anything; what goes out is ASCII of the promised type. */
static void value_check(enum fact_type type, char *value)
{
	size_t length;

	for (char *at = value; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = *at == '\t' ? ' ' : '?';
	for (length = strlen(value); length > 0 && value[length - 1] == ' '; length--)
		value[length - 1] = '\0';
	if (type == FACT_NUMBER && !is_number(value))
		value[0] = '\0';
	if (type == FACT_BOOL && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		value[0] = '\0';
}

int facts_collect(struct facts *facts, const struct fact_entry *table, size_t count, const struct survey *survey)
{
	struct facts found = {.list = calloc(count, sizeof(*found.list))};

	if (!found.list)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		char value[FACT_BYTES] = "";

		table[i].read(survey, &table[i], value);
		value_check(table[i].type, value);
		found.list[i] = (struct fact){table[i].name, table[i].type, strdup(value)};
		found.count = i + 1;
		if (!found.list[i].value) {
			facts_exit(&found);
			return -ENOMEM;
		}
	}
	*facts = found;
	return 0;
}

void facts_exit(struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++)
		free(facts->list[i].value);
	free(facts->list);
	*facts = (struct facts){0};
}

const char *facts_get(const struct facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->count; i++)
		if (strcmp(facts->list[i].name, name) == 0)
			return facts->list[i].value;
	return "";
}
