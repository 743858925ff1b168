/* SPDX-License-Identifier: MIT */
/* Writes CSV rows into memory: quotes where RFC 4180 asks for them, numbers alike in every locale. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/csv.h"
#include "output/text.h"

void csv_buffer_exit(struct csv_buffer *buffer)
{
	free(buffer->text);
	*buffer = (struct csv_buffer){0};
}

/* Room for `bytes` more; NULL after an error. */
static char *reserve(struct csv_buffer *buffer, size_t bytes)
{
	size_t room = buffer->room ? buffer->room : 4096;
	char *text;

	if (buffer->error)
		return NULL;
	while (room - buffer->used < bytes)
		room *= 2;
	if (room > buffer->room) {
		text = realloc(buffer->text, room);
		if (!text) {
			buffer->error = -ENOMEM;
			return NULL;
		}
		buffer->text = text;
		buffer->room = room;
	}
	return buffer->text + buffer->used;
}

static void add(struct csv_buffer *buffer, const char *text, size_t bytes)
{
	char *to = reserve(buffer, bytes);

	if (!to)
		return;
	memcpy(to, text, bytes);
	buffer->used += bytes;
}

static void begin_field(struct csv_buffer *buffer)
{
	if (buffer->inside_row)
		add(buffer, ",", 1);
	buffer->inside_row = true;
}

/* Every byte becomes two at most: a quote is doubled, what is not UTF-8 becomes '?'. */
void csv_text(struct csv_buffer *buffer, const char *text)
{
	bool quoted = text[strcspn(text, "\",\r\n")] != '\0';
	uint32_t point;
	char *to;

	begin_field(buffer);
	to = reserve(buffer, 2 * strlen(text) + 2);
	if (!to)
		return;
	if (quoted)
		*to++ = '"';
	while (*text) {
		unsigned bytes = text_utf8(text, &point);

		if (*text == '"')
			*to++ = '"';
		if (bytes == 0)
			*to++ = '?';
		to = mempcpy(to, text, bytes);
		text += bytes ? bytes : 1;
	}
	if (quoted)
		*to++ = '"';
	buffer->used = (size_t)(to - buffer->text);
}

void csv_whole(struct csv_buffer *buffer, uint64_t value)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, value);

	begin_field(buffer);
	add(buffer, digits, (size_t)length);
}

void csv_real(struct csv_buffer *buffer, double value)
{
	char digits[TEXT_REAL_BYTES];

	begin_field(buffer);
	if (!isfinite(value))
		return;
	text_real(value, digits);
	add(buffer, digits, strlen(digits));
}

void csv_empty(struct csv_buffer *buffer, unsigned fields)
{
	while (fields--)
		begin_field(buffer);
}

void csv_end_row(struct csv_buffer *buffer)
{
	add(buffer, "\n", 1);
	buffer->inside_row = false;
}
