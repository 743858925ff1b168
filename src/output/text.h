/* SPDX-License-Identifier: MIT */
/* Text and numbers as files have them: UTF-8, '.' decimals in every locale, nothing that steers a terminal. */
#ifndef TVP_OUTPUT_TEXT_H
#define TVP_OUTPUT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_REAL_BYTES = 32, TEXT_BRIEF_BYTES = 96 };

/* Bytes of the UTF-8 sequence that begins here, 1 … 4; 0 if it is none. The code point goes to *point. */
unsigned text_utf8(const char *text, uint32_t *point);

/* A copy in which every byte that is not UTF-8 is '?'. The caller's to free; NULL if out of memory. */
char *text_repair(const char *text);

/* A copy that is safe to print: control characters and those that turn the direction of writing become '?'; for
 * terminals without UTF-8 the rest is spelt in ASCII. The caller's to free; NULL if out of memory. */
char *text_printable(const char *text, bool utf8);

/* The beginning of a stranger's text, to be quoted in a reason: printable ASCII only. Returns brief. */
const char *text_brief(const char *text, char brief[TEXT_BRIEF_BYTES]);

/* The shortest of 15 or 17 digits that reads back as `value`. Returns buffer. */
const char *text_real(double value, char buffer[TEXT_REAL_BYTES]);

/* Strict readers of a whole field: no blanks, no sign games, no hexadecimal, finite. 0 or -EINVAL. */
int text_parse_real(const char *text, double *value);
int text_parse_whole(const char *text, uint64_t *value);

#endif
