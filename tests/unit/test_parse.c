/* SPDX-License-Identifier: MIT */
/* What people type: what is understood, what is refused, and which names are suggested. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/parse.h"
#include "core/clock.h"

#define S            NS_PER_S
#define MS           NS_PER_MS
#define LENGTH(list) (sizeof(list) / sizeof(*(list)))

static const struct {
	const char *text;
	uint64_t ns;
} durations[] = {
	{"1s", S},
	{"30s", 30 * S},
	{"5m", 300 * S},
	{"5min", 300 * S},
	{"1h", 3600 * S},
	{"1m30s", 90 * S},
	{"1h30m", 5400 * S},
	{"1h1m1s1ms", 3661 * S + MS},
	{"500ms", 500 * MS},
	{"1ms", MS},
	{"0.5s", 500 * MS},
	{"1.5m", 90 * S},
	{"0.25h", 900 * S},
	{"0h5s", 5 * S},
	{"007s", 7 * S},
	{"720h", 720 * 3600 * S},
	{"1.250s", 1250 * MS},
	{"2592000s", 2592000 * S},
};
static const char *const no_durations[] = {
	"",
	"30",
	"s",
	"0",
	"0s",
	"0.0s",
	"-1s",
	"+1s",
	"1 s",
	" 1s",
	"1s ",
	"1x",
	"1S",
	"1sec",
	"1s1",
	"1s 1m",
	"1.s",
	".5s",
	"1..5s",
	"1,5s",
	"1e3s",
	"0x1s",
	"infs",
	"nans",
	"1m-30s",
	"30d",
	"1ns",
	"1us",
	"720h1s",
	"721h",
	"1s\n",
	"5 m",
	"9999999999999h",
	"99999999999999999999999999999999999999s",
	"1m30",
	"1:30",
	"--",
};

static void test_durations(void **state)
{
	for (size_t i = 0; i < LENGTH(durations); i++) {
		uint64_t ns = 0;

		if (parse_duration(durations[i].text, &ns) || ns != durations[i].ns)
			fail_msg("\"%s\" became %llu ns", durations[i].text, (unsigned long long)ns);
	}
	for (size_t i = 0; i < LENGTH(no_durations); i++) {
		uint64_t ns = 7;

		if (parse_duration(no_durations[i], &ns) != -EINVAL || ns != 7)
			fail_msg("\"%s\" became %llu ns", no_durations[i], (unsigned long long)ns);
	}
}

static void test_shares(void **state)
{
	static const struct {
		const char *text;
		double share;
	} good[] = {
		{"2%", 0.02}, {"0.02", 0.02}, {"2.5%", 0.025},     {"99.9%", 0.999},
		{"0.5", 0.5}, {"50%", 0.5},   {"0.001%", 0.00001}, {"00.1", 0.1},
	};
	static const char *const bad[] = {
		"",    "%",   "0", "0%",  "1",   "100%", "101%", "2",    "-2%",    "+2%", "2 %",   " 2%",
		"2%%", "2%x", "x", "nan", "inf", "0,02", ".02",  "1e-2", "0.02%0", "0.",  "0x0.1",
	};

	for (size_t i = 0; i < LENGTH(good); i++) {
		double share = 0;

		if (parse_share(good[i].text, &share) || fabs(share - good[i].share) > 1e-12)
			fail_msg("\"%s\" became %g", good[i].text, share);
	}
	for (size_t i = 0; i < LENGTH(bad); i++) {
		double share = 7;

		if (parse_share(bad[i], &share) != -EINVAL || share != 7)
			fail_msg("\"%s\" became %g", bad[i], share);
	}
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t min, max;
		int error;
		uint64_t number;
	} numbers[] = {
		{"0", 0, 10, 0, 0},
		{"10", 0, 10, 0, 10},
		{"007", 0, 10, 0, 7},
		{"11", 0, 10, -ERANGE, 99},
		{"0", 1, 10, -ERANGE, 99},
		{"18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX},
		{"18446744073709551616", 0, UINT64_MAX, -ERANGE, 99},
		{"99999999999999999999999999", 0, UINT64_MAX, -ERANGE, 99},
		{"99999999999999999999999999", 0, 5, -ERANGE, 99},
		{"", 0, 10, -EINVAL, 99},
		{"-1", 0, 10, -EINVAL, 99},
		{"+1", 0, 10, -EINVAL, 99},
		{" 1", 0, 10, -EINVAL, 99},
		{"1 ", 0, 10, -EINVAL, 99},
		{"1.0", 0, 10, -EINVAL, 99},
		{"1k", 0, 10, -EINVAL, 99},
		{"0x5", 0, 10, -EINVAL, 99},
		{"1e1", 0, 10, -EINVAL, 99},
		{"one", 0, 10, -EINVAL, 99},
		{"1,2", 0, 10, -EINVAL, 99},
		{"18446744073709551616x", 0, 10, -EINVAL, 99},
	};

	for (size_t i = 0; i < LENGTH(numbers); i++) {
		uint64_t number = 99;
		int error = parse_number(numbers[i].text, numbers[i].min, numbers[i].max, &number);

		if (error != numbers[i].error || number != numbers[i].number)
			fail_msg("\"%s\": %d, %llu", numbers[i].text, error, (unsigned long long)number);
	}
}

static void test_lists(void **state)
{
	static const struct {
		const char *text;
		const char *items[5];
	} good[] = {
		{"a", {"a"}},
		{"a,b", {"a", "b"}},
		{"b,a,c", {"b", "a", "c"}},
		{"a b", {"a b"}},
		{"1,2,4,8", {"1", "2", "4", "8"}},
		{"file-read,spin", {"file-read", "spin"}},
		{"a,aa", {"a", "aa"}},
		{" ", {" "}},
	};
	static const char *const bad[] = {"", ",", "a,", ",a", "a,,b", "a,a", "a,b,a", ",,", "1,2,1"};

	for (size_t i = 0; i < LENGTH(good); i++) {
		char **items = NULL;
		size_t count = 0;

		assert_int_equal(parse_list(good[i].text, &items), 0);
		for (; good[i].items[count]; count++) {
			assert_non_null(items[count]);
			assert_string_equal(items[count], good[i].items[count]);
		}
		assert_null(items[count]);
		parse_list_free(items);
	}
	for (size_t i = 0; i < LENGTH(bad); i++) {
		char *untouched = NULL, **items = &untouched;

		if (parse_list(bad[i], &items) != -EINVAL || items != &untouched)
			fail_msg("\"%s\" was understood", bad[i]);
	}
	parse_list_free(NULL);
}

static void test_long_lists(void **state)
{
	enum { ITEMS = 3000 };
	char *text = malloc(ITEMS * 8), *at = text, **items;

	assert_non_null(text);
	for (int i = 0; i < ITEMS; i++)
		at += sprintf(at, "%s%d", i ? "," : "", i);
	assert_int_equal(parse_list(text, &items), 0);
	for (int i = 0; i < ITEMS; i++)
		assert_int_equal(strtol(items[i], NULL, 10), i);
	assert_null(items[ITEMS]);
	parse_list_free(items);
	free(text);
}

static const char *const names[] = {"serial", "thread", "fork", "forkserver", "spawn", "file-read", NULL};

/* Which of `names` are in the text, in its order, as letters: "s" serial, "t" thread, … */
static void assert_suggests(const char *name, const char *const *expected)
{
	char text[512];

	suggest_names(name, names, text, sizeof(text));
	for (size_t i = 0; names[i]; i++) {
		int wanted = 0, found = strstr(text, names[i]) != NULL;

		for (size_t j = 0; expected[j]; j++)
			wanted |= strcmp(expected[j], names[i]) == 0;
		/* "fork" is within "forkserver" */
		if (strcmp(names[i], "fork") == 0 && strstr(text, "forkserver"))
			continue;
		if (wanted != found)
			fail_msg("for \"%s\": \"%s\"%s", name, text, names[i]);
	}
}

