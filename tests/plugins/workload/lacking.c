/* SPDX-License-Identifier: MIT */
/* Needs a library that nobody has: listed and skipped, and never compiled. */
#include <there-is-no-such-header.h>

WORKLOAD_NEEDS(libtvp-of-nobody, libtvp-of-nobody-dev);

const struct workload workload_lacking = {
	.name = "lacking",
};
