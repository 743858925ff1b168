/* SPDX-License-Identifier: MIT */
/* What will disturb a measurement on this machine, in plain words, with what cures it. */
#ifndef TVP_MACHINE_ADVICE_H
#define TVP_MACHINE_ADVICE_H

#include "machine/machine.h"

enum advice_severity {
	ADVICE_DISTURBS,    /* the figures will be wrong or uncertain */
	ADVICE_MAY_DISTURB, /* some figures, or at some times */
	ADVICE_RECORDED,    /* makes machines differ; no reason to change anything */
	ADVICE_UNKNOWN,     /* could not be found out, which is not "fine" */
	ADVICE_SEVERITIES
};

struct advice {
	const char *check;
	enum advice_severity severity;
	char *text;          /* what was found and what it does; of ADVICE_UNKNOWN: what could not be found out */
	const char *cure;    /* what to do, or why nothing can be done; NULL for ADVICE_UNKNOWN */
	const char *command; /* the exact command for it; NULL where there is none */
};

struct advice_list {
	struct advice *list; /* by severity */
	size_t count;
	size_t passed; /* checks that apply here and found nothing */
};

/* Judges the facts of machine_environment and machine_noise. 0 or -ENOMEM. */
int machine_advise(const struct facts *environment, const struct facts *noise, struct advice_list *advice);
void advice_exit(struct advice_list *advice);

/* "disturbs", "may disturb", "recorded", "unknown" */
const char *advice_severity_name(enum advice_severity severity);

#endif
