/* SPDX-License-Identifier: MIT */
/* Numbers as people read them: 13.2 µs [12.9, 13.6], 7.9× [7.6, 8.2], 2.3 %. */
#ifndef TVP_OUTPUT_PEOPLE_H
#define TVP_OUTPUT_PEOPLE_H

#include "stats/stats.h"

enum { PEOPLE_BYTES = 64 };

/* An interval in two parts, so that a table can align them; both are "" where there is nothing. */
struct people {
	char estimate[PEOPLE_BYTES];
	char ends[PEOPLE_BYTES];
};

void people_value(struct people *people, const struct interval *interval, const char *unit);
/* Of what may be about 0, or below: the unit suits the largest of the three numbers. */
void people_signed(struct people *people, const struct interval *interval, const char *unit);
void people_ratio(struct people *people, const struct interval *ratio);
void people_share(struct people *people, const struct interval *share); /* 1 = 100 % */

/* "2.3 %" for 0.023; "?" if it is not known. Returns buffer. */
const char *people_percent(double share, char buffer[PEOPLE_BYTES]);

/* "3:12", "1:02:03" */
const char *people_clock(double seconds, char buffer[PEOPLE_BYTES]);

#endif
