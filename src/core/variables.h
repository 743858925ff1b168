/* SPDX-License-Identifier: MIT */
/* The environment variables that a program is started with. */
#ifndef TVP_CORE_VARIABLES_H
#define TVP_CORE_VARIABLES_H

/* This process's environment without the variables that begin with one of `without` (ends with NULL; NULL: all stay), and
 * with `added` ("NAME=value"; NULL: none) before them. The caller frees the list, not the strings. NULL: no memory. */
char **variables_copy(const char *const *without, const char *added);

#endif
