/* SPDX-License-Identifier: MIT */
/* CSV: what is written is read back as it was, and what is not CSV is refused with row and column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/workload.h"
#include "output/csv.h"
#include "output/text.h"

static char reason[REASON_BYTES];

static int open_text(const char *text, size_t bytes)
{
	int fd = memfd_create("csv", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, bytes), bytes);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void begin(struct csv_reader *reader, const char *text, size_t bytes)
{
	assert_int_equal(csv_reader_init(reader, open_text(text, bytes), "a.csv", UINT64_MAX), 0);
}

static void finish(struct csv_reader *reader)
{
	close(reader->fd);
	csv_reader_exit(reader);
}

static void round_trip(void **state)
{
	static const char *const texts[] = {"",     "plain", "a,b", "\"",      "say \"no\"", "two\nlines",
					    "\r\n", "µs·×",  " a ", ",,\"\",", "'",          "\xf0\x9f\x98\x80"};
	enum { COUNT = sizeof(texts) / sizeof(*texts) };
	struct csv_buffer buffer = {0};
	struct csv_reader reader;

	(void)state;
	for (int row = 0; row < 3; row++) {
		for (size_t i = 0; i < COUNT; i++)
			csv_text(&buffer, texts[i]);
		csv_end_row(&buffer);
	}
	begin(&reader, buffer.text, buffer.used);
	for (int row = 0; row < 3; row++) {
		assert_int_equal(csv_next(&reader, reason), 1);
		assert_int_equal(reader.count, COUNT);
		for (size_t i = 0; i < COUNT; i++)
			assert_string_equal(reader.fields[i], texts[i]);
		assert_int_equal(csv_at_end(&reader), row == 2);
	}
	assert_int_equal(csv_next(&reader, reason), 0);
	finish(&reader);
	csv_buffer_exit(&buffer);
}

static void writes_exactly(void **state)
{
	struct csv_buffer buffer = {0};

	(void)state;
	csv_text(&buffer, "a\"b");
	csv_whole(&buffer, UINT64_MAX);
	csv_real(&buffer, 0.1);
	csv_real(&buffer, 1.0 / 3);
	csv_real(&buffer, NAN);
	csv_real(&buffer, INFINITY);
	csv_real(&buffer, 1e300);
	csv_empty(&buffer, 2);
	csv_text(&buffer, "not \xff utf-8 \xed\xa0\x80");
	csv_end_row(&buffer);
	assert_int_equal(buffer.error, 0);
	buffer.text[buffer.used - 1] = '\0';
	assert_string_equal(buffer.text,
			    "\"a\"\"b\",18446744073709551615,0.1,0.33333333333333331,,,1e+300,,,not ? utf-8 ???");
	csv_buffer_exit(&buffer);
}

/* A locale with a decimal comma, if this machine has one; the numbers' own functions are tested in any case. */
static void numbers_in_every_locale(void **state)
{
	char text[TEXT_REAL_BYTES];
	double value = 0;

	(void)state;
	if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
		setlocale(LC_NUMERIC, "fr_FR.UTF-8");
	assert_string_equal(text_real(1234567.25, text), "1234567.25");
	assert_int_equal(text_parse_real("-12.5e-1", &value), 0);
	assert_true(value == -1.25);
	setlocale(LC_NUMERIC, "C");
	for (size_t i = 0; i < 5000; i++) {
		double wild = ldexp((double)rand() / RAND_MAX, rand() % 600 - 300);

		assert_int_equal(text_parse_real(text_real(wild, text), &value), 0);
		assert_true(value == wild);
	}
}

/* Short numbers have a way of their own: it must come to what the C library comes to, to the last bit. */
static void short_numbers_are_exact(void **state)
{
	char text[64];
	double value = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		unsigned long long digits = ((unsigned long long)rand() << 31 | (unsigned)rand()) >> rand() % 60;
		int point = rand() % 25;

		snprintf(text, sizeof(text), "%s%0*llu", rand() % 2 ? "-" : "", point + 1, digits);
		if (rand() % 4) {
			size_t length = strlen(text), before = length - (size_t)point;

			memmove(text + before + 1, text + before, (size_t)point + 1);
			text[before] = '.';
		}
		assert_int_equal(text_parse_real(text, &value), 0);
		if (value != strtod(text, NULL) || signbit(value) != signbit(strtod(text, NULL)))
			fail_msg("%s is read as %.17g", text, value);
	}
}

