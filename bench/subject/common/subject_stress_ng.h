/* SPDX-License-Identifier: MIT */
/* What subjects have in common that ask stress-ng to create workers, and take its word for how long that took. */
#ifndef TVP_SUBJECT_COMMON_STRESS_NG_H
#define TVP_SUBJECT_COMMON_STRESS_NG_H

#include <stdint.h>

struct crew;

/* For executor.probe: is it in PATH? 0, or -ENOENT with a reason that names its package. */
int stress_ng_probe(char *reason);

/* For executor.batch: one instance of a stressor ("fork"), which ends after so many bogo operations, each a creation.
 * `option` is one more of its options with its value; NULL: none. What a version of stress-ng cannot tell is -EOPNOTSUPP. */
int stress_ng_batch(struct crew *crew, const char *stressor, const char *const option[2], uint64_t ops,
		    uint64_t *elapsed_ns);

#endif
