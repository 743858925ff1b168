/* SPDX-License-Identifier: MIT */
/* Reads samples.csv, which may come from a stranger or be cut off: typed rows, in the order of the analysis. */
#include "output/samples.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/workload.h"
#include "output/csv.h"
#include "output/text.h"

/* The columns that are read; more may be there, in any order. */
enum column {
	SCHEMA,
	RUN_ID,
	CELL,
	BLOCK,
	BATCH,
	OPS,
	WALL_NS,
	USER_NS,
	SYS_NS,
	FIGURE,
	VALUE,
	STATUS,
	REASON,
	COLUMN_COUNT
};

static const char *const column_names[COLUMN_COUNT] = {"schema", "run_id",  "cell",    "block",  "batch",
						       "ops",    "wall_ns", "user_ns", "sys_ns", "figure",
						       "value",  "status",  "reason"};

struct loader {
	struct samples *samples;
	const struct model *model;
	struct csv_reader reader;
	unsigned width; /* columns of the header */
	unsigned columns[COLUMN_COUNT];
	int last_cell; /* rows of one cell follow one another */
	char *reason;
};

static const char *field(const struct loader *loader, enum column column)
{
	return loader->reader.fields[loader->columns[column]];
}

/* What is wrong with a field of this row, and its beginning. */
static int refuse(const struct loader *loader, enum column column, const char *what)
{
	char brief[TEXT_BRIEF_BYTES];

	return reason_set(loader->reason, -EINVAL,
			  "samples.csv: row %" PRIu64 ", column %s: \"%s\" %s; copy the folder again, or measure anew",
			  loader->reader.row, column_names[column], text_brief(field(loader, column), brief), what);
}

static int read_header(struct loader *loader)
{
	const struct csv_reader *reader = &loader->reader;
	int got = csv_next(&loader->reader, loader->reason);

	if (got < 0)
		return got;
	if (got == 0)
		return reason_set(loader->reason, -EINVAL, "samples.csv: is empty; copy the folder again");
	loader->width = reader->count;
	for (unsigned column = 0; column < COLUMN_COUNT; column++) {
		unsigned found = 0;

		for (unsigned i = 0; i < reader->count; i++) {
			if (strcmp(reader->fields[i], column_names[column]) != 0)
				continue;
			loader->columns[column] = i;
			found++;
		}
		if (found != 1)
			return reason_set(loader->reason, -EINVAL, "samples.csv: row 1 has %s column \"%s\"; %s",
					  found ? "more than one" : "no", column_names[column],
					  "copy the folder again, or measure anew");
	}
	return 0;
}

static int read_whole(const struct loader *loader, enum column column, uint64_t least, uint64_t most, uint64_t *value)
{
	if (text_parse_whole(field(loader, column), value) != 0)
		return refuse(loader, column, "is not a whole number");
	if (*value < least || *value > most)
		return refuse(loader, column, "is out of range");
	return 0;
}

/* Two fields that are there, or both empty. */
static int read_cpu(const struct loader *loader, struct sample_record *record)
{
	uint64_t user_ns = 0, sys_ns = 0;
	int error;

	record->cpu_ns = SAMPLES_UNKNOWN;
	if (!*field(loader, USER_NS) && !*field(loader, SYS_NS))
		return 0;
	if ((error = read_whole(loader, USER_NS, 0, INT64_MAX, &user_ns)) ||
	    (error = read_whole(loader, SYS_NS, 0, INT64_MAX, &sys_ns)))
		return error;
	record->cpu_ns = user_ns + sys_ns;
	return 0;
}

/* What was measured: all there in a row that counts, but for what cannot be known; empty or all there in another. */
static int read_measured(const struct loader *loader, struct sample_record *record)
{
	int error;

	record->value = NAN;
	if (record->status != STATUS_OK)
		return 0;
	if ((error = read_whole(loader, OPS, 1, UINT64_MAX, &record->ops)) ||
	    (error = read_whole(loader, WALL_NS, 0, UINT64_MAX, &record->wall_ns)) ||
	    (error = read_cpu(loader, record)))
		return error;
	if (text_parse_real(field(loader, VALUE), &record->value) != 0)
		return refuse(loader, VALUE, "is not a finite number");
	return 0;
}

static int read_status(const struct loader *loader, struct sample_record *record)
{
	const char *text = field(loader, STATUS);

	for (enum status status = STATUS_OK; status <= STATUS_INVALID; status++) {
		if (strcmp(text, status_name(status)) == 0) {
			record->status = (uint16_t)status;
			return 0;
		}
	}
	return refuse(loader, STATUS, "is none of ok, failed, skipped, invalid");
}

