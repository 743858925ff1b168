/* SPDX-License-Identifier: MIT */
/* A strict RFC 4180 tokenizer in bounded memory: a row is found whole in the buffer, then cut up where it lies. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/workload.h"
#include "output/csv.h"

int csv_reader_init(struct csv_reader *reader, int fd, const char *name, uint64_t limit_bytes)
{
	*reader = (struct csv_reader){.fd = fd, .name = name, .left_bytes = limit_bytes};
	reader->buffer = malloc(CSV_ROW_BYTES + 1); /* and a NUL behind the last row */
	return reader->buffer ? 0 : -ENOMEM;
}

void csv_reader_exit(struct csv_reader *reader)
{
	free(reader->buffer);
	reader->buffer = NULL;
}

/* Moves what is left to the front and reads on. 0 (also at the end of the input) or a negative errno. */
static int refill(struct csv_reader *reader, char *reason)
{
	size_t room;
	ssize_t got;

	memmove(reader->buffer, reader->buffer + reader->begin, reader->end - reader->begin);
	reader->end -= reader->begin;
	reader->begin = 0;
	room = CSV_ROW_BYTES - reader->end;
	if (room > reader->left_bytes)
		room = (size_t)reader->left_bytes;
	do
		got = room ? read(reader->fd, reader->buffer + reader->end, room) : 0;
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return reason_set(reason, -errno, "%s: cannot be read after row %" PRIu64 ": %s", reader->name,
				  reader->row, strerror(errno));
	reader->end += (size_t)got;
	reader->left_bytes = got ? reader->left_bytes - (uint64_t)got : 0;
	return 0;
}

/* The line break that ends the row at the front of the buffer; NULL if the buffer has none. */
static char *find_row_end(const struct csv_reader *reader)
{
	char *from = reader->buffer + reader->begin, *end = reader->buffer + reader->end;
	char *newline = memchr(from, '\n', (size_t)(end - from));
	bool quoted = false;

	if (!newline || !memchr(from, '"', (size_t)(newline - from)))
		return newline;
	for (; from < end; from++) {
		if (*from == '"')
			quoted = !quoted;
		else if (*from == '\n' && !quoted)
			return from;
	}
	return NULL;
}

static int refuse(const struct csv_reader *reader, const char *what, char *reason)
{
	return reason_set(reason, -EINVAL, "%s: row %" PRIu64 ", column %u: %s", reader->name, reader->row,
			  reader->count + 1, what);
}

/* Takes the quotes off the field at *from and moves *from behind it. */
static int cut_quoted(struct csv_reader *reader, char **from, char *end, char *reason)
{
	char *read = *from + 1, *write = *from;

	for (;; read++) {
		if (read == end)
			return refuse(reader, "the quoted field has no end: the file was cut off; copy it again",
				      reason);
		if (*read == '"' && *++read != '"')
			break;
		if (*read == '\0')
			return refuse(reader, "a NUL byte: this is not a text file", reason);
		*write++ = *read;
	}
	if (read != end && *read != ',')
		return refuse(reader, "text after the closing quote", reason);
	*write = '\0';
	*from = read;
	return 0;
}

/* What may end a field without quotes, or must not be in it. */
static const bool stops[256] = {['\0'] = true, ['"'] = true, [','] = true, ['\r'] = true};

/* There is a NUL at `end`. */
static int cut_plain(struct csv_reader *reader, char **from, const char *end, char *reason)
{
	char *at = *from;

	while (!stops[(unsigned char)*at])
		at++;
	*from = at;
	if (*at == ',' || at == end)
		return 0;
	return refuse(reader,
		      *at == '"'    ? "a quote inside a field that does not begin with one"
		      : *at == '\r' ? "a carriage return inside a field without quotes"
				    : "a NUL byte: this is not a text file",
		      reason);
}

/* `end` is where a NUL may be put: the row's line break or the buffer's end. */
static int cut_row(struct csv_reader *reader, char *end, char *reason)
{
	char *at = reader->buffer + reader->begin;
	int error;

	if (end > at && end[-1] == '\r')
		end--;
	*end = '\0';
	for (reader->count = 0;; at++) {
		char *field = at;

		if (reader->count == CSV_COLUMNS)
			return refuse(reader, "more columns than any table of ours has", reason);
		error = *at == '"' ? cut_quoted(reader, &at, end, reason) : cut_plain(reader, &at, end, reason);
		if (error)
			return error;
		if (at - field > CSV_FIELD_BYTES)
			return refuse(reader, "the field is longer than 64 KiB", reason);
		reader->fields[reader->count++] = field;
		if (at == end)
			return 0;
		*at = '\0';
	}
}

/* A row that fills the buffer without an end: names the column where that was, and what is the likely cause. */
static int refuse_long_row(struct csv_reader *reader, char *reason)
{
	const char *row = reader->buffer + reader->begin;
	size_t bytes = reader->end - reader->begin, field = 0;
	bool quoted = false;

	reader->row++;
	reader->count = 0;
	for (size_t i = 0; i < bytes; i++) {
		if (row[i] == '\0')
			return refuse(reader, "a NUL byte: this is not a text file", reason);
		quoted ^= row[i] == '"';
		if (i - field > CSV_FIELD_BYTES)
			return refuse(reader, "the field is longer than 64 KiB: is a quote missing?", reason);
		if (row[i] != ',' || quoted)
			continue;
		reader->count++;
		field = i + 1;
	}
	return refuse(reader, "the row is longer than 1 MiB", reason);
}

static void skip_byte_order_mark(struct csv_reader *reader)
{
	if (reader->end - reader->begin >= 3 && memcmp(reader->buffer + reader->begin, "\xef\xbb\xbf", 3) == 0)
		reader->begin += 3;
}

int csv_next(struct csv_reader *reader, char *reason)
{
	char *newline = find_row_end(reader), *end;
	int error;

	while (!newline && reader->left_bytes) {
		if (reader->end - reader->begin == CSV_ROW_BYTES)
			return refuse_long_row(reader, reason);
		error = refill(reader, reason);
		if (error)
			return error;
		if (reader->row == 0)
			skip_byte_order_mark(reader);
		newline = find_row_end(reader);
	}
	if (reader->begin == reader->end)
		return 0;
	reader->row++;
	reader->terminated = newline != NULL;
	end = newline ? newline : reader->buffer + reader->end;
	error = cut_row(reader, end, reason);
	reader->begin = (size_t)(end - reader->buffer) + (newline ? 1 : 0);
	return error ? error : 1;
}

/* A row may end where the buffer does: what comes behind it is read over its fields. */
bool csv_at_end(struct csv_reader *reader)
{
	char reason[REASON_BYTES];

	if (reader->begin == reader->end && reader->left_bytes && refill(reader, reason) != 0)
		return true;
	return reader->begin == reader->end && reader->left_bytes == 0;
}
