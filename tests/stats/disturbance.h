/* SPDX-License-Identifier: MIT */
/* Made-up machines that disturb what is measured on them, from seeds: what the simulation feeds the statistics with. */
#ifndef TVP_TEST_DISTURBANCE_H
#define TVP_TEST_DISTURBANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state; /* any seed */
};

double random_uniform(struct random *random); /* above 0, below 1 */
double random_normal(struct random *random);

/* A disturbance multiplies what is measured; `fill` gives its logarithm for each of `count` moments in a row. */
struct disturbance {
	const char *name;
	void (*fill)(struct random *random, double *logarithms, size_t count);
	bool alone; /* it is all the noise that there is; else each measurement has its own noise as well */
	bool fades; /* within a run, or it is the same in every run: what an unpaired comparison can allow for */
};

/* Ends with a name of NULL. The first is none at all. */
extern const struct disturbance disturbances[];

/* Independent values of one distribution, all positive. */
struct distribution {
	const char *name;
	double (*draw)(struct random *random);
};

/* Ends with a name of NULL. */
extern const struct distribution distributions[];

#endif
