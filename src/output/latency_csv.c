/* SPDX-License-Identifier: MIT */
/* latency.csv: how many operations of an open loop took how long, by when they were to start; for pictures. */
#include "core/latency.h"
#include "output/csv_append.h"

static size_t latency_count(const struct measurement *measurement)
{
	return measurement->latency_count;
}

/* The least latency that a bucket does not count any more; of the last one, the most that can be written. */
static uint64_t bucket_end_ns(uint32_t bucket)
{
	return bucket + 1 < LATENCY_BUCKETS ? latency_bucket_ns(bucket + 1) : UINT64_MAX;
}

static void latency_write(struct csv_buffer *rows, const struct measurement *measurement, size_t part)
{
	const struct latency_bin *bin = &measurement->latencies[part];

	csv_whole(rows, bin->batch);
	csv_whole(rows, bin->begin_ns);
	csv_whole(rows, bin->end_ns);
	csv_whole(rows, latency_bucket_ns(bin->bucket));
	csv_whole(rows, bucket_end_ns(bin->bucket));
	csv_whole(rows, bin->count);
}

/* Columns are only ever appended. */
static const struct csv_parts latencies = {
	.name = "latency.csv",
	.columns = (const char *const[]){"batch", "begin_ns", "end_ns", "low_ns", "high_ns", "count", NULL},
	.count = latency_count,
	.write = latency_write,
};

int run_folder_append_latencies(const struct run_folder *folder, const struct run_record *record,
				const struct measurement *measurements, size_t count, char *reason)
{
	return csv_append_parts(&latencies, folder, record, measurements, count, reason);
}
