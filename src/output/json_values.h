/* SPDX-License-Identifier: MIT */
/* Texts, numbers and facts as JSON values; what is unknown is null. Each is a new reference. */
#ifndef TVP_OUTPUT_JSON_VALUES_H
#define TVP_OUTPUT_JSON_VALUES_H

#include <jansson.h>

#include "machine/machine.h"
#include "stats/stats.h"

/* jansson refuses what is not UTF-8, and a file name or an error text may be anything: such bytes become '?'. */
json_t *json_text(const char *text);

/* null for what is not finite. */
json_t *json_number(double value);

/* [estimate, low, high] */
json_t *json_interval(const struct interval *interval);

/* An object with each fact in its type; null for no facts. */
json_t *json_facts(const struct facts *facts);

#endif
