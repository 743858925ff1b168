/* SPDX-License-Identifier: MIT */
/* Published tables of run.json that strangers have made: what is refused, and what is shown of the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "close_to.h"
#include "made_up_summary.h"
#include "output/published.h"

enum { BLOCKS = 12 };

/* A table that is as it should be, but for member `key`, which is `text` as JSON; NULL: it is not there. */
static json_t *table_with(const char *key, const char *text)
{
	json_t *table = json_loads("{\"name\": \"t\", \"title\": \"t\", \"source\": \"s\", \"note\": \"n\","
				   " \"unit\": \"s\", \"figure\": \"reaped\", \"operations\": 5, \"counted\": \"c\","
				   " \"decimals\": 1, \"ratio\": {\"of\": \"b\", \"over\": \"a\"},"
				   " \"lines\": [\"\"], \"columns\": [\"a\", \"b\"],"
				   " \"rows\": [{\"machine\": \"m\", \"line\": \"\", \"values\": [1, null]}],"
				   " \"cells\": [[\"create/spin/thread/1/none\", null]]}",
				   0, NULL);

	assert_non_null(table);
	if (text)
		json_object_set_new(table, key, json_loads(text, JSON_DECODE_ANY, NULL));
	else
		json_object_del(table, key);
	return json_pack("[o]", table);
}

/* What a member may have been made into, and what is said of it. */
static const struct {
	const char *key, *text, *what;
} odd_members[] = {
	{"name", NULL, "published[0].name is missing"},
	{"title", "5", "published[0].title is not text"},
	{"source", "[]", "published[0].source is not text"},
	{"note", NULL, "published[0].note is missing"},
	{"unit", "\"bytes\"", "published[0].unit is none of"},
	{"figure", "\"reape\"", "published[0].figure is none of"},
	{"figure", "\"throughput\"", "published[0].figure is none of"},
	{"operations", "0", "published[0].operations is out of range"},
	{"operations", "-5", "published[0].operations is out of range"},
	{"operations", "2.5", "published[0].operations is not a whole number"},
	{"counted", NULL, "published[0].counted is missing"},
	{"decimals", "10", "published[0].decimals is out of range"},
	{"ratio", "\"a\"", "published[0].ratio is no object"},
	{"ratio", "{\"of\": \"a\"}", "published[0].over is missing"},
	{"ratio", "{\"of\": \"a\", \"over\": \"c\"}", "published[0].ratio is of what is none"},
	{"lines", "[]", "published[0].lines is empty"},
	{"lines", "\"\"", "published[0].lines is not a list"},
	{"lines", "[\"\", \"x\"]", "published[0].cells is not as long as"},
	{"lines", "[\"x\"]", "published[0].rows has a line that is none"},
	{"columns", "[\"a\", \"a\"]", "published[0].columns has one name twice"},
	{"columns", "[\"a\", 5]", "published[0].columns has what is no name"},
	{"columns", "[\"a\", \"b\", \"c\"]", "published[0].rows has a list that is not as long"},
	{"rows", "{}", "published[0].rows is not a list"},
	{"rows", "[5]", "published[0].machine is missing"},
	{"rows", "[{\"machine\": \"m\", \"line\": \"\", \"values\": [1]}]", "published[0].rows has a list"},
	{"rows", "[{\"machine\": \"m\", \"line\": \"\", \"values\": [1, \"2\"]}]", "no number above 0"},
	{"rows", "[{\"machine\": \"m\", \"line\": \"\", \"values\": [1, -2]}]", "no number above 0"},
	{"cells", "[]", "published[0].cells is not as long"},
	{"cells", "[[], []]", "published[0].cells is too long"},
	{"cells", "[[\"create/spin/thread/1/none\"]]", "published[0].cells has a list"},
	{"cells", "[[null, \"nowhere\"]]", "published[0].cells has what is none"},
	{"cells", "[[null, 5]]", "published[0].cells has what is none"},
	{"cells", "[[null, \"scaling/spin/serial/1/none\"]]", "published[0].cells has what is none"},
};

static void tables_of_strangers(void **state)
{
	struct made_up_run run;
	struct summary summary;
	char long_text[5002];
	json_t *list;

	(void)state;
	made_up_make(&run, &made_up_plan, BLOCKS, made_up_usual);
	for (size_t i = 0; i < COUNT(odd_members); i++)
		made_up_refused(&run, "published", table_with(odd_members[i].key, odd_members[i].text),
				odd_members[i].what);
	memset(long_text, 'x', sizeof(long_text));
	long_text[0] = long_text[sizeof(long_text) - 2] = '"';
	long_text[sizeof(long_text) - 1] = '\0';
	made_up_refused(&run, "published", table_with("note", long_text), "published[0].note is longer than 4 KiB");
	long_text[400] = '"';
	long_text[401] = '\0';
	made_up_refused(&run, "published", table_with("title", long_text),
			"published[0].title is longer than 255 bytes");
	made_up_refused(&run, "published", json_integer(5), "experiments[0].published is not a list");
	made_up_refused(&run, "published", json_pack("[n]"), "published[0].name is missing");
	list = json_array();
	for (int i = 0; i <= MODEL_TABLES; i++)
		json_array_append_new(list, json_null());
	made_up_refused(&run, "published", list, "experiments[0].published is too long");
	/* as older versions wrote it; and nothing at all */
	assert_int_equal(made_up_load_with(&run, &summary, "published", NULL), 0);
	assert_int_equal(summary.repeated.count, 0);
	summary_exit(&summary);
	assert_int_equal(made_up_load_with(&run, &summary, "published", json_null()), 0);
	assert_int_equal(summary.repeated.count, 0);
	made_up_exit(&run, &summary);
}

/* What is allowed is printed without control characters, and numbers may be anything above 0. */
static void odd_tables_are_printed(void **state)
{
	static const char *const odd[][2] = {
		{"title", "\"\\u001b[31m\\u202ered %s %n\""},
		{"unit", "\"ns\""},
		{"operations", "9223372036854775807"},
		{"rows", "[{\"machine\": \"m\\n\", \"line\": \"\", \"values\": [1e308, 1e-308]}]"},
		{"rows", "[]"},
		{"ratio", "{\"of\": \"a\", \"over\": \"a\"}"},
		{"ratio", NULL},
		{"columns", "[\"\", \"b\\u0007\"]"},
	};
	struct made_up_run run;
	struct summary summary;

	(void)state;
	made_up_make(&run, &made_up_plan, BLOCKS, made_up_usual);
	for (size_t i = 0; i < COUNT(odd); i++) {
		json_t *tables = table_with(odd[i][0], odd[i][1]);
		char *text;

		if (strcmp(odd[i][0], "columns") == 0)
			json_object_del(json_array_get(tables, 0), "ratio");
		if (made_up_load_with(&run, &summary, "published", tables) != 0)
			fail_msg("%s: %s", odd[i][0], run.reason);
		text = made_up_print(&summary, summary_print);
		for (const char *c = text; *c; c++)
			assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
		free(text);
		free(made_up_print(&summary, summary_print_json));
		summary_exit(&summary);
	}
	made_up_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_of_strangers),
		cmocka_unit_test(odd_tables_are_printed),
	};

	return cmocka_run_group_tests_name("published tables of strangers", tests, NULL, NULL);
}
