/* SPDX-License-Identifier: MIT */
/* Prose for a terminal or a file: wrapped to its width, in colour only where that is wanted, free of escapes. */
#ifndef TVP_OUTPUT_PAGE_H
#define TVP_OUTPUT_PAGE_H

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_WARNING };

struct page {
	FILE *stream;
	bool utf8, colour;
	unsigned width;
	locale_t locale, before;
	int error; /* 0 or -ENOMEM */
};

/* Until page_exit numbers are printed with '.' by this thread. */
void page_init(struct page *page, FILE *stream);

/* 0, -ENOMEM or -EIO */
int page_exit(struct page *page);

/* One paragraph; what the text and its arguments hold is made safe to print. Lines after the first begin `hanging`
 * columns further in. */
void page_paragraph(struct page *page, enum style style, unsigned indent, unsigned hanging, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Lines that are printed as they are, each `indent` columns in, without blanks at their ends; the first in `style`. */
void page_lines(struct page *page, enum style style, unsigned indent, char *lines);

void page_rule(struct page *page, unsigned columns);
void page_gap(struct page *page);

/* Columns that a text takes up in this locale. */
unsigned page_columns(const char *text);

#endif
