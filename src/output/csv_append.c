/* SPDX-License-Identifier: MIT */
/* Appends rows to a CSV file of a run's folder: all that belong together, or none of them. */
#include "output/csv_append.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As many rows as are in memory at a time. */
enum { SCHEMA = 1, ROWS_BYTES = 1 << 20 };

static const char *const first_columns[] = {"schema", "run_id", "machine_id", "cell", "block", NULL};

int csv_write_all(int fd, const struct csv_buffer *rows)
{
	ssize_t wrote;

	for (size_t done = 0; done < rows->used; done += (size_t)wrote) {
		wrote = write(fd, rows->text + done, rows->used - done);
		if (wrote < 0 && errno == EINTR)
			wrote = 0;
		else if (wrote <= 0)
			return wrote < 0 ? -errno : -EIO;
	}
	return 0;
}

int csv_append_begin(struct csv_append *file, const struct run_folder *folder, const char *name, char *reason)
{
	int error;

	*file = (struct csv_append){.reason = reason};
	if (asprintf(&file->path, "%s/%s", folder->path, name) < 0)
		return reason_set(reason, -ENOMEM, "%s/%s: out of memory", folder->path, name);
	file->fd = open(file->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	file->whole_bytes = file->fd < 0 ? -1 : lseek(file->fd, 0, SEEK_END);
	if (file->whole_bytes >= 0)
		return 0;
	error = reason_set(reason, -errno, "cannot write %s: %s", file->path, strerror(errno));
	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	file->path = NULL;
	return error;
}

static int append_flush(struct csv_append *file)
{
	int error = file->rows.error;

	if (error)
		return reason_set(file->reason, error, "%s: out of memory", file->path);
	error = csv_write_all(file->fd, &file->rows);
	file->rows.used = 0;
	if (!error)
		return 0;
	return reason_set(file->reason, error,
			  "cannot write to %s: %s; free some space there or choose another folder with --out",
			  file->path, strerror(-error));
}

int csv_append_end_row(struct csv_append *file)
{
	csv_end_row(&file->rows);
	return file->rows.used >= ROWS_BYTES || file->rows.error ? append_flush(file) : 0;
}

/* A file without even its columns' names could not be read. What cannot be cut off stays: run.json says how many blocks
 * count. */
static void append_undo(const struct csv_append *file)
{
	if (file->whole_bytes == 0)
		unlink(file->path);
	else if (ftruncate(file->fd, file->whole_bytes) != 0)
		fprintf(stderr, "%s: cannot cut off the block that is not whole: %s\n", file->path, strerror(errno));
}

int csv_append_end(struct csv_append *file, int error)
{
	if (!error)
		error = append_flush(file);
	if (error)
		append_undo(file);
	csv_buffer_exit(&file->rows);
	close(file->fd);
	free(file->path);
	return error;
}

static int append_measurement(struct csv_append *file, const struct csv_parts *parts, const struct run_record *record,
			      const struct measurement *measurement)
{
	size_t count = parts->count(measurement);
	int error = 0;

	for (size_t i = 0; !error && i < count; i++) {
		csv_whole(&file->rows, SCHEMA);
		csv_text(&file->rows, record->run_id);
		csv_text(&file->rows, record->machine_id);
		csv_text(&file->rows, record->plan->cells[measurement->cell].name);
		csv_whole(&file->rows, measurement->block);
		parts->write(&file->rows, measurement, i);
		error = csv_append_end_row(file);
	}
	return error;
}

static void append_columns(struct csv_buffer *rows, const char *const *columns)
{
	for (; *columns; columns++)
		csv_text(rows, *columns);
}

int csv_append_parts(const struct csv_parts *parts, const struct run_folder *folder, const struct run_record *record,
		     const struct measurement *measurements, size_t count, char *reason)
{
	struct csv_append file;
	size_t rows = 0;
	int error;

	for (size_t i = 0; i < count; i++)
		rows += parts->count(&measurements[i]);
	if (!rows)
		return 0;
	error = csv_append_begin(&file, folder, parts->name, reason);
	if (error)
		return error;
	if (file.whole_bytes == 0) {
		append_columns(&file.rows, first_columns);
		append_columns(&file.rows, parts->columns);
		csv_end_row(&file.rows);
	}
	for (size_t i = 0; !error && i < count; i++)
		error = append_measurement(&file, parts, record, &measurements[i]);
	return csv_append_end(&file, error);
}
