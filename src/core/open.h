/* SPDX-License-Identifier: MIT */
/* The settings of experiments with scheduled starts (shape `open`), in the order of open_settings. */
#ifndef TVP_CORE_OPEN_H
#define TVP_CORE_OPEN_H

#include "core/workload.h"

enum open_setting {
	OPEN_RATE,     /* operations that are to start in a second */
	OPEN_ARRIVALS, /* enum open_arrivals */
	OPEN_LENGTH    /* of a batch, in ms */
};

enum open_arrivals { OPEN_EVEN, OPEN_POISSON };

extern const struct parameter open_settings[];

/* How long a batch with these settings lasts (experiment.batch_ns). */
uint64_t open_batch_ns(const uint64_t *settings);

#endif
