/* SPDX-License-Identifier: MIT */
/* What the fuzz targets share: see fuzz.h. */
#include "fuzz.h"

#include <locale.h>

#include "../unit/made_up_run.h"
#include "core/workload.h"
#include "output/summary.h"
#include "output/text.h"

enum { BLOCKS = 12 }; /* a verdict takes ten */

bool fuzz_accepted;
static struct made_up_run run;

void fuzz_expect(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "this must never be: %s\n", what);
	abort();
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	fuzz_expect(text != NULL, "no memory for the input");
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

static void remove_folder(void)
{
	made_up_end(&run);
}

/* run.json counts no bytes, so that a samples.csv of any length may be whole. */
static void make_folder(void)
{
	const char *parent = getenv("TMPDIR");
	int error = 0;

	made_up_record(&run);
	snprintf(run.parent, sizeof(run.parent), "%.40s/tvp-fuzz-XXXXXX", parent && *parent ? parent : "/tmp");
	fuzz_expect(mkdtemp(run.parent) != NULL, "no temporary folder");
	snprintf(run.path, sizeof(run.path), "%s/run", run.parent);
	atexit(remove_folder);
	error = run_folder_create(&run.folder, run.path, "", "", run.reason);
	for (int block = 0; !error && block < BLOCKS; block++)
		error = made_up_block(&run, made_up_usual);
	run.record.status = "complete";
	run.folder.samples_bytes = 0;
	fuzz_expect(!error && run_folder_save(&run.folder, &run.record, run.reason) == 0, "no made-up run");
	setlocale(LC_ALL, "C.UTF-8");
	setlocale(LC_NUMERIC, "C");
}

/* Where run.json is another one, samples.csv may be what does not fit. */
static void expect_reason(const char *name, const char *reason)
{
	fuzz_expect(strncmp(reason, name, strlen(name)) == 0 || strncmp(reason, "samples.csv", 11) == 0,
		    "a reason that does not begin with the file");
	for (const char *at = reason; *at; at++)
		fuzz_expect(*at >= 0x20 && *at < 0x7f, "a reason with a character that is not printable ASCII");
	fuzz_expect(strlen(reason) < REASON_BYTES - 1, "a reason that was cut off");
}

/* DEL alone is let through: jansson does not escape it, and a terminal ignores it. */
static void expect_harmless(const char *text)
{
	uint32_t point;

	for (unsigned bytes; *text; text += bytes) {
		bytes = text_utf8(text, &point);
		fuzz_expect(bytes > 0, "printed text that is not UTF-8");
		fuzz_expect(*text == '\n' || (point >= 0x20 && (point < 0x80 || point > 0x9f)),
			    "printed text with a control character");
		fuzz_expect((point < 0x202a || point > 0x202e) && (point < 0x2066 || point > 0x2069),
			    "printed text that turns the direction of writing");
	}
}

static void print(const struct summary *summary, int (*printer)(const struct summary *, FILE *))
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	fuzz_expect(stream && printer(summary, stream) == 0, "a summary that cannot be printed");
	fclose(stream);
	fuzz_expect(strlen(text) == length, "printed text with a NUL");
	expect_harmless(text);
	free(text);
}

void fuzz_summary(const char *name, const uint8_t *data, size_t size)
{
	struct summary summary;
	char reason[REASON_BYTES] = "";

	if (!*run.path)
		make_folder();
	made_up_write(&run, name, (const char *)data, size);
	fuzz_accepted = summary_load(&summary, run.path, reason) == 0;
	if (!fuzz_accepted) {
		expect_reason(name, reason);
		return;
	}
	print(&summary, summary_print);
	print(&summary, summary_print_json);
	fuzz_expect(summary_write_csv(&summary, run.path, reason) == 0, "a summary.csv that cannot be written");
	fuzz_expect(crossings_write_csv(&summary, run.path, reason) == 0, "a crossings.csv that cannot be written");
	fuzz_expect(fits_write_csv(&summary, run.path, reason) == 0, "a fits.csv that cannot be written");
	summary_exit(&summary);
}