static void refuses_what_is_no_number(void **state)
{
	static const char *const reals[] = {"",      "nan", "inf", "0x10", " 1",    "1 ", "1,5", "--1",
					    "1e999", "+1",  "1e",  ".",    "1.2.3", "-",  "1-2", "1.5x"};
	static const char *const wholes[] = {"", "-1", "1.0", "18446744073709551616", " 1", "0x1", "1e3"};
	double real;
	uint64_t whole;

	(void)state;
	for (size_t i = 0; i < sizeof(reals) / sizeof(*reals); i++)
		assert_int_equal(text_parse_real(reals[i], &real), -EINVAL);
	for (size_t i = 0; i < sizeof(wholes) / sizeof(*wholes); i++)
		assert_int_equal(text_parse_whole(wholes[i], &whole), -EINVAL);
	assert_int_equal(text_parse_whole("18446744073709551615", &whole), 0);
	assert_true(whole == UINT64_MAX);
}

static void reads_other_line_ends(void **state)
{
	static const char text[] = "\xef\xbb\xbf"
				   "a,b\r\n\"1\",\"x\r\ny\"\r\n,";
	struct csv_reader reader;

	(void)state;
	begin(&reader, text, sizeof(text) - 1);
	assert_int_equal(csv_next(&reader, reason), 1);
	assert_string_equal(reader.fields[0], "a");
	assert_string_equal(reader.fields[1], "b");
	assert_int_equal(csv_next(&reader, reason), 1);
	assert_string_equal(reader.fields[0], "1");
	assert_string_equal(reader.fields[1], "x\r\ny");
	assert_true(reader.terminated);
	assert_int_equal(csv_next(&reader, reason), 1);
	assert_int_equal(reader.count, 2);
	assert_string_equal(reader.fields[1], "");
	assert_false(reader.terminated);
	assert_true(csv_at_end(&reader));
	assert_int_equal(csv_next(&reader, reason), 0);
	finish(&reader);
}

/* Row 2 of each is wrong. */
static void refuses_what_is_no_csv(void **state)
{
	static const struct {
		const char *text;
		size_t bytes;
		const char *where;
	} cases[] = {
		{"a,b\n1,x\"y\n", 10, "row 2, column 2"},   {"a,b\n\"1\"x,2\n", 11, "row 2, column 1"},
		{"a,b\n1,\"2\n", 9, "row 2, column 2"},     {"a,b\n1,2\r3\n", 10, "row 2, column 2"},
		{"a,b\n1,2\0003\n", 10, "row 2, column 2"}, {"a,b\n\"1\0002\",3\n", 12, "row 2, column 1"},
	};
	struct csv_reader reader;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		begin(&reader, cases[i].text, cases[i].bytes);
		assert_int_equal(csv_next(&reader, reason), 1);
		assert_int_equal(csv_next(&reader, reason), -EINVAL);
		assert_non_null(strstr(reason, "a.csv: "));
		if (!strstr(reason, cases[i].where))
			fail_msg("%s: not %s", reason, cases[i].where);
		finish(&reader);
	}
}

/* `bytes` of text with a line break in it, so that the field is quoted. */
static char *long_text(size_t bytes)
{
	char *text = malloc(bytes + 1);

	memset(text, 'x', bytes);
	text[bytes] = '\0';
	text[7] = '\n';
	return text;
}

/* 4 MiB through a buffer of 1: rows lie across its end. */
static void rows_across_the_buffer(void **state)
{
	char *field = long_text(CSV_FIELD_BYTES - 2);
	struct csv_buffer buffer = {0};
	struct csv_reader reader;

	(void)state;
	for (uint64_t row = 0; row < 64; row++) {
		csv_text(&buffer, field + row);
		csv_whole(&buffer, row);
		csv_end_row(&buffer);
	}
	begin(&reader, buffer.text, buffer.used);
	for (uint64_t row = 0; row < 64; row++) {
		uint64_t number = 0;

		assert_int_equal(csv_next(&reader, reason), 1);
		assert_string_equal(reader.fields[0], field + row);
		assert_int_equal(text_parse_whole(reader.fields[1], &number), 0);
		assert_int_equal(number, row);
	}
	assert_int_equal(csv_next(&reader, reason), 0);
	finish(&reader);
	csv_buffer_exit(&buffer);
	free(field);
}

