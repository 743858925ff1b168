/* SPDX-License-Identifier: MIT */
/* timeline.csv: what each worker of a recorded batch did and when; for pictures, nothing is computed from it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "output/csv.h"
#include "output/output.h"

/* As many rows as are in memory at a time. */
enum { SCHEMA = 1, ROWS_BYTES = 1 << 20 };

/* Columns are only ever appended. */
static const char *const columns[] = {
	"schema", "run_id", "machine_id", "cell", "block", "worker", "first", "tasks", "begin_ns", "end_ns",
};

struct timeline_file {
	int fd;
	const char *path;
	struct csv_buffer rows;
	char *reason;
};

static int flush_rows(struct timeline_file *file)
{
	struct csv_buffer *rows = &file->rows;
	ssize_t wrote;

	if (rows->error)
		return reason_set(file->reason, rows->error, "%s: out of memory", file->path);
	for (size_t done = 0; done < rows->used; done += (size_t)wrote) {
		wrote = write(file->fd, rows->text + done, rows->used - done);
		if (wrote < 0 && errno == EINTR)
			wrote = 0;
		else if (wrote <= 0)
			return reason_set(file->reason, wrote < 0 ? -errno : -EIO,
					  "cannot write to %s: %s; free some space there or choose another folder with "
					  "--out",
					  file->path, strerror(wrote < 0 ? errno : EIO));
	}
	rows->used = 0;
	return 0;
}

static int write_events(struct timeline_file *file, const struct run_record *record,
			const struct measurement *measurement)
{
	struct csv_buffer *rows = &file->rows;
	int error = 0;

	for (unsigned i = 0; !error && i < measurement->timeline_count; i++) {
		const struct timeline_event *event = &measurement->timeline[i];

		csv_whole(rows, SCHEMA);
		csv_text(rows, record->run_id);
		csv_text(rows, record->machine_id);
		csv_text(rows, record->plan->cells[measurement->cell].name);
		csv_whole(rows, measurement->block);
		csv_whole(rows, event->worker);
		csv_whole(rows, event->first);
		csv_whole(rows, event->count);
		csv_whole(rows, event->begin_ns);
		csv_whole(rows, event->end_ns);
		csv_end_row(rows);
		if (rows->used >= ROWS_BYTES || rows->error)
			error = flush_rows(file);
	}
	return error;
}

static bool is_recorded(const struct measurement *measurements, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (measurements[i].timeline_count)
			return true;
	return false;
}

int run_folder_append_timeline(const struct run_folder *folder, const struct run_record *record,
			       const struct measurement *measurements, size_t count, char *reason)
{
	struct timeline_file file = {.reason = reason};
	char path[PATH_MAX];
	int error = 0;

	if (!is_recorded(measurements, count))
		return 0;
	snprintf(path, sizeof(path), "%s/timeline.csv", folder->path);
	file.path = path;
	file.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (file.fd < 0)
		return reason_set(reason, -errno, "cannot write %s: %s", path, strerror(errno));
	if (lseek(file.fd, 0, SEEK_END) == 0) {
		for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
			csv_text(&file.rows, columns[i]);
		csv_end_row(&file.rows);
	}
	for (size_t i = 0; !error && i < count; i++)
		error = write_events(&file, record, &measurements[i]);
	if (!error)
		error = flush_rows(&file);
	csv_buffer_exit(&file.rows);
	close(file.fd);
	return error;
}
