/* SPDX-License-Identifier: MIT */
/* CSV after RFC 4180: comma, double quotes where needed, UTF-8, one header row; rows end with LF (CRLF is read too). */
#ifndef TVP_OUTPUT_CSV_H
#define TVP_OUTPUT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows that are being written, in memory. */
struct csv_buffer {
	char *text;
	size_t used, room;
	bool inside_row;
	int error; /* 0 or -ENOMEM: once it is set nothing more is added */
};

void csv_buffer_exit(struct csv_buffer *buffer);

/* Each adds one field to the row. */
void csv_text(struct csv_buffer *buffer, const char *text);
void csv_whole(struct csv_buffer *buffer, uint64_t value);
void csv_real(struct csv_buffer *buffer, double value); /* not finite: an empty field */
void csv_empty(struct csv_buffer *buffer, unsigned fields);
void csv_end_row(struct csv_buffer *buffer);

enum {
	CSV_FIELD_BYTES = 64 * 1024,
	CSV_ROW_BYTES = 1024 * 1024, /* what a reader holds in memory, whatever the file's size */
	CSV_COLUMNS = 256
};

struct csv_reader {
	int fd; /* borrowed */
	const char *name;
	uint64_t left_bytes;
	char *buffer;
	size_t begin, end;
	uint64_t row;    /* of the last row read; the header is row 1 */
	bool terminated; /* the last row read ends with a line break */
	unsigned count;
	char *fields[CSV_COLUMNS]; /* NUL-terminated, valid until the next row is read */
};

/* Reads at most limit_bytes of the descriptor. `name` is the file's in error messages. 0 or -ENOMEM. */
int csv_reader_init(struct csv_reader *reader, int fd, const char *name, uint64_t limit_bytes);
void csv_reader_exit(struct csv_reader *reader);

/* The next row: 1; 0 at the end; -EINVAL if it is not CSV, or an errno of read, with REASON_BYTES of reason. */
int csv_next(struct csv_reader *reader, char *reason);

/* Was the last row read the last of the input? Its fields are no longer valid afterwards. */
bool csv_at_end(struct csv_reader *reader);

#endif
