/* SPDX-License-Identifier: MIT */
/* Texts and facts as JSON values; what is unknown is null. Each is a new reference. */
#ifndef TVP_OUTPUT_JSON_VALUES_H
#define TVP_OUTPUT_JSON_VALUES_H

#include <jansson.h>

#include "machine/machine.h"

/* jansson refuses what is not UTF-8, and a file name or an error text may be anything: such bytes become '?'. */
json_t *json_text(const char *text);

/* An object with each fact in its type; null for no facts. */
json_t *json_facts(const struct facts *facts);

#endif
