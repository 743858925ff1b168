/* SPDX-License-Identifier: MIT */
/* samples.csv as its readers know it: checked, compact, in order of cell, figure, block and batch. */
#ifndef TVP_OUTPUT_SAMPLES_H
#define TVP_OUTPUT_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "core/sample.h"
#include "output/model.h"

/* What is read at most: a row takes 64 bytes in memory, for a moment twice. */
enum { SAMPLES_ROWS = 1 << 24, SAMPLES_REASON_BYTES = 64 << 20 };

#define SAMPLES_UNKNOWN UINT64_MAX

struct sample_record {
	uint32_t cell, block, batch, row; /* indices from 0; row of the file, the header is 1 */
	uint16_t figure;
	uint16_t status;    /* enum status */
	double value;       /* NaN unless it was measured */
	const char *reason; /* "" where there is none */
	uint64_t ops, wall_ns;
	uint64_t cpu_ns; /* user and system; SAMPLES_UNKNOWN: it could not be found out */
};

struct samples {
	struct sample_record *records;
	size_t count, room;
	void *reasons; /* search tree of the texts */
	size_t reason_bytes;
};

/* Reads the whole blocks of samples.csv. 0, or a negative errno with REASON_BYTES of reason. */
int samples_load(struct samples *samples, const struct model *model, const char *path, char *reason);

/* The part of samples_load that puts them into order, and refuses two of one cell, figure, block and batch. */
int samples_order(struct samples *samples, const struct model *model, char *reason);

void samples_exit(struct samples *samples);

#endif
