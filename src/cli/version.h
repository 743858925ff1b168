/* SPDX-License-Identifier: MIT */
/* Which tvp this is, and what it was built with. */
#ifndef TVP_CLI_VERSION_H
#define TVP_CLI_VERSION_H

#include <jansson.h>

/* First seven digits of the commit, or "unknown". */
const char *version_git7(void);

/* run.json's `tool`; a new reference, or NULL if out of memory. */
json_t *version_json(void);

#endif
