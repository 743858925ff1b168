/* SPDX-License-Identifier: MIT */
/* blocks.csv: when each block was measured, what disturbed it, and whether it counts. */
#include "machine/rules.h"
#include "output/csv_append.h"

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
	struct csv_append file;
	int error = csv_append_begin(&file, folder, "blocks.csv", reason);

	if (error)
		return error;
	if (file.whole_bytes == 0)
		write_header(&file.rows);
	write_row(&file.rows, record, row);
	return csv_append_end(&file, 0);
}
