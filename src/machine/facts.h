/* SPDX-License-Identifier: MIT */
/* Facts as tables: each fact is a name, a type and the function that finds its value out. */
#ifndef TVP_MACHINE_FACTS_H
#define TVP_MACHINE_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include "machine/cpuid.h"
#include "machine/machine.h"

enum { FACT_BYTES = 2048 }; /* of any value, with its NUL */

/* What was found out once for all facts of a table. */
struct survey {
	const struct machine *machine;     /* NULL for noise */
	const struct noise_reading *noise; /* NULL for the environment */
	const char *cpuinfo;               /* /proc/cpuinfo, "" if it cannot be read */
	struct cpuid_report cpuid;         /* empty strings where there is no CPUID */
};

struct fact_entry {
	const char *name;
	enum fact_type type;
	/* Writes at most FACT_BYTES; value is "" before, and stays so for "unknown". */
	void (*read)(const struct survey *survey, const struct fact_entry *entry, char *value);
	const char *path; /* for `read`: where to look */
	const char *key;  /* which line */
	int number;       /* which one, or what to multiply by */
};

/* Values that are not what their type says become "". 0 or -ENOMEM. */
int facts_collect(struct facts *facts, const struct fact_entry *table, size_t count, const struct survey *survey);

void value_print(char *value, const char *format, ...) __attribute__((format(printf, 2, 3)));
void value_bool(char *value, int truth);
void value_limit(char *value, double limit); /* a number, "unlimited", or "" for NAN */

/* Readers for whatever stands in one file. */
void read_line(const struct survey *survey, const struct fact_entry *entry, char *value);
void read_list(const struct survey *survey, const struct fact_entry *entry, char *value);   /* empty: "none" */
void read_choice(const struct survey *survey, const struct fact_entry *entry, char *value); /* [chosen] or (chosen) */
void read_switch(const struct survey *survey, const struct fact_entry *entry, char *value); /* 0 or 1 */
/* The number behind `key` (with its colon, if it has one) and a blank; times `number`, if that is not 0. */
void read_counter(const struct survey *survey, const struct fact_entry *entry, char *value);
/* The different first lines of all files that match a pattern: "performance,powersave". */
void read_distinct(const struct survey *survey, const struct fact_entry *entry, char *value);

#endif