static int read_cell(struct loader *loader, struct sample_record *record)
{
	const char *name = field(loader, CELL), *figure_name = field(loader, FIGURE);
	const struct model *model = loader->model;
	const struct model_experiment *experiment;

	if (loader->last_cell < 0 || strcmp(model->cells[loader->last_cell].name, name) != 0)
		loader->last_cell = model_find_cell(model, name);
	if (loader->last_cell < 0)
		return refuse(loader, CELL, "is none of the cells in run.json");
	record->cell = (uint32_t)loader->last_cell;
	experiment = &model->experiments[model->cells[record->cell].experiment];
	for (unsigned i = 0; i < experiment->figure_count; i++) {
		if (strcmp(experiment->figures[i].name, figure_name) == 0) {
			record->figure = (uint16_t)i;
			return 0;
		}
	}
	return refuse(loader, FIGURE, "is none of the experiment's figures in run.json");
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* One copy of each text, however many rows have it. */
static int keep_reason(const struct loader *loader, struct sample_record *record)
{
	struct samples *samples = loader->samples;
	const char *text = field(loader, REASON);
	char **found = text[0] ? tfind(text, &samples->reasons, by_text) : NULL;
	char *copy;

	record->reason = found ? *found : "";
	if (found || !text[0])
		return 0;
	samples->reason_bytes += strlen(text) + 1;
	if (samples->reason_bytes > SAMPLES_REASON_BYTES)
		return refuse(loader, REASON, "is one more than any run has (64 MiB of them)");
	copy = strdup(text);
	if (!copy || !tsearch(copy, &samples->reasons, by_text)) {
		free(copy);
		return reason_set(loader->reason, -ENOMEM, "samples.csv: out of memory");
	}
	record->reason = copy;
	return 0;
}

static int read_row(struct loader *loader, struct sample_record *record)
{
	const struct model *model = loader->model;
	uint64_t block = 0, batch = 0;
	int error;

	if (strcmp(field(loader, SCHEMA), "1") != 0)
		return refuse(loader, SCHEMA, "is not 1: use a newer tvp");
	if (strcmp(field(loader, RUN_ID), model->run_id) != 0)
		return refuse(loader, RUN_ID, "is another run than run.json's");
	if ((error = read_cell(loader, record)) || (error = read_whole(loader, BATCH, 0, UINT32_MAX, &batch)) ||
	    (error = read_whole(loader, BLOCK, 0, UINT32_MAX, &block)) || (error = read_status(loader, record)) ||
	    (error = read_measured(loader, record)))
		return error;
	if (block >= model->blocks)
		return refuse(loader, BLOCK, "is beyond the blocks that run.json counts");
	record->block = (uint32_t)block;
	record->batch = (uint32_t)batch;
	record->row = (uint32_t)loader->reader.row;
	return keep_reason(loader, record);
}

static struct sample_record *add_record(struct samples *samples)
{
	size_t room = samples->room ? samples->room + samples->room / 2 : 1024;
	struct sample_record *records;

	if (samples->count == samples->room) {
		records = reallocarray(samples->records, room, sizeof(*records));
		if (!records)
			return NULL;
		samples->records = records;
		samples->room = room;
	}
	samples->records[samples->count] = (struct sample_record){0};
	return &samples->records[samples->count++];
}

static int refuse_width(struct loader *loader)
{
	struct csv_reader *reader = &loader->reader;

	if (reader->count < loader->width && csv_at_end(reader))
		return reason_set(loader->reason, -EINVAL,
				  "samples.csv: row %" PRIu64
				  " has %u of %u fields: the file was cut off; copy the folder "
				  "again, or measure anew",
				  reader->row, reader->count, loader->width);
	return reason_set(loader->reason, -EINVAL,
			  "samples.csv: row %" PRIu64 " has %u fields, the header has %u; copy the folder again",
			  reader->row, reader->count, loader->width);
}

static int read_rows(struct loader *loader)
{
	struct sample_record *record;
	int got, error;

	while ((got = csv_next(&loader->reader, loader->reason)) > 0) {
		if (loader->reader.count != loader->width)
			return refuse_width(loader);
		if (loader->samples->count == SAMPLES_ROWS)
			return reason_set(loader->reason, -EFBIG,
					  "samples.csv: row %" PRIu64 ": it has more rows than are read (16 million)",
					  loader->reader.row);
		record = add_record(loader->samples);
		if (!record)
			return reason_set(loader->reason, -ENOMEM, "samples.csv: out of memory after row %" PRIu64,
					  loader->reader.row);
		error = read_row(loader, record);
		if (error)
			return error;
	}
	return got;
}

/* A file that is shorter than run.json says, and yet ends with a whole row. */
static int refuse_short(const struct loader *loader, uint64_t size_bytes)
{
	return reason_set(loader->reason, -EINVAL,
			  "samples.csv: ends at row %" PRIu64 ", %" PRIu64
			  " bytes before what run.json counts: the file "
			  "was cut off; copy the folder again, or measure anew",
			  loader->reader.row, loader->model->samples_bytes - size_bytes);
}

int samples_load(struct samples *samples, const struct model *model, const char *path, char *reason)
{
	struct loader loader = {.samples = samples, .model = model, .last_cell = -1, .reason = reason};
	uint64_t size_bytes = 0;
	int fd, error;

	*samples = (struct samples){0};
	fd = model_open_file(path, "samples.csv", &size_bytes, reason);
	if (fd < 0)
		return fd;
	/* of a run that has not ended only the whole blocks; behind them is one that was being written */
	error = csv_reader_init(&loader.reader, fd, "samples.csv", model->complete ? UINT64_MAX : model->samples_bytes);
	if (error) {
		reason_set(reason, error, "samples.csv: out of memory");
		goto close_file;
	}
	error = read_header(&loader);
	if (!error)
		error = read_rows(&loader);
	if (!error && size_bytes < model->samples_bytes)
		error = refuse_short(&loader, size_bytes);
	csv_reader_exit(&loader.reader);
	if (!error)
		error = samples_order(samples, model, reason);
	if (error)
		samples_exit(samples);
close_file:
	close(fd);
	return error;
}

void samples_exit(struct samples *samples)
{
	free(samples->records);
	tdestroy(samples->reasons, free);
	*samples = (struct samples){0};
}
