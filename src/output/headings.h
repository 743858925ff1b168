/* SPDX-License-Identifier: MIT */
/* What the groups of an experiment are headed with: workload, placement, and the parameters that tell them apart. */
#ifndef TVP_OUTPUT_HEADINGS_H
#define TVP_OUTPUT_HEADINGS_H

#include <stddef.h>

#include "output/model.h"

/* A parameter that is not at its default in some group of an experiment and workload; texts live in the model. */
struct heading_name {
	const char *experiment, *workload, *text;
	size_t length;
};

/* The group of an experiment and a workload in which every setting and parameter has its initial value. */
struct heading_plain {
	const char *experiment, *workload, *params;
};

struct headings {
	const struct model *model;
	struct heading_name *names; /* in order, none twice */
	size_t count;
	struct heading_plain *plain;
	size_t plain_count;
};

/* The model has to live as long. 0 or -ENOMEM. End it with headings_exit. */
int headings_init(struct headings *headings, const struct model *model);
void headings_exit(struct headings *headings);

/* "primes, placed compact, limit=20000 chunk=64". Of the parameters those that are not at their default in this group or
 * another of the same experiment and workload, but no setting that is as in their plain group; where all are at their
 * defaults, all of the workload's, but no settings of the experiment. The caller's to free; NULL if out of memory. */
char *headings_text(const struct headings *headings, const char *experiment, const char *workload,
		    const char *placement, const char *params);

#endif