static void test_near_names_are_suggested(void **state)
{
	assert_suggests("threads", (const char *const[]){"thread", NULL});
	assert_suggests("tread", (const char *const[]){"thread", NULL});
	assert_suggests("htread", (const char *const[]){"thread", NULL});
	assert_suggests("spwan", (const char *const[]){"spawn", NULL});
	assert_suggests("SERIal", names);
	assert_suggests("file_read", (const char *const[]){"file-read", NULL});
	assert_suggests("fil", (const char *const[]){"file-read", NULL});
	assert_suggests("forks", (const char *const[]){"fork", "forkserver", NULL});
	assert_suggests("forkserve", (const char *const[]){"forkserver", NULL});
}

static void test_without_a_near_name_all_are_told(void **state)
{
	char endless[1000];

	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_suggests("process", names);
	assert_suggests("", names);
	assert_suggests(endless, names);
}

static void test_at_most_three_are_suggested(void **state)
{
	static const char *const alike[] = {"aa", "ab", "ac", "ad", "ae", "far-away", NULL};
	char text[200];
	int count = 0;

	suggest_names("a", alike, text, sizeof(text));
	for (size_t i = 0; alike[i]; i++)
		count += strstr(text, alike[i]) != NULL;
	assert_int_equal(count, 3);
	assert_null(strstr(text, "far-away"));
}

static void test_small_buffers(void **state)
{
	static const char *const typed[] = {"forks", "threads", "nothing-like-it"};

	for (size_t i = 0; i < LENGTH(typed); i++) {
		char whole[256], text[256 + 8];

		suggest_names(typed[i], names, whole, sizeof(whole));
		for (size_t bytes = 1; bytes <= sizeof(whole); bytes++) {
			memset(text, '!', sizeof(text));
			suggest_names(typed[i], names, text, bytes);
			assert_true(strnlen(text, bytes) < bytes);
			assert_int_equal(strncmp(text, whole, strlen(text)), 0);
			for (size_t j = bytes; j < sizeof(text); j++)
				assert_int_equal(text[j], '!');
		}
		suggest_names(typed[i], names, NULL, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_long_lists),
		cmocka_unit_test(test_near_names_are_suggested),
		cmocka_unit_test(test_without_a_near_name_all_are_told),
		cmocka_unit_test(test_at_most_three_are_suggested),
		cmocka_unit_test(test_small_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
