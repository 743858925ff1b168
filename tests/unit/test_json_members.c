/* SPDX-License-Identifier: MIT */
/* Reading JSON within limits, and members that are checked as they are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/workload.h"
#include "output/json_read.h"
#include "output/member.h"

static char reason[REASON_BYTES];

/* What json_read says of a text; its value, if there is one, goes to *root. */
static int read_text(const char *text, size_t bytes, json_t **root)
{
	int fd = memfd_create("json", MFD_CLOEXEC), error;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, bytes), bytes);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	error = json_read(fd, "a.json", root, reason);
	close(fd);
	return error;
}

static void refuse_text(const char *text, size_t bytes, const char *why)
{
	json_t *root = NULL;

	assert_int_equal(read_text(text, bytes, &root), -EINVAL);
	assert_null(root);
	assert_ptr_equal(strstr(reason, "a.json: line "), reason);
	if (!strstr(reason, why))
		fail_msg("%s: not %s", reason, why);
}

static void reads_json(void **state)
{
	static const char text[] = "{\"a\": [1, -2.5, \"x\\\"\\\\\", {}], \"b\": {\"[,\": null}}\n";
	json_t *root = NULL, *packed;

	(void)state;
	assert_int_equal(read_text(text, strlen(text), &root), 0);
	packed = json_pack("{s:[i, f, s, {}], s:{s:n}}", "a", 1, -2.5, "x\"\\", "b", "[,");
	assert_true(json_equal(root, packed));
	json_decref(packed);
	json_decref(root);
}

static void names_the_place(void **state)
{
	static const char nul[] = "{\n\"a\": \"x\0y\"}";

	(void)state;
	refuse_text("", 0, "line 1, column 0");
	refuse_text("{\"a\": 1,\n\n  x}", 13, "line 3, column 3");
	refuse_text("[1, 2", 5, "line 1, column 5");
	refuse_text("{\"a\": 1, \"a\": 2}", 16, "duplicate");
	refuse_text("[1] 2", 5, "end of file expected");
	refuse_text(nul, sizeof(nul) - 1, "line 2, column ");
	refuse_text("[\033[31m]", 7, "line 1, column ");
	assert_null(strchr(reason, '\033'));
}

/* A text of `bytes` between quotes, with escaped quotes and backslashes in it, in the second line of a list. */
static void try_text(size_t bytes, bool fits)
{
	char *text = malloc(bytes + 16);
	size_t used = (size_t)sprintf(text, "[\n\"");
	json_t *root = NULL;

	for (size_t i = 0; i < bytes; i++)
		text[used++] = i < bytes / 4 * 4 ? "\\\"\\\\"[i % 4] : 'x';
	used += (size_t)sprintf(text + used, "\"]");
	if (fits) {
		assert_int_equal(read_text(text, used, &root), 0);
		json_decref(root);
	} else {
		refuse_text(text, used, "line 2, column 65538: a text is longer than 64 KiB");
	}
	free(text);
}

static void long_texts(void **state)
{
	(void)state;
	/* the closing quote counts */
	try_text(JSON_READ_TEXT_BYTES - 1, true);
	try_text(JSON_READ_TEXT_BYTES, false);
	try_text(10 << 20, false);
}

static void try_list(size_t values, bool fits)
{
	char *text = malloc(2 * values + 2);
	json_t *root = NULL;

	text[0] = '[';
	for (size_t i = 0; i < values; i++) {
		text[1 + 2 * i] = '1';
		text[2 + 2 * i] = ',';
	}
	text[2 * values] = ']';
	if (fits) {
		assert_int_equal(read_text(text, 2 * values + 1, &root), 0);
		assert_int_equal(json_array_size(root), values);
		json_decref(root);
	} else {
		refuse_text(text, 2 * values + 1, "more values than any run has");
	}
	free(text);
}

static void many_values(void **state)
{
	(void)state;
	try_list(JSON_READ_VALUES, true);
	try_list(JSON_READ_VALUES + 1, false);
}

static void unreadable(void **state)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	json_t *root = NULL;

	(void)state;
	assert_int_equal(json_read(fd, "a.json", &root, reason), -EISDIR);
	assert_non_null(strstr(reason, "a.json: cannot be read"));
	close(fd);
}

