/* SPDX-License-Identifier: MIT */
/* timeline.csv: what each worker of a recorded batch did and when; for pictures, nothing is computed from it. */
#include "output/csv_append.h"

static size_t timeline_count(const struct measurement *measurement)
{
	return measurement->timeline_count;
}

static void timeline_write(struct csv_buffer *rows, const struct measurement *measurement, size_t part)
{
	const struct timeline_event *event = &measurement->timeline[part];

	csv_whole(rows, event->worker);
	csv_whole(rows, event->first);
	csv_whole(rows, event->count);
	csv_whole(rows, event->begin_ns);
	csv_whole(rows, event->end_ns);
}

/* Columns are only ever appended. */
static const struct csv_parts timeline = {
	.name = "timeline.csv",
	.columns = (const char *const[]){"worker", "first", "tasks", "begin_ns", "end_ns", NULL},
	.count = timeline_count,
	.write = timeline_write,
};

int run_folder_append_timeline(const struct run_folder *folder, const struct run_record *record,
			       const struct measurement *measurements, size_t count, char *reason)
{
	return csv_append_parts(&timeline, folder, record, measurements, count, reason);
}
