/* SPDX-License-Identifier: MIT */
/* Fuzz target: what people type. The first character chooses what it is to be: d, s, n, l, or a name. */
#include <stdlib.h>
#include <string.h>

#include "cli/parse.h"
#include "fuzz.h"

static void parse_as_duration(const char *text)
{
	uint64_t ns = 0;

	fuzz_accepted = parse_duration(text, &ns) == 0;
	fuzz_expect(!fuzz_accepted || (ns >= 1000000 && ns <= 30 * 24 * 3600 * 1000000000ULL),
		    "a duration beyond its limits");
}

static void parse_as_share(const char *text)
{
	double share = 0;

	fuzz_accepted = parse_share(text, &share) == 0;
	fuzz_expect(!fuzz_accepted || (share > 0 && share < 1), "a share beyond its limits");
}

static void parse_as_number(const char *text)
{
	uint64_t number = 0;

	fuzz_accepted = parse_number(text, 3, 1000000, &number) == 0;
	fuzz_expect(!fuzz_accepted || (number >= 3 && number <= 1000000), "a number beyond its limits");
}

/* The items with commas between are the text again. */
static void parse_as_list(const char *text)
{
	char **items = NULL;

	fuzz_accepted = parse_list(text, &items) == 0;
	if (!fuzz_accepted)
		return;
	for (size_t i = 0; items[i]; i++) {
		size_t length = strlen(items[i]);

		fuzz_expect(length > 0 && strncmp(text, items[i], length) == 0, "an item that is not in the text");
		text += length;
		fuzz_expect(*text == (items[i + 1] ? ',' : '\0'), "items that do not follow one another");
		text += *text == ',';
		for (size_t j = 0; j < i; j++)
			fuzz_expect(strcmp(items[i], items[j]) != 0, "an item twice");
	}
	parse_list_free(items);
}

static void parse_as_name(const char *text)
{
	static const char *const valid[] = {"thread", "fork", "forkserver", "spawn", "serial", NULL};
	char hint[40]; /* too short for all of them */

	suggest_names(text, valid, hint, sizeof(hint));
	fuzz_expect(strlen(hint) < sizeof(hint) && hint[0] == ';', "a hint of the wrong form");
	fuzz_accepted = strncmp(hint, "; did you mean ", strlen("; did you mean ")) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	switch (text[0]) {
	case 'd':
		parse_as_duration(text + 1);
		break;
	case 's':
		parse_as_share(text + 1);
		break;
	case 'n':
		parse_as_number(text + 1);
		break;
	case 'l':
		parse_as_list(text + 1);
		break;
	default:
		parse_as_name(text);
	}
	free(text);
	return 0;
}