static void refuse_member(int error, const char *why)
{
	assert_int_equal(error, -EINVAL);
	if (!strstr(reason, why))
		fail_msg("%s: not %s", reason, why);
}

static void texts(void **state)
{
	const struct place place = {"cells", 7, reason};
	char long_text[MEMBER_TEXT_BYTES + 2];
	const char *text = "untouched";
	json_t *object = json_pack("{s:s, s:i, s:n}", "text", "abc", "number", 7, "null");

	(void)state;
	assert_int_equal(member_text(&place, object, "text", &text), 0);
	assert_string_equal(text, "abc");
	text = "untouched";
	refuse_member(member_text(&place, object, "number", &text), "run.json: cells[7].number is not text; ");
	refuse_member(member_text(&place, object, "null", &text), "cells[7].null is not text");
	refuse_member(member_text(&place, object, "none", &text), "cells[7].none is missing");
	refuse_member(member_optional_text(&place, object, "none", &text), "cells[7].none is missing");
	refuse_member(member_text(&place, NULL, "text", &text), "is missing");
	assert_string_equal(text, "untouched");
	assert_int_equal(member_optional_text(&place, object, "null", &text), 0);
	assert_null(text);
	for (size_t bytes = 0; bytes < sizeof(long_text); bytes++) {
		memset(long_text, 'x', bytes);
		long_text[bytes] = '\0';
		json_object_set_new(object, "text", json_string(long_text));
		assert_int_equal(member_name(&place, object, "text", &text), bytes > MEMBER_NAME_BYTES ? -EINVAL : 0);
		assert_int_equal(member_text(&place, object, "text", &text), bytes > MEMBER_TEXT_BYTES ? -EINVAL : 0);
		assert_int_equal(member_optional_text(&place, object, "text", &text),
				 bytes > MEMBER_TEXT_BYTES ? -EINVAL : 0);
	}
	json_decref(object);
}

static void wholes(void **state)
{
	const struct place top = {"", 0, reason};
	uint64_t number = 99;
	json_t *object = json_pack("{s:I, s:I, s:f, s:b}", "one", (json_int_t)1, "minus", (json_int_t)-1, "real", 1.0,
				   "true", 1);

	(void)state;
	refuse_member(member_whole(&top, object, "minus", 0, UINT64_MAX, &number), "run.json: minus is out of range");
	refuse_member(member_whole(&top, object, "one", 2, 9, &number), "run.json: one is out of range");
	refuse_member(member_whole(&top, object, "one", 0, 0, &number), "one is out of range");
	refuse_member(member_whole(&top, object, "real", 0, 9, &number), "real is not a whole number");
	refuse_member(member_whole(&top, object, "true", 0, 9, &number), "true is not a whole number");
	refuse_member(member_whole(&top, object, "none", 0, 9, &number), "none is missing");
	assert_int_equal(number, 99);
	assert_int_equal(member_whole(&top, object, "one", 1, 1, &number), 0);
	assert_int_equal(number, 1);
	json_decref(object);
}

static void lists(void **state)
{
	const struct place top = {"", 0, reason};
	json_t *object = json_pack("{s:[i, i, i], s:{}}", "list", 1, 2, 3, "object"), *array = NULL;
	size_t count = 99;

	(void)state;
	refuse_member(member_array(&top, object, "list", 2, &array, &count), "list is too long");
	refuse_member(member_array(&top, object, "object", 2, &array, &count), "object is not a list");
	refuse_member(member_array(&top, object, "none", 2, &array, &count), "none is missing");
	assert_null(array);
	assert_int_equal(member_array(&top, object, "list", 3, &array, &count), 0);
	assert_int_equal(count, 3);
	assert_ptr_equal(array, json_object_get(object, "list"));
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_json),  cmocka_unit_test(names_the_place), cmocka_unit_test(long_texts),
		cmocka_unit_test(many_values), cmocka_unit_test(unreadable),      cmocka_unit_test(texts),
		cmocka_unit_test(wholes),      cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests_name("json members", tests, NULL, NULL);
}
