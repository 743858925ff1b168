/* SPDX-License-Identifier: MIT */
/* One line on the terminal that says how far a run is: see progress.h. */
#include "output/progress.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/clock.h"
#include "output/page.h"
#include "output/people.h"
#include "output/text.h"

enum { REDRAW_NS = 100000000 };

void progress_init(struct progress *progress, FILE *stream)
{
	const char *terminal = getenv("TERM");
	int fd = fileno(stream);

	*progress = (struct progress){.stream = stream, .begin_ns = clock_now_ns()};
	progress->enabled = fd >= 0 && isatty(fd) && terminal && strcmp(terminal, "dumb") != 0;
}

/* Cuts the text so that the line does not wrap: a wrapped line could not be taken away again. */
static void fit(char *text, unsigned columns)
{
	size_t length = strlen(text);

	while (length > 0 && page_columns(text) > columns) {
		while (length > 1 && ((unsigned char)text[length - 1] & 0xc0) == 0x80)
			length--;
		text[--length] = '\0';
	}
}

void progress_update(struct progress *progress, double done, const char *text)
{
	uint64_t now = clock_now_ns();
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	double elapsed = (double)(now - progress->begin_ns) / 1e9;
	char left[PEOPLE_BYTES], *raw, *line;
	struct winsize size;

	if (!progress->enabled || (progress->drawn_ns && now - progress->drawn_ns < REDRAW_NS))
		return;
	progress->drawn_ns = now;
	if (done > 0 && asprintf(&raw, "%s · %s left", text, people_clock(elapsed * (1 / done - 1), left)) < 0)
		return;
	if (!(done > 0) && !(raw = strdup(text)))
		return;
	line = text_printable(raw, utf8);
	free(raw);
	if (!line)
		return;
	if (ioctl(fileno(progress->stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		fit(line, size.ws_col - 1U);
	fprintf(progress->stream, "\r\033[K%s", line);
	fflush(progress->stream);
	progress->shown = true;
	free(line);
}

void progress_clear(struct progress *progress)
{
	if (!progress->shown)
		return;
	fputs("\r\033[K", progress->stream);
	fflush(progress->stream);
	progress->shown = false;
	progress->drawn_ns = 0;
}
