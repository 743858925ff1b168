/* SPDX-License-Identifier: MIT */
/* What our kernels are measured beside: other people's code for the same work on the same data. */
#ifndef TVP_TESTS_KERNELS_REFERENCES_H
#define TVP_TESTS_KERNELS_REFERENCES_H

#include "core/team.h"

struct reference {
	/* Looks whether it is there, and makes what it needs, for the team's parameters and data. 0, or a negative errno with
	 * REASON_BYTES of reason: there is nothing to compare with. NULL: it always is. */
	int (*open)(const struct team *team, char *reason);
	/* Works for some 100 ms or for a second. The seconds that once through the work takes, or a negative number. */
	double (*measure)(void);
	void (*close)(void);
};

extern const struct reference reference_openblas;   /* dgemm of the size of the product */
extern const struct reference reference_loop;       /* a triad as anyone would write it; an operation of the workload */
extern const struct reference reference_primesieve; /* all primes below the limit */
extern const struct reference reference_openssl;    /* one digest */
extern const struct reference reference_zstd;       /* a frame of each of the blocks */

#endif
