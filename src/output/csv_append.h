/* SPDX-License-Identifier: MIT */
/* A CSV file of a run's folder that grows with every block, beside samples.csv. */
#ifndef TVP_OUTPUT_CSV_APPEND_H
#define TVP_OUTPUT_CSV_APPEND_H

#include "output/csv.h"
#include "output/output.h"

/* Writes all of it. 0 or a negative errno. */
int csv_write_all(int fd, const struct csv_buffer *rows);

struct csv_append {
	struct csv_buffer rows; /* that the caller adds to */
	char *path;
	char *reason;
	int fd;
	int64_t whole_bytes; /* of the file, before these rows; 0: its first row is to be the columns' names */
};

/* Makes the file if there is none. 0, or a negative errno with REASON_BYTES of reason; then there is nothing to end. */
int csv_append_begin(struct csv_append *file, const struct run_folder *folder, const char *name, char *reason);

/* Ends a row, and writes if there is much to write. 0 or a negative errno with the reason. */
int csv_append_end_row(struct csv_append *file);

/* Writes the rest. After `error` (a negative errno, with its reason set already) or one of its own it cuts the file back
 * to what it was; returns that error. */
int csv_append_end(struct csv_append *file, int error);

/* A file with any number of rows for each measurement. */
struct csv_parts {
	const char *name;
	const char *const *columns; /* behind schema (1), run_id, machine_id, cell and block; ends with NULL */
	size_t (*count)(const struct measurement *measurement);
	void (*write)(struct csv_buffer *rows, const struct measurement *measurement, size_t part);
};

/* Appends what these measurements have; makes no file for nothing. 0 or a negative errno with a reason. */
int csv_append_parts(const struct csv_parts *parts, const struct run_folder *folder, const struct run_record *record,
		     const struct measurement *measurements, size_t count, char *reason);

#endif
