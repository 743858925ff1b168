/* SPDX-License-Identifier: MIT */
/* blocks.csv: when each block was measured, what disturbed it, and whether it counts. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "machine/rules.h"
#include "output/csv.h"
#include "output/output.h"

static void write_header(struct csv_buffer *rows)
{
	static const char *const names[] = {"schema",   "run_id",  "machine_id", "block",
					    "start_ns", "wall_ns", "status",     "reason"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		csv_text(rows, names[i]);
	for (const struct noise_column *column = noise_columns; column->name; column++)
		csv_text(rows, column->name);
	csv_end_row(rows);
}

static void write_row(struct csv_buffer *rows, const struct run_record *record, const struct block_row *row)
{
	csv_whole(rows, 1);
	csv_text(rows, record->run_id);
	csv_text(rows, record->machine_id);
	csv_whole(rows, row->block);
	csv_whole(rows, row->start_ns);
	csv_whole(rows, row->wall_ns);
	csv_text(rows, status_name(*row->invalid ? STATUS_INVALID : STATUS_OK));
	csv_text(rows, row->invalid);
	for (const struct noise_column *column = noise_columns; column->name; column++)
		csv_real(rows, column->value(row->before, row->after));
	csv_end_row(rows);
}

int run_folder_append_block(const struct run_folder *folder, const struct run_record *record,
			    const struct block_row *row, char *reason)
{
	struct csv_buffer rows = {0};
	char path[PATH_MAX];
	int fd, error = 0;

	snprintf(path, sizeof(path), "%s/blocks.csv", folder->path);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		return reason_set(reason, -errno, "cannot write %s: %s", path, strerror(errno));
	if (row->block == 0)
		write_header(&rows);
	write_row(&rows, record, row);
	if (rows.error)
		error = reason_set(reason, rows.error, "%s: out of memory", path);
	else if (write(fd, rows.text, rows.used) != (ssize_t)rows.used)
		error = reason_set(reason, errno ? -errno : -EIO,
				   "cannot write to %s: %s; free some space there or choose another folder with --out",
				   path, strerror(errno));
	csv_buffer_exit(&rows);
	close(fd);
	return error;
}
