/* SPDX-License-Identifier: MIT */
/* The rows of samples.csv. */
#ifndef TVP_OUTPUT_SAMPLES_WRITE_H
#define TVP_OUTPUT_SAMPLES_WRITE_H

#include "output/csv.h"
#include "output/output.h"

void samples_write_header(struct csv_buffer *buffer);

/* One row per sample and figure of the measurement's cell. */
void samples_write(struct csv_buffer *buffer, const struct run_record *record, const struct measurement *measurement);

#endif
