/* SPDX-License-Identifier: MIT */
/* Reading what people type: durations, percentages, lists, names. */
#ifndef TVP_CLI_PARSE_H
#define TVP_CLI_PARSE_H

#include <stddef.h>
#include <stdint.h>

/* "30s", "5m", "1h", "1m30s", "500ms": nanoseconds, from 1ms to 30 days. 0 or -EINVAL. */
int parse_duration(const char *text, uint64_t *ns);

/* "2%" or "0.02": a share, more than 0 and less than 1. 0 or -EINVAL. */
int parse_share(const char *text, double *share);

/* A whole number in min … max, decimal. 0, -EINVAL, or -ERANGE. */
int parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number);

/* Splits "a,b,c" into a list that ends with NULL; the caller frees it with parse_list_free. 0; -EINVAL if an item is
 * empty or is there twice; -ENOMEM. */
int parse_list(const char *text, char ***items);
void parse_list_free(char **items);

/* Writes "; did you mean a or b?" with the valid names nearest to `name` (edit distance, at most three), or, where none
 * is near, "; valid: " with all. */
void suggest_names(const char *name, const char *const *valid, char *text, size_t bytes);

#endif
