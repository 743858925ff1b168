/* SPDX-License-Identifier: MIT */
/* Text in GitHub's Markdown: see markdown.h. */
#include "output/markdown.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "output/text.h"

/* Numbers, as in "[0.98, 1.02]". Brackets alone make no link. */
static bool is_numeric(const char *text)
{
	return strspn(text, "[]0123456789., ") == strlen(text) && isdigit((unsigned char)text[*text == '[']);
}

/* Words that mean nothing wherever they stand: no list, heading, address, mention or emphasis. */
static bool is_plain(const char *text)
{
	if (*text == '\0' || is_numeric(text))
		return true;
	if (ispunct((unsigned char)*text) || strstr(text, "www.") || strstr(text, ". "))
		return false;
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < 0x80 && !isalnum((unsigned char)*at) && !strchr(" .,;%/[]?-", *at))
			return false;
	return true;
}

int markdown_text(FILE *stream, const char *text)
{
	char *printable = text_printable(text, true);

	if (!printable)
		return -ENOMEM;
	if (is_plain(printable)) {
		fputs(printable, stream);
	} else {
		/* what could end the code, or the cell that it is in */
		for (char *at = printable; (at = strpbrk(at, "`|\\"));)
			*at = '?';
		fprintf(stream, "`%s`", printable);
	}
	free(printable);
	return 0;
}