/* A row that ends with the buffer stays whole until the next is asked for. */
static void rows_that_end_with_the_buffer(void **state)
{
	enum { ROW_BYTES = 64, ROWS = 2 * CSV_ROW_BYTES / ROW_BYTES + 1 };
	char *text = malloc((size_t)ROWS * ROW_BYTES + 1);
	struct csv_reader reader;

	(void)state;
	for (unsigned row = 0; row < ROWS; row++)
		snprintf(text + (size_t)row * ROW_BYTES, ROW_BYTES + 1, "%-55u,%07u\n", row, row % 10000000);
	begin(&reader, text, (size_t)ROWS * ROW_BYTES);
	for (int row = 0; row < ROWS; row++) {
		assert_int_equal(csv_next(&reader, reason), 1);
		assert_int_equal(atoi(reader.fields[0]), row);
		assert_int_equal(atoi(reader.fields[1]), row);
		if (row % 1000 == 0 || row > ROWS - 3)
			assert_int_equal(csv_at_end(&reader), row == ROWS - 1);
	}
	assert_int_equal(csv_next(&reader, reason), 0);
	finish(&reader);
	free(text);
}

static void refuse_first_row(const char *text, size_t bytes, const char *why)
{
	struct csv_reader reader;

	begin(&reader, text, bytes);
	assert_int_equal(csv_next(&reader, reason), -EINVAL);
	if (!strstr(reason, why))
		fail_msg("%s: not %s", reason, why);
	finish(&reader);
}

static void bounded_memory(void **state)
{
	char *field = long_text(CSV_FIELD_BYTES + 1), *row = long_text(CSV_ROW_BYTES + 1);
	struct csv_buffer buffer = {0};

	(void)state;
	csv_text(&buffer, field);
	refuse_first_row(buffer.text, buffer.used, "64 KiB");
	csv_buffer_exit(&buffer);
	row[0] = '"';
	refuse_first_row(row, CSV_ROW_BYTES + 1, "row 1, column 1: the field is longer than 64 KiB: is a quote");
	for (size_t i = 1; i < CSV_ROW_BYTES; i += CSV_FIELD_BYTES / 2)
		row[i] = ',';
	row[0] = row[7] = 'x';
	refuse_first_row(row, CSV_ROW_BYTES + 1, "row 1, column 33: the row is longer than 1 MiB");
	row[1] = '\0';
	refuse_first_row(row, CSV_ROW_BYTES + 1, "row 1, column 1: a NUL byte");
	csv_empty(&buffer, CSV_COLUMNS + 1);
	refuse_first_row(buffer.text, buffer.used, "columns");
	csv_buffer_exit(&buffer);
	free(field);
	free(row);
}

/* Any bytes at all: an answer or an error, never a crash (run under the sanitizers). */
static void survives_noise(void **state)
{
	static const char alphabet[] = "\",\r\n\0ab;";
	char text[64];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t bytes = (size_t)(rand() % (int)sizeof(text));
		struct csv_reader reader;
		int got;

		for (size_t i = 0; i < bytes; i++)
			text[i] = alphabet[rand() % (int)(sizeof(alphabet) - 1)];
		begin(&reader, text, bytes);
		while ((got = csv_next(&reader, reason)) == 1)
			assert_in_range(reader.count, 1, sizeof(text));
		assert_true(got == 0 || got == -EINVAL);
		finish(&reader);
	}
}

static void makes_text_safe(void **state)
{
	char *text = text_printable("\033[31mred\u202e \u00b5\u00d7\x80\xc2\x9b z\u00fc\u2026", true);

	(void)state;
	assert_string_equal(text, "?[31mred? \u00b5\u00d7?? z\u00fc\u2026");
	free(text);
	text = text_printable("5 \u00b5s 2\u00d7 \u00b7 z\u00fc\u2026\n", false);
	assert_string_equal(text, "5 us 2x - z?...?");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(writes_exactly),
		cmocka_unit_test(numbers_in_every_locale),
		cmocka_unit_test(short_numbers_are_exact),
		cmocka_unit_test(refuses_what_is_no_number),
		cmocka_unit_test(reads_other_line_ends),
		cmocka_unit_test(refuses_what_is_no_csv),
		cmocka_unit_test(rows_across_the_buffer),
		cmocka_unit_test(rows_that_end_with_the_buffer),
		cmocka_unit_test(bounded_memory),
		cmocka_unit_test(survives_noise),
		cmocka_unit_test(makes_text_safe),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
