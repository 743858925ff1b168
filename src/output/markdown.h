/* SPDX-License-Identifier: MIT */
/* Strangers' text in GitHub's Markdown: it is shown, and never a link, a mention, markup or another cell. */
#ifndef TVP_OUTPUT_MARKDOWN_H
#define TVP_OUTPUT_MARKDOWN_H

#include <stdio.h>

/* Plain where nothing in it can mean anything, else as code. 0 or -ENOMEM. */
int markdown_text(FILE *stream, const char *text);

#endif
