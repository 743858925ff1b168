/* SPDX-License-Identifier: MIT */
/* What experiments with scheduled starts can be told. */
#include "core/open.h"

#include "core/clock.h"

static const char *const arrivals[] = {"even", "poisson"};

const struct parameter open_settings[] = {
	[OPEN_RATE] = {"rate", "1/s", "operations that are to start in a second", 1000, 1, 1000000, NULL},
	[OPEN_ARRIVALS] = {"arrivals", "", "even: at even distances; poisson: at random, as from many users",
			   OPEN_POISSON, OPEN_EVEN, OPEN_POISSON, arrivals},
	[OPEN_LENGTH] = {"length_ms", "ms", "of a batch", 250, 10, 60000, NULL},
	{0},
};

uint64_t open_batch_ns(const uint64_t *settings)
{
	return settings[OPEN_LENGTH] * NS_PER_MS;
}
