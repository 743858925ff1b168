/* SPDX-License-Identifier: MIT */
/* Prose for a terminal or a file: see page.h. */
#include "output/page.h"

#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "output/text.h"

enum { WIDTH_OF_A_FILE = 120, WIDTH_MIN = 40, WIDTH_MAX = 160 };

static unsigned find_width(FILE *stream)
{
	struct winsize size;
	int fd = fileno(stream);

	if (fd < 0 || !isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_OF_A_FILE;
	return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col > WIDTH_MAX ? WIDTH_MAX : size.ws_col;
}

static bool wants_colour(FILE *stream)
{
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
	int fd = fileno(stream);

	return fd >= 0 && isatty(fd) && !(no_colour && *no_colour) && terminal && strcmp(terminal, "dumb") != 0;
}

void page_init(struct page *page, FILE *stream)
{
	*page = (struct page){.stream = stream, .colour = wants_colour(stream), .width = find_width(stream)};
	page->locale = duplocale(LC_GLOBAL_LOCALE);
	if (page->locale) {
		locale_t plain = newlocale(LC_NUMERIC_MASK, "C", page->locale);

		page->locale = plain ? plain : page->locale;
		page->before = uselocale(page->locale);
	}
	page->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int page_exit(struct page *page)
{
	if (page->locale) {
		uselocale(page->before);
		freelocale(page->locale);
	}
	if (fflush(page->stream) != 0 || ferror(page->stream))
		return page->error ? page->error : -EIO;
	return page->error;
}

unsigned page_columns(const char *text)
{
	mbstate_t state = {0};
	unsigned columns = 0;
	wchar_t wide;

	while (*text) {
		size_t bytes = mbrtowc(&wide, text, strlen(text), &state);
		int width;

		if (bytes == (size_t)-1 || bytes == (size_t)-2 || bytes == 0)
			return columns + (unsigned)strlen(text);
		width = wcwidth(wide);
		columns += width > 0 ? (unsigned)width : 0;
		text += bytes;
	}
	return columns;
}

static void begin_style(const struct page *page, enum style style)
{
	static const char *const codes[] = {"", "\033[1m", "\033[2m", "\033[1;33m"};

	if (page->colour)
		fputs(codes[style], page->stream);
}

static void end_style(const struct page *page, enum style style)
{
	if (page->colour && style != STYLE_PLAIN)
		fputs("\033[0m", page->stream);
}

/* Breaks at blanks, but not between a number and its %; a word that is longer than a line stays whole. */
static void wrap(struct page *page, unsigned indent, unsigned hanging, char *text)
{
	unsigned column = indent;
	bool first = true;

	fprintf(page->stream, "%*s", (int)indent, "");
	for (char *rest = text, *word; (word = strsep(&rest, " ")); first = false) {
		unsigned columns = page_columns(word);

		if (!first && *word != '%' && column + 1 + columns > page->width) {
			fprintf(page->stream, "\n%*s", (int)(indent + hanging), "");
			column = indent + hanging;
		} else if (!first) {
			fputc(' ', page->stream);
			column++;
		}
		fputs(word, page->stream);
		column += columns;
	}
}

void page_paragraph(struct page *page, enum style style, unsigned indent, unsigned hanging, const char *format, ...)
{
	char *raw, *text;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&raw, format, arguments);
	va_end(arguments);
	text = length < 0 ? NULL : text_printable(raw, page->utf8);
	if (length >= 0)
		free(raw);
	if (!text) {
		page->error = -ENOMEM;
		return;
	}
	begin_style(page, style);
	wrap(page, indent, hanging, text);
	end_style(page, style);
	fputc('\n', page->stream);
	free(text);
}

void page_lines(struct page *page, enum style style, unsigned indent, char *lines)
{
	for (char *rest = lines, *line; (line = strsep(&rest, "\n")); style = STYLE_PLAIN) {
		size_t length = strlen(line);

		while (length > 0 && line[length - 1] == ' ')
			line[--length] = '\0';
		if (length == 0 && !rest)
			break;
		fprintf(page->stream, "%*s", (int)indent, "");
		begin_style(page, style);
		fputs(line, page->stream);
		end_style(page, style);
		fputc('\n', page->stream);
	}
}

void page_rule(struct page *page, unsigned columns)
{
	begin_style(page, STYLE_DIM);
	for (unsigned i = 0; i < columns && i < page->width; i++)
		fputs(page->utf8 ? "─" : "-", page->stream);
	end_style(page, STYLE_DIM);
	fputc('\n', page->stream);
}

void page_gap(struct page *page)
{
	fputc('\n', page->stream);
}
