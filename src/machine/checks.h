/* SPDX-License-Identifier: MIT */
/* Checks as a table: each is what to look at, when it is a finding, and what to say then. */
#ifndef TVP_MACHINE_CHECKS_H
#define TVP_MACHINE_CHECKS_H

#include <stdbool.h>

#include "machine/advice.h"

/* Both tables of facts. */
struct evidence {
	const struct facts *environment;
	const struct facts *noise;
};

/* The value of a fact, or "" */
const char *evidence_text(const struct evidence *evidence, const char *name);

/* Its number: INFINITY for "unlimited", NAN if it has none. */
double evidence_number(const struct evidence *evidence, const char *name);

struct check {
	const char *name;
	enum advice_severity severity;
	const char *subject;  /* in words: "could not be found out: the frequency governor" */
	const char *facts[2]; /* what it looks at; if one is unknown, so is the answer */
	/* Is it a finding? Only asked when all its facts are known. */
	bool (*found)(const struct check *check, const struct evidence *evidence);
	const char *word; /* for `found`: to compare with */
	double limit;
	bool (*applies)(const struct evidence *evidence); /* NULL: everywhere */
	/* One or two short sentences: what is so, and what it does to measurements. {name} stands for a fact, sizes
	 * in readable units; {name/name} for a part in percent. */
	const char *text;
	const char *cure;
	const char *command; /* at most 74 columns, so that it stands on one line; NULL: none */
};
extern const struct check check_table[]; /* ends with a NULL name; in order of importance within a severity */

#endif
