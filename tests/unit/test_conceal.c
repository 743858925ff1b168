/* SPDX-License-Identifier: MIT */
/* Reasons name no folder of this machine, with or without a file in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/workload.h"
#include "measure/conceal.h"

static void assert_concealed(const char *said, const char *expected)
{
	char reason[REASON_BYTES];

	snprintf(reason, sizeof(reason), "%s", said);
	conceal_folders(reason, "/tmp/tvp-abc", "/opt/x/bin/tvp-measurer");
	assert_string_equal(reason, expected);
}

static void test_folders(void **state)
{
	assert_concealed("cannot write /tmp/tvp-abc/file: no", "cannot write file: no");
	assert_concealed("a file in /tmp/tvp-abc: no", "a file in TMPDIR: no");
	assert_concealed("/tmp/tvp-abc", "TMPDIR");
	assert_concealed("/tmp/tvp-abc/tmp/tvp-abc/x", "tmp/tvp-abc/x");
	assert_concealed("x.so is missing: it belongs into /opt/x/bin; build",
			 "x.so is missing: it belongs into the folder of tvp; build");
	assert_concealed("nothing to hide", "nothing to hide");
	assert_concealed("", "");
}

/* A word may be longer than what it stands for. */
static void test_full_reasons(void **state)
{
	char reason[REASON_BYTES + 8];

	memset(reason, 'x', sizeof(reason));
	reason[REASON_BYTES - 1] = '\0';
	memcpy(reason + REASON_BYTES - 6, " /t /", 5);
	reason[REASON_BYTES - 2] = 't';
	conceal_folders(reason, "/t", "tvp");
	assert_int_equal(strlen(reason), REASON_BYTES - 1);
	assert_int_equal(reason[REASON_BYTES], 'x');
	for (size_t at = 0; at < REASON_BYTES; at += 3)
		memcpy(reason + at, "/t ", 3);
	reason[REASON_BYTES - 1] = '\0';
	conceal_folders(reason, "/t", "tvp");
	assert_true(strlen(reason) < REASON_BYTES);
	assert_null(strstr(reason, "/t"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_full_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
